"""The cursor of a table: where it stands, how it moves, and how it stays on its row.

Knows no key and no mark; says which row it is on and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from segops_tui.tui.table.cache import ListSource
from segops_tui.tui.table.columns import ColumnWidths
from segops_tui.tui.table.messages import RowHighlighted
from segops_tui.tui.table.view import TableView

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from textual import events

    from segops_tui.tui.table.columns import TableColumn
    from segops_tui.tui.table.view import TableOptions

__all__ = ["CursorTable"]


class CursorTable(TableView):
    """Moves a cursor over the rows, and the view with it."""

    def __init__(
        self, columns: Iterable[TableColumn] = (), **options: Unpack[TableOptions]
    ) -> None:
        super().__init__(columns, **options)
        self._anchor: Hashable | None = None
        self._following = False
        self._told: tuple[int, Hashable, Any] | None = None
        self._last_height = 0

    @property
    def current_row(self) -> Any | None:
        """The row under the cursor, None if there is none or it has not been loaded."""
        return self.row_at(self.cursor_row)

    @property
    def current_key(self) -> Hashable | None:
        """The key of the row under the cursor."""
        row = self.current_row
        return None if row is None or self._cache is None else self._cache.key(row)

    def on_mount(self) -> None:
        """Lay out anew when a scrollbar takes its cells."""
        self.watch(self, "show_vertical_scrollbar", self._resized, init=False)
        self.watch(self, "show_horizontal_scrollbar", self._resized, init=False)

    def on_resize(self, _event: events.Resize) -> None:
        """Lay out anew in the room there is now."""
        self._resized()

    def action_cursor_up(self) -> None:
        """Go up a row."""
        self.cursor_row -= 1

    def action_cursor_down(self) -> None:
        """Go down a row."""
        self.cursor_row += 1

    def action_top(self) -> None:
        """Go to the first row."""
        self.cursor_row = 0

    def action_bottom(self) -> None:
        """Go to the last row."""
        self.cursor_row = self.row_count - 1

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
        left = [placed.x for placed in self._arrangement.placed if placed.x < self.scroll_offset.x]
        if left:
            self.scroll_to(x=left[-1], animate=False, force=True)
        elif self._revealed:
            self._revealed = False
            self._arrange()

    def action_columns_right(self) -> None:
        """Show the columns there was no room for, a column at a time."""
        if self._arrangement.dropped:
            self._revealed = True
            self._arrange()
        right = [placed.x for placed in self._arrangement.placed if placed.x > self.scroll_offset.x]
        if right and self._scrolls:
            self.scroll_to(x=right[0], animate=False, force=True)

    def validate_cursor_row(self, cursor_row: int) -> int:
        """Stay within the rows."""
        return max(0, min(cursor_row, self.row_count - 1))

    def watch_cursor_row(self, old_row: int, new_row: int) -> None:
        """Show the row, and tell of it as soon as it is loaded."""
        if not self._following:
            self._anchor = None
        if self._marks.range_start is None:
            self.refresh_line(old_row + 1)
            self.refresh_line(new_row + 1)
        else:
            self.refresh()
        if not self._following:
            self._scroll_to_row(new_row)
            self._tell_highlight()

    def _resized(self) -> None:
        """Keep the cursor in sight if it was."""
        was_seen = not self._last_height or self._in_view(self.cursor_row, self._last_height)
        self._last_height = self.body_height
        self._arrange()
        if was_seen:
            self._scroll_to_row(self.cursor_row)
        self._look()

    def _before_refresh(self) -> None:
        if self._anchor is None:
            self._anchor = self.current_key

    def _source_changed(self, *, keep_position: bool) -> None:
        if keep_position:
            self._arrange()
            self._find_again()
        else:
            self._widths = ColumnWidths(self.columns)
            self._anchor = self._told = None
            self.set_reactive(TableView.cursor_row, 0)
            if self.is_mounted:
                self.scroll_to(x=0, y=0, animate=False, force=True)
            self._arrange()
        self._tell_highlight()

    def _find_again(self) -> None:
        """A list can say at once where the row under the cursor has gone."""
        source, cache = self._source, self._cache
        if isinstance(source, ListSource) and cache is not None and self._anchor is not None:
            found = source.find(self._anchor, key=cache.key, near=self.cursor_row)
            self._follow(self.cursor_row if found is None else found)
            self._anchor = None

    def _page_arrived(self, number: int, rows: Sequence[Any]) -> None:
        cache = self._cache
        if cache is None:
            return
        if self._widths.see(rows) or self.virtual_size.height != self.row_count + 1:
            self._arrange()
        found = None if self._anchor is None else cache.index_of(self._anchor)
        if found is not None and found // cache.page_size == number:
            self._follow(found)
            self._anchor = None
        if not self._missing():
            self._anchor = None
        self._follow(self.cursor_row)
        self.refresh()
        self._tell_highlight()

    def _row_updated(self, index: int, row: Any) -> None:
        if self._widths.see([row]):
            self._arrange()
        self.refresh_line(index + 1)

    def _follow(self, index: int) -> None:
        """Put the cursor on the line its row has gone to, where it was on the screen."""
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

    def _in_view(self, index: int, height: int) -> bool:
        return self.scroll_offset.y <= index < self.scroll_offset.y + height

    def _scroll_to_row(self, index: int) -> None:
        top = self.scroll_offset.y
        if not self.body_height or self._in_view(index, self.body_height):
            return
        wanted = index if index < top else index - self.body_height + 1
        self.scroll_to(y=wanted, animate=False, force=True)

    def _tell_highlight(self) -> None:
        row, key = self.current_row, self.current_key
        if row is None or key is None:
            return
        told = (self.cursor_row, key, row)
        if told != self._told:
            self._told = told
            self.post_message(RowHighlighted(self, row, key=key, index=self.cursor_row))
