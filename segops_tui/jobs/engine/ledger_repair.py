"""Saves what can be read of a damaged job ledger into a new one."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segops_tui.jobs.engine.errors import LedgerFailed
from segops_tui.jobs.engine.ledger import JSON_FIELDS, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

_COMPANIONS = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a damaged ledger."""

    saved: int
    """Jobs that are in the new ledger."""
    kept: Path
    """Where the damaged file is now."""


def damage_of(path: Path) -> str:
    """What is wrong with the file of a ledger; empty for a sound one, and where there is none.

    Raises:
        LedgerFailed: it cannot be opened, which says nothing about damage.
    """
    if not path.exists():
        return ""
    try:
        with closing(_open(path)) as database:
            answer = str(database.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        raise LedgerFailed(f"The job ledger {path} cannot be opened: {error}.") from error
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if answer == "ok" else " ".join(answer.split())


def repair_ledger(path: Path, *, now: datetime) -> Repaired | None:
    """Move a damaged ledger aside and start a new one with the jobs that can be read.

    Returns None, and changes nothing, where the ledger is sound. Other processes must not have it
    open. If the salt is lost, jobs can be resumed with `--same-workspace` only.

    Raises:
        LedgerFailed: it cannot be opened, or the new one cannot be written.
    """
    if not damage_of(path):
        return None
    rows, salt = _readable(path)
    kept = path.with_name(f"{path.name}.damaged-{now:%Y%m%d-%H%M%S}")
    try:
        for ending in ("", *_COMPANIONS):
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).rename(kept.with_name(kept.name + ending))
        with closing(open_database(path, patience=10.0)) as database:
            known = {column["name"] for column in database.execute("PRAGMA table_info(jobs)")}
            database.execute("BEGIN IMMEDIATE")
            saved = sum(_insert(database, row, known) for row in rows)
            if salt:
                database.execute("UPDATE salt SET salt = ?", (salt,))
            database.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise LedgerFailed(
            f"The new job ledger cannot be written: {error}.",
            hint=f"The damaged one is kept as {kept}.",
        ) from error
    return Repaired(saved, kept)


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)
    database.row_factory = sqlite3.Row
    return database


def _readable(path: Path) -> tuple[list[dict[str, Any]], str]:
    """The rows that SQLite can still read, from either end, and the salt."""
    rows: dict[str, dict[str, Any]] = {}
    salt = ""
    with suppress(sqlite3.Error), closing(_open(path)) as database:
        for order in ("ASC", "DESC"):
            for row in _until_damage(database, order):
                rows.setdefault(str(row["id"]), row)
        with suppress(sqlite3.Error, TypeError):
            salt = str(database.execute("SELECT salt FROM salt").fetchone()[0])
    return list(rows.values()), salt


def _until_damage(database: sqlite3.Connection, order: str) -> Iterator[dict[str, Any]]:
    with suppress(sqlite3.Error):
        for row in database.execute(f"SELECT * FROM jobs ORDER BY rowid {order}"):
            yield dict(row)


def _insert(database: sqlite3.Connection, row: dict[str, Any], known: set[str]) -> bool:
    """Insert a row if it is whole."""
    values = {name: value for name, value in row.items() if name in known}
    try:
        for name in JSON_FIELDS:
            json.loads(values[name])
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        database.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", values)
    except (sqlite3.IntegrityError, KeyError, TypeError, ValueError):
        return False
    return True
