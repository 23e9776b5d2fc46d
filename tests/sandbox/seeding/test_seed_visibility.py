"""The invented month of answers: enough of everything, sound, and the same every time."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from random import Random

import pytest

from segops_tui.sandbox.core.migrations import migrate
from segops_tui.sandbox.core.timestamps import DAY, SECOND, micros
from segops_tui.sandbox.queries.visibility import figures, win_rates
from segops_tui.sandbox.seeding import bulk_insert, catalogue, visibility_extras
from segops_tui.sandbox.seeding.calendar import Calendar

NOW = datetime(2025, 11, 20, 14, 32, 7, tzinfo=UTC)


def filled(now=NOW):
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    bulk_insert.settings(connection, {"seed": "1", "own_brand": "Northwind"})
    goods = catalogue.products(Random("1/products"), count=400, calendar=Calendar(now))
    bulk_insert.products(connection, goods)
    visibility_extras.fill(connection, random=Random("1/visibility"), now=now)
    connection.row_factory = sqlite3.Row
    return connection


@pytest.fixture(scope="module")
def shop():
    connection = filled()
    yield connection
    connection.close()


def number(connection, query):
    return connection.execute(query).fetchone()[0]


def test_there_is_a_month_of_answers_to_twelve_questions(shop):
    per_question = shop.execute(
        "SELECT count(*) AS answers, count(DISTINCT provider) AS providers,"
        f" count(DISTINCT captured_at / {DAY}) AS days FROM ai_results GROUP BY query_id"
    ).fetchall()

    assert [tuple(row) for row in per_question] == [(150, 5, 30)] * 12
    assert number(shop, "SELECT count(*) FROM competitors") == 4
    assert number(shop, "SELECT count(*) FROM ai_queries WHERE NOT is_active") == 1


def test_nothing_is_asked_after_now_or_before_its_question(shop):
    late = "SELECT count(*) FROM ai_results WHERE captured_at > ?"
    early = (
        "SELECT count(*) FROM ai_results JOIN ai_queries ON ai_queries.id = query_id"
        " WHERE captured_at < created_at OR captured_at > last_run_at"
    )

    assert shop.execute(late, (micros(NOW),)).fetchone()[0] == 0
    assert number(shop, early) == 0


def test_answers_are_numbered_in_the_order_they_came(shop):
    times = [row[0] for row in shop.execute("SELECT captured_at FROM ai_results ORDER BY id")]

    assert times == sorted(times)


def test_the_board_has_something_to_tell(shop):
    """The brand wins some and loses some, with some assistants more than with others."""
    board = figures(shop)
    rates = [entry["win_rate"] for entry in win_rates(shop)]

    assert 0.3 < board["mention_rate"] < 0.95
    assert 1.2 < board["avg_position"] < 4
    assert len({entry["mention_rate"] for entry in board["by_provider"]}) == 5
    assert len(board["trend"]) == 30
    assert 0.1 < min(rates) < max(rates) < 0.95
    moods = {row[0] for row in shop.execute("SELECT DISTINCT sentiment FROM ai_results")}
    assert moods == {"positive", "neutral", "negative"}


def test_answers_mention_products_that_exist(shop):
    known = {row["sku"] for row in shop.execute("SELECT sku FROM products")}
    mentioned = {
        product["sku"]
        for row in shop.execute("SELECT mentioned_products FROM ai_results")
        for product in json.loads(row["mentioned_products"])
    }

    assert mentioned
    assert mentioned <= known


def test_there_is_a_page_in_every_state(shop):
    pages = shop.execute("SELECT * FROM pages ORDER BY id").fetchall()

    assert [page["builder_status"] for page in pages] == [
        "published",
        "published",
        "published",
        "built",
        "failed",
        "building",
        "draft",
        "built",
    ]
    for page in pages:
        is_written = page["builder_status"] in {"built", "published"}
        assert (page["blocks"] != "[]") is is_written
        assert bool(page["view_count"]) is bool(page["published"])
        assert bool(page["builder_error"]) is (page["builder_status"] == "failed")


def test_the_page_that_is_being_built_will_be(shop):
    (work,) = shop.execute("SELECT * FROM work").fetchall()

    assert (work["kind"], work["subject_id"]) == ("page", 6)
    assert micros(NOW) < work["due_at"] < micros(NOW) + SECOND


def test_the_same_number_and_moment_give_the_same_rows(shop):
    again = filled()

    for table in ("ai_queries", "ai_results", "competitors", "pages", "work"):
        mine, theirs = (
            [tuple(row) for row in connection.execute(f"SELECT * FROM {table}")]
            for connection in (shop, again)
        )
        assert mine == theirs
    again.close()


def test_a_month_can_end_just_after_midnight():
    """The last run was yesterday's then."""
    connection = filled(datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC))

    latest = connection.execute("SELECT max(captured_at) FROM ai_results").fetchone()[0]

    assert latest < micros(datetime(2026, 2, 28, 8, 0, tzinfo=UTC))
    connection.close()
