"""Each condition and each operator of a user segment selects whom the contract says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from segops_tui.api.operators import OPERATORS
from segops_tui.sandbox.rules.compiler import compile_conditions, compile_users, register_functions
from tests.sandbox.empty import empty_workspace

DAY = 86_400_000_000
NOW = 1_700_000_000_000_000


class Shop:
    """A sandbox database and the few sentences the tests say to it."""

    def __init__(self) -> None:
        self.connection = empty_workspace()
        register_functions(self.connection)
        self.has_aliases = False

    def event(self, user: str, event_type: str, days_ago: float = 1, **payload: Any) -> None:
        self.raw_event(user, event_type, json.dumps(payload), days_ago=days_ago)

    def raw_event(self, user: str, event_type: str, payload: str, *, days_ago: float = 1) -> None:
        at = NOW - int(days_ago * DAY)
        self.connection.execute(
            "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
            " VALUES (?, ?, ?, ?, ?)",
            (user, event_type, at, at, payload),
        )
        self.connection.execute("INSERT OR IGNORE INTO users VALUES (?, 1, ?, ?)", (user, at, at))

    def alias(self, user: str, canonical: str) -> None:
        self.connection.execute("INSERT INTO identities VALUES (?, ?)", (user, canonical))
        self.has_aliases = True

    def members(self, segment_id: int, *users: str) -> None:
        self.connection.executemany(
            "INSERT INTO segment_members VALUES (?, ?)", [(segment_id, user) for user in users]
        )

    def select(self, *conditions: dict[str, Any], logic: str = "AND") -> list[str]:
        definition = {"logic": logic, "conditions": list(conditions)}
        query = compile_users(definition, now=NOW, has_aliases=self.has_aliases)
        rows = self.connection.execute(query.sql, query.params).fetchall()
        assert rows == self.connection.execute(query.inlined()).fetchall()
        return [user for (user,) in rows]


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.connection.close()


def count(operator: str, value: float, **more: Any) -> dict[str, Any]:
    return {
        "type": "event_count",
        "event_type": "order_placed",
        "operator": operator,
        "value": value,
        **more,
    }


def recency(operator: str, days: float) -> dict[str, Any]:
    return {
        "type": "recency",
        "event_type": "order_placed",
        "operator": operator,
        "window_days": days,
    }


def money(operator: str, value: float, **more: Any) -> dict[str, Any]:
    return {"type": "monetary", "operator": operator, "value": value, **more}


def trait(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "user_property",
        "property": name,
        "operator": operator,
        "value": value,
        **more,
    }


def sequence(*events: str, days: float = 7, **more: Any) -> dict[str, Any]:
    return {"type": "event_sequence", "events": list(events), "window_days": days, **more}


def member(operator: str, segment_id: int | str) -> dict[str, Any]:
    return {"type": "segment_membership", "segment_id": segment_id, "operator": operator}


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", 0, ["none"]),
        ("eq", 2, ["two"]),
        ("neq", 2, ["none", "one"]),
        ("gt", 0, ["one", "two"]),
        ("gte", 2, ["two"]),
        ("lt", 2, ["none", "one"]),
        ("lte", 0, ["none"]),
        ("lt", 0, []),
        ("gte", -1, ["none", "one", "two"]),
        ("gt", 1.5, ["two"]),
    ],
)
def test_events_are_counted_and_who_has_none_counts_zero(
    shop: Shop, operator: str, value: float, expected: list[str]
) -> None:
    shop.event("none", "page_viewed")
    shop.event("one", "order_placed")
    shop.event("two", "order_placed")
    shop.event("two", "order_placed")

    assert shop.select(count(operator, value)) == expected


def test_a_window_includes_its_first_instant_and_excludes_the_future(shop: Shop) -> None:
    """Without a window the same future and ancient events do count."""
    shop.event("edge", "order_placed", days_ago=7)
    shop.event("older", "order_placed", days_ago=7.000001)
    shop.event("future", "order_placed", days_ago=-1)
    shop.event("now", "order_placed", days_ago=0)

    assert shop.select(count("gte", 1, window_days=7)) == ["edge", "now"]
    assert shop.select(count("gte", 1)) == ["edge", "future", "now", "older"]


@pytest.mark.parametrize(
    ("operator", "days", "expected"),
    [
        ("lt", 3, ["two"]),
        ("gt", 3, ["five", "future", "never"]),
        ("eq", 3, ["three"]),
        ("eq", 5, ["five"]),
        ("eq", 2, ["two"]),
        ("eq", 2.5, []),
        ("lt", 3.000001, ["three", "two"]),
        ("gt", 1e12, ["future", "never"]),
    ],
)
def test_recency_reads_the_time_since_the_last_event(
    shop: Shop, operator: str, days: float, expected: list[str]
) -> None:
    """Real days for gt and lt, whole days for eq; never fired is infinitely long ago."""
    shop.event("two", "order_placed", days_ago=2.5)
    shop.event("two", "order_placed", days_ago=9)
    shop.event("three", "order_placed", days_ago=3)
    shop.event("five", "order_placed", days_ago=5.9)
    shop.event("never", "page_viewed")
    shop.event("future", "order_placed", days_ago=-2)

    assert shop.select(recency(operator, days)) == expected


def test_a_sum_may_be_far_below_a_millionth(shop: Shop) -> None:
    shop.event("tiny", "order_placed", total=4e-7)
    for _ in range(3):
        shop.event("three", "order_placed", total=1e-7)

    assert shop.select(money("gt", 0)) == ["three", "tiny"]
    assert shop.select(money("eq", 3e-7)) == ["three"]
    assert shop.select(money("gt", 0, metric="avg")) == ["three", "tiny"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (money("gte", 99.9), ["big", "thrice"]),
        (money("lte", 99.9), ["junk", "none", "thrice"]),
        (money("eq", 99.9), ["thrice"]),
        (money("eq", 0), ["junk", "none"]),
        (money("lt", 10), ["junk", "none"]),
        (money("neq", 99.9), ["big", "junk", "none"]),
        (money("lt", 40, metric="avg"), ["thrice"]),
        (money("gte", 0, metric="max"), ["big", "thrice"]),
        (money("neq", 1, metric="avg"), ["big", "thrice"]),
        (money("eq", 12, property="items.count"), ["big"]),
        (money("gt", 0, event_type="page_viewed", property="seconds"), ["none"]),
    ],
)
def test_money_is_added_up_over_usable_values_only(
    shop: Shop, condition: dict[str, Any], expected: list[str]
) -> None:
    """Numeric text counts, junk does not, and a sum of cents hits its total exactly."""
    for total in (33.3, "33.3", 33.3):
        shop.event("thrice", "order_placed", total=total)
    for total in ("", "abc", None, True, [5], {"amount": 5}, "05", " 5"):
        shop.event("junk", "order_placed", total=total)
    shop.event("big", "order_placed", total=2**62, items={"count": 12})
    shop.event("big", "order_placed", total=2**62)
    shop.event("none", "page_viewed", seconds=3)

    assert shop.select(condition) == expected


def test_only_the_latest_event_of_a_type_speaks_for_a_property(shop: Shop) -> None:
    """A key the latest event lacks is unset, and of two at one instant the later stored wins."""
    shop.event("changed", "context_identified", days_ago=3, plan="pro")
    shop.event("changed", "context_identified", days_ago=1, country="DE")
    shop.event("stored_late", "context_identified", days_ago=1, plan="pro")
    shop.event("stored_late", "context_identified", days_ago=2, plan="free")
    shop.event("tie", "context_identified", days_ago=1, plan="free")
    shop.event("tie", "context_identified", days_ago=1, plan="pro")
    shop.event("other", "order_placed", plan="pro")

    assert shop.select(trait("plan", "eq", "pro")) == ["stored_late", "tie"]
    assert shop.select(trait("plan", "is_not_set")) == ["changed", "other"]
    assert shop.select(
        {
            "type": "event_property",
            "event_type": "order_placed",
            "property": "plan",
            "operator": "eq",
            "value": "pro",
        }
    ) == ["other"]


VALUES: dict[str, Any] = {
    "n5": 5,
    "n5_text": "5.0",
    "n7": 7.5,
    "minus": "-2.5e0",
    "long": 0.30000000000000004,
    "one": 1,
    "true": True,
    "true_text": "true",
    "zero": 0,
    "false": False,
    "text": "Berlin",
    "lower": "berlin",
    "code": "05",
    "date": "2024-05-01T12:00:00+02:00",
    "list": ["Berlin", 5, True],
    "object": {"a": 1},
    "empty": "",
    "null": None,
    "no_items": [],
}
UNSET = {"empty", "null", "no_items", "missing"}


@pytest.mark.parametrize(
    ("operator", "value", "value2", "expected"),
    [
        ("eq", 5, None, "n5 n5_text"),
        ("eq", "5", None, "n5 n5_text"),
        ("eq", "05", None, "code"),
        ("eq", "Berlin", None, "text"),
        ("eq", True, None, "one true true_text"),
        ("eq", "false", None, "zero false"),
        ("eq", 1, None, "one true true_text"),
        ("gt", 5, None, "n7"),
        ("gte", 5, None, "n5 n5_text n7"),
        ("lt", 5, None, "one zero minus long"),
        ("lte", "5", None, "n5 n5_text one zero minus long"),
        ("gt", "2024-05-01T09:59:59.999999Z", None, "date"),
        ("lte", "2024-05-01T10:00:00Z", None, "date"),
        ("lt", "2024-05-01", None, ""),
        ("between", 1, 5, "n5 n5_text one"),
        ("between", [5, 7.5], None, "n5 n5_text n7"),
        ("between", "2024-05-01", "2024-05-02", "date"),
        ("between", 9, 1, ""),
        ("in", ["Berlin", "5", True], None, "n5 n5_text one true true_text text"),
        ("in", "berlin, 7.5", None, "n7 lower"),
        ("in", [], None, ""),
        (
            "in",
            [str(number) for number in range(99)],
            None,
            "n5 n5_text one zero true false true_text",
        ),
        ("contains", "erl", None, "text lower"),
        ("contains", "Berlin", None, "text list"),
        ("contains", 5, None, "n5 n5_text n7 code list date minus"),
        ("contains", "ru", None, "true true_text"),
        ("starts_with", "Ber", None, "text"),
        ("starts_with", 7, None, "n7"),
        ("ends_with", "lin", None, "text lower"),
        ("ends_with", "004", None, "long"),
        ("eq", -2.5, None, "minus"),
        ("ends_with", "xxxxxxBerlin", None, ""),
        ("matches_regex", "(?i)^BER", None, "text lower"),
        ("matches_regex", r"^\d+$", None, "n5 one zero code"),
        ("is_set", None, None, " ".join(name for name in VALUES if name not in UNSET)),
        ("is_true", None, None, "one true true_text"),
        ("is_false", None, None, "zero false"),
    ],
)
def test_an_operator_holds_for_exactly_these_values(
    shop: Shop, operator: str, value: Any, value2: Any, expected: str
) -> None:
    """And its negative, where there is one, holds for exactly all the others, unset included."""
    for name, stored in VALUES.items():
        shop.event(name, "context_identified", p=stored)
    shop.event("missing", "order_placed")
    everybody = {*VALUES, "missing"}

    found = shop.select(trait("p", operator, value, value2=value2))

    assert found == sorted(expected.split())
    for negative in OPERATORS.values():
        if negative.negates == operator:
            others = shop.select(trait("p", negative.name, value, value2=value2))
            assert others == sorted(everybody - set(found))


def test_a_sequence_needs_its_order_and_its_span(shop: Shop) -> None:
    """Any occurrence will do, not only the first; the window is the span, however long ago."""
    for user, moments in {
        "in_order": "v20 c19 o18",
        "wrong_order": "o20 c19 v18",
        "too_long": "v30 c25 o18",
        "second_try": "v60 v20 c19 o18",
        "long_ago": "v900 c899 o898",
        "no_order": "v20 c19",
    }.items():
        for moment in moments.split():
            event_type = {"v": "viewed", "c": "carted", "o": "ordered"}[moment[0]]
            shop.event(user, event_type, days_ago=float(moment[1:]))

    assert shop.select(sequence("viewed", "carted", "ordered")) == [
        "in_order",
        "long_ago",
        "second_try",
    ]
    assert shop.select(sequence("viewed", "carted", "ordered", days=12)) == [
        "in_order",
        "long_ago",
        "second_try",
        "too_long",
    ]


def test_no_event_serves_two_steps_of_a_sequence(shop: Shop) -> None:
    shop.event("once", "a")
    shop.event("twice", "a")
    shop.event("twice", "a")
    shop.event("around", "a")
    shop.event("around", "b")

    assert shop.select(sequence("a", "a")) == ["twice"]
    assert shop.select(sequence("a", "b", "b")) == []
    assert shop.select(sequence("a", "b", "a")) == []


def test_events_at_one_instant_are_in_order_however_they_were_stored(shop: Shop) -> None:
    shop.event("stored_b_a", "b")
    shop.event("stored_b_a", "a")
    shop.event("stored_a_b", "a")
    shop.event("stored_a_b", "b")
    for event_type in "axb":
        shop.event("between", event_type)

    assert shop.select(sequence("a", "b", days=0)) == ["between", "stored_a_b", "stored_b_a"]
    assert shop.select(sequence("a", "b", days=0, strict=True)) == [
        "between",
        "stored_a_b",
        "stored_b_a",
    ]


def test_a_strict_sequence_orders_simultaneous_events_so_that_it_holds(shop: Shop) -> None:
    """Digits are instants; only an event at an instant of its own can come between."""
    for user, stream in {
        "before": "x0 a0 b1",
        "after": "a0 b1 x1",
        "middle_swapped": "a0 c1 b1 d2",
        "middle_crowded": "a0 c1 x1 b1 d2",
        "middle_repeats": "a0 b1 b1 c1 d2",
        "foreign_between": "a0 x1 b2 c2 d2",
        "all_at_once": "d0 x0 c0 b0 a0",
        "second_try": "a0 x1 a2 b2 c2 d2",
    }.items():
        for event in stream.split():
            shop.event(user, event[0], days_ago=9 - int(event[1]))

    def found(*steps: str) -> list[str]:
        return shop.select(sequence(*steps, strict=True))

    assert found("a", "b") == [
        "after",
        "all_at_once",
        "before",
        "middle_crowded",
        "middle_repeats",
        "middle_swapped",
        "second_try",
    ]
    assert found("a", "b", "c", "d") == ["all_at_once", "middle_swapped", "second_try"]


def test_a_strict_sequence_allows_nothing_in_between(shop: Shop) -> None:
    for user, stream in {
        "direct": "xabx",
        "detour": "axb",
        "again": "axbab",
        "repeat": "aab",
    }.items():
        for index, event_type in enumerate(stream):
            shop.event(user, event_type, days_ago=5 - index * 0.1)

    assert shop.select(sequence("a", "b", strict=True)) == ["again", "direct", "repeat"]
    assert shop.select(sequence("a", "b", days=0.05, strict=True)) == []
    assert shop.select(sequence("a", "b", strict=False)) == ["again", "detour", "direct", "repeat"]


def test_membership_is_read_as_stored(shop: Shop) -> None:
    """Not evaluated afresh; a segment never computed is empty; strangers are never members."""
    shop.event("in", "page_viewed")
    shop.event("out", "page_viewed")
    shop.members(7, "in", "stranger")

    assert shop.select(member("in", 7)) == ["in"]
    assert shop.select(member("not_in", "7")) == ["out"]
    assert shop.select(member("in", 8)) == []
    assert shop.select(member("not_in", 8)) == ["in", "out"]


def test_aliases_count_for_their_canonical_user_in_every_condition(shop: Shop) -> None:
    """Figures are added up over all ids, and nobody is listed twice or under an alias."""
    shop.event("anon_1", "order_placed", days_ago=3, total=30, plan="old")
    shop.event("ann", "order_placed", days_ago=2, total=20, plan="new")
    shop.event("anon_2", "page_viewed", days_ago=1)
    shop.event("bob", "order_placed", days_ago=2, total=10, plan="old")
    shop.members(7, "anon_1", "ann")
    shop.alias("anon_1", "ann")
    shop.alias("anon_2", "ghost")

    latest = {"type": "event_property", "event_type": "order_placed", "property": "plan"}
    assert shop.select(count("gte", 0)) == ["ann", "bob", "ghost"]
    assert shop.select(count("eq", 2)) == ["ann"]
    assert shop.select(count("eq", 0)) == ["ghost"]
    assert shop.select(money("eq", 50)) == ["ann"]
    assert shop.select(money("eq", 25, metric="avg")) == ["ann"]
    assert shop.select(recency("lt", 5)) == ["ann", "bob"]
    assert shop.select(recency("eq", 2)) == ["ann", "bob"]
    assert shop.select(latest | {"operator": "eq", "value": "old"}) == ["bob"]
    assert shop.select(sequence("order_placed", "order_placed")) == ["ann"]
    assert shop.select(sequence("order_placed", "order_placed", strict=True)) == ["ann"]
    assert shop.select(member("in", 7)) == ["ann"]


def test_the_latest_event_is_sought_over_all_ids_of_a_user(shop: Shop) -> None:
    """By time, and at one instant by storing, whichever id sent it."""
    shop.event("ann", "context_identified", days_ago=1, plan="pro")
    shop.event("anon_1", "context_identified", days_ago=2, plan="free")
    shop.event("bob", "context_identified", days_ago=1, plan="free")
    shop.event("anon_2", "context_identified", days_ago=1, plan="pro")
    shop.alias("anon_1", "ann")
    shop.alias("anon_2", "bob")

    assert shop.select(trait("plan", "eq", "pro")) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("logic", "expected"), [("AND", ["carl"]), ("OR", ["ann", "bob", "carl", "dora", "finn"])]
)
def test_wanted_and_unwanted_conditions_combine(
    shop: Shop, logic: str, expected: list[str]
) -> None:
    """Carl ordered lately, never three times, and is no VIP; Eve escapes nothing."""
    shop.event("ann", "page_viewed")
    shop.event("bob", "order_placed", days_ago=90)
    shop.event("carl", "order_placed")
    for _ in range(3):
        shop.event("dora", "order_placed")
        shop.event("eve", "order_placed", days_ago=90)
        shop.event("finn", "order_placed", days_ago=90)
    shop.members(7, "eve")

    conditions = [recency("lt", 30), count("lt", 3), member("not_in", 7)]

    assert shop.select(*conditions, logic=logic) == expected


def test_without_aliases_nothing_is_sorted_that_the_index_has_in_order(shop: Shop) -> None:
    definition = {"logic": "AND", "conditions": [count("gte", 1), recency("lt", 30)]}
    query = compile_users(definition, now=NOW, has_aliases=False)

    plan = shop.connection.execute(f"EXPLAIN QUERY PLAN {query.sql}", query.params).fetchall()

    steps = [step for *_, step in plan]
    assert not [step for step in steps if "GROUP BY" in step or "DISTINCT" in step]


def test_conditions_can_be_asked_one_by_one(shop: Shop) -> None:
    shop.event("ann", "order_placed", total=5)
    shop.event("bob", "page_viewed")
    definition = {"logic": "AND", "conditions": [count("gte", 1), money("lt", 1)]}

    queries = compile_conditions(definition, now=NOW, has_aliases=False)

    assert [shop.connection.execute(q.sql, q.params).fetchall() for q in queries] == [
        [("ann",)],
        [("bob",)],
    ]


def test_a_draft_without_conditions_has_no_members(shop: Shop) -> None:
    shop.event("ann", "order_placed")

    assert shop.select() == []


HOSTILE = [
    "it's",
    'quo"te',
    "') OR 1=1 --",
    "'; DROP TABLE events; --",
    "back\\slash",
    "br[0]",
    "dot.ted.name",
    ".",
    "a..b",
    "$",
    "$.total",
    "?",
    "{}",
    "%s",
    "🙂",
    "é",
    "e\u0301",
    "\u202eright-to-left",
    "[/b]",
    "\x1b[31m",
    "new\nline",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name(shop: Shop, name: str) -> None:
    """As event type, property, value, user or pattern it is bound, and found where it is stored."""
    shop.event(name, "context_identified", **{name: name})
    shop.event(name, name, **{name: 7})
    shop.event("somebody", "context_identified", other=name)

    assert shop.select(trait(name, "eq", name)) == [name]
    assert shop.select(trait(name, "in", [name, "x"])) == [name]
    assert shop.select(trait(name, "contains", name)) == [name]
    assert shop.select(trait(name, "is_not_set")) == ["somebody"]
    assert shop.select(money("eq", 7, event_type=name, property=name)) == [name]
    assert shop.select(count("gte", 1) | {"event_type": name}) == [name]
    assert shop.select(sequence("context_identified", name)) == [name]
    assert shop.select(sequence("context_identified", name, strict=True)) == [name]
    assert shop.connection.execute("SELECT count(*) FROM events").fetchone() == (3,)


def test_a_key_of_the_whole_name_wins_over_reaching_inside(shop: Shop) -> None:
    shop.event("whole", "context_identified", **{"a.b": 1, "a": {"b": 2}})
    shop.event("inside", "context_identified", a={"b": 1})
    shop.event("list", "context_identified", a=[{"b": 1}])
    shop.event("null", "context_identified", **{"a.b": None, "a": {"b": 1}})

    assert shop.select(trait("a.b", "eq", 1)) == ["inside", "whole"]


def test_text_that_is_no_unicode_does_not_stop_a_search(shop: Shop) -> None:
    """A lone surrogate can be sent in JSON; SQLite stores it, Python cannot decode it."""
    shop.raw_event("odd", "context_identified", '{"p": "ab\\ud800cd"}')
    shop.event("even", "context_identified", p="abcd")

    assert shop.select(trait("p", "matches_regex", "cd$")) == ["even", "odd"]
    assert shop.select(trait("p", "starts_with", "ab")) == ["even", "odd"]
    assert shop.select(trait("p", "gt", 1)) == []


def test_conditions_are_answered_from_the_index_of_event_types(shop: Shop) -> None:
    """No condition walks through all events, and counting does not even open them."""
    conditions = [
        count("gte", 1, window_days=30),
        recency("lt", 30),
        money("gte", 500),
        trait("country", "eq", "DE"),
        sequence("page_viewed", "order_placed"),
    ]
    definition = {"logic": "AND", "conditions": conditions}
    query = compile_users(definition, now=NOW, has_aliases=False)

    plan = shop.connection.execute(f"EXPLAIN QUERY PLAN {query.sql}", query.params).fetchall()

    steps = [step for *_, step in plan if " events" in step]
    assert len(steps) >= len(conditions)
    assert not [step for step in steps if step.startswith("SCAN")]
    assert sum("COVERING INDEX events_by_type" in step for step in steps) >= 4
