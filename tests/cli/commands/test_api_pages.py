"""`api --paginate`: every page of the API's four styles as one document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.cli.commands.api import following, items_of

if TYPE_CHECKING:
    from tests.cli.conftest import Program


def test_pages_by_number_come_as_one_array(program: Program) -> None:
    ended = program("api", "GET", "/segments/", "-f", "page_size=4", "--paginate", "--debug")

    assert [segment["id"] for segment in ended.data] == list(range(1, 15))
    assert ended.err.count("GET /segments/") == 4


def test_pages_by_cursor_come_as_one_array(program: Program) -> None:
    ended = program("api", "GET", "/segments/4/members/?limit=500", "--paginate")

    members = program("segments", "get", "4", "-o", "json").data["member_count"]
    assert len({member["user_id"] for member in ended.data}) == members


def test_a_bare_array_is_its_own_one_page(program: Program) -> None:
    ended = program("api", "GET", "/ai-reach/queries/", "--paginate", "--debug")

    assert len(ended.data) == 12
    assert ended.err.count("GET /ai-reach/queries/") == 1


def test_a_listing_without_pages_says_what_it_keeps_back(program: Program) -> None:
    ended = program("api", "GET", "/explorer/users/", "-f", "limit=50", "--paginate")

    assert len(ended.data) == 50
    assert re.search(r"50 of 1,\d\d\d ", ended.err)
    assert "no further page" in ended.err


def test_pages_begun_by_offset_go_on_by_offset(program: Program) -> None:
    ended = program("api", "GET", "/segments/?limit=5&offset=2", "--paginate")

    assert [segment["id"] for segment in ended.data] == list(range(3, 15))


def test_one_object_is_printed_as_it_is(program: Program) -> None:
    ended = program("api", "GET", "/segments/1/", "--paginate")

    assert ended.data["id"] == 1
    assert program("api", "GET", "/analytics/overview/", "--paginate").data["segment_count"] == 14


def test_an_object_with_a_list_in_it_is_no_listing(program: Program) -> None:
    ended = program("api", "GET", "/ai-pages/query", "-f", "q=jacket", "--paginate")

    assert ended.data["query"] == "jacket"


def test_ndjson_is_an_item_a_line(program: Program) -> None:
    ended = program("api", "GET", "/segments/", "-f", "page_size=5", "--paginate", "-o", "ndjson")

    assert [json.loads(line)["id"] for line in ended.out.splitlines()] == list(range(1, 15))


def test_only_a_get_has_pages(program: Program) -> None:
    ended = program("api", "POST", "/segments/", "--paginate")

    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("answer", "query", "is_empty", "expected"),
    [
        ({"next_cursor": "b"}, {"cursor": "a"}, False, {"cursor": "b"}),
        ({"next_cursor": "a"}, {"cursor": "a"}, False, None),
        ({"next_cursor": None, "next": None}, {}, False, None),
        ({"next": "/x?page=2"}, {}, False, {"page": 2}),
        ({"next": "/x?page=2"}, {"page": "7"}, False, {"page": 8}),
        ({"next": "/x?page=2"}, {"page": "last"}, False, None),
        ({"next": "for ever"}, {"page": 3}, True, None),
        ([], {}, True, None),
    ],
)
def test_a_walk_ends_whatever_the_server_says(
    answer: Any, query: Any, is_empty: bool, expected: Any
) -> None:
    assert following(answer, query, is_empty=is_empty) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ([1], [1]),
        ({"results": []}, []),
        ({"members": ["a"], "next_cursor": None}, ["a"]),
        ({"members": ["a"]}, None),
        ({"results": None}, None),
        ("text", None),
        (None, None),
    ],
)
def test_a_listing_is_known_by_its_shape(answer: Any, expected: Any) -> None:
    assert items_of(answer) == expected
