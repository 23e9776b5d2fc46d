"""The copy of the products that an import is about to change, kept so that it can be undone.

One private SQLite file for each import, written when the file is compared with the catalogue.
"""

from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final, Self

from segops_tui.jobs.engine.errors import CannotWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from segops_tui.api.resources.products import Product
    from segops_tui.jobs.engine.job import Job


_KEPT: Final = 30 * 86_400.0
"""Seconds."""


class UndoCopy:
    """Products as they were; close it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Begin a copy, in place of an earlier one.

        Raises:
            CannotWrite: there is no space, or no permission.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.unlink(missing_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            copy = cls(path)
            copy._database.executescript(
                "CREATE TABLE products (sku TEXT PRIMARY KEY, name TEXT, data TEXT) WITHOUT ROWID;"
                "CREATE TABLE created (sku TEXT PRIMARY KEY) WITHOUT ROWID;"
            )
        except (OSError, sqlite3.Error) as error:
            raise _cannot_write(path, error) from error
        return copy

    def add(self, products: Iterable[Product]) -> None:
        """Keep products as they are now.

        Raises:
            CannotWrite: there is no space.
        """
        rows = [(p.sku, p.name, json.dumps(dict(p.data), ensure_ascii=False)) for p in products]
        self._write("INSERT OR REPLACE INTO products VALUES (?, ?, ?)", rows)

    def keep_only(self, *, changed: Iterable[str], created: Iterable[str]) -> None:
        """Drop all but the products that the import changes, and note those that it creates.

        Raises:
            CannotWrite: there is no space.
        """
        self._database.execute("CREATE TEMP TABLE wanted (sku TEXT PRIMARY KEY)")
        self._write("INSERT OR IGNORE INTO wanted VALUES (?)", [(sku,) for sku in changed])
        self._write("INSERT OR IGNORE INTO created VALUES (?)", [(sku,) for sku in created])
        try:
            self._database.execute("DELETE FROM products WHERE sku NOT IN (SELECT sku FROM wanted)")
            self._database.execute("VACUUM")
        except sqlite3.Error as error:
            raise _cannot_write(self.path, error) from error

    def before(self, sku: str) -> tuple[str, dict[str, Any]] | None:
        """The name and data of a product that the import changed."""
        row = self._database.execute(
            "SELECT name, data FROM products WHERE sku = ?", (sku,)
        ).fetchone()
        return None if row is None else (row[0], json.loads(row[1]))

    def was_created(self, sku: str) -> bool:
        """Whether the catalogue did not have it before the import."""
        found = self._database.execute("SELECT 1 FROM created WHERE sku = ?", (sku,)).fetchone()
        return found is not None

    @property
    def changed(self) -> int:
        """The number of products kept."""
        found: int = self._database.execute("SELECT count(*) FROM products").fetchone()[0]
        return found

    def close(self) -> None:
        """Close the file; the copy stays."""
        self._database.close()

    def _write(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        try:
            self._database.execute("BEGIN")
            self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise _cannot_write(self.path, error) from error


def copy_path(folder: Path, job_id: str) -> Path:
    """Where the copy of an import is kept, below the folder for state."""
    return folder / "undo" / f"{job_id}.db"


def sweep_copies(folder: Path, jobs: Iterable[Job], *, now: float) -> None:
    """Remove copies that no job of the ledger belongs to, and those older than 30 days."""
    known = {f"{job.id}.db" for job in jobs if now - job.created_at < _KEPT}
    for path in (folder / "undo").glob("*.db"):
        if path.name not in known:
            path.unlink(missing_ok=True)


def _cannot_write(path: Path, error: Exception) -> CannotWrite:
    return CannotWrite(
        f"Cannot keep a copy of the products in {path}: {error}.",
        hint="Free some space, or import without --diff; the import can then not be undone.",
    )


def same_product(name: str, data: Mapping[str, Any], before: tuple[str, Mapping[str, Any]]) -> bool:
    """Whether a product is as it was."""
    return (name, dict(data)) == (before[0], dict(before[1]))
