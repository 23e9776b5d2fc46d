"""How competitors look to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.nouns.action import copy_action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Noun, aged
from segops_tui.nouns.marks import active_tone, active_words

if TYPE_CHECKING:
    from segops_tui.api.resources.competitors import Competitor

COMPETITORS: Final[Noun[Competitor]] = Noun(
    name="competitor",
    plural="competitors",
    title="Competitors",
    key=lambda competitor: competitor.id,
    label=lambda competitor: competitor.name,
    empty="No competitors yet. Add one: segops-tui competitors create --set name=…",
    columns=(
        Column("id", "ID", lambda c: c.id, align="right", min_width=2, priority=5),
        Column("name", "NAME", lambda c: c.name, flex=True, min_width=12),
        Column("domain", "DOMAIN", lambda c: c.domain, priority=3),
        Column(
            "brand_aliases",
            "ALSO CALLED",
            lambda c: c.brand_aliases,
            max_width=50,
            priority=4,
        ),
        Column(
            "is_active",
            "STATE",
            lambda c: c.is_active,
            active_words,
            lambda c, _: active_tone(c.is_active),
            min_width=8,
        ),
        Column("updated_at", "UPDATED", lambda c: c.updated_at, aged, priority=8, wide_only=True),
    ),
)

CREATE: Final = create_action("competitors", "competitor")
EDIT: Final = edit_action("competitors", "competitor")
DELETE: Final = delete_action("competitors")
COPY_TO: Final = copy_action("competitors")

COMPETITOR_ACTIONS: Final = (CREATE, EDIT, DELETE, COPY_TO)
