"""Listings without an end: a walk stops, with a message, once pages repeat."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import UnexpectedAnswer
from segops_tui.api.exchange import Reply
from segops_tui.api.request import PageTrail
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.engine.plan import read_all
from segops_tui.jobs.engine.runner import run_part
from segops_tui.tui.table.sources import CursorSource, NumberedSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.exchange import Attempt

MOST = 100
"""Answers after which a test gives up on the walk."""


class Answers:
    """A server that answers every call from a function of the query."""

    def __init__(self, answer: Callable[[dict[str, str]], Any]) -> None:
        self._answer, self.asked = answer, 0

    def send(self, attempt: Attempt, /) -> Reply:
        self.asked += 1
        assert self.asked < MOST, "the walk goes on for ever"
        content = json.dumps(self._answer(dict(attempt.query))).encode()
        return Reply(200, {"content-type": "application/json"}, content, 0.0)

    def stream(self, attempt: Attempt, /) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to close."""


class AwaitedAnswers(Answers):
    async def send(self, attempt: Attempt, /) -> Reply:  # type: ignore[override]
        return Answers.send(self, attempt)

    async def aclose(self) -> None:
        """Nothing to close."""


def page_ignored(query: dict[str, str]) -> Any:
    return {"count": None, "next": "/?page=2", "results": [{"id": 1}, {"id": 2}]}


def page_ignored_and_counted(query: dict[str, str]) -> Any:
    return {"count": 10**9, "next": "/?page=2", "results": [{"id": 1}, {"id": 2}]}


def pages_without_ids(query: dict[str, str]) -> Any:
    return {"next": "/?page=2", "results": [{"sku": "A"}]}


def pages_alternate(query: dict[str, str]) -> Any:
    number = int(query.get("page", 1)) % 2
    return {"next": "/?page=2", "results": [{"id": number}, {"id": number + 2}]}


def cursors_alternate(query: dict[str, str]) -> Any:
    following = {"a": "b", "b": "a"}.get(query.get("cursor", ""), "a")
    return {"next_cursor": following, "results": [{"id": query.get("cursor", "")}]}


ENDLESS = [
    page_ignored,
    page_ignored_and_counted,
    pages_without_ids,
    pages_alternate,
    cursors_alternate,
]


@pytest.mark.parametrize("answer", ENDLESS)
def test_a_walk_that_repeats_stops_with_a_message(answer: Any) -> None:
    with (
        SegOpsAdmin(transport=Answers(answer)) as client,
        pytest.raises(UnexpectedAnswer, match="GET /segments/: the server sends the same page"),
    ):
        list(client.segments.list())


@pytest.mark.parametrize("answer", ENDLESS)
async def test_an_awaited_walk_does_too(answer: Any) -> None:
    async with AsyncSegOpsAdmin(transport=AwaitedAnswers(answer)) as client:
        with pytest.raises(UnexpectedAnswer, match="GET /segments/: the server sends"):
            _ = [row async for row in client.segments.list()]


@pytest.mark.parametrize("answer", ENDLESS)
def test_a_job_that_reads_a_listing_does_too(answer: Any) -> None:
    client = SegOpsAdmin(transport=Answers(answer))
    request = type(client.segments).list.build(None)

    with pytest.raises(UnexpectedAnswer, match="GET /segments/: the server sends"):
        run_part(read_all(request), client)


async def test_a_table_stops_at_a_page_that_repeats() -> None:
    client = AsyncSegOpsAdmin(transport=AwaitedAnswers(page_ignored))
    source = NumberedSource(
        lambda number, size: client.segments.list(page=number, page_size=size), page_size=2
    )
    await source.page(0)

    with pytest.raises(UnexpectedAnswer, match="page 2: the server sends the same page"):
        await source.page(1)


async def test_a_table_that_was_shortened_by_a_page_goes_on() -> None:
    """Its second page now has the rows that the first had: that is no repetition."""
    deleted = 0

    def answer(query: dict[str, str]) -> Any:
        first = 2 * (int(query["page"]) - 1) + deleted
        return {"count": 8 - deleted, "next": "/", "results": [{"id": first}, {"id": first + 1}]}

    client = AsyncSegOpsAdmin(transport=AwaitedAnswers(answer))
    source = NumberedSource(
        lambda number, size: client.segments.list(page=number, page_size=size), page_size=2
    )
    await source.page(0)
    await source.page(1)
    deleted = -2

    assert [row["id"] for row in (await source.page(1)).rows] == [0, 1]


async def test_a_table_stops_at_a_cursor_that_repeats() -> None:
    client = AsyncSegOpsAdmin(transport=AwaitedAnswers(cursors_alternate))
    source = CursorSource(
        lambda cursor, size: client.segments.members(1, cursor=cursor, limit=size), page_size=1
    )
    await source.page(0)
    await source.page(1)

    with pytest.raises(UnexpectedAnswer, match="page 3: the server sends the same page"):
        await source.page(2)


def test_a_page_that_repeats_once_is_one_that_moved() -> None:
    """Exactly a page of rows was added in front while the listing was read."""
    trail = PageTrail("/x/")

    for rows in ([1, 2], [3, 4], [3, 4], [5, 6], []):
        trail.add(rows)


def test_any_number_of_different_pages_is_a_listing() -> None:
    trail, numbers = PageTrail("/x/"), count()

    for _ in range(1000):
        trail.add([{"id": next(numbers)}], f"c{next(numbers)}")
