"""The seeded workspace: believable, valid, and the same for the same seed number."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from segops_tui.api.definition import (
    CONDITION_TYPES,
    OPERATORS,
    PRODUCT_CONDITION_TYPES,
    check_definition,
    referenced_segments,
)
from segops_tui.sandbox.core.migrations import migrate
from segops_tui.sandbox.core.timestamps import DAY, SECOND, micros
from segops_tui.sandbox.seeding.catalogue import ODD_PRODUCTS
from segops_tui.sandbox.seeding.seed import SIZES, is_seeded, seed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""The moment of `seeded_file`."""
EARLY = datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC)
"""The day has just begun, so that it has no events yet."""


def empty() -> sqlite3.Connection:
    """A migrated database in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    return connection


def tables(connection: sqlite3.Connection) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        )
    ]


def digest(connection: sqlite3.Connection) -> str:
    """A hash of every row of every table."""
    total = hashlib.sha256()
    for table in tables(connection):
        for row in connection.execute(f"SELECT * FROM {table}"):
            total.update(repr(tuple(row)).encode())
    return total.hexdigest()


@pytest.fixture(scope="module")
def shop(seeded_file: Path) -> Iterator[sqlite3.Connection]:
    """The workspace of seed number 1."""
    connection = sqlite3.connect(seeded_file, isolation_level=None)
    yield connection
    connection.close()


def number(connection: sqlite3.Connection, query: str, *params: object) -> int:
    return int(connection.execute(query, params).fetchone()[0])


def definitions(connection: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    return [json.loads(text) for (text,) in connection.execute(f"SELECT definition FROM {table}")]


def test_a_shop_has_products_people_and_half_a_year_of_events(shop):
    """At least 2,000 products, 5,000 users and 120,000 events over 180 days, none to come."""
    first, last = shop.execute("SELECT min(occurred_at), max(received_at) FROM events").fetchone()

    assert number(shop, "SELECT count(*) FROM products") >= 2_000
    assert number(shop, "SELECT count(*) FROM users") >= 5_000
    assert number(shop, "SELECT count(*) FROM events") >= 120_000
    assert micros(NOW) - 180 * DAY <= first <= micros(NOW) - 178 * DAY
    assert micros(NOW) - DAY <= last <= micros(NOW)


@pytest.mark.thorough
@pytest.mark.parametrize("other", [1, 2, 3, 4])
def test_every_seed_number_gives_enough_events(other):
    """Whatever the number and however early the day is, there are 120,000.

    Every run sees those of number 1 at noon, above.
    """
    connection = empty()

    seed(connection, number=other, now=EARLY)

    assert number(connection, "SELECT count(*) FROM events") >= 120_000
    connection.close()


def test_the_same_number_gives_the_same_rows_in_another_process(few_people):
    """Nothing depends on the order of a set, which differs from process to process.

    Another number gives other products and events; the segments a team defined are the same. A
    process that comes second leaves the first one's shop as it is. Seeding joins a transaction
    that is open, which decides whether it stays.
    """
    here, other, few = empty(), empty(), SIZES["small"]
    seed(here, number=1, now=NOW)
    before = digest(here)
    program = (
        "import runpy, sys;"
        f"mine = runpy.run_path({__file__!r});"
        "sizes = mine['SIZES'];"
        f"sizes['small'] = type(sizes['small'])({few.people}, {few.products});"
        "connection = mine['empty']();"
        "mine['seed'](connection, number=1, now=mine['NOW']);"
        "sys.stdout.write(mine['digest'](connection))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}

    there = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    assert there.stdout == before

    other.execute("BEGIN")
    seed(other, number=2, now=NOW)
    names, events = "SELECT name FROM products", "SELECT payload FROM events LIMIT 1000"
    assert other.execute(names).fetchall() != here.execute(names).fetchall()
    assert other.execute(events).fetchall() != here.execute(events).fetchall()
    assert definitions(other, "segments") == definitions(here, "segments")
    assert is_seeded(other)
    other.execute("ROLLBACK")
    assert not is_seeded(other)

    seed(here, number=7, now=NOW + timedelta(days=3))
    assert digest(here) == before
    here.close()
    other.close()


def test_a_seeding_that_fails_leaves_nothing_behind(few_people):
    """No row, no mark and no missing index: the next try starts afresh."""
    connection = empty()
    indices = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    before, cache = connection.execute(indices).fetchall(), "PRAGMA cache_size"
    size = connection.execute(cache).fetchone()
    connection.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON users BEGIN SELECT raise(FAIL, 'no'); END"
    )

    with pytest.raises(sqlite3.IntegrityError, match="no"):
        seed(connection, now=NOW)

    assert not is_seeded(connection)
    assert number(connection, "SELECT count(*) FROM events") == 0
    assert number(connection, "SELECT count(*) FROM products") == 0
    assert connection.execute(indices).fetchall() == before
    assert connection.execute(cache).fetchone() == size
    connection.close()


def test_the_settings_name_the_workspace(shop):
    """Who reads the file later knows what it is and how it was made."""
    settings = dict(shop.execute("SELECT key, value FROM settings"))

    assert settings == {
        "seed": "1",
        "scale": "small",
        "seeded_at": str(micros(NOW)),
        "workspace": "Northwind Outfitters",
        "tenant_slug": "northwind",
        "own_brand": "Northwind",
    }


def test_the_users_are_those_of_the_events(shop):
    """Counts and times in `users` are what the events say."""
    counted = shop.execute(
        "SELECT user_id, count(*), min(occurred_at), max(occurred_at) FROM events"
        " GROUP BY user_id ORDER BY user_id"
    ).fetchall()

    assert shop.execute("SELECT * FROM users ORDER BY user_id").fetchall() == counted


def test_events_are_stored_in_the_order_in_which_they_happened(shop):
    """Ids rise with time, so that a tie is broken as ingestion would have broken it."""
    backwards = (
        "SELECT count(*) FROM events AS a JOIN events AS b ON b.id = a.id + 1"
        " WHERE b.occurred_at < a.occurred_at"
    )

    assert number(shop, backwards) == 0
    assert number(shop, "SELECT count(*) FROM events WHERE received_at < occurred_at") == 0
    assert number(shop, "SELECT count(*) FROM events WHERE occurred_at % ?", SECOND) == 0


@pytest.mark.parametrize(
    ("table", "column"), [("events", "payload"), ("products", "data"), ("imports", "errors")]
)
def test_what_should_be_json_is(shop, table, column):
    """Payloads are put together by hand for speed; every one parses."""
    assert number(shop, f"SELECT count(*) FROM {table} WHERE NOT json_valid({column})") == 0


def test_nobody_in_the_shop_could_be_a_real_person(shop):
    """Every e-mail address and every web address is under example.com."""
    texts = [
        text
        for table in tables(shop)
        for _, column, *_ in shop.execute(f"PRAGMA table_info({table})").fetchall()
        for (text,) in shop.execute(
            f"SELECT {column} FROM {table} WHERE typeof({column}) = 'text'"
            f" AND (instr({column}, '@') OR instr({column}, '://'))"
        )
    ]
    hosts = {host for text in texts for host in re.findall(r"(?:[\w.+-]@|://)([\w.-]+\w)", text)}

    assert hosts
    assert {host for host in hosts if not f".{host}".endswith(".example.com")} == set()


def test_visitors_became_customers(shop):
    """About 300 anonymous ids have an owner, are no owners themselves, and sent events."""
    assert 250 <= number(shop, "SELECT count(*) FROM identities") <= 400
    assert (
        number(
            shop,
            "SELECT count(*) FROM identities WHERE user_id NOT LIKE 'anon\\_%' ESCAPE '\\'"
            " AND user_id NOT IN (SELECT from_user_id FROM merges)"
            " OR canonical_id IN (SELECT user_id FROM identities)",
        )
        == 0
    )
    seen = "SELECT count(*) FROM identities WHERE user_id IN (SELECT user_id FROM users)"
    assert number(shop, seen) >= 250


def test_odd_products_are_among_the_others(shop):
    """Brackets, markup, escapes and scripts are there, and not on the first screen."""
    names = [name for (name,) in shop.execute("SELECT name FROM products ORDER BY id")]

    assert [name for name in names if name in dict(ODD_PRODUCTS)] == [
        name for name, _ in ODD_PRODUCTS
    ]
    assert not set(names[:50]) & set(dict(ODD_PRODUCTS))


def test_products_fit_the_schema_and_some_have_gaps(shop):
    """Nothing outside the schema; every field is missing somewhere or is always there."""
    fields = {
        f["name"]
        for f in json.loads(shop.execute("SELECT fields FROM product_schema").fetchone()[0])
    }
    rows = [json.loads(data) for (data,) in shop.execute("SELECT data FROM products")]

    assert {name for row in rows for name in row} == fields
    for field in ("description", "image", "price", "color", "rating"):
        share = sum(field not in row for row in rows) / len(rows)
        assert 0.005 < share < 0.2, field
    assert all(
        set(row.get("price", {"amount", "currency"})) == {"amount", "currency"} for row in rows
    )


def test_some_products_are_scored_and_scores_differ(shop):
    """The score on a product is the stored one, the sum of its dimensions."""
    scores = shop.execute(
        "SELECT product.ai_readability_score, stored.score, stored.dimension_scores"
        " FROM products AS product JOIN product_scores AS stored"
        " ON stored.product_id = product.id"
    ).fetchall()

    assert len({score for score, _, _ in scores}) > 10
    assert all(a == b == sum(json.loads(parts).values()) for a, b, parts in scores)
    unscored = "SELECT count(*) FROM products WHERE ai_readability_score IS NULL"
    assert number(shop, unscored) + len(scores) == number(shop, "SELECT count(*) FROM products")
    assert number(shop, unscored) > 100


def test_the_imports_account_for_the_products_they_brought(shop):
    """Two finished imports, one with errors; created rows are the products from a CSV."""
    first, second = shop.execute(
        "SELECT status, total_rows, processed_rows, created_count, updated_count, error_rows,"
        " json_array_length(errors) FROM imports ORDER BY id"
    ).fetchall()

    from_csv = number(shop, "SELECT count(*) FROM products WHERE source = 'csv'")
    changed = number(shop, "SELECT count(*) FROM products WHERE updated_at > created_at")
    assert first[0] == second[0] == "done"
    assert first[3] + second[3] == from_csv
    assert second[4] == changed > 0
    assert (first[5], second[5]) == (first[6], second[6]) == (0, 7)
    assert all(
        total == done == new + old + bad for _, total, done, new, old, bad, _ in (first, second)
    )


def test_every_definition_is_sound(shop):
    """Segments, their versions and product segments could all be saved by hand."""
    faults = [
        *(check_definition(d) for d in definitions(shop, "segments")),
        *(check_definition(d) for d in definitions(shop, "segment_versions")),
        *(check_definition(d, kind="product") for d in definitions(shop, "product_segments")),
    ]

    assert [fault for fault in faults if fault] == []


def test_every_condition_type_both_logics_and_most_operators_are_in_use(shop):
    """A newcomer finds an example of everything the language has."""
    users, goods = definitions(shop, "segments"), definitions(shop, "product_segments")
    conditions = [c for d in users + goods for c in d.get("conditions", [])]

    assert {c["type"] for d in users for c in d.get("conditions", [])} == set(CONDITION_TYPES)
    assert {c["type"] for d in goods for c in d["conditions"]} == set(PRODUCT_CONDITION_TYPES)
    assert {d["logic"] for d in users if d} == {d["logic"] for d in goods} == {"AND", "OR"}
    unused = set(OPERATORS) - {c.get("operator") for c in conditions}
    assert unused == {"neq", "not_between", "is_false"}


def test_a_definition_refers_only_to_segments_that_exist(shop):
    """No reference dangles, in users' rules or in products'."""
    ids = {id_ for (id_,) in shop.execute("SELECT id FROM segments")}
    everything = definitions(shop, "segment_versions") + definitions(shop, "product_segments")

    assert set().union(*map(referenced_segments, everything)) <= ids


def test_versions_lead_to_the_present_definition(shop):
    """One to four a segment, numbered, the newest the one in force; an empty draft has none."""
    for segment_id, definition in shop.execute("SELECT id, definition FROM segments").fetchall():
        versions = shop.execute(
            "SELECT version, definition FROM segment_versions WHERE segment_id = ?"
            " ORDER BY created_at",
            (segment_id,),
        ).fetchall()
        if definition == "{}":
            assert versions == []
            continue
        assert [version for version, _ in versions] == list(range(1, len(versions) + 1))
        assert 1 <= len(versions) <= 4
        assert versions[-1][1] == definition
