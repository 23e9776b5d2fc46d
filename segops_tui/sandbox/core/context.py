"""What a handler and a piece of work are handed: the connection, the time, the folder.

Knows where things are; knows no request and no noun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segops_tui.sandbox.core.timestamps import SECOND

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any


@dataclass(frozen=True)
class Workspace:
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
