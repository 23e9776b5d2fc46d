"""A listing fetched one page after another, of which only the rows that match are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from segops_tui.api.request import PageTrail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Sequence

    from segops_tui.api.listing import AsyncListing

R = TypeVar("R")

LARGEST_PAGE: Final = 200
"""The most rows the API returns at once (contract §1.4)."""
AT_ONCE: Final = 10_000
"""Rows fetched before the user is asked whether to go on: fifty requests."""
_OFTEN: Final = 5
"""Pages between two looks at the rows, once there are several."""


class Walk(Generic[R]):
    """Fetches pages in order; a page that fails is fetched again by the next call."""

    def __init__(
        self,
        page: Callable[[int, int], AsyncListing[R]],
        keep: Callable[[Sequence[R]], list[R]],
        *,
        key: Callable[[R], Hashable],
    ) -> None:
        self._page, self._keep, self._key = page, keep, key
        self._number = 1
        self._trail = PageTrail("pages")
        self._rows: dict[Hashable, R] = {}
        self.seen = 0
        """Rows fetched, kept or not."""
        self.total: int | None = None
        """Rows the server has in all."""
        self.is_done = False

    @property
    def rows(self) -> list[R]:
        """The rows that were kept; one that moved to a later page is kept once."""
        return list(self._rows.values())

    async def next_page(self) -> list[R]:
        """Fetch the next page; return those of its rows that are kept and new.

        Raises:
            SegOpsError: the request failed; the next call repeats it.
        """
        page = await self._page(self._number, LARGEST_PAGE).page()
        self._trail.add(page.items, page.cursor)
        self._number += 1
        self.seen += len(page.items)
        more = page.more or (page.count is None and len(page.items) == LARGEST_PAGE)
        self.is_done = not (more and page.items)
        self.total = self.seen if page.count is None and self.is_done else page.count
        new = [row for row in self._keep(page.items) if self._key(row) not in self._rows]
        self._rows.update((self._key(row), row) for row in new)
        return new

    async def some_pages(self, least: int = 0) -> AsyncIterator[int]:
        """Fetch `AT_ONCE` rows, and at least so many; yield now and then how many were seen.

        Raises:
            SegOpsError: a request failed.
        """
        end = max(self.seen + AT_ONCE, least)
        fetched = 0
        while not self.is_done and self.seen < end:
            await self.next_page()
            fetched += 1
            if fetched < _OFTEN or fetched % _OFTEN == 0:
                yield self.seen

    def replace(self, row: R) -> None:
        """Keep a newer version of a row."""
        if self._key(row) in self._rows:
            self._rows[self._key(row)] = row

    def remove(self, keys: set[Any]) -> None:
        """Drop deleted rows."""
        self._rows = {key: row for key, row in self._rows.items() if key not in keys}

    def clear(self) -> None:
        """Drop the rows; those that come are still counted."""
        self._rows.clear()
