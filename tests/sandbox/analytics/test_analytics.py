"""Analytics: every number is worked out from what is stored."""

from __future__ import annotations

import shutil

import pytest

from segops_tui.sandbox.core.timestamps import DAY, micros

ALL_USERS = {
    "logic": "AND",
    "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
}


def segment(ask, name, event_type="x", **fields):
    definition = {
        "logic": "AND",
        "conditions": [{**ALL_USERS["conditions"][0], "event_type": event_type}],
    }
    body = {"name": name, "definition": definition, **fields}
    return ask.ok("POST", "/api/segments/", body)["id"]


def compute(ask, sandbox, *ids):
    for number in ids:
        ask.ok("POST", f"/api/segments/{number}/compute/")
    sandbox.settle()


def test_an_empty_workspace_has_empty_analytics(ask):
    assert ask.ok("GET", "/api/analytics/overview/") == {
        "segment_count": 0,
        "total_members": 0,
        "events_30d": 0,
        "ai_credits_used": 0,
        "ai_credits_limit": 10_000,
    }
    for name in ("segments", "overlap", "activations"):
        assert ask.ok("GET", f"/api/analytics/{name}/") == []


def test_the_overview_counts_segments_members_and_thirty_days_of_events(ask, sandbox):
    ask.track(
        ("ann", "x"),
        ("bob", "x"),
        ("ann", "y"),
        ("old", "z", {"occurred_at": "2026-05-02T11:59:59Z"}),
        ("new", "z", {"occurred_at": "2026-05-02T12:00:00Z"}),
        ("later", "z", {"occurred_at": "2026-06-01T12:00:01Z"}),
    )
    compute(ask, sandbox, segment(ask, "X"), segment(ask, "Y", "y"))

    found = ask.ok("GET", "/api/analytics/overview/")

    assert (found["segment_count"], found["total_members"], found["events_30d"]) == (2, 3, 4)


def test_a_trend_has_the_count_at_each_day_s_end(ask, sandbox, clock):
    ask.track(("ann", "x"))
    number = segment(ask, "X")
    compute(ask, sandbox, number)
    clock.advance(hours=1)
    ask.track(("bob", "x"))
    compute(ask, sandbox, number)
    clock.advance(days=2)
    ask.track(("cyd", "x"))
    compute(ask, sandbox, number)
    clock.advance(days=1)

    [found] = ask.ok("GET", "/api/analytics/segments/")

    assert found["trend"] == [
        {"day": "2026-06-01", "count": 2},
        {"day": "2026-06-02", "count": 2},
        {"day": "2026-06-03", "count": 3},
        {"day": "2026-06-04", "count": 3},
    ]
    assert (found["name"], found["member_count"]) == ("X", 3)


def test_a_trend_covers_thirty_days_and_begins_with_what_was_before(ask, sandbox, clock):
    ask.track(("ann", "x"))
    compute(ask, sandbox, segment(ask, "X"))
    clock.advance(days=100)

    [found] = ask.ok("GET", "/api/analytics/segments/")

    assert len(found["trend"]) == 30
    assert found["trend"][0] == {"day": "2026-08-11", "count": 1}
    assert found["trend"][-1] == {"day": "2026-09-09", "count": 1}


def test_there_is_no_trend_of_a_segment_younger_than_two_days_nor_of_an_inactive_one(
    ask, sandbox, clock
):
    young, idle = segment(ask, "Young"), segment(ask, "Idle", is_active=False)
    segment(ask, "Never")
    compute(ask, sandbox, young, idle)

    clock.advance(days=2, seconds=-1)
    before = ask.ok("GET", "/api/analytics/segments/")
    clock.advance(seconds=1)
    after = ask.ok("GET", "/api/analytics/segments/")

    assert [(each["name"], each["trend"]) for each in before] == [("Young", []), ("Never", [])]
    assert len(after[0]["trend"]) == 3


def test_overlap_is_of_the_smaller_segment_largest_first(ask, sandbox):
    ask.track(*((f"u{n}", "a") for n in range(10)))
    ask.track(*((f"u{n}", "b") for n in range(7, 10)))
    ask.track(*((f"u{n}", "c") for n in range(9, 15)))
    ids = [segment(ask, name.upper(), name) for name in "abcd"]
    compute(ask, sandbox, *ids)

    found = ask.ok("GET", "/api/analytics/overlap/")

    assert found[0] == {
        "seg_a_id": 1,
        "seg_a_name": "A",
        "seg_b_id": 2,
        "seg_b_name": "B",
        "overlap": 3,
        "overlap_pct": 100.0,
    }
    assert [(f["seg_a_id"], f["seg_b_id"], f["overlap"], f["overlap_pct"]) for f in found[1:]] == [
        (1, 3, 1, 16.7),
        (2, 3, 1, 33.3),
    ]


def test_overlap_answers_the_top_twenty(ask, sandbox):
    ask.track(("ann", "x"), ("bob", "x"))
    compute(ask, sandbox, *(segment(ask, f"S{n}") for n in range(8)))

    found = ask.ok("GET", "/api/analytics/overlap/")

    assert len(found) == 20
    assert [(f["seg_a_id"], f["seg_b_id"]) for f in found[:3]] == [(1, 2), (1, 3), (1, 4)]


def test_health_rates_the_last_thirty_syncs_and_shows_five(ask, sandbox):
    number = segment(ask, "X")
    config = {"list_id": "L", "api_key": "bad"}
    body = {"segment": number, "connector_type": "klaviyo", "config": config}
    ask.ok("POST", "/api/activations/", body)
    assert ask.ok("GET", "/api/analytics/activations/")[0]["success_rate"] is None
    for count, key in ((11, "bad"), (20, "good")):
        ask.ok("PATCH", "/api/activations/1/", {"config": {**config, "api_key": key}})
        for _ in range(count):
            ask.ok("POST", "/api/activations/1/sync/")
        sandbox.settle()

    [found] = ask.ok("GET", "/api/analytics/activations/")

    assert found["success_rate"] == 67
    assert [log["status"] for log in found["sync_logs"]] == ["success"] * 5
    assert (found["segment_id"], found["segment_name"]) == (number, "X")


def test_usage_is_of_the_calendar_month_and_the_plan(ask, sandbox, clock):
    clock.now = clock.now.replace(month=12, day=31, hour=23)
    ask.track(("ann", "x"), ("ann", "y", {"occurred_at": "2020-01-01T00:00:00Z"}))
    plan = "INSERT INTO settings VALUES ('plan', 'free')"
    sandbox.store.connection().execute(plan)

    found = ask.ok("GET", "/api/analytics/usage/")
    clock.advance(hours=1)
    following = ask.ok("GET", "/api/analytics/usage/")

    assert found == {
        "plan": "free",
        "period_start": "2026-12-01T00:00:00Z",
        "period_end": "2027-01-01T00:00:00Z",
        "events_used": 2,
        "events_limit": 500_000,
        "api_calls_per_minute_limit": 60,
        "ai_credits_used": 0,
        "ai_credits_limit": 100,
        "mtu_computed": 1,
    }
    assert (following["period_start"], following["events_used"], following["mtu_computed"]) == (
        "2027-01-01T00:00:00Z",
        0,
        0,
    )


@pytest.mark.parametrize(
    ("events", "billed"),
    [
        ([("ann", "x")], 1),
        ([("anon_1", "x")] * 2, 0),
        ([("anon_1", "x")] * 3, 1),
        ([("ann", "x"), ("bob", "x", {"anonymous_id": "1"}), ("anon_1", "x")], 2),
        ([("anon_1", "x")] * 2 + [("anon_2", "x")] * 2, 0),
        ([("ann", "x", {"payload": {"user_agent": "ExampleBot/1.0"}})], 0),
        ([("ann", "x", {"payload": {"user_agent": "Mozilla/5.0"}})], 1),
        ([("ann", "x", {"payload": {"note": '"user_agent" bot', "user_agent": None}})], 1),
    ],
)
def test_who_is_known_is_billed_for_any_event_a_visitor_for_three_a_bot_never(ask, events, billed):
    ask.track(*events)

    assert ask.ok("GET", "/api/analytics/usage/")["mtu_computed"] == billed


@pytest.fixture
def shop(shop_file, sandbox_path):
    """The seeded shop in place of the empty workspace that `sandbox` opens."""
    shutil.copy(shop_file, sandbox_path)


@pytest.mark.usefixtures("shop")
def test_the_trend_of_the_seed_ends_with_the_stored_count(ask, sandbox, clock):
    found = [each for each in ask.ok("GET", "/api/analytics/segments/") if each["trend"]]

    assert len(found) > 5
    assert all(each["trend"][-1]["count"] == each["member_count"] for each in found)
    connection = sandbox.store.connection()
    oldest = micros(clock()) - 31 * DAY
    query = "SELECT count(*) FROM sync_logs WHERE synced_at > ?"
    assert connection.execute(query, (oldest,)).fetchone()[0] > 10
    health = {each["id"]: each for each in ask.ok("GET", "/api/analytics/activations/")}
    assert [health[number]["status"] for number in (1, 2, 3)] == ["active", "active", "error"]
    assert all(
        each["sync_logs"][0]["user_count"] == each["member_count"]
        for each in health.values()
        if each["status"] == "active"
    )
