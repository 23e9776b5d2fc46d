"""Write the seeded rows into their tables, fast and in constant memory."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.products.scoring import score
from segops_tui.sandbox.seeding.catalogue import CURRENCY, IMPORTED_DAYS_AGO, SCHEMA_FIELDS
from segops_tui.sandbox.seeding.events import Shelves

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from segops_tui.sandbox.seeding.calendar import Calendar, Event
    from segops_tui.sandbox.seeding.catalogue import SeededProduct
    from segops_tui.sandbox.seeding.people import Person


@contextmanager
def cache(connection: sqlite3.Connection) -> Iterator[None]:
    """Give SQLite a 64 MiB page cache for the block: seeding takes a third less time."""
    (before,) = connection.execute("PRAGMA cache_size").fetchone()
    connection.execute("PRAGMA cache_size = -65536")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {int(before)}")


def settings(connection: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Write the workspace's settings."""
    connection.executemany("INSERT INTO settings (key, value) VALUES (?, ?)", values.items())


def schema(connection: sqlite3.Connection, calendar: Calendar) -> None:
    """Write the product schema as of the first import."""
    at = calendar.ago(days=IMPORTED_DAYS_AGO)
    connection.execute(
        "INSERT INTO product_schema VALUES (1, ?, ?, 'en_US', ?, ?)",
        (dump(SCHEMA_FIELDS), CURRENCY, calendar.ago(days=421), at),
    )


def products(connection: sqlite3.Connection, goods: Iterable[SeededProduct]) -> Shelves:
    """Write the catalogue; returns the items that visits draw from."""
    shelves = Shelves()

    def rows() -> Iterator[tuple[str, str, str, str, int, int]]:
        for product in goods:
            shelves.add(product)
            yield (
                product.sku,
                product.name,
                product.data,
                product.source,
                product.created_at,
                product.updated_at,
            )

    connection.executemany(
        "INSERT INTO products (sku, name, data, source, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        rows(),
    )
    return shelves


def scores(connection: sqlite3.Connection, calendar: Calendar) -> None:
    """Score the products of the first import by the sandbox's own rule."""
    names = [str(field["name"]) for field in SCHEMA_FIELDS]
    imported, scored_at = calendar.ago(days=IMPORTED_DAYS_AGO), calendar.ago(days=6)
    found = connection.execute(
        "SELECT id, name, data FROM products WHERE created_at = ?", (imported,)
    )
    connection.executemany(
        "INSERT INTO product_scores (product_id, score, dimension_scores, recommendations,"
        " scored_at) VALUES (?, ?, ?, ?, ?)",
        (
            (
                product_id,
                given.total,
                dump(given.dimensions),
                dump(given.recommendations),
                scored_at,
            )
            for product_id, name, data in found
            for given in (score(name, json.loads(data), fields=names),)
        ),
    )
    connection.execute(
        "UPDATE products SET ai_readability_score = (SELECT score FROM product_scores"
        " WHERE product_id = products.id) WHERE created_at = ?",
        (imported,),
    )


def events(connection: sqlite3.Connection, stream: Iterable[Event]) -> None:
    """Write the events, then the users who sent them."""
    with _without_indices(connection, "events"):
        connection.executemany(
            "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
            " VALUES (?, ?, ?, ?, ?)",
            stream,
        )
    connection.execute(
        "INSERT INTO users (user_id, event_count, first_seen, last_seen)"
        " SELECT user_id, count(*), min(occurred_at), max(occurred_at) FROM events"
        " GROUP BY user_id ORDER BY user_id"
    )


def identities(connection: sqlite3.Connection, customers: Iterable[Person]) -> None:
    """Write the identified visitors."""
    connection.executemany(
        "INSERT INTO identities (user_id, canonical_id) VALUES (?, ?)",
        ((person.anonymous_id, person.user_id) for person in customers if person.anonymous_id),
    )


@contextmanager
def _without_indices(connection: sqlite3.Connection, table: str) -> Iterator[None]:
    """Drop a table's indices and rebuild them: 0.6 s instead of 1.5 s for 125,000 rows."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master"
        " WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name",
        (table,),
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, statement in found:
        connection.execute(statement)
