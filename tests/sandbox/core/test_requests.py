"""What the sandbox makes of an address, a method, a body and a page number."""

from __future__ import annotations

import json

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.sandbox.core.in_process import AsyncInProcess


@pytest.mark.parametrize("path", ["/api/segments/", "/api/segments"])
def test_a_slash_at_the_end_more_or_less_is_the_same_address(ask, path):
    assert ask("POST", path, {"name": "x"}).status == 201


@pytest.mark.parametrize(
    "path",
    ["/", "/api/", "/api/nope/", "/api/segments/1/nope/", "/api/segments//", "/segments/",
     "/api/segments/{id}/", "/api/segments/-1/", "/api/segments/1%2F/",
     "/api/segments/%31%32x/", "/api/segments/²/"],
)  # fmt: skip
def test_an_address_nobody_knows_is_not_found(ask, path):
    answer = ask("GET", path)

    assert (answer.status, json.loads(answer.body)) == (404, {"detail": "Not found."})


def test_an_address_is_decoded_after_it_was_split(ask):
    """`%2F` stays within its part, and an encoded word is still that word."""
    made = ask.ok("POST", "/api/segments/", {"name": "x"})

    assert ask("GET", f"/api/%73egments/%3{made['id']}/").status == 200
    assert ask("GET", f"/api%2Fsegments/{made['id']}/").status == 404


def test_an_id_written_like_a_placeholder_is_an_id(ask):
    ask.track(("{text}", "view"))

    assert ask.ok("GET", "/api/explorer/users/%7Btext%7D/")["user_id"] == "{text}"


def test_a_method_an_address_does_not_take_is_named(ask):
    answer = ask("PUT", "/api/segments/")

    assert answer.status == 405
    assert json.loads(answer.body) == {"detail": 'Method "PUT" not allowed.'}
    assert answer.headers["allow"] == "GET, POST"


def test_options_names_the_methods(ask):
    answer = ask("OPTIONS", "/api/segments/1/")

    assert (answer.status, answer.headers["allow"]) == (204, "DELETE, GET, PATCH, PUT, OPTIONS")


def test_head_is_answered_like_get(ask):
    assert ask("HEAD", "/api/segments/").status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"name": ' + b"9" * 5000 + b"}",
    ],
    ids=["cut", "not utf-8", "NaN", "infinite", "surrogate", "deep", "long number"],
)
def test_a_body_that_is_not_json_is_refused(ask, raw):
    answer = ask("POST", "/api/segments/", raw=raw)

    assert answer.status == 400
    assert json.loads(answer.body)["detail"].startswith("JSON parse error - ")


@pytest.mark.parametrize("body", [[], "text", 7, True])
def test_a_body_that_is_no_object_is_refused(ask, body):
    answer = ask("POST", "/api/segments/", body)

    assert (answer.status, list(json.loads(answer.body))) == (400, ["non_field_errors"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"name": "  "}, {"name": ["This field may not be blank."]}),
        ({"name": ["x"]}, {"name": ["Not a valid string."]}),
        ({"name": "a\0b"}, {"name": ["Null characters are not allowed."]}),
        (
            {"name": "x" * 256},
            {"name": ["Ensure this field has no more than 255 characters."]},
        ),
        (
            {"name": "x", "segment_type": "x"},
            {"segment_type": ['"x" is not a valid choice.']},
        ),
        (
            {"name": "x", "is_active": "yes", "definition": [1]},
            {
                "definition": ["Expected a dictionary of items but got list."],
                "is_active": ["Must be a valid boolean."],
            },
        ),
    ],
)
def test_each_field_that_is_wrong_is_named(ask, body, fields):
    answer = ask("POST", "/api/segments/", body)

    assert (answer.status, json.loads(answer.body)) == (400, fields)


@pytest.mark.parametrize(
    ("query", "found", "following", "preceding"),
    [
        ("", [1, 2, 3, 4, 5], None, None),
        ("?page_size=2", [1, 2], "/api/segments/?page_size=2&page=2", None),
        (
            "?page=2&page_size=2",
            [3, 4],
            "/api/segments/?page_size=2&page=3",
            "/api/segments/?page_size=2&page=1",
        ),
        ("?page=3&page_size=2", [5], None, "/api/segments/?page_size=2&page=2"),
        ("?limit=2", [1, 2], "/api/segments/?limit=2&offset=2", None),
        ("?limit=2&offset=1", [2, 3], "/api/segments/?limit=2&offset=3",
         "/api/segments/?limit=2&offset=0"),
        ("?offset=9", [], None, "/api/segments/?limit=50&offset=0"),
        ("?page_size=0", [1, 2, 3, 4, 5], None, None),
        ("?page_size=many", [1, 2, 3, 4, 5], None, None),
        ("?page_size=99999999999999999999", [1, 2, 3, 4, 5], None, None),
    ],
)  # fmt: skip
def test_lists_are_paged_by_number_or_by_offset(ask, query, found, following, preceding):
    for number in range(5):
        ask.ok("POST", "/api/segments/", {"name": f"s{number}"})

    page = ask.ok("GET", f"/api/segments/{query}")

    assert [item["id"] for item in page["results"]] == found
    assert (page["count"], page["next"], page["previous"]) == (5, following, preceding)


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "99999999999999999999"])
def test_a_page_that_is_not_there_is_not_found(ask, page):
    answer = ask("GET", f"/api/segments/?page={page}")

    assert (answer.status, json.loads(answer.body)) == (404, {"detail": "Invalid page."})


def test_members_are_paged_by_number_too(ask, sandbox):
    """Whoever follows the SDK's README still gets a cursor to go on with."""
    ask.track(*((f"u{n}", "x") for n in range(5)))
    rule = {"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}
    body = {"name": "s", "definition": {"logic": "AND", "conditions": [rule]}}
    made = ask.ok("POST", "/api/segments/", body)
    ask.ok("POST", f"/api/segments/{made['id']}/compute/")
    sandbox.settle()

    second = ask.ok("GET", f"/api/segments/{made['id']}/members/?limit=2&page=2")
    assert ask.ok("GET", f"/api/segments/{made['id']}/members/?page_size=2&page=2") == second
    third = ask.ok(
        "GET", f"/api/segments/{made['id']}/members/?limit=2&cursor={second['next_cursor']}"
    )

    assert [item["user_id"] for item in second["results"]] == ["u2", "u3"]
    assert ([item["user_id"] for item in third["results"]], third["next_cursor"]) == (["u4"], None)


def test_a_segment_may_not_depend_on_itself(ask):
    """Neither directly nor through another."""

    def member_of(segment_id):
        rule = {"type": "segment_membership", "segment_id": segment_id, "operator": "in"}
        return {"definition": {"logic": "AND", "conditions": [rule]}}

    ask.ok("POST", "/api/segments/", {"name": "a"})
    ask.ok("POST", "/api/segments/", {"name": "b", **member_of(1)})

    itself, circle = (ask("PATCH", "/api/segments/1/", member_of(n)) for n in (1, 2))

    assert (itself.status, circle.status) == (400, 400)
    assert "depend on itself" in circle.body.decode()


def test_a_reference_to_no_segment_is_saved_but_not_previewed(ask):
    rule = {"type": "segment_membership", "segment_id": 9, "operator": "in"}
    definition = {"logic": "AND", "conditions": [rule]}

    saved = ask("POST", "/api/segments/", {"name": "a", "definition": definition})
    tried = ask("POST", "/api/segments/preview/", {"definition": definition})

    assert (saved.status, tried.status) == (201, 400)
    assert json.loads(tried.body) == {
        "definition": ["conditions[0].segment_id: segment 9 does not exist."]
    }


def test_request_ids_come_from_the_given_source(sandbox_path):
    from segops_tui.sandbox.core.app import Call, Sandbox

    ids = iter(["req_1", "req_2"])
    with Sandbox(sandbox_path, new_request_id=lambda: next(ids)) as sandbox:
        answers = [sandbox.answer(Call("GET", path)) for path in ("/api/segments/", "/nope")]

    assert [answer.headers["x-request-id"] for answer in answers] == ["req_1", "req_2"]


def pattern_rule(pattern):
    condition = {
        "type": "user_property",
        "property": "p",
        "operator": "matches_regex",
        "value": pattern,
    }
    return {"logic": "AND", "conditions": [condition]}


def test_a_pattern_that_backtracks_is_answered_at_once(ask):
    ask.track(("ann", "context_identified", {"payload": {"p": "a" * 40_000 + "!"}}))

    found = ask.ok("POST", "/api/segments/preview/", {"definition": pattern_rule("(a+)+$")})

    assert found["matched_users"] == 0


def test_a_pattern_too_large_for_the_stored_texts_is_refused_and_fails_a_compute(ask, sandbox):
    ask.track(("ann", "context_identified", {"payload": {"p": "ab" * 100_000}}))
    rule = pattern_rule("|".join(f"[ab]a[ab]{{{n}}}c" for n in range(900, 940)))
    words = "A regular expression takes too long on the stored values; make it smaller."

    answer = ask("POST", "/api/segments/preview/", {"definition": rule})
    made = ask.ok("POST", "/api/segments/", {"name": "Costly", "definition": rule})
    ask.ok("POST", f"/api/segments/{made['id']}/compute/")
    sandbox.settle()

    assert (answer.status, json.loads(answer.body)) == (400, {"definition": [words]})
    assert ask.ok("GET", f"/api/segments/{made['id']}/")["last_compute_error"] == words


async def test_a_call_that_comes_after_the_end_finds_no_sandbox(sandbox):
    """A task that is left over may still ask."""
    door = AsyncInProcess(sandbox)
    await door.aclose()

    with pytest.raises(ConnectionFailed) as failure:
        await AsyncSegOpsAdmin(
            transport=door, pipeline=Pipeline(Policy(max_retries=0))
        ).segments.get(1)
    assert not failure.value.was_sent
