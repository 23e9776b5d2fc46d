"""What a handler is given: one transaction, the time, the file folder and the queue of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.named_tuple import NamedTuple
from segops_tui.sandbox.core.admission import NO_KEYS, Keys
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.timestamps import SECOND

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from pathlib import Path

START: Final = 0.15
"""Seconds before queued work starts, at pace 1."""
FIRST_OF_SUBJECT: Final = """
NOT EXISTS (SELECT 1 FROM work AS earlier
            WHERE earlier.kind = work.kind AND earlier.subject_id = work.subject_id
              AND earlier.id < work.id)
"""
"""Work on one subject runs in the order it was queued."""


def _no_randomness(_length: int) -> str:
    raise RuntimeError("this context was made without a source of randomness")


class SandboxContext(NamedTuple):
    """The workspace during one transaction."""

    connection: sqlite3.Connection
    now: int
    """Microseconds, by the sandbox's clock."""
    folder: Path
    """Where uploads and exports are stored; it may not exist yet."""
    pace: float = 1.0
    """Scales the simulated waits: 0 means no wait."""
    keys: Keys = NO_KEYS
    """The keys the sandbox was opened with."""
    random_hex: Callable[[int], str] = _no_randomness
    """Makes the text of so many random bytes."""

    def after(self, seconds: float) -> int:
        """When a simulated wait that starts now ends."""
        return self.now + self.span(seconds)

    def span(self, seconds: float) -> int:
        """A simulated wait, in microseconds."""
        return int(seconds * self.pace * SECOND)

    def ensure_folder(self) -> Path:
        """Return the folder; create it if it does not exist."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    @property
    def has_aliases(self) -> bool:
        """Whether any user id is an alias of another."""
        return self.connection.execute("SELECT 1 FROM identities LIMIT 1").fetchone() is not None


def insert(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> int:
    """Insert one row; table and column names must be our own constants, never user input."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
    )
    return int(cursor.lastrowid or 0)


def change(
    connection: sqlite3.Connection, table: str, subject_id: int, values: Mapping[str, Any]
) -> None:
    """Update one row; table and column names must be our own constants, never user input."""
    if not values:
        return
    pairs = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"UPDATE {table} SET {pairs} WHERE id = ?", (*values.values(), subject_id))


def setting(connection: sqlite3.Connection, key: str, default: str = "") -> str:
    """Return a setting of the workspace."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row["value"])


def enqueue(
    context: SandboxContext,
    kind: str,
    subject_id: int,
    *,
    wait: float = START,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Queue work; it starts after `wait` seconds at pace 1."""
    insert(
        context.connection,
        "work",
        {
            "kind": kind,
            "subject_id": subject_id,
            "queued_at": context.now,
            "due_at": context.after(wait),
            "details": dump(details or {}),
        },
    )


def cancel_work(context: SandboxContext, kind: str, subject_id: int) -> None:
    """Drop the queued work of a deleted subject."""
    context.connection.execute(
        "DELETE FROM work WHERE kind = ? AND subject_id = ?", (kind, subject_id)
    )


def due_work(connection: sqlite3.Connection, *, now: int) -> list[int]:
    """Return the ids of the work that is due, longest waiting first.

    Work that was queued after `now` is due too: the clock was set back since.
    """
    rows = connection.execute(
        "SELECT id FROM work WHERE (due_at <= :now OR queued_at > :now)"
        f" AND {FIRST_OF_SUBJECT} ORDER BY due_at, id",
        {"now": now},
    )
    return [work_id for (work_id,) in rows]


def has_work(connection: sqlite3.Connection) -> bool:
    """Whether any work is unfinished, due or not."""
    return connection.execute("SELECT 1 FROM work LIMIT 1").fetchone() is not None
