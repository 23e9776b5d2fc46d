"""The rows a table has at hand: pages of a source, the last used of them, and where each key is.

Knows no widget and fetches nothing; whoever fetched a page puts it here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

__all__ = ["ListSource", "PageCache", "RowPage", "RowSource"]

PAGES_KEPT = 32
"""Pages held when the table does not ask for more."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of rows, as a source answers it."""

    rows: Sequence[Any]
    """The rows; every page but the last one is full."""

    total: int | None
    """How many rows there are in all, None when the source cannot say (cursor style)."""

    more: bool = False
    """Another page follows; only read when the total is unknown."""


class RowSource(Protocol):
    """Where a table's rows come from, a page at a time."""

    @property
    def page_size(self) -> int:
        """Rows on a full page."""

    async def page(self, number: int) -> RowPage:
        """Return the page of this number, the first being 0.

        Without a total, a page is asked for only when the one before it has been seen; one that
        has left the cache may be asked for again.
        """


class ListSource:
    """Rows which are in memory, served as pages like any others."""

    def __init__(self, rows: Sequence[Any], *, page_size: int = 100) -> None:
        self.rows = rows
        self.page_size = page_size

    def at_hand(self, number: int) -> RowPage:
        """Return the page of this number at once."""
        first = number * self.page_size
        return RowPage(self.rows[first : first + self.page_size], total=len(self.rows))

    async def page(self, number: int) -> RowPage:
        """Return the page of this number."""
        return self.at_hand(number)

    def find(
        self, wanted: Hashable, *, key: Callable[[Any], Hashable], near: int = 0
    ) -> int | None:
        """Return the line of a key, looking first where it was."""
        if near < len(self.rows) and key(self.rows[near]) == wanted:
            return near
        lines = enumerate(self.rows)
        return next((index for index, row in lines if key(row) == wanted), None)


class PageCache:
    """The last used pages of one source.

    A page can be *stale*: still shown, but wanted anew.
    """

    def __init__(
        self, *, page_size: int, key: Callable[[Any], Hashable], capacity: int = PAGES_KEPT
    ) -> None:
        self.page_size = page_size
        self.total: int | None = None
        """How many rows the source says there are, None while it has not said."""
        self.key = key
        """Tells one row from another."""
        self._capacity = capacity
        self._pages: OrderedDict[int, list[Any]] = OrderedDict()
        self._index: dict[Hashable, int] = {}
        self._stale: set[int] = set()
        self._failed: set[int] = set()
        self._seen_to = 0
        self._more = False

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def row_count(self) -> int:
        """Lines to draw: the total, or what was seen and one more line if more is to come."""
        if self.total is not None:
            return self.total
        return self._seen_to + self._more

    @property
    def answered(self) -> bool:
        """A page has come; before that nobody knows whether there are rows."""
        return self.total is not None or self._seen_to > 0 or bool(self._pages)

    def reserve(self, pages: int) -> None:
        """Hold at least so many pages from now on."""
        self._capacity = max(self._capacity, pages)

    def put(self, number: int, page: RowPage) -> None:
        """Take in a page just fetched; the page longest unused makes room."""
        self._drop(number)
        first = number * self.page_size
        self._pages[number] = list(page.rows)
        self._index.update((self.key(row), first + at) for at, row in enumerate(page.rows))
        self._count(first + len(page.rows), page)
        while len(self._pages) > self._capacity:
            self._drop(next(iter(self._pages)))

    def fail(self, number: int) -> None:
        """Remember that a page could not be had, so that it is not asked for again and again."""
        self._failed.add(number)

    def expire(self) -> None:
        """Want every page anew; rows stay on show until their page has come."""
        self._stale.update(self._pages)
        self._failed.clear()

    def wants(self, number: int) -> bool:
        """Whether this page should be fetched: not here or stale, and not known to fail."""
        fresh = number in self._pages and number not in self._stale
        return not fresh and number not in self._failed

    def failed(self, index: int) -> bool:
        """Whether the page this line is on could not be had."""
        return index // self.page_size in self._failed

    def row(self, index: int) -> Any | None:
        """Return the row of a line, None if it is not at hand."""
        number, at = divmod(index, self.page_size)
        rows = self._pages.get(number)
        if rows is None or at >= len(rows) or index < 0:
            return None
        self._pages.move_to_end(number)
        return rows[at]

    def index_of(self, key: Hashable) -> int | None:
        """Return the line of a key, None if it is not at hand."""
        return self._index.get(key)

    def replace(self, key: Hashable, row: Any) -> int | None:
        """Put a newer row in the place of the one with this key; return its line."""
        index = self._index.get(key)
        if index is None:
            return None
        number, at = divmod(index, self.page_size)
        self._pages[number][at] = row
        return index

    def rows(self) -> Iterator[tuple[int, Any]]:
        """Every row at hand with its line, in the table's order."""
        for number in sorted(self._pages):
            yield from enumerate(self._pages[number], start=number * self.page_size)

    def _count(self, seen_to: int, page: RowPage) -> None:
        if page.total is not None:
            self.total = page.total
        elif not page.more:
            self.total = self._seen_to = seen_to
            self._more = False
        elif seen_to >= self._seen_to:
            self.total, self._seen_to, self._more = None, seen_to, True

    def _drop(self, number: int) -> None:
        first = number * self.page_size
        for at, row in enumerate(self._pages.pop(number, ())):
            key = self.key(row)
            if self._index.get(key) == first + at:
                del self._index[key]
        self._stale.discard(number)
        self._failed.discard(number)
