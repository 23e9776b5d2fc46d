"""One line of a table as segments: the gutter, the header, a row, a line which waits for its row.

Knows no widget and no cache; it is told what stands on the line and in which styles.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from segops_tui.tui.core.text import crop, fit, fit_text, one_line, width
from segops_tui.tui.table.columns import GAP

if TYPE_CHECKING:
    from rich.console import Console

    from segops_tui.tui.table.columns import Arrangement, Placed

__all__ = ["LineLook", "SortedBy", "gutter", "header", "notice", "row_cells", "unseen_cells"]

LONGEST_CELL = 4_096
"""Characters of a cell which are looked at; no terminal is that wide."""


@dataclass(frozen=True, slots=True)
class SortedBy:
    """The column a table is sorted by."""

    column: str
    descending: bool = False

    @property
    def arrow(self) -> str:
        """Points to where the large values are."""
        return "▼" if self.descending else "▲"


@dataclass(frozen=True, slots=True)
class LineLook:
    """How a row's line is drawn, whatever stands on it."""

    style: Style
    """Under every cell."""

    cursor: str = " "
    """The cursor's sign, for screens without colours."""

    mark: str = " "
    """The mark's sign; empty where nothing can be marked."""

    mark_style: Style | None = None

    plain: bool = False
    """The line's own colours win over those of its cells, as under a bright cursor."""


def gutter(look: LineLook) -> Strip:
    """Draw the cells before the first column."""
    style = look.style if look.plain or look.mark_style is None else look.mark_style
    return Strip([Segment(look.cursor + look.mark, style), Segment(" ", look.style)])


def header(arrangement: Arrangement, style: Style, *, sorted_by: SortedBy | None) -> Strip:
    """Draw the titles; the sort arrow stands behind its title and may use the gap's first cell."""
    cells = []
    for placed in arrangement.placed:
        title = one_line(placed.column.title)
        by_this = sorted_by is not None and sorted_by.column == placed.column.key
        arrow = sorted_by.arrow if sorted_by is not None and by_this else ""
        if placed.column.align == "right":
            title = fit(title, placed.width, "right") + arrow
        else:
            title = crop(title, placed.width) + arrow
        cells.append(fit(title, placed.width + GAP))
    return Strip([Segment("".join(cells), style)])


def row_cells(row: Any, arrangement: Arrangement, look: LineLook, console: Console) -> Strip:
    """Draw the cells of a row."""
    segments: list[Segment] = []
    between = Segment(" " * GAP, look.style)
    for placed in arrangement.placed:
        segments.extend(_cell(row, placed, look, console))
        segments.append(between)
    return Strip(segments)


def unseen_cells(arrangement: Arrangement, words: str, style: Style) -> Strip:
    """Draw a line whose row is not here, with the words in place of its cells."""
    if words:
        return Strip([Segment(fit(words, arrangement.width), style)])
    dots = [fit("…", placed.width, placed.column.align) for placed in arrangement.placed]
    return Strip([Segment((" " * GAP).join(dots), style)])


def notice(words: str, *, room: int, lines: int, at: int, style: Style) -> Strip:
    """Draw one of so many lines, the words standing in their middle."""
    wrapped = textwrap.wrap(one_line(words), max(1, room - 2)) if room > 2 else []
    number = at - max(0, (lines - len(wrapped)) // 2)
    line = crop(wrapped[number], room) if 0 <= number < len(wrapped) else ""
    before = (room - width(line)) // 2
    return Strip([Segment(fit(" " * before + line, room), style)], room)


def _cell(row: Any, placed: Placed, look: LineLook, console: Console) -> list[Segment]:
    shown = placed.column.cell(row)
    align = placed.column.align
    if not isinstance(shown, Text):
        return [Segment(fit(one_line(shown[:LONGEST_CELL]), placed.width, align), look.style)]
    painted = fit_text(shown[:LONGEST_CELL], placed.width, align)
    # Rich leaves the text's own style to the caller when no part of it has another.
    under = look.style + console.get_style(painted.style, default=Style.null())
    over = Style(color=look.style.color, bgcolor=look.style.bgcolor) if look.plain else None
    return [
        Segment(part, Style.combine([each for each in (under, style, over) if each is not None]))
        for part, style, _control in painted.render(console)
        if part
    ]
