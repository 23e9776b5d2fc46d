"""Walking a listing whose rows come and go between two requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.exchange import Attempt, Policy, Reply
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIZE = 5
QUICK = Pipeline(Policy(max_retries=0))


class Table:
    """Rows by id, served in pages; `between` changes them before the n-th request."""

    max_concurrency = 1

    def __init__(self, rows: int, between: Mapping[int, Callable[[list[int]], None]]) -> None:
        self.rows, self._between = list(range(rows)), between
        self.asked: list[int] = []

    def answer(self, attempt: Attempt) -> Reply:
        self._between.get(len(self.asked), lambda _rows: None)(self.rows)
        number = int(dict(attempt.query).get("page", "1"))
        self.asked.append(number)
        first = (number - 1) * SIZE
        if first >= len(self.rows) and number > 1:
            return Reply(404, {}, b'{"detail": "Invalid page."}', 0.0)
        page = [{"id": n} for n in self.rows[first : first + SIZE]]
        more = "more" if first + SIZE < len(self.rows) else None
        body = {"count": len(self.rows), "next": more, "previous": None, "results": page}
        return Reply(200, {}, json.dumps(body).encode(), 0.0)


class Blocking(Table):
    def send(self, attempt: Attempt) -> Reply:
        return self.answer(attempt)

    def close(self) -> None:
        """Nothing is open."""


class Awaited(Table):
    async def send(self, attempt: Attempt) -> Reply:
        return self.answer(attempt)


def walked(table: Any) -> list[int]:
    client = SegOpsAdmin(transport=table, pipeline=QUICK)
    return [segment.id for segment in client.segments.list(page_size=SIZE)]


def first(number: int) -> Callable[[list[int]], None]:
    """Delete the first rows."""

    def delete(rows: list[int]) -> None:
        del rows[:number]

    return delete


@pytest.mark.parametrize("deleted", [1, 4, 5, 6, 12])
def test_rows_that_moved_to_an_earlier_page_are_gone_back_for(deleted: int) -> None:
    """Of 30 rows, the first are deleted after three pages; every other one is still listed."""
    table = Blocking(30, {3: first(deleted)})

    assert walked(table) == list(range(30))


def test_a_listing_that_shrinks_below_the_page_asked_for_loses_no_row() -> None:
    table = Blocking(30, {5: first(12)})

    assert walked(table) == list(range(30))


@given(
    st.lists(
        st.one_of(st.integers(-130, 130), st.integers(), st.text("01a", max_size=2)), max_size=40
    )
)
def test_every_id_is_listed_once_whatever_ids_are(ids: list[Any]) -> None:
    table = Blocking(0, {})
    table.rows = ids
    client = SegOpsAdmin(transport=table, pipeline=QUICK)

    listed = [row["id"] for row in client.http.paginate("/segments/", query={"page_size": SIZE})]

    assert listed == list(dict.fromkeys(ids))


async def test_the_async_client_goes_back_as_well() -> None:
    table = Awaited(30, {3: first(6)})
    client = AsyncSegOpsAdmin(transport=table, pipeline=QUICK)  # type: ignore[arg-type]

    assert [s.id async for s in client.segments.list(page_size=SIZE)] == list(range(30))


def test_rows_that_were_added_are_listed_once_and_repeat_none() -> None:
    table = Blocking(30, {2: lambda rows: rows.insert(0, 100), 4: lambda rows: rows.append(101)})

    ids = walked(table)

    assert len(ids) == len(set(ids))
    assert {*range(30), 101} <= {*ids}


def test_a_count_that_changes_with_every_page_ends_all_the_same() -> None:
    growing = {number: lambda rows: rows.append(rows[-1] + 1) for number in range(60)}
    table = Blocking(30, growing)

    ids = walked(table)

    assert ids == sorted(set(ids))
    assert len(table.asked) < 120


@given(
    st.integers(0, 60),
    st.dictionaries(st.integers(1, 20), st.lists(st.integers(0, 59), max_size=8), max_size=4),
)
def test_under_deletes_no_row_that_stayed_is_lost_and_none_repeats(
    rows: int, deletes: dict[int, list[int]]
) -> None:
    gone: set[int] = set()

    def without(ids: list[int]) -> Callable[[list[int]], None]:
        def delete(now: list[int]) -> None:
            gone.update(ids)
            now[:] = [n for n in now if n not in ids]

        return delete

    table = Blocking(rows, {number: without(ids) for number, ids in deletes.items()})

    ids = walked(table)

    assert len(ids) == len(set(ids))
    assert {*range(rows)} - gone <= {*ids}


def test_a_listing_answers_its_first_page_by_attribute_key_and_number() -> None:
    table = Blocking(12, {})
    page = SegOpsAdmin(transport=table, pipeline=QUICK).segments.list(page_size=SIZE)

    assert (page.count, page["count"], page.next, page["previous"]) == (12, 12, "more", None)
    assert (page[0].id, page["results"][1]["id"], len(page)) == (0, 1, 12)
    assert "results" in page
    assert table.asked == [1], "the first page is fetched once, when the call is made"
    assert [row["id"] for row in page] == list(range(12))
    assert json.loads(json.dumps(page))["results"] == [{"id": n} for n in range(5)]


async def test_an_async_listing_is_awaited_before_it_is_read() -> None:
    table = Awaited(12, {})
    client = AsyncSegOpsAdmin(transport=table, pipeline=QUICK)  # type: ignore[arg-type]
    listing = client.segments.list(page_size=SIZE)

    with pytest.raises(RuntimeError, match="await the listing"):
        _ = listing.count

    page = await listing
    assert (page.count, page["count"], page.get("next"), page[4].id) == (12, 12, "more", 4)
    assert [row.id async for row in page] == list(range(12))
    assert table.asked == [1, 2, 3]
