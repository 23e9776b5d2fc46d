"""Draws the lines of a table: header, rows, placeholders, and the text of an empty table."""

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
    from textual.scroll_view import ScrollView

    from segops_tui.tui.table.columns import Arrangement, ColumnLayout, Placed
    from segops_tui.tui.table.marks import Marks
    from segops_tui.tui.table.pager import Pager

__all__ = ["SortedBy", "TablePainter"]

COULD_NOT_LOAD = "could not load – ctrl+r"
"""Shown in place of rows which failed to load."""

LONGEST_CELL = 4_096
"""Characters of a cell which are drawn; no terminal is that wide."""

KEPT_ROWS = 256
"""Rows that are kept as drawn, a few screens: scrolling draws what comes into sight."""


@dataclass(frozen=True, slots=True)
class SortedBy:
    """The column a table is sorted by, for the arrow in its header."""

    column: str
    descending: bool = False

    @property
    def arrow(self) -> str:
        """The arrow; it points to the large values."""
        return "▼" if self.descending else "▲"


@dataclass(frozen=True, slots=True)
class LineLook:
    """How the line of a row is drawn, whatever its cells contain."""

    style: Style
    """The style under every cell."""

    cursor: str = " "
    """The sign of the cursor, for terminals without colours."""

    mark: str = " "
    """The sign of a mark; empty if rows cannot be marked."""

    mark_style: Style | None = None

    plain: bool = False
    """The line's colours override those of its cells, as under a focused cursor."""


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row as it was drawn, and what it was drawn from."""

    row: Any
    look: LineLook
    cells: range
    """The columns of the terminal that the table is scrolled to."""
    strip: Strip

    def shows(self, row: Any, look: LineLook, cells: range) -> bool:
        """Whether it would be drawn the same again."""
        return row is self.row and cells == self.cells and look == self.look


class TablePainter:
    """Draws a table with the styles of its widget, from the state of its parts."""

    def __init__(
        self,
        widget: ScrollView,
        *,
        columns: ColumnLayout,
        pager: Pager,
        marks: Marks,
        markable: bool,
    ) -> None:
        self._widget = widget
        self._columns = columns
        self._pager = pager
        self._marks = marks
        self._markable = markable
        self._drawn: dict[int, DrawnRow] = {}

    @property
    def gutter(self) -> int:
        """Cells before the first column."""
        return 3 if self._markable else 2

    @property
    def room(self) -> int:
        """Cells for the columns."""
        return max(0, self._width - self.gutter)

    def header(self, *, sorted_by: SortedBy | None) -> Strip:
        """Draw the titles, with signs where columns are hidden at the left or the right."""
        style, room, scrolled = self._style("header"), self.room, self._widget.scroll_offset.x
        titles = _draw_header(self._columns.arrangement, style, sorted_by=sorted_by)
        left = "‹" if scrolled > 0 else " "
        before = _draw_gutter(LineLook(style, cursor=" " * (self.gutter - 2) + left, mark=""))
        if room < 1 or not self._columns.hides_columns(room, scrolled=scrolled):
            return Strip.join([before, self._clip(titles, room, style)])
        after = _draw_gutter(LineLook(style, cursor="›", mark="")).crop(0, 1)
        return Strip.join([before, self._clip(titles, room - 1, style), after])

    def forget_rows(self) -> None:
        """Draw every row again when it is asked for: columns, colours or times may differ."""
        self._drawn.clear()

    def row(self, index: int, *, cursor: int) -> Strip:
        """Return the row of a line as it was drawn before, else draw it.

        A row that is not loaded is a placeholder.
        """
        cache = self._pager.cache
        row = None if cache is None else cache.row(index)
        look = self._look_of(index, row, cursor=cursor)
        left, room = self._widget.scroll_offset.x, self.room
        cells = range(left, left + room)
        drawn = self._drawn.get(index)
        if drawn is not None and drawn.shows(row, look, cells):
            return drawn.strip
        if row is None:
            failed = cache is not None and cache.failed(index)
            own = self._partial_style("error" if failed else "placeholder")
            style = look.style if look.plain else look.style + own
            text = COULD_NOT_LOAD if failed else ""
            line = _draw_placeholder(self._columns.arrangement, text, style)
        else:
            line = _draw_row(row, self._columns.arrangement, look, self._widget.app.console)
        strip = Strip.join([_draw_gutter(look), self._clip(line, room, look.style)])
        if row is not None:
            if len(self._drawn) >= KEPT_ROWS:
                self._drawn.clear()
            self._drawn[index] = DrawnRow(row, look, cells, strip)
        return strip

    def blank(self) -> Strip:
        """Draw a line below the last row."""
        return Strip.blank(self._width, self._style("row"))

    def notice(self, at: int, *, lines: int, loading: str, empty: str) -> Strip:
        """Draw line number `at` of a table without rows: why there are none."""
        cache, part, text = self._pager.cache, "notice", loading
        if cache is None:
            text = ""
        elif cache.failed(0):
            part, text = "error", COULD_NOT_LOAD
        elif cache.answered:
            text = empty
        return _draw_notice(text, room=self._width, lines=lines, at=at, style=self._style(part))

    def waiting(self, at: int, *, lines: int, text: str) -> Strip:
        """Draw line number `at` of a table that shows only what it waits for."""
        style = self._style("notice") + Style(bold=True, dim=False)
        return _draw_notice(text, room=self._width, lines=lines, at=at, style=style)

    @property
    def _width(self) -> int:
        return self._widget.scrollable_content_region.width

    def _look_of(self, index: int, row: Any | None, *, cursor: int) -> LineLook:
        cache, has_focus = self._pager.cache, self._widget.has_focus
        on_cursor = index == cursor
        marked = row is not None and cache is not None and cache.key(row) in self._marks
        part = "cursor" if on_cursor else "marked" if marked else "row"
        sign = "●" if marked else " "
        if self._marks.in_range(index, cursor=cursor):
            sign = "○"
        style = self._style(part)
        return LineLook(
            style,
            cursor=("▌" if has_focus else "▏") if on_cursor else " ",
            mark=sign if self._markable else "",
            mark_style=style + self._partial_style("mark"),
            plain=on_cursor and has_focus,
        )

    def _style(self, part: str) -> Style:
        return self._widget.get_component_rich_style(f"virtual-table--{part}")

    def _partial_style(self, part: str) -> Style:
        return self._widget.get_component_rich_style(f"virtual-table--{part}", partial=True)

    def _clip(self, strip: Strip, room: int, style: Style) -> Strip:
        left = self._widget.scroll_offset.x
        return strip.crop_extend(left, left + room, style)


def _draw_gutter(look: LineLook) -> Strip:
    """Draw the cells before the first column."""
    style = look.style if look.plain or look.mark_style is None else look.mark_style
    return Strip([Segment(look.cursor + look.mark, style), Segment(" ", look.style)])


def _draw_header(arrangement: Arrangement, style: Style, *, sorted_by: SortedBy | None) -> Strip:
    """Draw the titles; the sort arrow follows its title and may use the gap's first cell."""
    cells = []
    for placed in arrangement.placed:
        title = one_line(placed.column.title)
        arrow = ""
        if sorted_by is not None and sorted_by.column == placed.column.key:
            arrow = sorted_by.arrow
        if placed.column.align == "right":
            title = fit(title, placed.width, "right") + arrow
        else:
            title = crop(title, placed.width) + arrow
        cells.append(fit(title, placed.width + GAP))
    return Strip([Segment("".join(cells), style)])


def _draw_row(row: Any, arrangement: Arrangement, look: LineLook, console: Console) -> Strip:
    """Draw the cells of a row."""
    segments: list[Segment] = []
    between = Segment(" " * GAP, look.style)
    for placed in arrangement.placed:
        segments.extend(_cell(row, placed, look, console))
        segments.append(between)
    return Strip(segments)


def _draw_placeholder(arrangement: Arrangement, text: str, style: Style) -> Strip:
    """Draw the line of a row which is not loaded: dots, or a text instead."""
    if text:
        return Strip([Segment(fit(text, arrangement.width), style)])
    dots = [fit("…", placed.width, placed.column.align) for placed in arrangement.placed]
    return Strip([Segment((" " * GAP).join(dots), style)])


def _draw_notice(text: str, *, room: int, lines: int, at: int, style: Style) -> Strip:
    """Draw line number `at` of an empty table whose middle shows a text."""
    wrapped = textwrap.wrap(one_line(text), max(1, room - 2)) if room > 2 else []
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
