"""One person's history, copied into a database of its own in memory.

Knows the tables a segment's query reads, and copies of them only what is about this person; so
a rule is tried on one of a million users as fast as on one of one, by the very queries a
compute runs, and whatever is added to the copy is never kept.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.people.identities import canonical, ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from segops_tui.sandbox.rules.compiler import Compiled

_TABLES: Final = ("events", "users", "identities", "segment_members")
_SHAPES: Final = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN (?, ?, ?, ?)"
    " AND type IN ('table', 'index') ORDER BY type DESC"
)


class OnePerson:
    """A copy to run queries on."""

    def __init__(self, connection: sqlite3.Connection, user_id: str, ids: Sequence[str]) -> None:
        self.connection, self.user_id, self.ids = connection, user_id, ids

    @property
    def has_aliases(self) -> bool:
        """Whether they are known by more than one id."""
        return len(self.ids) > 1

    @property
    def is_known(self) -> bool:
        """Whether they ever sent an event."""
        return self.connection.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None

    def matches(self, query: Compiled) -> bool:
        """Whether a compiled rule selects them."""
        found = self.connection.execute(query.sql, query.params)
        return any(row["user_id"] == self.user_id for row in found)

    def latest(self, event_type: str) -> str | None:
        """The payload of their latest event of a type."""
        row = self.connection.execute(
            "SELECT payload FROM events WHERE event_type = ?"
            " ORDER BY occurred_at DESC, id DESC LIMIT 1",
            (event_type,),
        ).fetchone()
        return None if row is None else str(row["payload"])

    def add(self, event_type: str, occurred_at: int, payload: dict[str, Any]) -> None:
        """Have them send one more event, stored after all others."""
        self.connection.execute(
            "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
            " VALUES (?1, ?2, ?3, ?3, ?4)",
            (self.user_id, event_type, occurred_at, dump(payload)),
        )
        self.connection.execute(
            "INSERT INTO users (user_id, event_count, first_seen, last_seen)"
            " VALUES (?1, 1, ?2, ?2) ON CONFLICT (user_id) DO UPDATE"
            " SET event_count = event_count + 1",
            (self.user_id, occurred_at),
        )


@contextmanager
def one_person(stored: sqlite3.Connection, user_id: str) -> Iterator[OnePerson]:
    """Copy the person an id stands for, known or not; gone after the block."""
    person = canonical(stored, user_id)
    ids = ids_of(stored, person)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        for (shape,) in stored.execute(_SHAPES, _TABLES).fetchall():
            connection.execute(shape)
        for table in _TABLES:
            _copy(stored, connection, table, ids)
        yield OnePerson(connection, person, ids)
    finally:
        connection.close()


def _copy(
    stored: sqlite3.Connection, copy: sqlite3.Connection, table: str, ids: Sequence[str]
) -> None:
    # json_each: a person may have more ids than a statement may have parameters.
    rows = stored.execute(
        f"SELECT * FROM {table} WHERE user_id IN (SELECT value FROM json_each(?))", (dump(ids),)
    )
    marks = ", ".join("?" * len(rows.description))
    copy.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
