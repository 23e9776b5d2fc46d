"""The pages a table holds, and how they are fetched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from segops_tui.tui.table.pager import FETCHES_AT_ONCE, FetchHost, PageCache, PageFetcher
from segops_tui.tui.table.sources import RowListSource, RowPage


def key(row: dict[str, Any]) -> int:
    """The key of a test row."""
    return int(row["id"])


def rows(first: int, count: int) -> list[dict[str, Any]]:
    return [{"id": index} for index in range(first, first + count)]


def cache_of(page_size: int = 10, capacity: int = 3) -> PageCache:
    return PageCache(page_size=page_size, key=key, capacity=capacity)


def test_a_row_is_found_by_its_line_and_by_its_key() -> None:
    cache = cache_of()

    cache.put(4, RowPage(rows(40, 10), total=1_000))

    assert cache.row(43) == {"id": 43}
    assert cache.index_of(43) == 43
    assert cache.row(3) is None
    assert cache.row_count == 1_000


def test_the_page_longest_unused_makes_room() -> None:
    """Looking at a page counts as using it."""
    cache = cache_of(capacity=3)
    for number in range(3):
        cache.put(number, RowPage(rows(number * 10, 10), total=100))
    cache.row(0)

    cache.put(3, RowPage(rows(30, 10), total=100))

    assert cache.row(0) is not None
    assert cache.row(10) is None
    assert cache.index_of(10) is None
    assert len(cache) == 3


def test_without_a_total_the_table_grows_by_pages_and_a_waiting_line() -> None:
    """The line behind the last row seen is what brings the next page into sight."""
    cache = cache_of()

    cache.put(0, RowPage(rows(0, 10), total=None, more=True))
    assert (cache.total, cache.row_count) == (None, 11)

    cache.put(1, RowPage(rows(10, 4), total=None, more=False))
    assert (cache.total, cache.row_count) == (14, 14)


def test_an_earlier_page_fetched_again_does_not_shorten_the_table() -> None:
    cache = cache_of()
    cache.put(0, RowPage(rows(0, 10), total=None, more=True))
    cache.put(1, RowPage(rows(10, 4), total=None, more=False))

    cache.put(0, RowPage(rows(0, 10), total=None, more=True))

    assert (cache.total, cache.row_count) == (14, 14)


def test_an_empty_first_page_is_an_answer() -> None:
    cache = cache_of()
    assert not cache.answered

    cache.put(0, RowPage([], total=None))

    assert cache.answered
    assert cache.total == 0


def test_expired_pages_stay_on_show_and_are_wanted() -> None:
    cache = cache_of()
    cache.put(0, RowPage(rows(0, 10), total=10))
    assert not cache.needs(0)

    cache.expire()

    assert cache.needs(0)
    assert cache.row(5) == {"id": 5}


def test_a_failed_page_is_not_wanted_until_the_table_is_refreshed() -> None:
    """A dead server is not asked again with every key press."""
    cache = cache_of()
    cache.fail(2)
    assert cache.failed(25)
    assert not cache.needs(2)

    cache.expire()

    assert not cache.failed(25)
    assert cache.needs(2)


def test_one_row_is_replaced_where_it_stands() -> None:
    cache = cache_of()
    cache.put(1, RowPage(rows(10, 10), total=100))

    assert cache.replace(12, {"id": 12, "state": "computing"}) == 12
    assert cache.row(12) == {"id": 12, "state": "computing"}
    assert cache.replace(99, {"id": 99}) is None


def test_rows_come_in_the_table_s_order_whatever_the_order_of_the_pages() -> None:
    cache = cache_of()
    cache.put(2, RowPage(rows(20, 2), total=22))
    cache.put(0, RowPage(rows(0, 2), total=22))

    assert [index for index, _row in cache.rows()] == [0, 1, 20, 21]


def test_room_is_kept_for_the_pages_on_the_screen() -> None:
    """Pages of one row each would otherwise push each other out while they are looked at."""
    cache = cache_of(page_size=1, capacity=3)
    cache.reserve(60)

    for number in range(60):
        cache.put(number, RowPage(rows(number, 1), total=60))

    assert all(cache.row(index) is not None for index in range(60))


def test_a_list_finds_a_key_again_where_it_has_gone() -> None:
    source = RowListSource(list(reversed(rows(0, 50))))

    assert source.find(49, key=key, near=49) == 0
    assert source.find(0, key=key, near=49) == 49
    assert source.find(99, key=key, near=60) is None


class Fetching:
    """A fetcher whose work is started by the test, one page after another."""

    def __init__(self, *wanted: int) -> None:
        self.wanted = list(wanted)
        self.started: list[Callable[[], Awaitable[None]]] = []
        self.cancelled = 0
        self.arrived: list[int] = []
        self.failed: list[tuple[int, Exception]] = []
        self.answers: dict[int, Exception] = {}
        self.asked: list[int] = []
        self.fetcher = PageFetcher(self, self._host())

    page_size = 10

    async def page(self, number: int) -> RowPage:
        self.asked.append(number)
        if number in self.answers:
            raise self.answers[number]
        return RowPage(rows(number * 10, 10), total=1_000)

    def cancel(self) -> None:
        self.cancelled += 1

    async def finish(self) -> None:
        """Let the fetch started first come to its end."""
        await self.started.pop(0)()

    def _host(self) -> FetchHost:
        return FetchHost(
            wanted=lambda: [number for number in self.wanted if number not in self.arrived],
            arrived=lambda number, _page: self.arrived.append(number),
            failed=lambda number, error: self.failed.append((number, error)),
            spawn=self._spawn,
            expected=(ConnectionError,),
        )

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> Fetching:
        self.started.append(work)
        return self


async def test_few_pages_are_fetched_at_once_and_the_next_when_one_is_done() -> None:
    fetching = Fetching(1, 2, 3)

    fetching.fetcher.pump()
    assert len(fetching.started) == FETCHES_AT_ONCE

    await fetching.finish()
    assert len(fetching.started) == FETCHES_AT_ONCE
    await fetching.finish()
    await fetching.finish()
    assert fetching.arrived == [1, 2, 3]
    assert not fetching.fetcher.is_busy


async def test_what_is_no_longer_wanted_is_never_asked_for() -> None:
    """Of ten pages passed on the way only those under way and the last one are fetched."""
    fetching = Fetching(1, 2)
    fetching.fetcher.pump()
    for number in range(3, 12):
        fetching.wanted = [number]
        fetching.fetcher.pump()

    while fetching.started:
        await fetching.finish()

    assert fetching.asked == [1, 2, 11]


async def test_an_expected_error_is_told_with_its_page() -> None:
    fetching = Fetching(7)
    fetching.answers[7] = ConnectionError("down")
    fetching.fetcher.pump()
    fetching.wanted = []
    assert fetching.fetcher.is_busy

    await fetching.finish()

    assert [(number, str(error)) for number, error in fetching.failed] == [(7, "down")]
    assert not fetching.fetcher.is_busy


async def test_any_other_error_is_a_bug_and_is_raised() -> None:
    fetching = Fetching(7)
    fetching.answers[7] = ZeroDivisionError()
    fetching.fetcher.pump()

    with pytest.raises(ZeroDivisionError):
        await fetching.finish()


@pytest.mark.parametrize("answer", [None, ConnectionError("late")])
async def test_nothing_arrives_and_nothing_fails_after_the_end(answer: Exception | None) -> None:
    """Neither the rows nor the error of a source which was replaced are of interest."""
    fetching = Fetching(0)
    if answer is not None:
        fetching.answers[0] = answer
    fetching.fetcher.pump()
    fetching.fetcher.close()

    await fetching.finish()

    assert fetching.cancelled == 1
    assert (fetching.arrived, fetching.failed) == ([], [])
    fetching.fetcher.pump()
    assert fetching.started == []
