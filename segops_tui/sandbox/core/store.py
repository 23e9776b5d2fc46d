"""Opens, locks and shares the database file between threads and processes."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.errors import SandboxUnreadable
from segops_tui.sandbox.core.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE: Final = 60.0
"""Seconds to wait for another writer: a compute over a million events holds the lock for some."""
_WAL_TRIES: Final = 100
_WAL_WAIT: Final = 0.02


class Busy(Exception):
    """Another thread or process is writing, and the caller chose not to wait."""


class Store:
    """The database file and the folder of files beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.with_name(f"{path.stem}.files")
        """Uploads and exports; created with the first one."""
        self._mine = threading.local()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._guard = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            migrate(self.connection())
        except (sqlite3.DatabaseError, OSError, ValueError) as error:
            self.close()
            raise SandboxUnreadable(
                f"The sandbox {path} cannot be opened: {error}.",
                hint="Run `segops-tui sandbox reset` to make a new one.",
            ) from error

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if found is None:
            found = self._mine.connection = _connect(self.path)
            with self._guard:
                self._drop_orphans()
                self._open.append((threading.current_thread(), found))
        return found

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one consistent state in several statements."""
        connection = self.connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, *, patient: bool = True) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all or nothing.

        Raises:
            Busy: not `patient`, and another thread or process is writing.
        """
        connection = self.connection()
        _begin(connection, patient=patient)
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._guard:
            for _, connection in self._open:
                connection.close()
            self._open.clear()
            self._mine = threading.local()

    def _drop_orphans(self) -> None:
        for thread, connection in self._open:
            if not thread.is_alive():
                connection.close()
        self._open = [entry for entry in self._open if entry[0].is_alive()]


def _begin(connection: sqlite3.Connection, *, patient: bool) -> None:
    if patient:
        connection.execute("BEGIN IMMEDIATE")
        return
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise Busy from error
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")


def _connect(path: Path) -> sqlite3.Connection:
    # Closed from whichever thread closes the store; used by its own thread only.
    connection = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        _write_ahead(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL; retry, since two processes may open the file at once."""
    for left in reversed(range(_WAL_TRIES)):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not left:
                raise
            time.sleep(_WAL_WAIT)
