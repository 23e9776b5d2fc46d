"""Listings of the API as the pages a table asks for.

Knows the two styles of paging; which listing it is, is handed to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.tui.table.virtual_table import RowPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.endpoint import AsyncListing


class NumberedSource:
    """A listing by page number: any page can be asked for."""

    def __init__(self, listing: Callable[[int, int], AsyncListing[Any]], *, page_size: int) -> None:
        self._listing = listing
        self.page_size = page_size

    async def page(self, number: int) -> RowPage:
        """Return the page of this number.

        Raises:
            SegOpsError: it cannot be had.
        """
        page = await self._listing(number + 1, self.page_size).page()
        more = page.more or (page.count is None and len(page.items) == self.page_size)
        return RowPage(page.items, total=page.count, more=more)


class CursorSource:
    """A listing by cursor: a page is known only to who has seen the one before."""

    def __init__(
        self, listing: Callable[[str | None, int], AsyncListing[Any]], *, page_size: int
    ) -> None:
        self._listing = listing
        self.page_size = page_size
        self._cursors: dict[int, str | None] = {0: None}

    async def page(self, number: int) -> RowPage:
        """Return the page of this number, walking to it where the way is not known.

        Raises:
            SegOpsError: it cannot be had.
        """
        at = max(known for known in self._cursors if known <= number)
        while True:
            page = await self._listing(self._cursors[at], self.page_size).page()
            if page.cursor is not None and page.cursor != self._cursors[at]:
                self._cursors[at + 1] = page.cursor
            if at == number:
                return RowPage(page.items, total=None, more=at + 1 in self._cursors)
            if at + 1 not in self._cursors:
                return RowPage([], total=None, more=False)
            at += 1
