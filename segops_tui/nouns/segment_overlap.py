"""Which segments share people with one, as a person reads it.

Knows the pairs the API tells, which are the top twenty of a workspace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.nouns.column import Column, Noun, counted
from segops_tui.nouns.marks import meter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.api.resources.analytics import Overlap


@dataclass(frozen=True, slots=True)
class Shared:
    """Another segment with the same people in it."""

    id: int
    name: str
    members: int
    """How many are in both."""
    percent: float | None
    """Of the smaller of the two."""


def shared_with(segment_id: int, pairs: Iterable[Overlap]) -> list[Shared]:
    """What pairs say of one segment, in their order."""
    rows = []
    for pair in pairs:
        if pair.seg_a_id == segment_id:
            rows.append(Shared(pair.seg_b_id, pair.seg_b_name, pair.overlap, pair.overlap_pct))
        elif pair.seg_b_id == segment_id:
            rows.append(Shared(pair.seg_a_id, pair.seg_a_name, pair.overlap, pair.overlap_pct))
    return rows


SHARED: Final[Noun[Shared]] = Noun(
    name="overlap",
    plural="overlaps",
    title="Overlap",
    key=lambda row: row.id,
    label=lambda row: row.name,
    empty="It is in none of the pairs below: it shares nobody, or fewer than they do.",
    columns=(
        Column("name", "WITH", lambda r: r.name, flex=True, min_width=18, max_width=60),
        Column("members", "SHARED", lambda r: r.members, counted, align="right", min_width=6),
        Column(
            "percent",
            "SHARE",
            lambda r: r.percent,
            lambda v, _: "–" if v is None else f"{v:.0f}%",
            align="right",
            min_width=5,
        ),
        Column(
            "bar",
            "",
            lambda r: meter(None if r.percent is None else r.percent / 100),
            tone=lambda _row, _context: "busy",
            min_width=10,
            priority=4,
        ),
    ),
)
