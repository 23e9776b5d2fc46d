"""A place whose whole list is in memory: filtered and sorted here, fetched anew as a whole.

Knows rows by their columns; how they are fetched is its heirs'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.actions import LIST_ACTIONS, bindings
from segops_tui.tui.core.messages import Counted
from segops_tui.tui.panes.list_box import ListBox
from segops_tui.tui.panes.old_pane import Pane
from segops_tui.tui.table.messages import HeaderSelected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column

R = TypeVar("R")


class ListedPane(Pane[R]):
    """A list that can be had whole: hundreds, not millions."""

    ACTIONS: ClassVar[Sequence[Action]] = (*LIST_ACTIONS, *Pane.ACTIONS)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LIST_ACTIONS)]

    class Loaded(Message):
        """The whole list has come."""

        def __init__(self, rows: list[Any]) -> None:
            self.rows = rows
            super().__init__()

    rows: Sequence[R] = ()
    """Every row, in the server's order."""

    sort_key: str | None = None
    descending: bool = False
    sortable: ClassVar[Sequence[str]] = ()
    """The columns `s` goes through."""

    def counts(self) -> tuple[int | None, int | None]:
        """How many pass the filter, and how many there are."""
        if not self._answered:
            return None, None
        return len(self.shown()), len(self.rows)

    async def fetch(self) -> list[R]:
        """Every row there is.

        Raises:
            SegOpsError: it cannot be had.
        """
        raise NotImplementedError

    def refetch(self) -> None:
        """Ask the server for the list."""
        self._load()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        try:
            rows = await self.fetch()
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Loaded(rows))

    def shown(self) -> list[R]:
        """The rows that pass the filter, sorted."""
        return self._sorted(matching(self.rows, self.box.words, self.columns(), self.context()))

    def whole(self) -> int | None:
        """How many there are in all, whatever is filtered."""
        return len(self.rows)

    def filtered(self, _words: str) -> None:
        """Other words are filtered by: the rows are at hand, so they are shown."""
        self.put_rows()

    async def view_pages(self) -> AsyncIterator[Sequence[R]]:
        """The marked rows, else those that pass the filter, as they are sorted."""
        yield self.table.marked_rows or self.shown()

    def put_rows(self) -> None:
        """Show the rows as they are to be shown now."""
        self.table.empty_text = (
            f"No {self.noun.name} has “{self.box.words}” in it. esc shows them all."
            if self.box.words
            else self.noun.empty
        )
        self.table.set_rows(self.shown(), key=self.noun.key, keep_position=True)
        self._name_list()
        # Tabs about nothing are confusing.
        self.set_class(self.table.row_count == 0, "-bare")
        self.refresh_bindings()

    def at_hand(self) -> Sequence[R]:
        """The whole list."""
        return self.rows

    def go_to(self, row: R) -> None:
        """Put the cursor on a row, whatever was filtered; one that is not listed joins the list."""
        self.box.clear_filter()
        key = self.noun.key(row)
        if all(self.noun.key(each) != key for each in self.rows):
            self.rows = [*self.rows, row]
            self.put_rows()
        keys = [self.noun.key(shown) for shown in self.shown()]
        if key in keys:
            self.table.cursor_row = keys.index(key)

    def removed(self, keys: set[Any]) -> None:
        """Take rows off the screen."""
        self.rows = [row for row in self.rows if self.noun.key(row) not in keys]
        self.put_rows()

    def saved(self, row: R, *, is_new: bool) -> None:
        """Show a row as the server now has it, and go to it."""
        key = self.noun.key(row)
        others = [each for each in self.rows if self.noun.key(each) != key]
        if is_new or len(others) == len(self.rows):
            self.rows = [*others, row]
        else:
            self.rows = [row if self.noun.key(each) == key else each for each in self.rows]
        self.put_rows()
        self.go_to(row)
        self.post_message(Counted(self.id or "", self.whole()))

    def cannot_sort(self) -> str:
        """Sorting needs rows."""
        return "" if len(self.rows) > 1 else "There is nothing to sort."

    cannot_reverse = cannot_sort

    def do_filter(self) -> None:
        """Open the filter."""
        self.box.open_filter()

    def do_sort(self) -> None:
        """Sort by the next column, after the last by none."""
        order: list[str | None] = [None, *self.sortable]
        at = order.index(self.sort_key) if self.sort_key in order else 0
        self._sort_by(order[(at + 1) % len(order)])

    def do_reverse(self) -> None:
        """Turn the order round."""
        self._sort_by(self.sort_key or self.sortable[0], descending=not self.descending)

    @on(Loaded)
    def _loaded(self, event: Loaded) -> None:
        event.stop()
        self.rows = event.rows
        self.fetched()
        self.put_rows()
        self.arrive()
        self.post_message(Counted(self.id or "", self.whole()))

    @on(ListBox.FilterChanged)
    def _filter_changed(self, event: ListBox.FilterChanged) -> None:
        event.stop()
        self.filtered(event.words)

    @on(HeaderSelected, "ListBox NounTable")
    def _header_selected(self, event: HeaderSelected) -> None:
        event.stop()
        again = event.column_key == self.sort_key
        self._sort_by(event.column_key, descending=again and not self.descending)

    def _sort_by(self, key: str | None, *, descending: bool | None = None) -> None:
        numeric = any(column.key == key and column.align == "right" for column in self.columns())
        # Who sorts by a number asks for the largest.
        self.sort_key, self.descending = key, numeric if descending is None else descending
        self.table.show_sort(key, descending=self.descending)
        self.put_rows()

    def _sorted(self, rows: list[R]) -> list[R]:
        column = next((c for c in self.columns() if c.key == self.sort_key), None)
        if column is None:
            return rows
        known = [row for row in rows if column.value(row) is not None]
        unknown = [row for row in rows if column.value(row) is None]
        known.sort(key=lambda row: _comparable(column.value(row)), reverse=self.descending)
        return [*known, *unknown]


def matching(rows: Iterable[R], words: str, columns: Sequence[Column[R]], context: Any) -> list[R]:
    """The rows in whose cells every word is found, whatever its case."""
    wanted = words.casefold().split()
    if not wanted:
        return list(rows)
    return [
        row
        for row in rows
        if _holds(" ".join(column.text(row, context) for column in columns), wanted)
    ]


def _holds(text: str, words: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def _comparable(value: Any) -> tuple[int, Any]:
    """Numbers before times before words, so that odd values never stop a sort."""
    if isinstance(value, bool | int | float):
        return 0, float(value)
    if hasattr(value, "timestamp"):
        return 1, value.timestamp()
    return 2, str(value).casefold()
