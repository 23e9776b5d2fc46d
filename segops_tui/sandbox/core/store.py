"""Opens, locks and shares the database file between threads and processes."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.errors import SandboxUnreadable, is_out_of_space
from segops_tui.sandbox.core.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE: Final = 10.0
"""Seconds to wait for another writer: a compute over a million events holds the lock for some."""
_SQLITE_TIMEOUT: Final = 60.0
"""Seconds SQLite waits for what is no write of ours: opening, migrating, recovering."""
_FIRST_PAUSE: Final = 0.005
"""Seconds between two tries for the lock at first; who has waited long tries more often."""
_LAST_PAUSE: Final = 0.0005
_WAL_TRIES: Final = 100
_WAL_WAIT: Final = 0.02


class Busy(Exception):
    """Another thread or process is writing, and has not finished in the time the caller gave it."""


class Closed(Exception):
    """The file was closed."""


class _Turns:
    """A lock that threads get in the order in which they asked for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    def take(self, *, within: float) -> bool:
        """Wait for one's turn; False if it did not come in time."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            if within <= 0:
                return False
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=within):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        # It came while the time ran out.
        return True

    def give(self) -> None:
        """Hand the lock to the one who waits longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class Store:
    """The database file and the folder of files beside it."""

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path, self.patience = path, patience
        self.folder = path.with_name(f"{path.stem}.files")
        """Uploads and exports; created with the first one."""
        self._mine = threading.local()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._guard = threading.Lock()
        self._uses, self._is_closed = 0, False
        self._turns = _Turns()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            migrate(self.connection())
        except (sqlite3.DatabaseError, OSError, ValueError) as error:
            self.close()
            raise SandboxUnreadable(
                f"The sandbox {path} cannot be opened: {error}.",
                hint="Free some disk space, or check the disk, then try again."
                if is_out_of_space(error)
                else "Run `segops-tui sandbox reset` to make a new one.",
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
    def in_use(self) -> Iterator[None]:
        """Put off `close` to the end of the block.

        For work that may be in the middle of a statement when another thread closes the file:
        SQLite would crash the process.

        Raises:
            Closed: it came after `close`.
        """
        with self._guard:
            if self._is_closed:
                raise Closed
            self._uses += 1
        try:
            yield
        finally:
            with self._guard:
                self._uses -= 1
                self._close_unless_used()

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
    def writing(self, *, within: float | None = None) -> Iterator[sqlite3.Connection]:
        """Write in one transaction: all or nothing.

        Waits up to `within` seconds for other writers (usually the store's `patience`); 0 does not
        wait.

        Raises:
            Busy: another thread or process was writing all that time.
        """
        within = self.patience if within is None else within
        until = time.monotonic() + within
        connection = self.connection()
        if not self._turns.take(within=within):
            raise Busy
        try:
            _begin(connection, until=until, within=within)
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            self._turns.give()

    def close(self) -> None:
        """Close the connections of every thread; while some are in use, who is last does it."""
        with self._guard:
            self._is_closed = True
            self._close_unless_used()

    def _close_unless_used(self) -> None:
        if self._uses or not self._is_closed:
            return
        for _, connection in self._open:
            connection.close()
        self._open.clear()
        self._mine = threading.local()

    def _drop_orphans(self) -> None:
        for thread, connection in self._open:
            if not thread.is_alive():
                connection.close()
        self._open = [entry for entry in self._open if entry[0].is_alive()]


def _begin(connection: sqlite3.Connection, *, until: float, within: float) -> None:
    """Begin to write, once no other process does.

    SQLite's own wait tries less often the longer it lasts, so that under load a newcomer gets the
    lock before those who have waited for seconds. Here who waits longer tries more often.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while not _try_to_begin(connection):
            left = until - time.monotonic()
            if left <= 0:
                raise Busy
            waited = max(within - left, 0.0)
            time.sleep(max(_LAST_PAUSE, _FIRST_PAUSE / (1 + 20 * waited)))
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(_SQLITE_TIMEOUT * 1000)}")


def _try_to_begin(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        return False
    return True


def _connect(path: Path) -> sqlite3.Connection:
    # Closed from whichever thread closes the store; used by its own thread only.
    connection = sqlite3.connect(
        path, timeout=_SQLITE_TIMEOUT, isolation_level=None, check_same_thread=False
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
