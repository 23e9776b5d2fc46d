"""Where a table's rows come from: a list in memory, or a listing of the API page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from segops_tui.api.request import endless, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from segops_tui.api.listing import AsyncListing
    from segops_tui.api.request import Page

__all__ = ["CursorSource", "NumberedSource", "RowListSource", "RowPage", "RowSource"]


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of rows."""

    rows: Sequence[Any]
    """The rows; every page but the last one is full."""

    total: int | None
    """How many rows there are in all, None if the source does not know (cursor paging)."""

    more: bool = False
    """Another page follows; only read when the total is unknown."""


class RowSource(Protocol):
    """Rows, a page at a time."""

    @property
    def page_size(self) -> int:
        """Rows on a full page."""

    async def page(self, number: int) -> RowPage:
        """Return the page of this number, the first being 0.

        Without a total, a page is requested only after the one before it; one that has been
        evicted from the cache may be requested again.
        """


class RowListSource:
    """Rows in memory; their pages need no waiting."""

    def __init__(self, rows: Sequence[Any], *, page_size: int = 100) -> None:
        self.rows = rows
        self.page_size = page_size

    def page_now(self, number: int) -> RowPage:
        """Return the page of this number at once."""
        first = number * self.page_size
        return RowPage(self.rows[first : first + self.page_size], total=len(self.rows))

    async def page(self, number: int) -> RowPage:
        """Return the page of this number."""
        return self.page_now(number)

    def find(
        self, wanted: Hashable, *, key: Callable[[Any], Hashable], near: int = 0
    ) -> int | None:
        """Return the line of a key, trying the line `near` first."""
        if near < len(self.rows) and key(self.rows[near]) == wanted:
            return near
        lines = enumerate(self.rows)
        return next((index for index, row in lines if key(row) == wanted), None)


class NumberedSource:
    """A listing with page numbers: any page can be requested."""

    def __init__(self, listing: Callable[[int, int], AsyncListing[Any]], *, page_size: int) -> None:
        self._listing = listing
        self.page_size = page_size
        self._marks: dict[int, int] = {}

    async def page(self, number: int) -> RowPage:
        """Return the page of this number.

        Raises:
            UnexpectedAnswer: the server sends the page before it again.
        """
        page = await self._fetch(number)
        mark = self._marks[number] = mark_of(page.items)
        if page.items and self._marks.get(number - 1) == mark:
            # Unless the rows have moved by exactly a page since.
            before = self._marks[number - 1] = mark_of((await self._fetch(number - 1)).items)
            if before == mark:
                raise endless(f"page {number + 1}")
        more = page.more or (page.count is None and len(page.items) == self.page_size)
        return RowPage(page.items, total=page.count, more=more)

    async def _fetch(self, number: int) -> Page[Any]:
        return await self._listing(number + 1, self.page_size).page()


class CursorSource:
    """A listing with cursors: a page is found only through the one before it."""

    def __init__(
        self, listing: Callable[[str | None, int], AsyncListing[Any]], *, page_size: int
    ) -> None:
        self._listing = listing
        self.page_size = page_size
        self._cursors: dict[int, str | None] = {0: None}

    async def page(self, number: int) -> RowPage:
        """Return the page of this number, after those before it whose cursors are unknown.

        Raises:
            UnexpectedAnswer: a cursor repeats.
        """
        at = max(known for known in self._cursors if known <= number)
        while True:
            page = await self._listing(self._cursors[at], self.page_size).page()
            if page.cursor is not None and page.items:
                earlier = [self._cursors.get(place) for place in range(at + 1)]
                if page.cursor in earlier:
                    raise endless(f"page {at + 1}")
                self._cursors[at + 1] = page.cursor
            if at == number:
                return RowPage(page.items, total=None, more=at + 1 in self._cursors)
            if at + 1 not in self._cursors:
                return RowPage([], total=None, more=False)
            at += 1
