"""What a handler is given: one transaction, the time, the file folder and the queue of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.timestamps import SECOND

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class SandboxContext:
    """One workspace for the length of one transaction."""

    connection: sqlite3.Connection
    now: int
    """Microseconds, by the sandbox's clock."""
    folder: Path
    """Where uploads and exports are kept; it may not exist yet."""
    pace: float = 1.0
    """Stretches the simulated waits: 0 is at once."""

    def after(self, seconds: float) -> int:
        """The moment a simulated wait that starts now ends."""
        return self.now + self.span(seconds)

    def span(self, seconds: float) -> int:
        """A simulated wait, in microseconds."""
        return int(seconds * self.pace * SECOND)

    def made_folder(self) -> Path:
        """The folder, made if need be."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    @property
    def has_aliases(self) -> bool:
        """Whether any user id stands for another."""
        return self.connection.execute("SELECT 1 FROM identities LIMIT 1").fetchone() is not None


def insert(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> int:
    """Add one row; both names and the table are ours, never a caller's."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
    )
    return int(cursor.lastrowid or 0)


def change(
    connection: sqlite3.Connection, table: str, subject_id: int, values: Mapping[str, Any]
) -> None:
    """Set columns of one row; both names and the table are ours, never a caller's."""
    if not values:
        return
    pairs = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"UPDATE {table} SET {pairs} WHERE id = ?", (*values.values(), subject_id))


def setting(connection: sqlite3.Connection, key: str, default: str = "") -> str:
    """One of the workspace's settings."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row["value"])


START: Final = 0.15
"""Seconds from accepting work to beginning it, at the usual pace."""

FIRST_OF_SUBJECT: Final = """
NOT EXISTS (SELECT 1 FROM work AS earlier
            WHERE earlier.kind = work.kind AND earlier.subject_id = work.subject_id
              AND earlier.id < work.id)
"""
"""Work on one thing is done in the order it came."""


def enqueue(
    context: SandboxContext,
    kind: str,
    subject_id: int,
    *,
    wait: float = START,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Accept work; it begins after `wait` seconds at the usual pace."""
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
    """Drop the work on something that is no more."""
    context.connection.execute(
        "DELETE FROM work WHERE kind = ? AND subject_id = ?", (kind, subject_id)
    )


def due_work(connection: sqlite3.Connection, *, now: int) -> list[int]:
    """The pieces that can go on now, the longest waiting first."""
    rows = connection.execute(
        f"SELECT id FROM work WHERE due_at <= ? AND {FIRST_OF_SUBJECT} ORDER BY due_at, id",
        (now,),
    )
    return [work_id for (work_id,) in rows]


def has_work(connection: sqlite3.Connection) -> bool:
    """Whether any work is unfinished, due or not."""
    return connection.execute("SELECT 1 FROM work LIMIT 1").fetchone() is not None
