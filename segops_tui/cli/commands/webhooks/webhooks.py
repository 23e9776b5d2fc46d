"""`webhooks`: addresses that are told of every recompute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.nouns.webhooks import WEBHOOKS

if TYPE_CHECKING:
    from segops_tui.api.resources.webhooks import Webhook

FACTS: Final[Facts[Webhook]] = Facts(
    group="webhooks",
    noun=WEBHOOKS,
    space=lambda client: client.webhooks,
    example="--set url=https://hooks.example.com/segops --set description=Loader",
    required=("url",),
    change="--set is_active=false",
    replaces=False,
)

COMMANDS: Final = shared_verbs(FACTS)
