"""Requests and pages as values."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.request import Page, Request, encode_json, page_of, path, raw_json

LIST = Request("GET", "/segments/", parse=page_of(raw_json), query={"page": None, "page_size": 2})


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_an_id_that_no_quoting_keeps_in_place_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="not a valid id"):
        path("/segments/{}/", part)


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_any_other_id_stays_one_path_segment_and_comes_back_whole(part: str) -> None:
    try:
        part.encode()
    except UnicodeEncodeError:
        return
    filled = path("/segments/{}/members/", part)

    assert filled.count("/") == 4
    assert unquote(filled.split("/")[2]) == part


@pytest.mark.parametrize(
    ("part", "quoted"),
    [("../x", "..%2Fx"), ("a/b", "a%2Fb"), ("%2F", "%252F"), ("a@b.c", "a%40b.c")],
)
def test_slashes_and_percent_signs_cannot_climb(part: str, quoted: str) -> None:
    assert path("/users/{}/", part) == f"/users/{quoted}/"


@pytest.mark.parametrize(
    ("answer", "items", "count"),
    [
        ([1, 2], [1, 2], 2),
        ({"count": 9, "next": None, "previous": None, "results": [1]}, [1], 9),
        ({"members": [3]}, [3], None),
        ({"results": [], "next_cursor": None}, [], None),
    ],
)
def test_every_style_of_listing_is_read(answer: Any, items: list[int], count: int | None) -> None:
    page = page_of(raw_json, "members")(answer)

    assert (page.items, page.count) == (items, count)


@pytest.mark.parametrize("answer", [None, 7, "text", {}, {"results": None}])
def test_what_is_no_listing_is_refused(answer: Any) -> None:
    with pytest.raises(TypeError, match="expected a list"):
        page_of(raw_json)(answer)


def test_a_page_asks_for_the_next_number_whatever_link_the_server_gave() -> None:
    page = page_of(raw_json)(
        {"count": 3, "next": "https://odd.example.com/?page=77", "results": [1]}
    )

    following = page.next_request(LIST)

    assert following is not None
    assert following.query == {"page": 2, "page_size": 2}


def test_a_cursor_is_passed_back_and_one_that_repeats_ends_the_walk() -> None:
    page: Page[Any] = Page([1], cursor="c1")
    request = Request("GET", "/segments/7/members/", parse=page_of(raw_json), query={"limit": 1})

    second = page.next_request(request)

    assert second is not None
    assert second.query == {"limit": 1, "cursor": "c1"}
    assert page.next_request(second) is None


def test_an_empty_page_that_promises_more_ends_the_walk() -> None:
    assert Page([], more=True).next_request(LIST) is None


def test_only_a_get_and_a_post_that_reads_leave_the_workspace_as_it_was() -> None:
    assert not Request("GET", "/x/", parse=raw_json).mutates
    assert not Request("POST", "/x/", parse=raw_json, reads=True).mutates
    assert Request("POST", "/x/", parse=raw_json).mutates
    assert Request("DELETE", "/x/", parse=raw_json).mutates


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_body_with_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    with pytest.raises(SegOpsConfigError, match="JSON does not have"):
        encode_json({"a": [number]})


def test_a_body_nested_900_deep_is_encoded() -> None:
    body: object = {}
    for _ in range(900):
        body = {"a": body}

    assert encode_json(body).count(b"{") == 901
