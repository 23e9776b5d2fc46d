"""The seeded segments: computed by the real compiler, at moments that differ."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime

import pytest

from segops_tui.sandbox.core.timestamps import DAY, HOUR, micros
from segops_tui.sandbox.rules.compiler import compile_products, compile_users, register_functions
from segops_tui.sandbox.seeding.computes import as_of

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""The moment of `seeded_file`."""


@pytest.fixture(scope="module")
def shop(seeded_file):
    connection = sqlite3.connect(seeded_file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    register_functions(connection)
    yield connection
    connection.close()


def rows(connection, query, *params):
    return connection.execute(query, params).fetchall()


def test_members_are_whom_the_rule_selected_then(shop):
    """Computing the definition of that day again, as of that moment, gives the same people."""
    for segment in rows(shop, "SELECT * FROM segments WHERE last_computed_at NOTNULL"):
        at = segment["last_computed_at"]
        (definition,) = rows(
            shop,
            "SELECT definition FROM segment_versions WHERE segment_id = ? AND created_at <= ?"
            " ORDER BY version DESC LIMIT 1",
            segment["id"],
            at,
        )
        stored = rows(
            shop,
            "SELECT user_id FROM segment_members WHERE segment_id = ? ORDER BY user_id",
            segment["id"],
        )

        query = compile_users(json.loads(definition[0]), now=at, has_aliases=True)
        with as_of(shop, at):
            again = rows(shop, query.sql, *query.params)

        assert [row["user_id"] for row in stored] == [row["user_id"] for row in again]
        assert segment["member_count"] == len(stored)


def test_sizes_are_believable(shop):
    """No segment is empty or holds every user, and no two are alike."""
    users = shop.execute("SELECT count(*) FROM users").fetchone()[0]
    counts = [
        row["member_count"] for row in rows(shop, "SELECT * FROM segments WHERE status='computed'")
    ]

    assert all(20 < count < users * 0.4 for count in counts), counts
    assert len(set(counts)) == len(counts)


def test_some_are_fresh_some_stale_some_never_computed(shop):
    """The list shows every state a segment can be in, and one that is switched off."""
    now = micros(NOW)
    ages = [
        row["last_computed_at"] and now - row["last_computed_at"]
        for row in rows(shop, "SELECT last_computed_at FROM segments ORDER BY id")
    ]

    assert len(ages) == 14
    assert sum(age is None for age in ages) == 2
    assert sum(age is not None and age < 8 * HOUR for age in ages) >= 5
    assert sum(age is not None and age > 7 * DAY for age in ages) == 3
    assert ages[1] > 9 * DAY
    assert len(rows(shop, "SELECT 1 FROM segments WHERE NOT is_active")) == 1
    drafts = rows(shop, "SELECT * FROM segments WHERE status = 'draft'")
    assert [row["member_count"] for row in drafts] == [0, 0]
    assert drafts[-1]["definition"] == "{}"


def test_a_definition_moved_on_after_the_compute(shop):
    """“Lapsed VIPs” was saved again after it was computed: its members follow the old rule."""
    (row,) = rows(shop, "SELECT * FROM segments WHERE name = 'Lapsed VIPs'")

    assert row["updated_at"] > row["last_computed_at"]
    assert row["status"] == "computed"


def test_history_ends_with_the_count_shown(shop):
    """Every computed segment has its last compute in the history, several have a trend."""
    lengths = []
    for segment in rows(shop, "SELECT * FROM segments WHERE status = 'computed'"):
        history = rows(
            shop,
            "SELECT * FROM segment_history WHERE segment_id = ? ORDER BY computed_at",
            segment["id"],
        )
        lengths.append(len(history))
        assert history[-1]["computed_at"] == segment["last_computed_at"]
        assert history[-1]["member_count"] == segment["member_count"]
        assert history[0]["computed_at"] >= segment["created_at"]

    assert max(lengths) >= 15
    assert sum(length > 2 for length in lengths) >= 4


def test_product_segments_hold_what_their_rules_select(shop):
    """Counts and SKUs are the compiler's; the one never computed holds nothing."""
    fields = json.loads(shop.execute("SELECT fields FROM product_schema").fetchone()[0])
    types = {field["name"]: field["type"] for field in fields}
    planned = rows(shop, "SELECT * FROM product_segments ORDER BY id")

    for segment in planned:
        stored = rows(
            shop,
            "SELECT sku FROM product_segment_members WHERE segment_id = ? ORDER BY sku",
            segment["id"],
        )
        assert segment["computed_count"] == len(stored)
        at = segment["last_computed_at"]
        if at is None:
            assert stored == []
            continue
        query = compile_products(
            json.loads(segment["definition"]), field_types=types, has_aliases=True, now=at
        )
        with as_of(shop, at):
            again = rows(shop, query.sql, *query.params)
        assert [row["sku"] for row in stored] == [row["sku"] for row in again]
        assert 10 < len(stored) < 1000

    assert len(planned) == 6
    assert [row["status"] for row in planned].count("draft") == 1


def test_the_past_hides_what_came_later_and_only_while_asked(shop):
    """Inside, neither events nor users from after the moment; outside, all of them."""
    everything = shop.execute("SELECT count(*) FROM events").fetchone()[0]
    instant = micros(NOW) - 90 * DAY

    with as_of(shop, instant):
        newest = shop.execute("SELECT max(occurred_at) FROM events").fetchone()[0]
        strangers = shop.execute(
            "SELECT count(*) FROM users WHERE user_id NOT IN (SELECT user_id FROM events)"
        ).fetchone()[0]

    assert instant - DAY < newest <= instant
    assert strangers == 0
    assert shop.execute("SELECT count(*) FROM events").fetchone()[0] == everything
