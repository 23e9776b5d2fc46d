"""The ledger: every job started from this machine, in SQLite, so that it survives a kill."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import threading
import time
import uuid
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self

from segops_tui import system
from segops_tui.api.account import Account
from segops_tui.jobs.engine.errors import SPACE_HINT, JobBusy, LedgerFailed, WrongWorkspace
from segops_tui.jobs.engine.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from segops_tui.api.request import Id


_SILENCE: Final = 30.0
"""Seconds without a heartbeat after which a process that cannot be inspected counts as dead."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process: its machine, its number, and when it began (numbers are used again)."""

    host: str
    pid: int
    began: str

    @classmethod
    def here(cls) -> Self:
        """This process."""
        pid = os.getpid()
        return cls(platform.node(), pid, system.started(pid))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        host, _, rest = text.rpartition("/")
        pid, _, began = rest.partition(":")
        return cls(host, int(pid) if pid.isdigit() else 0, began)

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}:{self.began}"

    def is_alive(self, *, silent_for: float) -> bool:
        """Whether it runs. One that cannot be inspected is judged by its last heartbeat."""
        here = self.host == platform.node()
        is_running = system.is_running(self.pid, since=self.began) if here else None
        return silent_for < _SILENCE if is_running is None else is_running


_VERSION: Final = 3
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
    "ALTER TABLE jobs ADD COLUMN server TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE jobs ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';"
    # Until then the name could mean nothing but the built-in sandbox.
    "UPDATE jobs SET server = 'sandbox:' WHERE profile = 'sandbox';"
    "CREATE TABLE salt (salt TEXT NOT NULL);"
    "INSERT INTO salt VALUES (lower(hex(randomblob(16))));",
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
    # SQLite would create it readable to all; its -wal and -shm copy these permissions.
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
            hint="Update segops-tui, or move that file away to start a new ledger.",
        )
    _share(database)
    # NORMAL can lose the newest transitions in a power cut, after their requests were sent.
    database.execute("PRAGMA synchronous = FULL")
    if version < _VERSION:
        _migrate(database)


def _migrate(database: sqlite3.Connection) -> None:
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
    """Allow readers beside a writer. SQLite does not wait if two processes switch at once."""
    for _ in range(_TRIES - 1):
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            time.sleep(_NAP)
        else:
            return
    database.execute("PRAGMA journal_mode = WAL")


JSON_FIELDS: Final = ("params", "remote_ids", "keys", "result")
_FIELDS: Final = tuple(Job.__dataclass_fields__)
_CHANGES: Final = ", ".join(
    f"{name} = :{name}" for name in _FIELDS if name not in {"id", "begun_at"}
)
_SAVE: Final = (
    f"UPDATE jobs SET {_CHANGES}, begun_at = COALESCE(begun_at, :begun_at)"
    " WHERE id = :id AND owner = :owner"
)


class Ledger:
    """The jobs of one machine. Any thread may use it, and any number of processes.

    `patience` is seconds to wait for another process's write, which takes milliseconds.

    Raises:
        LedgerFailed: it is locked, damaged, cannot be written, or a newer version made it.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex[:8],
        new_key: Callable[[], str] = lambda: str(uuid.uuid4()),
        owner: ProcessId | None = None,
        patience: float = 10.0,
    ) -> None:
        self.path = path
        self.new_key = new_key
        self._clock, self._new_id = clock, new_id
        self._owner = owner or ProcessId.here()
        self._lock = threading.Lock()
        self._ask_account: Callable[[str], Account] | None = None
        with self._failures():
            self._database = open_database(path, patience=patience)
            self._salt = str(self._database.execute("SELECT salt FROM salt").fetchone()[0])

    def bound_to(self, ask: Callable[[str], Account]) -> Self:
        """The same ledger for one workspace: it records where its jobs are started, and lets only
        jobs of that place be resumed.

        `ask` is given a salt and says where requests go; it is called when that matters first.
        """
        bound = copy(self)
        bound._ask_account = cache(ask)
        return bound

    @property
    def account(self) -> Account:
        """Where jobs are started; unknown for a ledger that is not bound to a workspace."""
        return Account() if self._ask_account is None else self._ask_account(self._salt)

    def why_elsewhere(self, job: Job) -> WrongWorkspace | None:
        """Why the job must not be continued from this workspace; None where it may."""
        here = self.account
        if self._ask_account is None or job.account == here:
            return None
        whose = f"Job {job.id} ({job.title}, profile {job.profile})"
        same = f"segops-tui jobs resume {job.id} --same-workspace"
        if not job.server:
            return WrongWorkspace(
                f"{whose} was started by a version that did not record its server.",
                hint=f"If it was started in this workspace: {same}",
            )
        if job.server != here.server:
            return WrongWorkspace(
                f"{whose} was started at {job.server}; this is {here.server}. Nothing was sent.",
                hint=f"Use the profile it was started with, such as --profile {job.profile}."
                f" If the server has only moved: {same}",
            )
        return WrongWorkspace(
            f"{whose} was started with another key for {job.server}. Nothing was sent.",
            hint=f"Use the key it was started with. If the key was replaced: {same}",
        )

    def close(self) -> None:
        """Close the file once no thread uses it: SQLite would crash the process."""
        with self._lock:
            self._database.close()

    def create(
        self,
        kind: str,
        target: str,
        *,
        target_name: str,
        profile: str,
        command: str,
        params: Mapping[str, Any] | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> Job:
        """Record a job that this process is about to start."""
        here = self.account
        for _ in range(8):
            now = self._clock()
            job = Job(
                id=self._new_id(),
                kind=kind,
                target=target,
                target_name=target_name,
                profile=profile,
                command=command,
                server=here.server,
                fingerprint=here.fingerprint,
                params=params or {},
                keys=keys or {},
                created_at=now,
                updated_at=now,
            )
            row = {**_row(job), "owner": str(self._owner)}
            names = ", ".join(row)
            marks = ", ".join(f":{name}" for name in row)
            with self._failures():
                if self._write(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", row):
                    return job
        raise LedgerFailed("No free job id was found.")

    def now(self) -> float:
        """Unix seconds by the clock that the times of its jobs are by."""
        return self._clock()

    def save(self, job: Job) -> Job:
        """Write a transition; returns the job with its times. On disk when this returns.

        Raises:
            JobBusy: the job was forgotten, or another process has claimed it.
        """
        now = self._clock()
        finished = job.finished_at or (now if job.is_final else None)
        begun = job.created_at if job.is_final else now
        job = replace(job, updated_at=now, finished_at=finished, begun_at=job.begun_at or begun)
        row = {**_row(job), "owner": str(self._owner)}
        with self._failures():
            kept = self._write(_SAVE, row)
        if not kept:
            raise JobBusy(
                f"Job {job.id} is no longer run by this process.",
                hint="It was forgotten, or resumed elsewhere; see: segops-tui jobs list",
            )
        with self._failures(), self._lock:
            stored = self._database.execute(
                "SELECT begun_at FROM jobs WHERE id = ?", (job.id,)
            ).fetchone()
        return job if stored is None else replace(job, begun_at=stored[0])

    def heartbeat(self, job: Job) -> None:
        """Record that the job is alive, and its progress. Losing one does no harm."""
        with self._failures():
            self._write(
                "UPDATE jobs SET done = ?, total = ?, unit = ?, updated_at = ?"
                " WHERE id = ? AND owner = ?",
                (job.done, job.total, job.unit, self._clock(), job.id, str(self._owner)),
            )

    def detach_all(self) -> None:
        """Mark every job that this process runs as detached, when it has to end at once."""
        with self._failures():
            self._write(
                "UPDATE jobs SET state = 'detached', updated_at = ?"
                " WHERE state = 'running' AND owner = ?",
                (self._clock(), str(self._owner)),
            )

    def claim(self, job_id: str) -> Job:
        """Claim a job in order to resume it; of several claimants one succeeds.

        Raises:
            KeyError: there is no such job.
            WrongWorkspace: it was started at another server or with another key.
            JobBusy: it has ended, or a living process runs it.
        """
        # Before the transaction: to fetch the key may take a while.
        elsewhere = self.why_elsewhere(self.get(job_id))
        if elsewhere is not None:
            raise elsewhere
        with self._failures(), self._transaction():
            job = self._one(job_id)
            if not job.is_resumable:
                raise JobBusy(
                    f"Job {job_id} {'has ended' if job.is_final else 'is already running'}.",
                    hint=f"See: segops-tui jobs show {job_id}",
                )
            job = replace(
                job,
                state="running",
                error="",
                updated_at=self._clock(),
                resumed=job.resumed + 1,
            )
            self._database.execute(
                "UPDATE jobs SET state = 'running', error = '', owner = ?, updated_at = ?,"
                " resumed = ? WHERE id = ?",
                (str(self._owner), job.updated_at, job.resumed, job_id),
            )
        return job

    def adopt(self, job_id: str) -> Job:
        """Record that a job belongs to this workspace, since its server or key was replaced.

        Raises:
            KeyError: there is no such job.
            JobBusy: it is running.
        """
        here = self.account
        with self._failures(), self._transaction():
            job = self._one(job_id)
            if job.state == "running":
                raise JobBusy(
                    f"Job {job_id} is running.", hint=f"See: segops-tui jobs show {job_id}"
                )
            self._database.execute(
                "UPDATE jobs SET server = ?, fingerprint = ? WHERE id = ?",
                (here.server, here.fingerprint, job_id),
            )
        return replace(job, server=here.server, fingerprint=here.fingerprint)

    def get(self, job_id: str) -> Job:
        """One job.

        Raises:
            KeyError: there is no such job.
        """
        with self._failures(), self._lock:
            return self._one(job_id)

    def forget(self, job_id: str) -> None:
        """Delete a job from the ledger; the server's work is not affected.

        Raises:
            KeyError: there is no such job.
            JobBusy: another living process runs it.
        """
        with self._failures(), self._transaction():
            row = self._find(job_id)
            if self._seen(row).state == "running" and row["owner"] != str(self._owner):
                raise JobBusy(
                    f"Job {job_id} is running in another process.",
                    hint="Stop that process first; the job can then be forgotten.",
                )
            self._database.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def history(self, kind: str, target: str, profile: str) -> list[float]:
        """How many seconds earlier runs of the same took, newest first.

        Without the time in the queue, runs that were resumed, and runs during which the clock
        was set back.
        """
        with self._failures(), self._lock:
            rows = self._database.execute(
                "SELECT finished_at - begun_at FROM jobs WHERE kind = ? AND target = ?"
                " AND profile = ? AND state = 'done' AND resumed = 0 AND finished_at >= begun_at"
                " ORDER BY finished_at DESC LIMIT 20",
                (kind, target, profile),
            ).fetchall()
        return [float(row[0]) for row in rows]

    def list(self, *, state: str | None = None, limit: int = 100) -> list[Job]:
        """Jobs, newest first. One whose process has died is `interrupted`."""
        stored = "running" if state == "interrupted" else state
        with self._failures(), self._lock:
            cursor = self._database.execute(
                "SELECT * FROM jobs WHERE :state IS NULL OR state = :state"
                " ORDER BY created_at DESC, rowid DESC",
                {"state": stored},
            )
            found = []
            for row in cursor:
                job = self._seen(row)
                if state in {None, job.state}:
                    found.append(job)
                if len(found) == limit:
                    break
        return found

    def _one(self, job_id: str) -> Job:
        return self._seen(self._find(job_id))

    def _find(self, job_id: str) -> sqlite3.Row:
        cursor = self._database.execute("SELECT * FROM jobs WHERE id = ?", (job_id,))
        row: sqlite3.Row | None = cursor.fetchone()
        if row is None:
            raise KeyError(job_id)
        return row

    def _seen(self, row: sqlite3.Row) -> Job:
        """A row as a job; a running one whose process has died is interrupted."""
        values = {name: row[name] for name in _FIELDS}
        values.update({name: json.loads(row[name]) for name in JSON_FIELDS})
        job = Job(**values)
        if job.state == "running" and row["owner"] != str(self._owner):
            silent_for = max(self._clock() - job.updated_at, 0.0)
            if not ProcessId.parse(row["owner"]).is_alive(silent_for=silent_for):
                return replace(job, state="interrupted")
        return job

    def _write(self, sql: str, values: Mapping[str, Any] | tuple[Any, ...]) -> int:
        with self._lock:
            return self._database.execute(sql, values).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn an error of SQLite into one that the user understands."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            code = getattr(error, "sqlite_errorcode", None)
            is_damaged = code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
            raise LedgerFailed(
                f"The job ledger {self.path} cannot be used: {error}.",
                hint="Save what can be read of it: segops-tui jobs repair"
                if is_damaged
                else SPACE_HINT,
            ) from error


def note_job(
    ledger: Ledger,
    kind: str,
    target: Id,
    *,
    name: str,
    profile: str,
    command: str,
    keys: Iterable[str] = (),
    params: Mapping[str, Any] | None = None,
) -> Job:
    """Note a job about `target`, with an idempotency key for each of `keys`; nothing is sent."""
    return ledger.create(
        kind,
        str(target),
        target_name=name or f"#{target}",
        profile=profile,
        command=command,
        params=params,
        keys={key: ledger.new_key() for key in keys},
    )


def _row(job: Job) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in _FIELDS}
    for name in JSON_FIELDS:
        values[name] = json.dumps(values[name], ensure_ascii=False, allow_nan=False)
    return values
