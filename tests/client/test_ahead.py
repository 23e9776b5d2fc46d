"""Listings fetched ahead: in order, a few at a time, and politely."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from segops_tui.api.errors import PermissionDenied, ServerFailed
from segops_tui.api.exchange import Attempt, Policy, Reply
from segops_tui.api.resources.segments import Segments
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline

SIZE = 10
QUICK = Pipeline(Policy(max_retries=2, first_wait=0.01))


class Listing:
    """A transport that answers pages of a listing, and remembers who asked for what, when."""

    max_concurrency = 4

    def __init__(
        self, count: int, *, answer: Callable[[int], Reply | None] = lambda _n: None
    ) -> None:
        self.count, self._answer = count, answer
        self.asked: list[int] = []
        self.most = self._now = 0
        self._guard = threading.Lock()

    def page(self, attempt: Attempt) -> Reply:
        number = int(dict(attempt.query).get("page", "1"))
        with self._guard:
            self.asked.append(number)
        odd = self._answer(number)
        if odd is not None:
            return odd
        first = (number - 1) * SIZE
        if first >= self.count:
            return Reply(404, {}, b'{"detail": "Invalid page."}', 0.0)
        items = [{"id": n} for n in range(first, min(first + SIZE, self.count))]
        more = first + SIZE < self.count
        body = {"count": self.count, "next": "more" if more else None, "results": items}
        return Reply(200, {}, json.dumps(body).encode(), 0.0)

    def enter(self) -> None:
        with self._guard:
            self._now += 1
            self.most = max(self.most, self._now)

    def leave(self) -> None:
        with self._guard:
            self._now -= 1


class Blocking(Listing):
    def send(self, attempt: Attempt) -> Reply:
        self.enter()
        time.sleep(0.01)
        try:
            return self.page(attempt)
        finally:
            self.leave()

    def close(self) -> None:
        """Nothing is open."""


class Awaited(Listing):
    async def send(self, attempt: Attempt) -> Reply:
        import asyncio

        self.enter()
        await asyncio.sleep(0.01)
        self.leave()
        return self.page(attempt)


def blocking(transport: Any) -> SegOpsAdmin:
    return SegOpsAdmin(transport=transport, pipeline=QUICK)


def test_every_item_comes_in_order_with_no_more_in_flight_than_allowed() -> None:
    transport = Blocking(97)

    ids = [segment.id for segment in blocking(transport).segments.list(page_size=SIZE)]

    assert ids == list(range(97))
    assert sorted(transport.asked) == list(range(1, 11))
    assert 2 <= transport.most <= Listing.max_concurrency


async def test_the_async_client_does_the_same() -> None:
    transport = Awaited(97)
    client = AsyncSegOpsAdmin(transport=transport, pipeline=QUICK)  # type: ignore[arg-type]

    ids = [segment.id async for segment in client.segments.list(page_size=SIZE)]

    assert ids == list(range(97))
    assert 2 <= transport.most <= Listing.max_concurrency


def test_a_late_answer_does_not_hold_up_the_pages_after_it() -> None:
    is_after = threading.Event()

    def answer(number: int) -> None:
        if number == 2:
            assert is_after.wait(30)
        elif number > 1 + Listing.max_concurrency:
            is_after.set()

    transport = Blocking(97, answer=answer)

    ids = [segment.id for segment in blocking(transport).segments.list(page_size=SIZE)]

    assert ids == list(range(97))
    assert transport.most <= Listing.max_concurrency


async def test_a_late_answer_does_not_hold_up_the_async_client() -> None:
    import asyncio

    is_after = asyncio.Event()

    class Late(Awaited):
        async def send(self, attempt: Attempt) -> Reply:
            number = int(dict(attempt.query).get("page", "1"))
            if number > 1 + self.max_concurrency:
                is_after.set()
            elif number == 2:
                await asyncio.wait_for(is_after.wait(), 30)
            return await super().send(attempt)

    transport = Late(97)
    client = AsyncSegOpsAdmin(transport=transport, pipeline=QUICK)  # type: ignore[arg-type]

    assert [s.id async for s in client.segments.list(page_size=SIZE)] == list(range(97))
    assert transport.most <= Listing.max_concurrency


def test_whoever_wants_the_first_page_only_costs_one_request() -> None:
    transport = Blocking(97)

    pages = blocking(transport).segments.list(page_size=SIZE).pages()
    next(pages)
    pages.close()

    assert transport.asked == [1]


def test_whoever_stops_early_stops_the_fetching() -> None:
    transport = Blocking(10_000)

    for segment in blocking(transport).segments.list(page_size=SIZE):
        if segment.id == 25:
            break
    time.sleep(0.05)

    assert len(transport.asked) <= 3 + 2 * Listing.max_concurrency


async def test_the_async_client_leaves_no_task_behind() -> None:
    import asyncio

    transport = Awaited(10_000)
    client = AsyncSegOpsAdmin(transport=transport, pipeline=QUICK)  # type: ignore[arg-type]

    pages = client.segments.list(page_size=SIZE).pages()
    async for page in pages:
        if page.items[0].id >= 20:
            break
    await pages.aclose()  # type: ignore[attr-defined]

    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_listing_that_shrinks_meanwhile_ends_where_it_ends_now() -> None:
    transport = Blocking(95)

    pages = blocking(transport).segments.list(page_size=SIZE).pages()
    next(pages)
    transport.count = 40

    assert sum(len(page.items) for page in pages) == 30


def test_a_listing_that_grows_meanwhile_is_walked_to_its_new_end() -> None:
    transport = Blocking(30)

    pages = blocking(transport).segments.list(page_size=SIZE).pages()
    next(pages)
    transport.count = 55

    assert sum(len(page.items) for page in pages) == 45


def test_a_page_that_fails_is_reported_after_the_pages_before_it() -> None:
    transport = Blocking(97, answer=lambda n: Reply(500, {}, b"", 0.0) if n == 5 else None)
    items = iter(blocking(transport).segments.list(page_size=SIZE))

    before = [next(items).id for _ in range(40)]

    assert before == list(range(40))
    with pytest.raises(ServerFailed):
        next(items)


def test_one_rest_is_taken_by_all_that_are_in_flight() -> None:
    """A 429 to one of them keeps the others from asking until the rest is over."""
    limited = threading.Event()
    asked_at: list[tuple[float, int]] = []

    def answer(number: int) -> Reply | None:
        asked_at.append((time.monotonic(), number))
        if number == 3 and not limited.is_set():
            limited.set()
            return Reply(429, {"retry-after": "1.0"}, b"{}", 0.0)
        return None

    transport = Blocking(400, answer=answer)

    ids = [segment.id for segment in blocking(transport).segments.list(page_size=SIZE)]

    refused = next(at for at, number in asked_at if number == 3)
    during = [n for at, n in asked_at if refused + 0.5 < at < refused + 0.98]
    assert ids == list(range(400))
    assert during == []


def refused(number: int) -> Reply | None:
    return Reply(403, {}, b'{"detail": "No."}', 0.0) if number == 2 else None


def test_a_request_that_fails_leaves_its_error_in_its_place() -> None:
    client = blocking(Blocking(40, answer=refused))
    requests = [Segments.list.build(None, page=number) for number in (1, 2, 3)]

    first, second, third = client.try_each(iter(requests))

    assert isinstance(second, PermissionDenied)
    assert [page.items[0].id for page in (first, third)] == [0, 20]


async def test_the_async_client_leaves_the_error_in_its_place_too() -> None:
    client = AsyncSegOpsAdmin(transport=Awaited(40, answer=refused), pipeline=QUICK)  # type: ignore[arg-type]
    requests = [Segments.list.build(None, page=number) for number in (1, 2, 3)]

    found = [each async for each in client.try_each(iter(requests))]

    assert [isinstance(each, PermissionDenied) for each in found] == [False, True, False]
