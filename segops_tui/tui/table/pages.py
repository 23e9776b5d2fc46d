"""A view on more rows than anybody would load: the pages in sight are fetched, the rest is not.

Knows neither columns nor a cursor; what stands on a line is its heir's to draw.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from textual.reactive import reactive
from textual.scroll_view import ScrollView

from segops_tui.tui.table.cache import ListSource, PageCache
from segops_tui.tui.table.fetch import FetchHost, PageFetcher
from segops_tui.tui.table.messages import LoadFailed, PageLoaded

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from textual.geometry import Size
    from textual.timer import Timer

    from segops_tui.tui.table.cache import RowPage, RowSource

__all__ = ["PagedOptions", "PagedView"]

SETTLE = 0.06
"""Seconds in which a hand that scrolls on makes the pages passed on the way not worth a fetch."""


class PagedOptions(TypedDict, total=False):
    """What may be said of a paged view, beside what may be said of any widget."""

    expected_errors: tuple[type[Exception], ...]
    """Errors a source may well raise; they become `LoadFailed`, any other is a bug."""

    settle: float
    """Seconds a view stands still, more than none, before it counts as come to rest."""

    name: str | None
    id: str | None
    classes: str | None


class PagedView(ScrollView):
    """Shows rows of a source; the first line is the header, which does not scroll."""

    total: reactive[int | None] = reactive(None, repaint=False)
    """How many rows there are in all, None while nobody knows."""

    fetching: reactive[bool] = reactive(False, repaint=False)
    """A page is on its way."""

    def __init__(self, **options: Unpack[PagedOptions]) -> None:
        super().__init__(
            name=options.get("name"), id=options.get("id"), classes=options.get("classes")
        )
        self._expected_errors = options.get("expected_errors", ())
        self._settle = options.get("settle", SETTLE)
        self._settling: Timer | None = None
        self._source: RowSource | None = None
        self._cache: PageCache | None = None
        self._fetcher: PageFetcher | None = None
        self._stated_total: int | None = None
        self._missing_now: tuple[int, ...] = ()

    def set_source(
        self, source: RowSource, *, key: Callable[[Any], Hashable], keep_position: bool = False
    ) -> None:
        """Show another source from its start, or, position kept, in place of the one before.

        Rows of the source before then stay on show until their page has come; the source must be
        able to answer for any page.
        """
        self._stated_total = None
        self._put_source(source, key=key, keep_position=keep_position)

    def set_rows(
        self,
        rows: Sequence[Any],
        *,
        key: Callable[[Any], Hashable],
        total: int | None = None,
        keep_position: bool = False,
    ) -> None:
        """Show rows which are in memory; a total says that there are more elsewhere."""
        self._stated_total = total
        self._put_source(ListSource(rows), key=key, keep_position=keep_position)

    def refresh_rows(self) -> None:
        """Fetch the pages in sight again; until they come the old rows stay."""
        if self._cache is not None and self._source is not None:
            self._cache.expire()
            self._before_refresh()
            self._start_fetcher(self._source)

    def update_row(self, key: Hashable, row: Any) -> bool:
        """Put a newer row in the place of the one with this key; whether it was at hand."""
        index = None if self._cache is None else self._cache.replace(key, row)
        if index is None:
            return False
        self._row_updated(index, row)
        return True

    def row_at(self, index: int) -> Any | None:
        """Return the row of a line, None if there is none or it has not been loaded."""
        if self._cache is None or not 0 <= index < self.row_count:
            return None
        self._take_what_is_at_hand([index // self._cache.page_size])
        return self._cache.row(index)

    @property
    def row_count(self) -> int:
        """Lines below the header, the one which waits for a page of unknown size included."""
        return 0 if self._cache is None else self._cache.row_count

    @property
    def view_size(self) -> Size:
        """Cells to draw on: the widget without its border and its scrollbars."""
        return self.scrollable_content_region.size

    @property
    def body_height(self) -> int:
        """Rows in sight."""
        return max(0, self.view_size.height - 1)

    def on_mount(self) -> None:
        """Fetch what was asked for before there was a screen."""
        if self._source is not None:
            self._start_fetcher(self._source)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Have the pages now in sight."""
        super().watch_scroll_y(old_value, new_value)
        self._look()

    def _before_refresh(self) -> None:
        """Heirs remember here what the cursor stands on."""

    def _source_changed(self, *, keep_position: bool) -> None:
        """Heirs put the cursor back here."""
        raise NotImplementedError

    def _page_arrived(self, number: int, rows: Sequence[Any]) -> None:
        """Heirs measure, follow the cursor's row and draw."""
        raise NotImplementedError

    def _row_updated(self, index: int, row: Any) -> None:
        """Heirs draw the line anew."""
        raise NotImplementedError

    def _put_source(
        self, source: RowSource, *, key: Callable[[Any], Hashable], keep_position: bool
    ) -> None:
        if keep_position:
            self._before_refresh()
        if self._fetcher is not None:
            self._fetcher.close()
        self._source = source
        kept = self._cache if keep_position and not isinstance(source, ListSource) else None
        if kept is not None and kept.page_size == source.page_size:
            kept.key = key
            kept.expire()
        else:
            self._cache = PageCache(page_size=source.page_size, key=key)
            self._count(source)
        self._source_changed(keep_position=keep_position)
        if self.is_mounted:
            self._start_fetcher(source)

    def _count(self, source: RowSource) -> None:
        """A list can be counted before its first page is looked at."""
        if isinstance(source, ListSource) and self._cache is not None:
            self._cache.total = len(source.rows)
            self.total = self._cache.total if self._stated_total is None else self._stated_total
        else:
            self.total = None

    def _start_fetcher(self, source: RowSource) -> None:
        if self._fetcher is not None:
            self._fetcher.close()
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        host = FetchHost(
            wanted=self._wanted,
            arrived=self._arrived,
            failed=self._could_not_load,
            busy=partial(setattr, self, "fetching"),
            spawn=partial(self.run_worker, group="table-pages"),
            expected=self._expected_errors,
        )
        self._fetcher = PageFetcher(source, host)
        self._fetch()

    def _look(self) -> None:
        """Fetch at once what has come in sight; where that goes on changing, when it settles."""
        missing = tuple(self._missing())
        if missing == self._missing_now:
            return
        self._missing_now = missing
        if not missing:
            return
        if self._settling is None:
            self._fetch()
        else:
            self._settling.stop()
        self._settling = self.set_timer(self._settle, self._settled)

    def _settled(self) -> None:
        self._settling = None
        self._fetch()

    def _fetch(self) -> None:
        self._take_what_is_at_hand(self._missing())
        if self._fetcher is not None:
            self._fetcher.pump()

    def _wanted(self) -> Iterable[int]:
        return () if self._settling is not None else self._missing()

    def _missing(self) -> list[int]:
        cache = self._cache
        if cache is None:
            return []
        numbers = self._in_sight(cache) if cache.answered else [0]
        return [number for number in numbers if cache.wants(number)]

    def _in_sight(self, cache: PageCache) -> list[int]:
        """Pages on the screen, then those half a screen away if they are no smaller than it."""
        first = self.scroll_offset.y
        last = first + max(1, self.body_height) - 1
        margin = self.body_height // 2 if self.body_height * 2 <= cache.page_size else 0
        seen = self._pages_of(cache, first, last)
        near = self._pages_of(cache, first - margin, last + margin)
        cache.reserve(2 * len(near))
        return [*seen, *(number for number in near if number not in seen)]

    def _pages_of(self, cache: PageCache, first: int, last: int) -> range:
        last = min(last, cache.row_count - 1)
        return range(max(0, first) // cache.page_size, max(0, last) // cache.page_size + 1)

    def _take_what_is_at_hand(self, numbers: Iterable[int]) -> None:
        """Pages of a list need not be waited for; nothing flickers when it is replaced."""
        if isinstance(self._source, ListSource) and self._cache is not None:
            for number in numbers:
                if self._cache.wants(number):
                    self._put(self._cache, number, self._source.at_hand(number))

    def _arrived(self, number: int, page: RowPage) -> None:
        if self._cache is not None:
            self._put(self._cache, number, page)
            self.post_message(PageLoaded(self, number=number, total=self.total))

    def _put(self, cache: PageCache, number: int, page: RowPage) -> None:
        cache.put(number, page)
        self.total = cache.total if self._stated_total is None else self._stated_total
        self._page_arrived(number, page.rows)

    def _could_not_load(self, number: int, error: Exception) -> None:
        if self._cache is not None:
            self._cache.fail(number)
        self.refresh()
        self.post_message(LoadFailed(self, error))
