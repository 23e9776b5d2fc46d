"""Fetches the pages of a table which are in sight, and caches the ones used last."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from segops_tui.tui.table.sources import RowListSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence

    from textual.timer import Timer
    from textual.widget import Widget

    from segops_tui.tui.table.sources import RowPage, RowSource

__all__ = ["FetchHost", "PageCache", "PageFetcher", "Pager", "PagerHost"]

PAGES_KEPT = 32
"""Pages cached when the table does not need more."""

FETCHES_AT_ONCE = 2
"""A table never has more requests than this under way."""


class PageCache:
    """The last used pages of one source.

    A page can be *stale*: still shown, but to be fetched again.
    """

    def __init__(
        self, *, page_size: int, key: Callable[[Any], Hashable], capacity: int = PAGES_KEPT
    ) -> None:
        self.page_size = page_size
        self.total: int | None = None
        """How many rows the source has, None while unknown."""
        self.key = key
        """Identifies a row."""
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
        """Lines to draw: the total, or the rows seen and one more line if more follow."""
        if self.total is not None:
            return self.total
        return self._seen_to + self._more

    @property
    def answered(self) -> bool:
        """A page has arrived; before that it is unknown whether there are rows."""
        return self.total is not None or self._seen_to > 0 or bool(self._pages)

    def reserve(self, pages: int) -> None:
        """Hold at least so many pages from now on."""
        self._capacity = max(self._capacity, pages)

    def put(self, number: int, page: RowPage) -> None:
        """Store a page; the least recently used ones are evicted."""
        self._drop(number)
        first = number * self.page_size
        self._pages[number] = list(page.rows)
        self._index.update((self.key(row), first + at) for at, row in enumerate(page.rows))
        self._count(first + len(page.rows), page)
        while len(self._pages) > self._capacity:
            self._drop(next(iter(self._pages)))

    def fail(self, number: int) -> None:
        """Remember that a page failed to load, so that it is not requested in a loop."""
        self._failed.add(number)

    def expire(self) -> None:
        """Have every page fetched again; its rows stay until the new ones arrive."""
        self._stale.update(self._pages)
        self._failed.clear()

    def needs(self, number: int) -> bool:
        """Whether this page should be fetched: missing or stale, and not known to fail."""
        fresh = number in self._pages and number not in self._stale
        return not fresh and number not in self._failed

    def failed(self, index: int) -> bool:
        """Whether the page of this line failed to load."""
        return index // self.page_size in self._failed

    def row(self, index: int) -> Any | None:
        """Return the row of a line, None if it is not cached."""
        number, at = divmod(index, self.page_size)
        rows = self._pages.get(number)
        if rows is None or at >= len(rows) or index < 0:
            return None
        self._pages.move_to_end(number)
        return rows[at]

    def index_of(self, key: Hashable) -> int | None:
        """Return the line of a key, None if it is not cached."""
        return self._index.get(key)

    def replace(self, key: Hashable, row: Any) -> int | None:
        """Replace the row with this key by a newer one; return its line."""
        index = self._index.get(key)
        if index is None:
            return None
        number, at = divmod(index, self.page_size)
        self._pages[number][at] = row
        return index

    def rows(self) -> Iterator[tuple[int, Any]]:
        """Every cached row with its line, in the table's order."""
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


class Cancellable(Protocol):
    """Work under way."""

    def cancel(self) -> object:
        """Stop the work."""


@dataclass(frozen=True, slots=True)
class FetchHost:
    """What a fetcher asks its owner for, and calls it back with."""

    wanted: Callable[[], Iterable[int]]
    """Returns the pages to fetch now, the most urgent first."""

    arrived: Callable[[int, RowPage], None]
    """Called with a page that has arrived."""

    failed: Callable[[int, Exception], None]
    """Called with the page and the error, when it is one of the expected ones."""

    spawn: Callable[[Callable[[], Awaitable[None]]], Cancellable]
    """Starts work in the background; an error it raises is a bug and must not be lost."""

    expected: tuple[type[Exception], ...]
    """Errors a server may well answer with."""


class PageFetcher:
    """Fetches pages of one source, few at once and only while they are wanted."""

    def __init__(self, source: RowSource, host: FetchHost) -> None:
        self._source = source
        self._host = host
        self._running: dict[int, Cancellable] = {}
        self._closed = False

    @property
    def is_busy(self) -> bool:
        """A page is being fetched."""
        return bool(self._running)

    def pump(self) -> None:
        """Start fetching what is wanted now, as far as the limit allows."""
        if self._closed:
            return
        for number in self._host.wanted():
            if len(self._running) < FETCHES_AT_ONCE and number not in self._running:
                self._running[number] = self._host.spawn(partial(self._fetch, number))

    def close(self) -> None:
        """Cancel what is under way; no callback is called any more."""
        self._closed = True
        for running in self._running.values():
            running.cancel()
        self._running.clear()

    async def _fetch(self, number: int) -> None:
        try:
            page: Any = await self._source.page(number)
        except self._host.expected as error:
            self._finish(number, partial(self._host.failed, number, error))
        else:
            self._finish(number, partial(self._host.arrived, number, page))

    def _finish(self, number: int, call_back: Callable[[], None]) -> None:
        if self._closed:
            return
        self._running.pop(number, None)
        call_back()
        self.pump()


@dataclass(frozen=True, slots=True)
class PagerHost:
    """What a pager asks its table for, and calls it back with."""

    widget: Widget
    """Runs workers and timers."""

    in_sight: Callable[[], tuple[int, int]]
    """Returns the first line on the screen and how many there are."""

    stored: Callable[[int, Sequence[Any]], None]
    """Called when a page's rows are in the cache."""

    loaded: Callable[[int], None]
    """Called after `stored` if the page had to be fetched."""

    failed: Callable[[Exception], None]
    """Called when a page failed to load with an expected error."""


class Pager:
    """The rows of a table's source: pages in sight are fetched, the rest is not."""

    def __init__(
        self, host: PagerHost, *, expected_errors: tuple[type[Exception], ...], settle: float
    ) -> None:
        self._host = host
        self._expected_errors = expected_errors
        self._settle = settle
        self._settling: Timer | None = None
        self._source: RowSource | None = None
        self._fetcher: PageFetcher | None = None
        self._stated_total: int | None = None
        self._missing_before: tuple[int, ...] = ()
        self.cache: PageCache | None = None
        """The cached pages, None before there is a source."""
        self.total: int | None = None
        """How many rows there are in all, None while unknown."""

    @property
    def row_count(self) -> int:
        """Lines to draw."""
        return 0 if self.cache is None else self.cache.row_count

    @property
    def is_busy(self) -> bool:
        """A page is being fetched."""
        return self._fetcher is not None and self._fetcher.is_busy

    def open(
        self,
        source: RowSource,
        *,
        key: Callable[[Any], Hashable],
        total: int | None,
        keep_pages: bool,
    ) -> None:
        """Replace the source; pages of the one before may stay until their successors arrive."""
        if self._fetcher is not None:
            self._fetcher.close()
        self._source, self._stated_total = source, total
        kept = self.cache if keep_pages and not isinstance(source, RowListSource) else None
        if kept is not None and kept.page_size == source.page_size:
            kept.key = key
            kept.expire()
            return
        self.cache = PageCache(page_size=source.page_size, key=key)
        self.total = None
        if isinstance(source, RowListSource):
            self.cache.total = len(source.rows)
            self.total = self.cache.total if total is None else total

    def start(self) -> None:
        """Start fetching from the source, cancelling what is under way."""
        if self._source is None:
            return
        if self._fetcher is not None:
            self._fetcher.close()
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        host = FetchHost(
            wanted=self._wanted,
            arrived=self._arrived,
            failed=self._failed,
            spawn=partial(self._host.widget.run_worker, group="table-pages"),
            expected=self._expected_errors,
        )
        self._fetcher = PageFetcher(self._source, host)
        self._fetch()

    def look(self) -> None:
        """Fetch at once what has come in sight; while that keeps changing, when it settles."""
        missing = tuple(self.missing())
        if missing == self._missing_before:
            return
        self._missing_before = missing
        if not missing:
            return
        if self._settling is None:
            self._fetch()
        else:
            self._settling.stop()
        self._settling = self._host.widget.set_timer(self._settle, self._settled)

    def missing(self) -> list[int]:
        """Return the pages in sight which should be fetched."""
        cache = self.cache
        if cache is None:
            return []
        numbers = self._pages_in_sight(cache) if cache.answered else [0]
        return [number for number in numbers if cache.needs(number)]

    def row_at(self, index: int) -> Any | None:
        """Return the row of a line, None if there is none or it has not been loaded."""
        if self.cache is None or not 0 <= index < self.cache.row_count:
            return None
        self._store_pages_in_memory([index // self.cache.page_size])
        return self.cache.row(index)

    def find_in_memory(self, key: Hashable, *, near: int) -> tuple[bool, int | None]:
        """Return whether the source is a list, and the line of the key in it."""
        if isinstance(self._source, RowListSource) and self.cache is not None:
            return True, self._source.find(key, key=self.cache.key, near=near)
        return False, None

    def keyed_rows(self, lines: range) -> Iterator[tuple[Hashable, Any]]:
        """Return the key and row of these lines, those not loaded left out."""
        cache, source = self.cache, self._source
        if cache is None:
            return
        if isinstance(source, RowListSource):
            for index in lines:
                row = cache.row(index)
                row = source.rows[index] if row is None else row
                yield cache.key(row), row
        else:
            for index, row in cache.rows():
                if index in lines:
                    yield cache.key(row), row

    def _settled(self) -> None:
        self._settling = None
        self._fetch()

    def _fetch(self) -> None:
        self._store_pages_in_memory(self.missing())
        if self._fetcher is not None:
            self._fetcher.pump()

    def _wanted(self) -> Iterable[int]:
        return () if self._settling is not None else self.missing()

    def _pages_in_sight(self, cache: PageCache) -> list[int]:
        """Pages on the screen, then those half a screen away if they are no smaller than it."""
        first, height = self._host.in_sight()
        last = first + max(1, height) - 1
        margin = height // 2 if height * 2 <= cache.page_size else 0
        seen = _pages_of(cache, first, last)
        near = _pages_of(cache, first - margin, last + margin)
        cache.reserve(2 * len(near))
        return [*seen, *(number for number in near if number not in seen)]

    def _store_pages_in_memory(self, numbers: Iterable[int]) -> None:
        """Pages of a list are stored without waiting, so replacing a list does not flicker."""
        if isinstance(self._source, RowListSource) and self.cache is not None:
            for number in numbers:
                if self.cache.needs(number):
                    self._store(self.cache, number, self._source.page_now(number))

    def _arrived(self, number: int, page: RowPage) -> None:
        if self.cache is not None:
            self._store(self.cache, number, page)
            self._host.loaded(number)

    def _store(self, cache: PageCache, number: int, page: RowPage) -> None:
        cache.put(number, page)
        self.total = cache.total if self._stated_total is None else self._stated_total
        self._host.stored(number, page.rows)

    def _failed(self, number: int, error: Exception) -> None:
        if self.cache is not None:
            self.cache.fail(number)
        self._host.failed(error)


def _pages_of(cache: PageCache, first: int, last: int) -> range:
    last = min(last, cache.row_count - 1)
    return range(max(0, first) // cache.page_size, max(0, last) // cache.page_size + 1)
