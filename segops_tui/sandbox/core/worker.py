"""Work that takes its time, advanced when somebody looks.

Knows the queue and when a piece is due; what a piece does is its kind's. Starts no thread and
never waits: the time comes from the workspace, and two processes never do one piece twice,
since each step is one transaction that begins by looking again.
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
from segops_tui.sandbox.core.store import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from segops_tui.sandbox.core.store import Store

    Open = Callable[[sqlite3.Connection], SandboxContext]

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
class Work:
    """One piece of unfinished work."""

    id: int
    kind: str
    subject_id: int
    state: str
    due_at: int
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Later:
    """A step's answer: there is more to do, from `due_at` on."""

    due_at: int
    state: str = "running"
    details: Mapping[str, Any] = field(default_factory=dict)
    pause: bool = False
    """Leave the rest to the next look, even if it is due: this step was a slice."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How work of one kind goes on, and what to record when it cannot."""

    step: Callable[[SandboxContext, Work], Later | None]
    """Do the next part; None is the end of it."""
    fail: Callable[[SandboxContext, Work, str], None]
    """Record why it ended; what the step wrote is undone by then."""


def advance(store: Store, open_context: Open, pieces: Iterable[int]) -> None:
    """Go on with the pieces that are due: each as far as it gets now, slices one at a time.

    Leaves it to whoever else is writing, if somebody is.
    """
    try:
        for work_id in pieces:
            with store.writing(patient=False) as connection:
                _go_on(open_context(connection), work_id, force=False)
    except Busy:
        return


def finish(store: Store, open_context: Open) -> None:
    """Do all the work there is, due or not."""
    while True:
        with store.writing() as connection:
            row = connection.execute(
                f"SELECT id FROM work WHERE {FIRST_OF_SUBJECT} ORDER BY due_at, id LIMIT 1"
            ).fetchone()
            if row is None:
                return
            _go_on(open_context(connection), row["id"], force=True)


def _go_on(context: SandboxContext, work_id: int, *, force: bool) -> None:
    work = _read(context.connection, work_id)
    while work is not None and (force or work.due_at <= context.now):
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


def _step(context: SandboxContext, work: Work) -> Later | None:
    kind = _kind(work.kind)
    context.connection.execute("SAVEPOINT step")
    try:
        later = kind.step(context, work)
    except (sqlite3.Error, ValueError, OSError) as error:
        context.connection.execute("ROLLBACK TO step")
        kind.fail(context, work, str(error) or type(error).__name__)
        later = None
    context.connection.execute("RELEASE step")
    return later


def _read(connection: sqlite3.Connection, work_id: int) -> Work | None:
    row = connection.execute(
        "SELECT id, kind, subject_id, state, due_at, details FROM work WHERE id = ?", (work_id,)
    ).fetchone()
    if row is None:
        return None
    return Work(**{**dict(row), "details": json.loads(row["details"])})


def _kind(name: str) -> Kind:
    module, _, attribute = _KINDS[name].partition(":")
    found: Kind = attrgetter(attribute)(import_module(f"segops_tui.sandbox.{module}"))
    return found
