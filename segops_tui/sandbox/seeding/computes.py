"""Save the seeded segments and compute them as of the past, with the sandbox's own compiler."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segops_tui.api.definition import referenced_segments
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.timestamps import DAY
from segops_tui.sandbox.rules.compiler import compile_products, compile_users, register_functions
from segops_tui.sandbox.seeding.catalogue import SCHEMA_FIELDS
from segops_tui.sandbox.seeding.rules import (
    PRODUCT_SEGMENTS,
    SEGMENTS,
    Definition,
    PlannedProductSegment,
    PlannedSegment,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from segops_tui.sandbox.seeding.calendar import Calendar


@dataclass(frozen=True, slots=True, order=True)
class _Compute:
    at: int
    segment_id: int
    is_last: bool


def save_segments(connection: sqlite3.Connection, calendar: Calendar) -> None:
    """Write every segment with its versions, not computed."""
    for segment_id, segment in enumerate(SEGMENTS, start=1):
        first, newest = segment.revisions[0], segment.revisions[-1]
        connection.execute(
            "INSERT INTO segments (id, name, description, segment_type, definition, is_active,"
            " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                segment_id,
                segment.name,
                segment.description,
                segment.segment_type,
                dump(newest.definition),
                int(segment.is_active),
                calendar.ago(days=first.days_ago),
                calendar.ago(days=newest.days_ago),
            ),
        )
        connection.executemany(
            "INSERT INTO segment_versions (segment_id, version, definition, created_at,"
            " created_by) VALUES (?, ?, ?, ?, ?)",
            (
                (
                    segment_id,
                    version,
                    dump(revision.definition),
                    calendar.ago(days=revision.days_ago),
                    revision.author,
                )
                for version, revision in enumerate(segment.revisions, start=1)
                if revision.definition
            ),
        )


def compute_segments(connection: sqlite3.Connection, calendar: Calendar) -> None:
    """Run every past compute, oldest first, with the definition of its day."""
    register_functions(connection)
    needed = set().union(
        *(
            referenced_segments(revision.definition)
            for plan in SEGMENTS
            for revision in plan.revisions
        )
    )
    for compute in sorted(_computes(calendar)):
        plan = SEGMENTS[compute.segment_id - 1]
        definition = _in_force(plan, compute.at, calendar)
        is_kept = compute.is_last or compute.segment_id in needed
        with as_of(connection, compute.at):
            count = _run(connection, compute, definition, is_kept=is_kept)
        connection.execute(
            "INSERT INTO segment_history VALUES (?, ?, ?)", (compute.segment_id, compute.at, count)
        )
        connection.execute(
            "UPDATE segments SET status = 'computed', member_count = ?, last_computed_at = ?"
            " WHERE id = ?",
            (count, compute.at, compute.segment_id),
        )


def _computes(calendar: Calendar) -> Iterator[_Compute]:
    for segment_id, plan in enumerate(SEGMENTS, start=1):
        if plan.computed_hours_ago is None:
            continue
        newest = calendar.ago(hours=plan.computed_hours_ago)
        made = calendar.ago(days=plan.revisions[0].days_ago)
        for days in (*plan.earlier, 0):
            if newest - days * DAY > made:
                yield _Compute(newest - days * DAY, segment_id, is_last=days == 0)


def _in_force(plan: PlannedSegment, at: int, calendar: Calendar) -> Definition:
    saved = [revision for revision in plan.revisions if calendar.ago(days=revision.days_ago) <= at]
    return saved[-1].definition


def _run(
    connection: sqlite3.Connection, compute: _Compute, definition: Definition, *, is_kept: bool
) -> int:
    """Count the members; store them if they are read later."""
    query = compile_users(definition, now=compute.at, has_aliases=True)
    if not is_kept:
        row = connection.execute(f"SELECT count(*) FROM ({query.sql})", query.params).fetchone()
        return int(row[0])
    connection.execute("DELETE FROM segment_members WHERE segment_id = ?", (compute.segment_id,))
    stored = connection.execute(
        f"INSERT INTO segment_members (segment_id, user_id) SELECT ?, user_id FROM ({query.sql})",
        (compute.segment_id, *query.params),
    )
    return stored.rowcount


def save_product_segments(connection: sqlite3.Connection, calendar: Calendar) -> None:
    """Write every product segment, computed if its plan has a time for it."""
    types = {str(field["name"]): str(field["type"]) for field in SCHEMA_FIELDS}
    for segment_id, plan in enumerate(PRODUCT_SEGMENTS, start=1):
        connection.execute(
            "INSERT INTO product_segments (id, name, description, definition, created_at,"
            " updated_at) VALUES (?, ?, ?, ?, ?, ?)",
            (
                segment_id,
                plan.name,
                plan.description,
                dump(plan.definition),
                calendar.ago(days=plan.created_days_ago),
                calendar.ago(days=plan.updated_days_ago),
            ),
        )
        if plan.computed_hours_ago is not None:
            at = calendar.ago(hours=plan.computed_hours_ago)
            with as_of(connection, at):
                _run_product(connection, segment_id, plan, at=at, types=types)


def _run_product(
    connection: sqlite3.Connection,
    segment_id: int,
    plan: PlannedProductSegment,
    *,
    at: int,
    types: dict[str, str],
) -> None:
    query = compile_products(plan.definition, field_types=types, has_aliases=True, now=at)
    stored = connection.execute(
        f"INSERT INTO product_segment_members (segment_id, sku) SELECT ?, sku FROM ({query.sql})",
        (segment_id, *query.params),
    )
    connection.execute(
        "UPDATE product_segments SET status = 'computed', computed_count = ?,"
        " last_computed_at = ? WHERE id = ?",
        (stored.rowcount, at, segment_id),
    )


@contextmanager
def as_of(connection: sqlite3.Connection, instant: int) -> Iterator[None]:
    """Hide events and users newer than `instant` within the block.

    Temporary views shadow both tables, so compiled queries need no change.
    """
    # SQLite looks a name up in `temp` before `main`; a view takes no parameter.
    connection.execute(
        "CREATE TEMP VIEW events AS SELECT id, user_id, event_type, occurred_at, received_at,"
        f" payload FROM main.events WHERE occurred_at <= {int(instant)}"
    )
    connection.execute(
        "CREATE TEMP VIEW users AS SELECT user_id FROM main.users"
        f" WHERE first_seen <= {int(instant)}"
    )
    try:
        yield
    finally:
        connection.execute("DROP VIEW temp.events")
        connection.execute("DROP VIEW temp.users")
