"""The explorer: users, events, segments, and why a user is in one or not."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.sandbox.people.explain import explain_conditions, user_snapshot
from segops_tui.sandbox.rules.compiler import compile_users, register_functions

if TYPE_CHECKING:
    from types import ModuleType


def _load(name: str) -> ModuleType:
    path = Path(__file__).parents[1] / "rules" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"segops_tests_users_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


agreement = _load("test_compiler_agreement")


def day(number):
    return {"occurred_at": f"2026-05-{number:02d}T00:00:00Z"}


def search(ask, query=""):
    found = ask.ok("GET", f"/api/explorer/users/{query}")
    return found["count"], [each["user_id"] for each in found["results"]]


def test_search_counts_what_matched_and_returns_what_was_asked_for(ask):
    ask.track(*((f"user-{number:03d}", "x") for number in range(250)))

    assert search(ask) == (250, [f"user-{number:03d}" for number in range(20)])
    count, found = search(ask, "?q=USER&limit=9999")
    assert (count, len(found)) == (250, 200)
    assert search(ask, "?q=r-24&limit=3") == (10, ["user-240", "user-241", "user-242"])


def test_the_closest_match_comes_first(ask):
    ask.track(("xann", "x"), ("anna", "x"), ("Ann", "x"), ("bob", "x"), ("100%", "x"))

    assert search(ask, "?q=ann") == (3, ["Ann", "anna", "xann"])
    assert search(ask, "?q=ÅNN") == (0, [])
    assert search(ask, "?q=%") == (1, ["100%"])


def test_search_ignores_case_in_any_alphabet(ask):
    ask.track(("Ærlig", "x"))

    assert search(ask, "?q=æRL") == (1, ["Ærlig"])


def test_a_person_is_found_by_any_of_their_ids_and_counted_once(ask):
    ask.track(("anon_77", "x"), ("ann", "x", {"anonymous_id": "77"}), ("bob", "x"))
    ask.track(("ghost-visitor", "x"))
    ask.ok("POST", "/api/identity/alias/", {"anonymous_id": "9", "user_id": "never-seen"})
    ask.track(("anon_9", "x"))

    assert search(ask) == (4, ["ann", "bob", "ghost-visitor", "never-seen"])
    assert search(ask, "?q=anon_7") == (1, ["ann"])


def test_a_profile_has_the_latest_traits_and_nothing_of_earlier_ones(ask):
    ask.track(
        ("ann", "context_identified", {"payload": {"plan": "plus", "age": 30}, **day(1)}),
        ("ann", "context_identified", {"payload": {"plan": "free"}, **day(3)}),
        ("ann", "order_placed", day(2)),
    )

    assert ask.ok("GET", "/api/explorer/users/ann/") == {
        "user_id": "ann",
        "event_count": 3,
        "first_seen": "2026-05-01T00:00:00Z",
        "last_seen": "2026-05-03T00:00:00Z",
        "event_type_count": 2,
        "properties": {"plan": "free"},
    }


@pytest.mark.parametrize("rest", ["", "events/", "segments/", "segments/1/explain/"])
def test_nobody_is_404(ask, rest):
    ask.ok("POST", "/api/segments/", {"name": "S"})
    ask.ok("POST", "/api/identity/alias/", {"anonymous_id": "1", "user_id": "silent"})

    assert ask("GET", f"/api/explorer/users/nobody/{rest}").status == 404
    assert ask("GET", f"/api/explorer/users/silent/{rest}").status == 404


def test_ids_may_hold_anything_once_quoted(ask):
    ask.track(("a/b@example.com?x=%2F", "x"))

    found = ask.ok("GET", "/api/explorer/users/a%2Fb%40example.com%3Fx%3D%252F/")
    assert found["user_id"] == "a/b@example.com?x=%2F"


def test_events_come_newest_first_the_later_stored_one_of_two(ask):
    ask.track(("ann", "a", day(1)), ("ann", "b", day(2)), ("ann", "c", day(2)))

    found = ask.ok("GET", "/api/explorer/users/ann/events/?limit=2")

    assert found["count"] == 3
    assert [each["event_type"] for each in found["results"]] == ["c", "b"]
    assert found["results"][0] == {
        "event_type": "c",
        "occurred_at": "2026-05-02T00:00:00Z",
        "payload": {},
    }


def test_events_can_be_narrowed_by_type_and_time(ask):
    ask.track(("ann", "a", day(1)), ("ann", "a", day(2)), ("ann", "b", day(3)))
    base = "/api/explorer/users/ann/events/"

    assert ask.ok("GET", f"{base}?event_type=a")["count"] == 2
    assert ask.ok("GET", f"{base}?since=2026-05-02")["count"] == 2
    assert ask.ok("GET", f"{base}?event_type=a&since=2026-05-02T00:00:01Z")["count"] == 0
    answer = ask("GET", f"{base}?since=lately")
    assert json.loads(answer.body) == {"since": ["Datetime has wrong format. Use ISO 8601."]}


def test_segments_are_those_of_the_last_compute_under_any_id(ask, sandbox):
    ask.track(("ann", "x"), ("old", "x"))
    rule = {
        "logic": "OR",
        "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
    }
    ask.ok("POST", "/api/segments/", {"name": "Did x", "definition": rule})
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()
    ask.ok("POST", "/api/identity/merge/", {"from_user_id": "old", "into_user_id": "new"})

    assert ask.ok("GET", "/api/explorer/users/new/segments/") == [
        {
            "segment_id": 1,
            "segment_name": "Did x",
            "member_count": 2,
            "computed_at": "2026-06-01T12:00:00Z",
        }
    ]


CONDITIONS = [
    (
        {"type": "monetary", "operator": "gte", "value": 500},
        ("sum(order_placed.total) ≥ 500", 499.99, 500, False),
    ),
    (
        {"type": "monetary", "property": "none", "metric": "avg", "operator": "lt", "value": 1},
        ("avg(order_placed.none) < 1", None, 1, False),
    ),
    (
        {"type": "recency", "event_type": "order_placed", "operator": "lt", "window_days": 30},
        ("order_placed within last 30 days", 29.5, 30, True),
    ),
    (
        {"type": "recency", "event_type": "order_placed", "operator": "eq", "window_days": 29},
        ("last order_placed exactly 29 days ago", 29, 29, True),
    ),
    (
        {"type": "recency", "event_type": "never", "operator": "gt", "window_days": 30},
        ("no never within last 30 days", None, 30, True),
    ),
    (
        {
            "type": "event_count", "event_type": "order_placed", "operator": "eq", "value": 1,
            "window_days": 30,
        },
        ("order_placed = 1 time within 30 days", 1, 1, True),
    ),
    (
        {"type": "user_property", "property": "country", "operator": "in", "value": "NO, SE"},
        ("user.country is one of NO, SE", "SE", "NO, SE", True),
    ),
    (
        {"type": "user_property", "property": "tags", "operator": "contains", "value": "vip"},
        ("user.tags contains “vip”", '["vip"]', "vip", True),
    ),
    (
        {
            "type": "event_property", "event_type": "order_placed", "property": "ship.gift",
            "operator": "is_true",
        },
        ("order_placed.ship.gift is true", "true", None, True),
    ),
    (
        {
            "type": "event_property", "event_type": "order_placed", "property": "total",
            "operator": "between", "value": 1, "value2": 2,
        },
        ("order_placed.total is between 1 and 2", 199.99, "1 to 2", False),
    ),
    (
        {
            "type": "event_sequence", "events": ["order_placed", "order_placed", "never"],
            "window_days": 400,
        },
        ("order_placed → order_placed → never within 400 days", 2, 3, False),
    ),
    (
        {"type": "segment_membership", "segment_id": 1, "operator": "not_in"},
        ("not in segment “First”", "not_in", "not_in", True),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_each_condition_is_told_with_its_figure_its_limit_and_its_verdict(ask, condition, expected):
    ask.track(
        ("ann", "order_placed", {"payload": {"total": 300}, "occurred_at": "2026-01-01T00:00:00Z"}),
        (
            "ann",
            "order_placed",
            {"payload": {"total": 199.99, "ship": {"gift": True}}, **day(3)},
        ),
        ("ann", "context_identified", {"payload": {"country": "SE", "tags": ["vip"]}}),
        ("bob", "order_placed", {"payload": {"total": 9999}}),
    )
    ask.ok("POST", "/api/segments/", {"name": "First"})
    definition = {"logic": "AND", "conditions": [condition]}
    ask.ok("POST", "/api/segments/", {"name": "Second", "definition": definition})

    [told] = ask.ok("GET", "/api/explorer/users/ann/segments/2/explain/")

    label, actual, threshold, matches = expected
    assert told == {
        "index": 0,
        "type": condition["type"],
        "label": label,
        "actual_value": actual,
        "threshold": threshold,
        "matches": matches,
    }


def test_a_figure_is_not_rounded_onto_its_limit(ask):
    """A second more than 30 days ago is no longer "within 30 days", and must not read so."""
    ask.track(("ann", "x", {"occurred_at": "2026-05-02T11:59:59Z"}))
    rule = {"type": "recency", "event_type": "x", "operator": "lt", "window_days": 30}
    definition = {"logic": "AND", "conditions": [rule]}
    ask.ok("POST", "/api/segments/", {"name": "S", "definition": definition})

    [told] = ask.ok("GET", "/api/explorer/users/ann/segments/1/explain/")

    assert told["matches"] is False
    assert told["actual_value"] == pytest.approx(30 + 1 / 86400, abs=1e-9)
    assert told["actual_value"] > 30


def test_a_sum_that_json_cannot_write_is_explained_in_words(ask):
    ask.track(*[("ann", "order_placed", {"payload": {"total": 1e308}})] * 2)
    rule = {"type": "monetary", "operator": "gte", "value": 1e308}
    definition = {"logic": "AND", "conditions": [rule]}
    ask.ok("POST", "/api/segments/", {"name": "S", "definition": definition})

    [told] = ask.ok("GET", "/api/explorer/users/ann/segments/1/explain/")

    assert (told["actual_value"], told["matches"]) == ("Infinity", True)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z"]
)
def test_a_time_outside_the_years_1_to_9999_is_refused_at_intake(ask, moment):
    event = {"user_id": "ann", "event_type": "x", "occurred_at": moment}

    one = ask("POST", "/api/ingestion/track/", event)
    batch = ask.ok("POST", "/api/ingestion/track/batch/", {"events": [event]})
    tried = ask("POST", "/api/explorer/sandbox/publish/", event)

    assert one.status == tried.status == 400
    assert "years 1 to 9999" in json.loads(one.body)["occurred_at"][0]
    assert batch == {"queued": 0, "skipped": 1}


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
)
def test_the_first_the_last_and_the_zero_moment_are_taken(ask, moment):
    ask.track(("ann", "x", {"occurred_at": moment}))

    assert ask.ok("GET", "/api/explorer/users/ann/")["first_seen"] == moment


@pytest.mark.parametrize(
    ("stored", "sent"),
    [(-(2**62), "0001-01-01T00:00:00Z"), (2**62, "9999-12-31T23:59:59.999999Z")],
)
def test_a_stored_time_outside_the_years_1_to_9999_breaks_no_reading(ask, sandbox, stored, sent):
    """Earlier versions took one."""
    ask.track(("ann", "x"), ("bob", "x"))
    with sandbox.store.writing() as connection:
        connection.execute("UPDATE events SET occurred_at = ? WHERE user_id = 'ann'", (stored,))
        connection.execute(
            "UPDATE users SET first_seen = :at, last_seen = :at WHERE user_id = 'ann'",
            {"at": stored},
        )

    [event] = ask.ok("GET", "/api/explorer/users/ann/events/")["results"]

    assert event["occurred_at"] == sent
    assert search(ask) == (2, ["ann", "bob"])
    assert ask.ok("GET", "/api/explorer/users/ann/")["last_seen"] == sent


def test_a_draft_has_nothing_to_explain(ask):
    ask.track(("ann", "x"))
    ask.ok("POST", "/api/segments/", {"name": "Draft"})

    assert ask.ok("GET", "/api/explorer/users/ann/segments/1/explain/") == []
    assert ask("GET", "/api/explorer/users/ann/segments/2/explain/").status == 404


@settings(agreement.thorough, max_examples=settings.default.max_examples)
@given(
    world=agreement.worlds(),
    logic=agreement.LOGIC,
    conditions=st.lists(agreement.user_conditions(), min_size=1, max_size=4),
)
def test_verdicts_combined_by_the_logic_are_membership(
    world: Any, logic: str, conditions: list[dict[str, Any]]
) -> None:
    """For every user, with and without aliases: explaining agrees with computing."""
    definition = {"logic": logic, "conditions": conditions}
    combine = all if logic == "AND" else any
    with contextlib.closing(world.stored()) as connection:
        connection.row_factory = sqlite3.Row
        register_functions(connection)
        query = compile_users(definition, now=world.now, has_aliases=bool(world.aliases))
        members = {row["user_id"] for row in connection.execute(query.sql, query.params)}

        for user in world.users():
            with user_snapshot(connection, user) as person:
                told = explain_conditions(person, definition, now=world.now, segment_names={})

            assert combine([each["matches"] for each in told]) is (user in members), user
            for condition, each in zip(conditions, told, strict=True):
                check_figure(condition, each)


def check_figure(condition: dict[str, Any], told: dict[str, Any]) -> None:
    """Where figure and limit can be compared by eye, they say what the verdict says."""
    actual, threshold = told["actual_value"], told["threshold"]
    assert isinstance(actual, int | float | str | None)
    match condition["type"]:
        case "event_sequence" | "segment_membership":
            assert (actual == threshold) is told["matches"]
        case "event_count" | "monetary" if actual is not None:
            verdicts = {
                "eq": actual == threshold, "neq": actual != threshold, "gt": actual > threshold,
                "gte": actual >= threshold, "lt": actual < threshold, "lte": actual <= threshold,
            }  # fmt: skip
            assert verdicts[condition["operator"]] is told["matches"]
        case "recency" if actual is not None:
            verdicts = {"eq": actual == threshold, "gt": actual > threshold}
            verdicts["lt"] = actual < threshold
            assert verdicts[condition["operator"]] is told["matches"]
