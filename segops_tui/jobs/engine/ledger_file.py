"""The ledger's file: who may read it, which version it is, how processes share it.

Knows SQLite and the table; knows no job.
"""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.engine.errors import LedgerFailed

if TYPE_CHECKING:
    from pathlib import Path

_VERSION: Final = 2
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, target_name TEXT NOT NULL,
    profile TEXT NOT NULL, command TEXT NOT NULL, params TEXT NOT NULL, stage TEXT NOT NULL,
    state TEXT NOT NULL, remote_ids TEXT NOT NULL, keys TEXT NOT NULL, done INTEGER,
    total INTEGER, unit TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
    finished_at REAL, result TEXT NOT NULL, error TEXT NOT NULL, owner TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_age ON jobs (created_at);
CREATE INDEX IF NOT EXISTS jobs_by_target ON jobs (kind, target, profile, finished_at);
"""
_STEPS: Final = (
    _TABLES,
    "ALTER TABLE jobs ADD COLUMN begun_at REAL;"
    "ALTER TABLE jobs ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;",
)
"""What each version adds to the one before."""
_TRIES: Final = 200
_NAP: Final = 0.05


def open_database(path: Path, *, patience: float) -> sqlite3.Connection:
    """Open the ledger's file, made readable to its owner alone.

    Raises:
        LedgerFailed: a newer version made it.
        sqlite3.Error: it is locked or damaged.
        OSError: it cannot be opened.
    """
    # SQLite would create it readable to all; its -wal and -shm take over these rights.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    database = sqlite3.connect(
        path, timeout=patience, isolation_level=None, check_same_thread=False
    )
    try:
        database.row_factory = sqlite3.Row
        _prepare(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise LedgerFailed(
            f"The job ledger {path} was written by a newer segops-tui (format {version}).",
            hint="Update segops-tui, or move that file away to begin a new record.",
        )
    _share(database)
    # NORMAL would lose the newest transitions with the power, and a request had left by then.
    database.execute("PRAGMA synchronous = FULL")
    if version < _VERSION:
        _renew(database)


def _renew(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited to write.
        version = database.execute("PRAGMA user_version").fetchone()[0]
        for step in _STEPS[version:]:
            for statement in filter(str.strip, step.split(";")):
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {max(version, _VERSION)}")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _share(database: sqlite3.Connection) -> None:
    """Let readers and a writer in at once. SQLite does not wait where two make that switch."""
    for _ in range(_TRIES - 1):
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            time.sleep(_NAP)
        else:
            return
    database.execute("PRAGMA journal_mode = WAL")
