"""Where a pane's rows come from: a whole list in memory, a server-side search, or server pages.

A source fetches, filters, sorts and counts; the pane that holds it draws. Its pane is typed as
Any, since the pane imports its source and a circle of imports is not allowed for types either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from segops_tui.api.errors import SegOpsError
from segops_tui.api.request import PageTrail
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.messages import Counted
from segops_tui.tui.table.sources import NumberedSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from textual.timer import Timer

    from segops_tui.api.listing import AsyncListing
    from segops_tui.nouns.column import Column, Context

R = TypeVar("R")

PAGE_SIZE: Final = 100
LARGEST_PAGE: Final = 200
"""The most rows the API returns at once (contract §1.4)."""
TYPING: Final = 0.25
"""Seconds without a key before the server is asked for what was typed."""


class ListSource(Generic[R]):
    """Every row at once, filtered and sorted here: hundreds of rows, not millions."""

    def __init__(self, pane: Any) -> None:
        self.pane = pane
        self.rows: Sequence[R] = ()
        """Every row, in the server's order."""
        self.sort_key: str | None = None
        self.descending = False

    @property
    def total(self) -> int | None:
        """How many rows there are, whatever the filter."""
        return len(self.rows)

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown, and how many there are."""
        if not self.pane.has_answer:
            return None, None
        return len(self.shown()), self.total

    def refetch(self) -> None:
        """Fetch the list again."""
        run_flow(self.pane, self._load, group="load", exclusive=True)

    def shown(self) -> list[R]:
        """The rows that match the filter, sorted."""
        pane = self.pane
        return self.sorted(
            matching(self.rows, pane.box.words, pane.filter_columns(), pane.context())
        )

    def draw(self) -> None:
        """Put the rows that are to be shown into the table."""
        pane = self.pane
        pane.table.empty_text = (
            f"No {pane.noun.name} matches “{pane.box.words}”. Press esc to show all."
            if pane.box.words
            else pane.empty
        )
        pane.table.set_rows(self.shown(), key=pane.noun.key, keep_position=True)

    def filter(self, words: str) -> None:  # noqa: ARG002
        """Show the rows that match other words."""
        self.pane.draw_rows()

    def find(self, key: str) -> R | None:
        """The row with this key, if it was fetched."""
        return next((row for row in self.rows if str(self.pane.noun.key(row)) == key), None)

    def go_to(self, row: R) -> None:
        """Put the cursor on a row, whatever the filter; a row that is not listed is added."""
        pane = self.pane
        pane.box.clear_filter()
        key = pane.noun.key(row)
        if all(pane.noun.key(each) != key for each in self.rows):
            self.rows = [*self.rows, row]
            pane.draw_rows()
        keys = [pane.noun.key(shown) for shown in self.shown()]
        if key in keys:
            pane.table.cursor_row = keys.index(key)

    def remove(self, keys: set[Any]) -> None:
        """Take deleted rows off the screen."""
        self.rows = [row for row in self.rows if self.pane.noun.key(row) not in keys]
        self.pane.draw_rows()

    def replace(self, rows: Iterable[R]) -> None:
        """Show newer versions of rows that are listed."""
        key = self.pane.noun.key
        newer = {key(row): row for row in rows}
        self.rows = [newer.get(key(row), row) for row in self.rows]
        self.pane.draw_rows()

    def put(self, row: R, *, is_new: bool) -> None:
        """Show a row as the server now has it, and go to it."""
        key = self.pane.noun.key(row)
        if is_new or self.find(str(key)) is None:
            others = [each for each in self.rows if self.pane.noun.key(each) != key]
            self.rows = [*others, row]
            self.pane.draw_rows()
        else:
            self.replace([row])
        self.go_to(row)
        self.count()

    def count(self) -> None:
        """Report how many there are to the sidebar."""
        self.pane.post_message(Counted(self.pane.id or "", self.total))

    async def pages(self) -> AsyncIterator[Sequence[R]]:
        """Every row in view, in view order."""
        yield self.shown()

    def cannot_sort(self) -> str:
        """Why sorting is not available."""
        return "" if len(self.rows) > 1 else "There is nothing to sort."

    def sort_by_next(self) -> None:
        """Sort by the next sortable column, after the last one by none."""
        order: list[str | None] = [None, *self.pane.sortable]
        at = order.index(self.sort_key) if self.sort_key in order else 0
        self.sort_by(order[(at + 1) % len(order)])

    def reverse(self) -> None:
        """Reverse the order."""
        self.sort_by(self.sort_key or self.pane.sortable[0], descending=not self.descending)

    def sort_by(self, key: str | None, *, descending: bool | None = None) -> None:
        """Sort by a column: numbers largest first, unless told otherwise."""
        columns = self.pane.columns()
        numeric = any(column.key == key and column.align == "right" for column in columns)
        self.sort_key, self.descending = key, numeric if descending is None else descending
        self.pane.table.show_sort(key, descending=self.descending)
        self.pane.draw_rows()

    def sort_by_header(self, key: str) -> None:
        """Sort by the column whose header was clicked; a second click reverses."""
        again = key == self.sort_key
        self.sort_by(key, descending=again and not self.descending)

    def sorted(self, rows: list[R]) -> list[R]:
        """The same rows in the chosen order, those without a value last."""
        column = next((c for c in self.pane.columns() if c.key == self.sort_key), None)
        if column is None:
            return rows
        known = [row for row in rows if column.value(row) is not None]
        unknown = [row for row in rows if column.value(row) is None]
        context = self.pane.context()

        def order(row: R) -> tuple[int, Any]:
            value = column.value(row)
            # A state that is made of the whole row sorts as it reads: `stale` not among `computed`.
            reads = isinstance(value, str) and column.words is not None
            return _comparable(column.text(row, context) if reads else value)

        known.sort(key=order, reverse=self.descending)
        return [*known, *unknown]

    async def _load(self) -> None:
        pane = self.pane
        try:
            rows = await pane.fetch()
        except SegOpsError as error:
            pane.failed(error)
            return
        self.rows = rows
        pane.fetched()
        pane.draw_rows()
        pane.arrive()
        self.count()


class SearchSource(ListSource[R]):
    """The best matches of a server-side search, sorted here."""

    def __init__(self, pane: Any) -> None:
        super().__init__(pane)
        self.matched: int | None = None
        """How many rows the last search found, listed or not; set by the pane's `fetch`."""
        self.everything: int | None = None
        """How many rows there are without a search; set by the pane's `fetch`."""
        self._typing: Timer | None = None

    @property
    def total(self) -> int | None:
        """How many rows there are, whatever the search."""
        return self.everything

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown, and how many were found."""
        return (len(self.rows), self.matched) if self.pane.has_answer else (None, None)

    def shown(self) -> list[R]:
        """What the server found, sorted."""
        return self.sorted(list(self.rows))

    def filter(self, words: str) -> None:
        """Search once typing has paused; the newest answer wins."""
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.pane.set_timer(TYPING if words else 0.01, self.refetch)


class PagedSource(ListSource[R]):
    """A listing the server pages and searches: the table fetches the pages in view."""

    def __init__(self, pane: Any, listing: Callable[[str, int, int], AsyncListing[R]]) -> None:
        super().__init__(pane)
        self.words = ""
        """The words the server searches for."""
        self._listing = listing
        """Makes the request for a page: words, page number from 1, page size."""
        self._total: int | None = None
        self._typing: Timer | None = None
        self._to_end = False

    @property
    def total(self) -> int | None:
        """How many rows there are, whatever the search; None until it is known."""
        return self._total

    @property
    def is_narrowed(self) -> bool:
        """Whether the listing leaves rows out."""
        return bool(self.words)

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows were found, and how many there are."""
        found = self.pane.table.total
        if not self.pane.has_answer:
            return None, None
        return found, self._total if self.is_narrowed else found

    def refetch(self) -> None:
        """Fetch the pages in view again."""
        if self.pane.has_answer:
            self.pane.table.refresh_rows()
        else:
            self.search("")

    def search(self, words: str) -> None:
        """List the rows with these words."""
        self.words = words

        def page(number: int, size: int) -> AsyncListing[R]:
            return self._listing(words, number, size)

        source = NumberedSource(page, page_size=PAGE_SIZE)
        self.pane.table.set_source(source, key=self.pane.noun.key)
        self.pane.name_list()

    def filter(self, words: str) -> None:
        """Search once typing has paused; the newest answer wins."""
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.pane.set_timer(TYPING if words else 0.01, lambda: self.search(words))

    def page_loaded(self, total: int | None) -> None:
        """Note a page of the table, and how many rows the server has."""
        if not self.is_narrowed:
            self._total = total
            self.count()
        self.pane.table.empty_text = self.pane.empty
        self.pane.fetched()
        self.pane.set_class(total == 0, "-bare")
        if self._to_end:
            self._to_end = False
            self.pane.table.action_bottom()
        self.pane.arrive()

    def draw(self) -> None:
        """The table draws its pages itself."""

    def shown(self) -> list[R]:
        """The rows are not in memory."""
        return []

    def go_to(self, row: R) -> None:
        """Open the detail of a row: which page it is on is not known."""
        self.pane.detail.show(row)
        self.pane.add_class("-detail")

    def remove(self, keys: set[Any]) -> None:
        """Fetch the pages in view, which have moved up."""
        if self._total is not None:
            self._total -= len(keys)
        self.pane.table.refresh_rows()

    def replace(self, rows: Iterable[R]) -> None:
        """Show newer versions of rows in view."""
        key = self.pane.noun.key
        for row in rows:
            self.pane.table.update_row(key(row), row)
            if self.pane.row is not None and key(self.pane.row) == key(row):
                self.pane.detail.show(row)

    def put(self, row: R, *, is_new: bool) -> None:
        """Show a saved row; a new one is at the end of the listing."""
        self.pane.table.update_row(self.pane.noun.key(row), row)
        self.pane.detail.show(row)
        if is_new:
            self._to_end = True
            self.pane.box.clear_filter()
            self.search("")

    async def pages(self) -> AsyncIterator[Sequence[R]]:
        """Every row that was found, page by page."""
        number, more, words = 1, True, self.words
        trail = PageTrail(self.pane.noun.plural)
        while more:
            page = await self._listing(words, number, LARGEST_PAGE).page()
            trail.add(page.items, page.cursor)
            yield page.items
            number, more = number + 1, page.more

    def sort_by_header(self, key: str) -> None:
        """Only the server could sort, and it does not."""


def matching(
    rows: Iterable[R], words: str, columns: Sequence[Column[R]], context: Context
) -> list[R]:
    """The rows whose cells contain every word, whatever its case."""
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
