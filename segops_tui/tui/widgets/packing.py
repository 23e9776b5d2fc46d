"""Things in a row, in as many rows as they need: none of them is broken at the end of one.

Knows content and cells; what is in a row is its owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Sequence


def packed(items: Sequence[Content], cells: int, *, gap: int) -> list[Content]:
    """The rows; what is longer than a row has one of its own."""
    rows: list[list[Content]] = []
    used = 0
    for item in items:
        needed = item.cell_length
        if rows and used + gap + needed <= cells:
            rows[-1].append(item)
            used += gap + needed
        else:
            rows.append([item])
            used = needed
    return [Content(" " * gap).join(row) for row in rows]
