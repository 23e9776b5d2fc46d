"""Runs queued work when a call or the server's ticker looks for it.

There are no threads and no sleeps: the time comes from the context. Two processes never run the
same work twice, since each step is one transaction that first reads the work again.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import FIRST_OF_SUBJECT, SandboxContext, change
from segops_tui.sandbox.core.errors import database_refusal, is_out_of_space
from segops_tui.sandbox.core.store import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from segops_tui.sandbox.core.store import Store

    Open = Callable[[sqlite3.Connection], SandboxContext]

_PATIENCE: Final = 60.0
"""Seconds that finishing all work waits for other writers."""

_KINDS: Final = {
    "segment": "segments.compute:SEGMENT",
    "product_segment": "segments.compute:PRODUCT_SEGMENT",
    "export": "segments.exports:EXPORT",
    "import": "products.imports:IMPORT",
    "score": "products.scoring:SCORE",
    "score_all": "products.scoring:SCORE_ALL",
    "query": "queries.runs:QUERY",
    "page": "pages.builds:PAGE",
    "page_bulk": "pages.builds:BULK",
    "page_export": "pages.exports:PAGE_EXPORT",
    "sync": "activations.handlers:SYNC",
}


@dataclass(frozen=True, slots=True)
class QueuedWork:
    """One item of unfinished work."""

    id: int
    kind: str
    subject_id: int
    state: str
    queued_at: int
    due_at: int
    details: Mapping[str, Any]

    def is_due(self, now: int) -> bool:
        """Whether its time has come, or the clock was set back since it was queued."""
        return self.due_at <= now or self.queued_at > now


@dataclass(frozen=True, slots=True)
class Later:
    """The result of a step that is not the last: continue at `due_at`."""

    due_at: int
    state: str = "running"
    details: Mapping[str, Any] = field(default_factory=dict)
    pause: bool = False
    """Continue at the next call even if more is due: this step was one slice."""


@dataclass(frozen=True, slots=True)
class WorkKind:
    """How one kind of work runs and fails."""

    step: Callable[[SandboxContext, QueuedWork], Later | None]
    """Do the next step; None means the work is finished."""
    fail: Callable[[SandboxContext, QueuedWork, str], None]
    """Record the failure; the writes of the step are already rolled back."""


def advance(store: Store, open_context: Open, work_ids: Iterable[int]) -> None:
    """Run the work that is due; work in slices runs one slice.

    Does nothing if another thread or process is writing.
    """
    try:
        for work_id in work_ids:
            with store.writing(within=0) as connection:
                _run(open_context(connection), work_id, force=False)
    except Busy:
        return


def finish(store: Store, open_context: Open) -> None:
    """Run all queued work, due or not."""
    while True:
        with store.writing(within=_PATIENCE) as connection:
            row = connection.execute(
                f"SELECT id FROM work WHERE {FIRST_OF_SUBJECT} ORDER BY due_at, id LIMIT 1"
            ).fetchone()
            if row is None:
                return
            _run(open_context(connection), row["id"], force=True)


def _run(context: SandboxContext, work_id: int, *, force: bool) -> None:
    work = _read(context.connection, work_id)
    while work is not None and (force or work.is_due(context.now)):
        later = _step(context, work)
        if later is None:
            context.connection.execute("DELETE FROM work WHERE id = ?", (work.id,))
            return
        columns = {
            "state": later.state,
            "due_at": later.due_at,
            "details": dump(later.details),
        }
        change(context.connection, "work", work.id, columns)
        if later.pause:
            return
        work = _read(context.connection, work_id)


def _step(context: SandboxContext, work: QueuedWork) -> Later | None:
    kind = _kind(work.kind)
    context.connection.execute("SAVEPOINT step")
    try:
        later = kind.step(context, work)
    except (sqlite3.Error, ValueError, OSError) as error:
        if is_out_of_space(error):
            # The work has not failed; it goes on when there is space.
            raise
        context.connection.execute("ROLLBACK TO step")
        kind.fail(context, work, _words(error))
        later = None
    context.connection.execute("RELEASE step")
    return later


def _words(error: Exception) -> str:
    if isinstance(error, sqlite3.Error):
        body = database_refusal(error).body
        return " ".join(map(str, body.get("definition") or body.values()))
    return str(error) or type(error).__name__


def _read(connection: sqlite3.Connection, work_id: int) -> QueuedWork | None:
    row = connection.execute(
        "SELECT id, kind, subject_id, state, queued_at, due_at, details FROM work WHERE id = ?",
        (work_id,),
    ).fetchone()
    if row is None:
        return None
    return QueuedWork(**{**dict(row), "details": json.loads(row["details"])})


def _kind(name: str) -> WorkKind:
    module, _, attribute = _KINDS[name].partition(":")
    found: WorkKind = attrgetter(attribute)(import_module(f"segops_tui.sandbox.{module}"))
    return found
