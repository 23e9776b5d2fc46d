"""Members before and after a compute, in a temporary file, so that the two can be compared.

The API has no history of members. Ids are compared in SQLite, so that memory stays flat; who makes
the file removes it, since ids are personal data that no lasting file of ours keeps.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from segops_tui.jobs.engine.errors import CannotWrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MOST_MEMBERS: Final = 1_000_000
"""Members of a segment that are read and compared."""
PAGE: Final = 1_000
"""Members a request, the API's largest page (contract §1.7)."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS snapshots (
    id INTEGER PRIMARY KEY, computed_at TEXT NOT NULL, complete INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS members (
    snapshot INTEGER NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (snapshot, user_id)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The members after one compute."""

    id: int
    computed_at: str
    """The time of the compute; empty before the first."""
    members: int


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """How the members differ between two computes."""

    before: Snapshot
    after: Snapshot
    joined: int
    left: int

    @property
    def times(self) -> tuple[str, str]:
        """The times of the two computes."""
        return self.before.computed_at, self.after.computed_at

    @property
    def summary(self) -> str:
        """The change in a few words."""
        return f"{self.joined:,} joined, {self.left:,} left"


class MemberSnapshots:
    """The last two snapshots of one segment, one of them perhaps being taken; close it.

    Raises:
        CannotWrite: the file cannot be used; from every method.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._added = path, 0
        with self._failures():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the snapshots stay."""
        self._database.close()

    def latest(self) -> Snapshot | None:
        """The last complete snapshot."""
        found = self._last(1)
        return found[0] if found else None

    def begin(self, computed_at: str) -> int:
        """Begin a snapshot; one that was never completed is dropped."""
        self._added = 0
        with self._failures():
            self._drop("complete = 0")
            cursor = self._database.execute(
                "INSERT INTO snapshots (computed_at) VALUES (?)", (computed_at,)
            )
        return int(cursor.lastrowid or 0)

    def add(self, snapshot: int, user_ids: Iterable[str]) -> int:
        """Add members; the number that the snapshot has now."""
        with self._failures():
            self._database.execute("BEGIN")
            cursor = self._database.executemany(
                "INSERT OR IGNORE INTO members VALUES (?, ?)",
                [(snapshot, user_id.encode("utf-8", "replace").decode()) for user_id in user_ids],
            )
            self._database.execute("COMMIT")
            self._added += cursor.rowcount
        return self._added

    def finish(self, snapshot: int) -> None:
        """Complete a snapshot; it and the one before are kept."""
        with self._failures():
            self._database.execute("UPDATE snapshots SET complete = 1 WHERE id = ?", (snapshot,))
            kept = ",".join(str(each.id) for each in self._last(2))
            self._drop(f"id NOT IN ({kept})")

    def changes(self) -> MemberChanges | None:
        """How the last two complete snapshots differ; None where there are not two."""
        with self._failures():
            found = self._last(2)
            if len(found) < 2:
                return None
            after, before = found
            joined = self._only_in(after.id, before.id, "count(*)").fetchone()[0]
            left = self._only_in(before.id, after.id, "count(*)").fetchone()[0]
        return MemberChanges(before, after, int(joined), int(left))

    def joined(self, changes: MemberChanges) -> Iterator[str]:
        """Those who joined, by user id, one by one."""
        yield from self._who(changes.after.id, changes.before.id)

    def left(self, changes: MemberChanges) -> Iterator[str]:
        """Those who left, by user id, one by one."""
        yield from self._who(changes.before.id, changes.after.id)

    def _who(self, inside: int, outside: int) -> Iterator[str]:
        for (user_id,) in self._only_in(inside, outside, "user_id"):
            yield str(user_id)

    def _only_in(self, inside: int, outside: int, what: str) -> sqlite3.Cursor:
        order = " ORDER BY user_id" if what == "user_id" else ""
        return self._database.execute(
            f"SELECT {what} FROM members AS a WHERE snapshot = ? AND NOT EXISTS ("
            " SELECT 1 FROM members AS b WHERE b.snapshot = ? AND b.user_id = a.user_id"
            f"){order}",
            (inside, outside),
        )

    def _last(self, most: int) -> list[Snapshot]:
        rows = self._database.execute(
            "SELECT id, computed_at FROM snapshots WHERE complete = 1 ORDER BY id DESC LIMIT ?",
            (most,),
        ).fetchall()
        return [Snapshot(int(key), str(when), self._count(int(key))) for key, when in rows]

    def _count(self, snapshot: int) -> int:
        found = self._database.execute(
            "SELECT count(*) FROM members WHERE snapshot = ?", (snapshot,)
        ).fetchone()
        return int(found[0])

    def _drop(self, which: str) -> None:
        self._database.execute(
            f"DELETE FROM members WHERE snapshot IN (SELECT id FROM snapshots WHERE {which})"
        )
        self._database.execute(f"DELETE FROM snapshots WHERE {which}")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise CannotWrite(
                f"Cannot keep the members in {self.path}: {error}.",
                hint="Free some space, or recompute without comparing the members.",
            ) from error
