"""`competitors`: the brands you compare yours with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.nouns.competitors import COMPETITORS

if TYPE_CHECKING:
    from segops_tui.api.resources.competitors import Competitor

FACTS: Final[Facts[Competitor]] = Facts(
    group="competitors",
    noun=COMPETITORS,
    space=lambda client: client.competitors,
    example="--set name='Fjord & Fell' --set domain=fjord.example --set 'brand_aliases=[\"F&F\"]'",
    change="--set is_active=false",
    is_paged=False,
    replaces=False,
)

COMMANDS: Final = shared_verbs(FACTS)
