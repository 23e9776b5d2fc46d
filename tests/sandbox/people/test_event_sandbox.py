"""The vendor's event sandbox: what an event would change, and that nothing is kept."""

from __future__ import annotations

import hashlib
import json

import pytest


def segment(ask, name, *conditions, logic="AND", **fields):
    definition = {"logic": logic, "conditions": list(conditions)}
    return ask.ok("POST", "/api/segments/", {"name": name, "definition": definition, **fields})


def did(event_type, operator, value):
    return {
        "type": "event_count",
        "event_type": event_type,
        "operator": operator,
        "value": value,
    }


def publish(ask, **body):
    return ask.ok("POST", "/api/explorer/sandbox/publish/", body)


def names(entries):
    return [entry["name"] for entry in entries]


@pytest.fixture
def shop(ask):
    segment(ask, "Buyers", did("order_placed", "gte", 1))
    segment(ask, "Big spenders", {"type": "monetary", "operator": "gte", "value": 100})
    segment(ask, "Never bought", did("order_placed", "eq", 0))
    segment(ask, "Off", did("order_placed", "gte", 1), is_active=False)
    ask.ok("POST", "/api/segments/", {"name": "Draft"})
    ask.track(("ann", "page_viewed"))
    return ask


def test_what_an_event_would_change_is_told(shop):
    found = publish(shop, user_id="ann", event_type="order_placed", payload={"total": 150})

    assert found == {
        "published": True,
        "entered": [{"id": 1, "name": "Buyers"}, {"id": 2, "name": "Big spenders"}],
        "exited": [{"id": 3, "name": "Never bought"}],
        "unchanged_count": 1,
    }


def test_a_user_without_events_starts_from_nothing(shop):
    """They are in no segment before, not even in those for who never did something."""
    found = publish(shop, user_id="newcomer", event_type="page_viewed")

    assert names(found["entered"]) == ["Never bought"]
    assert found["exited"] == []
    assert found["unchanged_count"] == 3


def test_fresh_evaluation_is_compared_not_the_stored_members(shop):
    """Nothing was ever computed, yet having bought before is no news: only the sum crosses."""
    shop.track(("ann", "order_placed", {"payload": {"total": 60}}))

    found = publish(shop, user_id="ann", event_type="order_placed", payload={"total": 60})

    assert (names(found["entered"]), found["exited"]) == (["Big spenders"], [])


def test_an_alias_publishes_for_its_owner(shop):
    shop.track(("ann", "page_viewed", {"anonymous_id": "v"}))
    shop.track(("ann", "order_placed", {"payload": {"total": 60}}))

    found = publish(shop, user_id="anon_v", event_type="order_placed", payload={"total": "60"})

    assert names(found["entered"]) == ["Big spenders"]


def test_an_event_may_have_happened_earlier(shop):
    recent = {
        "type": "recency",
        "event_type": "order_placed",
        "operator": "lt",
        "window_days": 7,
    }
    segment(shop, "Recent", recent)

    late = publish(
        shop, user_id="ann", event_type="order_placed", occurred_at="2026-05-01T00:00:00Z"
    )
    today = publish(shop, user_id="ann", event_type="order_placed")

    assert "Recent" not in names(late["entered"])
    assert "Recent" in names(today["entered"])


def test_a_schema_reads_the_payload_but_turns_no_event_away(shop):
    properties = [
        {"name": "total", "type": "string", "required": False},
        {"name": "missing", "type": "string", "required": True},
    ]
    shop.ok("POST", "/api/schemas/", {"event_type": "order_placed", "properties": properties})

    found = publish(shop, user_id="ann", event_type="order_placed", payload={"total": 150})

    assert "Big spenders" in names(found["entered"])
    assert shop.ok("GET", "/api/schemas/1/")["error_count"] == 0


def test_nothing_is_kept(shop, sandbox):
    connection = sandbox.store.connection()

    def digest() -> str:
        return hashlib.sha256("".join(connection.iterdump()).encode()).hexdigest()

    before = digest()
    changes = connection.total_changes

    publish(shop, user_id="ann", event_type="order_placed", payload={"total": 150})
    publish(shop, user_id="newcomer", event_type="order_placed")

    assert digest() == before
    assert connection.total_changes == changes
    assert shop("GET", "/api/explorer/users/newcomer/").status == 404


def test_it_publishes_while_somebody_else_writes(shop, sandbox_path):
    """It only reads, so it takes no lock."""
    import sqlite3

    other = sqlite3.connect(sandbox_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    found = publish(shop, user_id="ann", event_type="order_placed")

    assert found["published"] is True
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"event_type": "x"}, "user_id"),
        ({"user_id": "a"}, "event_type"),
        ({"user_id": "a", "event_type": "x", "payload": []}, "payload"),
        ({"user_id": "a", "event_type": "x", "occurred_at": "soon"}, "occurred_at"),
    ],
)
def test_a_bad_event_is_refused_by_its_field(ask, body, field):
    answer = ask("POST", "/api/explorer/sandbox/publish/", body)

    assert answer.status == 400
    assert list(json.loads(answer.body)) == [field]
