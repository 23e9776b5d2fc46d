"""What a table looks like: its columns, its header, the line of each row, what it says when empty.

Knows where the cursor and the marks are and moves neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Unpack

from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from segops_tui.tui.table.columns import Arrangement, ColumnWidths, arrange, spread
from segops_tui.tui.table.marks import Marks
from segops_tui.tui.table.pages import PagedOptions, PagedView
from segops_tui.tui.table.paint import (
    LineLook,
    SortedBy,
    gutter,
    header,
    notice,
    row_cells,
    unseen_cells,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.style import Style

    from segops_tui.tui.table.columns import TableColumn

__all__ = ["TableOptions", "TableView"]

COULD_NOT_LOAD = "could not load – ctrl+r"
"""Stands where rows should be which the server did not give."""


class TableOptions(PagedOptions, total=False):
    """What may be said of a table."""

    fit: Literal["drop", "scroll"]
    """Whether columns without room are left out until asked for, or scrolled to."""

    markable: bool
    """Rows can be marked; a table in a detail has no use for that."""


class TableView(PagedView):
    """Draws the rows in sight."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    TableView {
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;

        & > .virtual-table--header {
            background: $panel;
            text-style: bold;
        }
        & > .virtual-table--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .virtual-table--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
        & > .virtual-table--marked {
            background: $accent 15%;
        }
        & > .virtual-table--mark {
            color: $accent;
            text-style: bold;
        }
        & > .virtual-table--placeholder, & > .virtual-table--notice {
            text-style: dim;
        }
        & > .virtual-table--error {
            color: $error;
        }
        &:ansi {
            & > .virtual-table--header {
                background: ansi_default;
                text-style: bold underline;
            }
            & > .virtual-table--marked {
                background: ansi_default;
                text-style: bold;
            }
        }
        &:nocolor > .virtual-table--mark {
            color: $foreground;
        }
        &:ansi:nocolor:focus > .virtual-table--cursor {
            text-style: reverse;
        }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-table--cursor",
        "virtual-table--error",
        "virtual-table--header",
        "virtual-table--mark",
        "virtual-table--marked",
        "virtual-table--notice",
        "virtual-table--placeholder",
        "virtual-table--row",
    }
    """
    | Class | Description |
    | :- | :- |
    | `virtual-table--cursor` | The row under the cursor; brighter where the table has the focus. |
    | `virtual-table--error` | Rows which could not be loaded. |
    | `virtual-table--header` | The titles. |
    | `virtual-table--mark` | The signs in the gutter. |
    | `virtual-table--marked` | Marked rows. |
    | `virtual-table--notice` | What an empty table says. |
    | `virtual-table--placeholder` | Rows which are being loaded. |
    | `virtual-table--row` | All other rows. |
    """

    cursor_row: reactive[int] = reactive(0, repaint=False)
    """The line the cursor is on, the first being 0."""

    empty_text: reactive[str] = reactive("Nothing here")
    """Said when there are no rows."""

    loading_text: reactive[str] = reactive("Loading…")
    """Said until the first page has come."""

    sorted_by: reactive[SortedBy | None] = reactive(None)
    """The column with the arrow; the table does not sort."""

    def __init__(
        self,
        columns: Iterable[TableColumn] = (),
        *,
        fit: Literal["drop", "scroll"] = "drop",
        markable: bool = True,
        **options: Unpack[PagedOptions],
    ) -> None:
        super().__init__(**options)
        self._widths = ColumnWidths(columns)
        self._arrangement = Arrangement()
        self._fit = fit
        self._revealed = False
        self._markable = markable
        self._marks = Marks()

    @property
    def columns(self) -> Sequence[TableColumn]:
        """The columns, those there is no room for included."""
        return self._widths.columns

    def set_columns(self, columns: Iterable[TableColumn]) -> None:
        """Show other columns of the same rows."""
        self._widths = ColumnWidths(columns)
        if self._cache is not None:
            self._widths.see(row for _index, row in self._cache.rows())
        self._arrange()

    def show_sort(self, column_key: str | None, *, descending: bool = False) -> None:
        """Put the arrow behind a column's title, or nowhere."""
        self.sorted_by = None if column_key is None else SortedBy(column_key, descending)

    def render_line(self, y: int) -> Strip:
        """Draw a line of the screen."""
        if y == 0:
            return self._header_line()
        if not self.row_count:
            return self._notice_line(y - 1)
        index = self.scroll_offset.y + y - 1
        if index >= self.row_count:
            return Strip.blank(self.view_size.width, self._style("row"))
        return self._row_line(index)

    @property
    def _gutter(self) -> int:
        return 3 if self._markable else 2

    @property
    def _scrolls(self) -> bool:
        return self._fit == "scroll" or self._revealed

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"virtual-table--{part}")

    def _arrange(self) -> None:
        """Lay the columns out anew; lines and cells to scroll through follow from that."""
        room = max(0, self.view_size.width - self._gutter)
        place = spread if self._scrolls else arrange
        self._arrangement = place(self._widths, room)
        if self._arrangement.dropped:
            self._arrangement = place(self._widths, room - 1)  # the sign that says so
        # In a table which drops columns, a width equal to the screen's would show a horizontal
        # scrollbar for the moment in which the vertical one appears.
        cells = self._gutter + self._arrangement.width if self._scrolls else 0
        self.virtual_size = Size(cells, self.row_count + 1)
        if self.scroll_offset.y > self.max_scroll_y or self.scroll_offset.x > self.max_scroll_x:
            self.scroll_to(x=self.scroll_x, y=self.scroll_y, animate=False, force=True)
        self.refresh()

    def _header_line(self) -> Strip:
        style = self._style("header")
        room = max(0, self.view_size.width - self._gutter)
        titles = header(self._arrangement, style, sorted_by=self.sorted_by)
        left, right = self.scroll_offset.x > 0, self._hides_columns(room)
        before = LineLook(style, cursor=" " * (self._gutter - 2) + ("‹" if left else " "), mark="")
        if not right or room < 1:
            return Strip.join([gutter(before), self._clip(titles, room, style)])
        after = gutter(LineLook(style, cursor="›", mark="")).crop(0, 1)
        return Strip.join([gutter(before), self._clip(titles, room - 1, style), after])

    def _hides_columns(self, room: int) -> bool:
        beyond = self._arrangement.width - self.scroll_offset.x > room
        return self._arrangement.dropped > 0 or (self._scrolls and beyond)

    def _row_line(self, index: int) -> Strip:
        row = None if self._cache is None else self._cache.row(index)
        look = self._look_of(index, row)
        room = max(0, self.view_size.width - self._gutter)
        if row is None:
            cells = self._unseen_cells(index, look)
        else:
            cells = row_cells(row, self._arrangement, look, self.app.console)
        return Strip.join([gutter(look), self._clip(cells, room, look.style)])

    def _unseen_cells(self, index: int, look: LineLook) -> Strip:
        failed = self._cache is not None and self._cache.failed(index)
        part = "virtual-table--error" if failed else "virtual-table--placeholder"
        own = self.get_component_rich_style(part, partial=True)
        style = look.style if look.plain else look.style + own
        return unseen_cells(self._arrangement, COULD_NOT_LOAD if failed else "", style)

    def _look_of(self, index: int, row: Any | None) -> LineLook:
        on_cursor = index == self.cursor_row
        marked = row is not None and self._cache is not None and self._cache.key(row) in self._marks
        part = "cursor" if on_cursor else "marked" if marked else "row"
        sign = "●" if marked else " "
        if self._marks.covers(index, cursor=self.cursor_row):
            sign = "○"
        style = self._style(part)
        return LineLook(
            style,
            cursor=("▌" if self.has_focus else "▏") if on_cursor else " ",
            mark=sign if self._markable else "",
            mark_style=style + self.get_component_rich_style("virtual-table--mark", partial=True),
            plain=on_cursor and self.has_focus,
        )

    def _notice_line(self, at: int) -> Strip:
        part, words = "notice", self.loading_text
        if self._cache is None:
            words = ""
        elif self._cache.failed(0):
            part, words = "error", COULD_NOT_LOAD
        elif self._cache.answered:
            words = self.empty_text
        lines = self.body_height
        return notice(words, room=self.view_size.width, lines=lines, at=at, style=self._style(part))

    def _clip(self, strip: Strip, room: int, style: Style) -> Strip:
        left = self.scroll_offset.x
        return strip.crop_extend(left, left + room, style)
