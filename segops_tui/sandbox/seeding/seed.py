"""Fill a new sandbox with a believable shop, drawn from one seed number."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, Literal

from segops_tui.sandbox.core.timestamps import micros
from segops_tui.sandbox.seeding import (
    bulk_insert,
    catalogue,
    computes,
    people_extras,
    visibility_extras,
)
from segops_tui.sandbox.seeding.assortment import OWN_BRAND, TENANT_SLUG, WORKSPACE
from segops_tui.sandbox.seeding.calendar import Calendar
from segops_tui.sandbox.seeding.events import EventStream
from segops_tui.sandbox.seeding.people import people

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from datetime import datetime

Scale = Literal["small", "medium", "large"]
"""Size of the shop: its people and products; events follow from the people."""


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of people and products at a scale."""

    people: int
    products: int


SIZES: Final[dict[Scale, Size]] = {
    "small": Size(people=5_000, products=2_104),
    "medium": Size(people=50_000, products=21_040),
    "large": Size(people=100_000, products=50_000),
}


def seed(
    connection: sqlite3.Connection, *, number: int = 1, scale: Scale = "small", now: datetime
) -> None:
    """Fill a migrated, empty database in one transaction; a seeded one stays as it is.

    The same number, scale and time give the same rows. Joins an open transaction.
    """
    with _transaction(connection), bulk_insert.cache(connection), _without_collecting():
        # Another process may have seeded while this one waited for the lock.
        if not is_seeded(connection):
            _fill(connection, number, scale, now)


def is_seeded(connection: sqlite3.Connection) -> bool:
    """Whether `seed` has filled this database."""
    row = connection.execute("SELECT 1 FROM settings WHERE key = 'seed'").fetchone()
    return row is not None


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Pause the garbage collector: it took 8–15 % of the time, for tuples without cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _fill(connection: sqlite3.Connection, number: int, scale: Scale, now: datetime) -> None:
    size, calendar = SIZES[scale], Calendar(now)
    bulk_insert.settings(
        connection,
        {
            "seed": str(number),
            "scale": scale,
            "seeded_at": str(micros(now)),
            "workspace": WORKSPACE,
            "tenant_slug": TENANT_SLUG,
            "own_brand": OWN_BRAND,
        },
    )
    bulk_insert.schema(connection, calendar)
    goods = catalogue.products(Random(f"{number}/products"), count=size.products, calendar=calendar)
    shelves = bulk_insert.products(connection, goods)
    bulk_insert.scores(connection, calendar)
    catalogue.save_imports(connection, calendar)
    rng = Random(f"{number}/people")
    customers = list(people(rng, count=size.people, calendar=calendar))
    stream = EventStream(rng, people=customers, shelves=shelves, calendar=calendar)
    bulk_insert.events(connection, stream.events())
    bulk_insert.identities(connection, customers)
    people_extras.link(connection, random=Random(f"{number}/merges"), calendar=calendar)
    computes.save_segments(connection, calendar)
    computes.compute_segments(connection, calendar)
    computes.save_product_segments(connection, calendar)
    people_extras.fill(connection, random=Random(f"{number}/extras"), calendar=calendar)
    visibility_extras.fill(connection, random=Random(f"{number}/visibility"), now=now)
