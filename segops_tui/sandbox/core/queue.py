"""The queue of accepted work: put in, dropped, and asked whether any is due.

Knows the table of unfinished work; what is done with it is `sandbox.worker`'s, which a call
that finds nothing due never loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import insert

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from segops_tui.sandbox.core.context import Workspace

START: Final = 0.15
"""Seconds from accepting work to beginning it, at the usual pace."""

FIRST_OF_SUBJECT: Final = """
NOT EXISTS (SELECT 1 FROM work AS earlier
            WHERE earlier.kind = work.kind AND earlier.subject_id = work.subject_id
              AND earlier.id < work.id)
"""
"""Work on one thing is done in the order it came."""


def enqueue(
    workspace: Workspace,
    kind: str,
    subject_id: int,
    *,
    wait: float = START,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Accept work; it begins after `wait` seconds at the usual pace."""
    insert(
        workspace.connection,
        "work",
        {
            "kind": kind,
            "subject_id": subject_id,
            "queued_at": workspace.now,
            "due_at": workspace.after(wait),
            "details": dump(details or {}),
        },
    )


def cancel(workspace: Workspace, kind: str, subject_id: int) -> None:
    """Drop the work on something that is no more."""
    workspace.connection.execute(
        "DELETE FROM work WHERE kind = ? AND subject_id = ?", (kind, subject_id)
    )


def due(connection: sqlite3.Connection, *, now: int) -> list[int]:
    """The pieces that can go on now, the longest waiting first."""
    rows = connection.execute(
        f"SELECT id FROM work WHERE due_at <= ? AND {FIRST_OF_SUBJECT} ORDER BY due_at, id",
        (now,),
    )
    return [work_id for (work_id,) in rows]


def remains(connection: sqlite3.Connection) -> bool:
    """Whether any work is unfinished, due or not."""
    return connection.execute("SELECT 1 FROM work LIMIT 1").fetchone() is not None
