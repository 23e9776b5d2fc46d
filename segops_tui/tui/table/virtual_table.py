"""A table of any number of rows, with a cursor and marks: what a person does with it.

Knows no client and no noun; it is given columns, and a source it can ask for a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.tui.table import messages
from segops_tui.tui.table.cache import ListSource, RowPage, RowSource
from segops_tui.tui.table.columns import TableColumn
from segops_tui.tui.table.cursor import CursorTable
from segops_tui.tui.table.keys import TABLE_BINDINGS
from segops_tui.tui.table.paint import SortedBy

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from textual import events
    from textual.binding import BindingType

__all__ = ["ListSource", "RowPage", "RowSource", "SortedBy", "TableColumn", "VirtualTable"]

MARKING = {"mark", "mark_range", "mark_all", "invert_marks", "drop_range"}
"""Actions of tables whose rows can be marked."""


class VirtualTable(CursorTable, can_focus=True, inherit_bindings=False):
    """Browses, marks and chooses rows."""

    BINDINGS: ClassVar[list[BindingType]] = [*TABLE_BINDINGS]

    RowHighlighted = messages.RowHighlighted
    RowSelected = messages.RowSelected
    MarksChanged = messages.MarksChanged
    HeaderSelected = messages.HeaderSelected
    PageLoaded = messages.PageLoaded
    LoadFailed = messages.LoadFailed

    @property
    def marked(self) -> list[Hashable]:
        """The keys of the marked rows, first marked first."""
        return self._marks.keys

    @property
    def marked_rows(self) -> list[Any]:
        """The marked rows as last seen, first marked first."""
        return self._marks.rows

    def clear_marks(self) -> None:
        """Unmark everything."""
        self._marks.clear()
        self._tell_marks()

    def unmark(self, keys: Iterable[Hashable]) -> None:
        """Unmark rows, those which are no longer there for instance."""
        self._marks.discard(keys)
        self._tell_marks()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row, mark it in the gutter, choose it when clicked twice."""
        where = event.get_content_offset(self)
        if where is None:
            return
        event.stop()
        if where.y == 0:
            column = self._arrangement.at(where.x - self._gutter + self.scroll_offset.x)
            if column is not None and where.x >= self._gutter:
                self.post_message(self.HeaderSelected(self, column_key=column.key))
            return
        index = self.scroll_offset.y + where.y - 1
        if index >= self.row_count:
            return
        self.cursor_row = index
        if where.x < self._gutter and self._markable:
            self._toggle(range(index, index + 1))
        elif event.chain == 2:
            self.action_select()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse marks where there are none, and leave Escape to others unless a range is open."""
        if action in MARKING and not self._markable:
            return False
        if action == "drop_range":
            return self._marks.range_start is not None
        return super().check_action(action, parameters)

    def action_select(self) -> None:
        """Choose the row under the cursor."""
        row, key = self.current_row, self.current_key
        if row is not None and key is not None:
            self.post_message(self.RowSelected(self, row, key=key, index=self.cursor_row))

    def action_mark(self) -> None:
        """Mark or unmark the row and go down; an open range is marked instead."""
        if self._marks.range_start is not None:
            self.action_mark_range()
        else:
            self._toggle(range(self.cursor_row, self.cursor_row + 1))
            self.cursor_row += 1

    def action_mark_range(self) -> None:
        """Open a range at the cursor, or mark the rows of the open one which are loaded."""
        start = self._marks.range_start
        if start is None:
            self._open_range(self.cursor_row)
            return
        first, last = min(start, self.cursor_row), max(start, self.cursor_row)
        rows = list(self._keyed(range(first, last + 1)))
        self._marks.add(rows)
        self._open_range(None)
        self._tell_marks(skipped=last - first + 1 - len(rows))

    def action_drop_range(self) -> None:
        """Close the range without marking it."""
        self._open_range(None)

    def action_mark_all(self) -> None:
        """Mark every row at hand; when all of them are, unmark everything."""
        rows = list(self._keyed(range(self.row_count)))
        if all(key in self._marks for key, _row in rows):
            self._marks.clear()
        else:
            self._marks.add(rows)
        self._tell_marks()

    def action_invert_marks(self) -> None:
        """Mark the rows at hand which are unmarked, unmark the others."""
        self._toggle(range(self.row_count))

    def _source_changed(self, *, keep_position: bool) -> None:
        had_marks = len(self._marks) > 0
        if not keep_position:
            self._marks.clear()
        super()._source_changed(keep_position=keep_position)
        if had_marks and not keep_position:
            self._tell_marks()

    def _page_arrived(self, number: int, rows: Sequence[Any]) -> None:
        if self._cache is not None and len(self._marks):
            for row in rows:
                self._marks.refresh(self._cache.key(row), row)
        super()._page_arrived(number, rows)

    def _row_updated(self, index: int, row: Any) -> None:
        if self._cache is not None:
            self._marks.refresh(self._cache.key(row), row)
        super()._row_updated(index, row)

    def _keyed(self, lines: range) -> Iterator[tuple[Hashable, Any]]:
        """The rows of these lines which are at hand, without loading any."""
        cache, source = self._cache, self._source
        if cache is None:
            return
        if isinstance(source, ListSource):
            for index in lines:
                row = cache.row(index)
                row = source.rows[index] if row is None else row
                yield cache.key(row), row
        else:
            for index, row in cache.rows():
                if index in lines:
                    yield cache.key(row), row

    def _toggle(self, lines: range) -> None:
        self._marks.toggle(self._keyed(lines))
        self._tell_marks()

    def _open_range(self, start: int | None) -> None:
        self._marks.range_start = start
        self.refresh()
        self.refresh_bindings()

    def _tell_marks(self, *, skipped: int = 0) -> None:
        self.refresh()
        self.post_message(self.MarksChanged(self, count=len(self._marks), skipped=skipped))
