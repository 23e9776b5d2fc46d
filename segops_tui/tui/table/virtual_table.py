"""A table of any number of rows, with a cursor and marks, which loads only the rows in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from segops_tui.tui.core.sized import Sized
from segops_tui.tui.table import messages
from segops_tui.tui.table.columns import ColumnLayout, Fit, TableColumn
from segops_tui.tui.table.marks import Marks
from segops_tui.tui.table.pager import Pager, PagerHost
from segops_tui.tui.table.painter import SortedBy, TablePainter
from segops_tui.tui.table.sources import RowListSource, RowPage, RowSource

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import Self

    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Region
    from textual.strip import Strip

__all__ = [
    "TABLE_BINDINGS",
    "RowListSource",
    "RowPage",
    "RowSource",
    "SortedBy",
    "TableColumn",
    "VirtualTable",
]

SETTLE = 0.06
"""Seconds without scrolling after which pages are fetched; those passed before are skipped."""

MARKING = {"mark", "mark_range", "mark_all", "invert_marks", "drop_range"}
"""Actions of tables whose rows can be marked."""


def _key(keys: str, action: str, title: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(keys, action, title, show=show, tooltip=tooltip, id=f"table.{action}")


TABLE_BINDINGS = [
    _key("up,k", "cursor_up", "Up", "Go up a row"),
    _key("down,j", "cursor_down", "Down", "Go down a row"),
    _key("g,home", "top", "Top", "Go to the first row"),
    _key("G,end", "bottom", "Bottom", "Go to the last row"),
    _key("ctrl+u", "half_page_up", "Half page up", "Go up half a screen"),
    _key("ctrl+d", "half_page_down", "Half page down", "Go down half a screen"),
    _key("pageup", "page_up", "Page up", "Go up a screen"),
    _key("pagedown", "page_down", "Page down", "Go down a screen"),
    _key("left,h", "columns_left", "Columns left", "Go back to the columns on the left"),
    _key("right,l", "columns_right", "Columns right", "Show the columns there is no room for"),
    _key("enter", "select", "Open", "Open the row under the cursor"),
    _key("space", "mark", "Mark", "Mark or unmark the row and go down", show=True),
    _key("v", "mark_range", "Mark range", "Start a range here; again, or space, marks it"),
    _key("escape", "drop_range", "Drop range", "Leave the range unmarked"),
    _key("ctrl+a", "mark_all", "Mark all", "Mark the loaded rows; again: all; again: none"),
    _key("asterisk", "invert_marks", "Invert marks", "Mark what is unmarked and the reverse"),
]
"""The keys of a table; a keymap names them `table.cursor_down` and so on."""


class VirtualTable(ScrollView, Sized, can_focus=True, inherit_bindings=False):
    """Shows, marks and selects rows; the first line is the header, which does not scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [*TABLE_BINDINGS]

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    VirtualTable {
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
    | `virtual-table--notice` | The text of an empty table. |
    | `virtual-table--placeholder` | Rows which are being loaded. |
    | `virtual-table--row` | All other rows. |
    """

    cursor_row: reactive[int] = reactive(0, repaint=False)
    """The line under the cursor, the first being 0."""

    empty_text: reactive[str] = reactive("Nothing here")
    """Shown if there are no rows."""

    loading_text: reactive[str] = reactive("Loading…")
    """Shown until the first page has arrived."""

    waiting_text: reactive[str] = reactive("")
    """Shown alone, in place of header and rows, until this is empty again."""

    sorted_by: reactive[SortedBy | None] = reactive(None)
    """The column with the arrow; the table itself does not sort."""

    RowHighlighted = messages.RowHighlighted
    RowSelected = messages.RowSelected
    MarksChanged = messages.MarksChanged
    HeaderSelected = messages.HeaderSelected
    PageLoaded = messages.PageLoaded
    LoadFailed = messages.LoadFailed
    BottomSought = messages.BottomSought
    AllWanted = messages.AllWanted

    def __init__(
        self,
        columns: Iterable[TableColumn] = (),
        *,
        fit: Fit = "drop",
        markable: bool = True,
        expected_errors: tuple[type[Exception], ...] = (),
        settle: float = SETTLE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Create a table; errors of a source which are not expected are bugs and are raised."""
        super().__init__(name=name, id=id, classes=classes)
        self._columns = ColumnLayout(columns, fit=fit)
        self._markable = markable
        self._marks = Marks()
        host = PagerHost(
            widget=self,
            in_sight=lambda: (self.scroll_offset.y, self.body_height),
            stored=self._page_stored,
            loaded=self._page_loaded,
            failed=self._page_failed,
        )
        self._pager = Pager(host, expected_errors=expected_errors, settle=settle)
        self._painter = TablePainter(
            self, columns=self._columns, pager=self._pager, marks=self._marks, markable=markable
        )
        self.is_partial = False
        """Rows in memory are not all there are; set by who shows them."""
        self._anchor: Hashable | None = None
        self._following = False
        self._announced: tuple[int, Hashable, Any] | None = None
        self._last_height = 0

    @property
    def columns(self) -> Sequence[TableColumn]:
        """The columns, those without room included."""
        return self._columns.widths.columns

    @property
    def row_count(self) -> int:
        """Lines below the header, including the one which waits for a page of unknown size."""
        return self._pager.row_count

    @property
    def total(self) -> int | None:
        """How many rows there are in all, None while unknown."""
        return self._pager.total

    @property
    def has_more(self) -> bool:
        """Whether there are rows which have not been loaded."""
        return self.is_partial or len(self.loaded_rows) < self.row_count

    @property
    def offers_all(self) -> bool:
        """Whether the loaded rows are marked, and marking all once more marks the others too."""
        marks = len(self._marks)
        return 0 < marks == len(self.loaded_rows) and self.has_more

    @property
    def fetching(self) -> bool:
        """A page is being fetched."""
        return self._pager.is_busy

    @property
    def current_row(self) -> Any | None:
        """The row under the cursor, None if there is none or it has not been loaded."""
        return self.row_at(self.cursor_row)

    @property
    def current_key(self) -> Hashable | None:
        """The key of the row under the cursor."""
        row, cache = self.current_row, self._pager.cache
        return None if row is None or cache is None else cache.key(row)

    @property
    def marked(self) -> list[Hashable]:
        """The keys of the marked rows, first marked first."""
        return self._marks.keys

    @property
    def marked_rows(self) -> list[Any]:
        """The marked rows as last seen, first marked first."""
        return self._marks.rows

    @property
    def view_size(self) -> Size:
        """Cells to draw on: the widget without its border and its scrollbars."""
        return self.scrollable_content_region.size

    @property
    def body_height(self) -> int:
        """Rows in sight."""
        return max(0, self.view_size.height - 1)

    def set_columns(self, columns: Iterable[TableColumn]) -> None:
        """Show other columns of the same rows."""
        self._columns.replace(columns)
        if self._pager.cache is not None:
            self._columns.widths.measure(row for _index, row in self._pager.cache.rows())
        self._arrange()

    def show_sort(self, column_key: str | None, *, descending: bool = False) -> None:
        """Show the sort arrow at a column's title, or nowhere."""
        self.sorted_by = None if column_key is None else SortedBy(column_key, descending)
        self._columns.sorted_by = column_key
        self._arrange()

    def set_source(
        self, source: RowSource, *, key: Callable[[Any], Hashable], keep_position: bool = False
    ) -> None:
        """Show another source from its start, or, position kept, in place of the one before.

        In the latter case the old rows stay until their page has arrived; the source must be
        able to return any page.
        """
        self._open(source, key=key, total=None, keep_position=keep_position)

    def set_rows(
        self,
        rows: Sequence[Any],
        *,
        key: Callable[[Any], Hashable],
        total: int | None = None,
        keep_position: bool = False,
    ) -> None:
        """Show rows in memory; a total says that there are more elsewhere."""
        self._open(RowListSource(rows), key=key, total=total, keep_position=keep_position)

    def refresh_rows(self) -> None:
        """Fetch the pages in sight again; the old rows stay until the new ones arrive."""
        if self._pager.cache is not None:
            self._pager.cache.expire()
            self._remember_row()
            self._pager.start()

    def update_row(self, key: Hashable, row: Any) -> bool:
        """Replace the row with this key by a newer one; return whether it was loaded."""
        cache = self._pager.cache
        index = None if cache is None else cache.replace(key, row)
        if cache is None or index is None:
            return False
        self._marks.refresh(cache.key(row), row)
        self._painter.forget_rows()
        if self._columns.widths.measure([row]):
            self._arrange()
        self.refresh_line(index + 1)
        return True

    def refresh(self, *regions: Region, **wanted: bool) -> Self:
        """Draw the table again; without regions, rows that were drawn already too."""
        if not regions:
            self._painter.forget_rows()
        return super().refresh(*regions, **wanted)

    def redraw_cells(self) -> None:
        """Draw the rows in sight again, whose texts may have grown with the time."""
        top = self.scroll_offset.y
        in_sight = range(top, min(top + self.body_height, self.row_count))
        if self._columns.widths.measure(row for _key, row in self._pager.keyed_rows(in_sight)):
            self._arrange()
        self.refresh()

    def row_at(self, index: int) -> Any | None:
        """Return the row of a line, None if there is none or it has not been loaded."""
        return self._pager.row_at(index)

    @property
    def loaded_rows(self) -> list[Any]:
        """The rows which are loaded now, in their order."""
        return [row for _key, row in self._pager.keyed_rows(range(self.row_count))]

    def mark_rows(self, rows: Iterable[Any]) -> None:
        """Mark rows, also those which have not been loaded."""
        cache = self._pager.cache
        if cache is not None:
            self._marks.add((cache.key(row), row) for row in rows)
            self._announce_marks()

    def clear_marks(self) -> None:
        """Unmark everything."""
        self._marks.clear()
        self._announce_marks()

    def unmark(self, keys: Iterable[Hashable]) -> None:
        """Unmark rows, for instance those which were deleted."""
        self._marks.discard(keys)
        self._announce_marks()

    def on_mount(self) -> None:
        """Fetch what was set before there was a screen; follow the scrollbars."""
        self.watch(self, "show_vertical_scrollbar", self.fit_size, init=False)
        self.watch(self, "show_horizontal_scrollbar", self.fit_size, init=False)
        self._pager.start()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor, mark the row if its gutter was clicked, select it on a double click."""
        where = event.get_content_offset(self)
        if where is None:
            return
        event.stop()
        if where.y == 0:
            at = where.x - self._painter.gutter + self.scroll_offset.x
            column = self._columns.arrangement.at(at)
            if column is not None and where.x >= self._painter.gutter:
                self.post_message(self.HeaderSelected(self, column_key=column.key))
            return
        index = self.scroll_offset.y + where.y - 1
        if index >= self.row_count:
            return
        self.cursor_row = index
        if where.x < self._painter.gutter and self._markable:
            self._toggle_marks(range(index, index + 1))
        elif event.chain == 2:
            self.action_select()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable marking where rows cannot be marked, and Escape unless a range is open."""
        if action in MARKING and (not self._markable or self.waiting_text):
            return False
        if action == "drop_range":
            return self._marks.range_start is not None
        return super().check_action(action, parameters)

    def action_cursor_up(self) -> None:
        """Go up a row."""
        self.cursor_row -= 1

    def action_cursor_down(self) -> None:
        """Go down a row."""
        if self.cursor_row >= self.row_count - 1:
            self.post_message(self.BottomSought(self))
        self.cursor_row += 1

    def action_top(self) -> None:
        """Go to the first row."""
        self.cursor_row = 0

    def action_bottom(self) -> None:
        """Go to the last row."""
        self.cursor_row = self.row_count - 1
        self.post_message(self.BottomSought(self))

    def action_half_page_up(self) -> None:
        """Go up half a screen."""
        self.cursor_row -= max(1, self.body_height // 2)

    def action_half_page_down(self) -> None:
        """Go down half a screen."""
        self.cursor_row += max(1, self.body_height // 2)

    def action_page_up(self) -> None:
        """Go up a screen."""
        self.cursor_row -= max(1, self.body_height)

    def action_page_down(self) -> None:
        """Go down a screen."""
        self.cursor_row += max(1, self.body_height)

    def action_columns_left(self) -> None:
        """Go back to the columns on the left; at their start, drop again what does not fit."""
        left = self._columns.left_of(self.scroll_offset.x)
        if left is not None:
            self.scroll_to(x=left, animate=False, force=True)
        elif self._columns.drop_columns():
            self._arrange()

    def action_columns_right(self) -> None:
        """Show the columns without room, one at a time."""
        if self._columns.show_dropped():
            self._arrange()
        right = self._columns.right_of(self.scroll_offset.x)
        if right is not None and self._columns.scrolls:
            self.scroll_to(x=right, animate=False, force=True)

    def action_select(self) -> None:
        """Select the row under the cursor."""
        row, key = self.current_row, self.current_key
        if row is not None and key is not None:
            self.post_message(self.RowSelected(self, row, key=key, index=self.cursor_row))

    def action_mark(self) -> None:
        """Mark or unmark the row and go down; an open range is marked instead."""
        if self._marks.range_start is not None:
            self.action_mark_range()
        else:
            self._toggle_marks(range(self.cursor_row, self.cursor_row + 1))
            self.cursor_row += 1

    def action_mark_range(self) -> None:
        """Start a range at the cursor, or mark the loaded rows of the open one."""
        start = self._marks.range_start
        if start is None:
            self._set_range_start(self.cursor_row)
            return
        first, last = min(start, self.cursor_row), max(start, self.cursor_row)
        rows = list(self._pager.keyed_rows(range(first, last + 1)))
        self._marks.add(rows)
        self._set_range_start(None)
        self._announce_marks(skipped=last - first + 1 - len(rows))

    def action_drop_range(self) -> None:
        """Close the range without marking it."""
        self._set_range_start(None)

    def action_mark_all(self) -> None:
        """Mark every loaded row; again, the rows not loaded too; again, unmark everything."""
        rows = list(self._pager.keyed_rows(range(self.row_count)))
        if all(key in self._marks for key, _row in rows):
            if self.offers_all:
                self.post_message(self.AllWanted(self))
                return
            self._marks.clear()
        else:
            self._marks.add(rows)
        self._announce_marks()

    def action_invert_marks(self) -> None:
        """Mark the loaded rows which are unmarked, unmark the others."""
        self._toggle_marks(range(self.row_count))

    def validate_cursor_row(self, cursor_row: int) -> int:
        """Keep the cursor within the rows."""
        return max(0, min(cursor_row, self.row_count - 1))

    def watch_cursor_row(self, old_row: int, new_row: int) -> None:
        """Scroll to the row, and announce it as soon as it is loaded."""
        if self._marks.range_start is None:
            self.refresh_line(old_row + 1)
            self.refresh_line(new_row + 1)
        else:
            self.refresh()
        if not self._following:
            self._anchor = None
            self._scroll_to_row(new_row)
            self._announce_row()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Fetch the pages now in sight."""
        super().watch_scroll_y(old_value, new_value)
        self._pager.look()

    def render_line(self, y: int) -> Strip:
        """Draw a line of the screen."""
        if self.waiting_text:
            return self._painter.waiting(y, lines=self.view_size.height, text=self.waiting_text)
        if y == 0:
            return self._painter.header(sorted_by=self.sorted_by)
        if not self.row_count:
            loading, empty = self.loading_text, self.empty_text
            return self._painter.notice(y - 1, lines=self.body_height, loading=loading, empty=empty)
        index = self.scroll_offset.y + y - 1
        if index >= self.row_count:
            return self._painter.blank()
        return self._painter.row(index, cursor=self.cursor_row)

    def _open(
        self,
        source: RowSource,
        *,
        key: Callable[[Any], Hashable],
        total: int | None,
        keep_position: bool,
    ) -> None:
        if keep_position:
            self._remember_row()
        self._pager.open(source, key=key, total=total, keep_pages=keep_position)
        if keep_position:
            self._arrange()
            self._find_row_in_memory()
            self._announce_row()
        else:
            self._start_over()
        if self.is_mounted:
            self._pager.start()

    def _start_over(self) -> None:
        """Forget marks, cursor and measured widths: other rows are shown now."""
        had_marks = len(self._marks) > 0
        self._marks.clear()
        self._columns.replace(self.columns)
        self._anchor = self._announced = None
        self.set_reactive(VirtualTable.cursor_row, 0)
        if self.is_mounted:
            self.scroll_to(x=0, y=0, animate=False, force=True)
        self._arrange()
        self._announce_row()
        if had_marks:
            self._announce_marks()

    def _page_stored(self, number: int, rows: Sequence[Any]) -> None:
        """Measure and draw the rows, and keep the cursor on its row."""
        cache = self._pager.cache
        if cache is None:
            return
        if len(self._marks):
            for row in rows:
                self._marks.refresh(cache.key(row), row)
        if self._columns.widths.measure(rows) or self.virtual_size.height != self.row_count + 1:
            self._arrange()
        found = None if self._anchor is None else cache.index_of(self._anchor)
        if found is not None and found // cache.page_size == number:
            self._move_with_row(found)
            self._anchor = None
        if not self._pager.missing():
            self._anchor = None
        self._move_with_row(self.cursor_row)
        self.refresh()
        self._announce_row()

    def _page_loaded(self, number: int) -> None:
        self.post_message(self.PageLoaded(self, number=number, total=self.total))

    def _page_failed(self, error: Exception) -> None:
        self.refresh()
        self.post_message(self.LoadFailed(self, error))

    def _remember_row(self) -> None:
        """Remember the row under the cursor, to find it again when pages are replaced."""
        if self._anchor is None:
            self._anchor = self.current_key

    def _find_row_in_memory(self) -> None:
        """Move the cursor with its row if the rows are in memory; else a page will tell."""
        if self._anchor is None:
            return
        in_memory, found = self._pager.find_in_memory(self._anchor, near=self.cursor_row)
        if in_memory:
            self._move_with_row(self.cursor_row if found is None else found)
            self._anchor = None

    def _move_with_row(self, index: int) -> None:
        """Move the cursor to the line its row is on now, which stays where it was on screen."""
        index = self.validate_cursor_row(index)
        moved = index - self.cursor_row
        if not moved:
            return
        was_seen = self._in_view(self.cursor_row, self.body_height)
        self._following = True
        self.cursor_row = index
        self._following = False
        if was_seen:
            top = self.scroll_offset.y + moved
            self.scroll_to(y=top, animate=False, force=True)
            self._scroll_to_row(index)

    def fit_size(self) -> None:
        """Place the columns in the room there is, and keep the cursor in sight if it was."""
        was_seen = not self._last_height or self._in_view(self.cursor_row, self._last_height)
        self._last_height = self.body_height
        self._arrange()
        if was_seen:
            self._scroll_to_row(self.cursor_row)
        self._pager.look()

    def _in_view(self, index: int, height: int) -> bool:
        return self.scroll_offset.y <= index < self.scroll_offset.y + height

    def _scroll_to_row(self, index: int) -> None:
        top = self.scroll_offset.y
        if not self.body_height or self._in_view(index, self.body_height):
            return
        wanted = index if index < top else index - self.body_height + 1
        self.scroll_to(y=wanted, animate=False, force=True)

    def _announce_row(self) -> None:
        row, key = self.current_row, self.current_key
        if row is None or key is None:
            return
        current = (self.cursor_row, key, row)
        if current != self._announced:
            self._announced = current
            self.post_message(self.RowHighlighted(self, row, key=key, index=self.cursor_row))

    def _announce_marks(self, *, skipped: int = 0) -> None:
        self.refresh()
        self.post_message(self.MarksChanged(self, count=len(self._marks), skipped=skipped))

    def _toggle_marks(self, lines: range) -> None:
        self._marks.toggle(self._pager.keyed_rows(lines))
        self._announce_marks()

    def _set_range_start(self, start: int | None) -> None:
        self._marks.range_start = start
        self.refresh()
        self.refresh_bindings()

    def _arrange(self) -> None:
        """Place the columns, and set how far the table scrolls."""
        self._columns.place(self._painter.room)
        # In a table which drops columns, a width equal to the screen's would show a horizontal
        # scrollbar for the moment in which the vertical one appears.
        cells = (
            self._painter.gutter + self._columns.arrangement.width if self._columns.scrolls else 0
        )
        self.virtual_size = Size(cells, self.row_count + 1)
        if self.scroll_offset.y > self.max_scroll_y or self.scroll_offset.x > self.max_scroll_x:
            self.scroll_to(x=self.scroll_x, y=self.scroll_y, animate=False, force=True)
        self.refresh()
