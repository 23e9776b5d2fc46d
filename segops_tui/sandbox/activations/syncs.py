"""Syncs: a segment's members pushed to an outside tool, as the difference to the last push.

Knows connectors' rows, their logs, and what the audience outside holds as far as we pushed it;
the tool's answer is `sandbox.connectors`'s.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.activations.connectors import refusal_of
from segops_tui.sandbox.core.context import change, insert
from segops_tui.sandbox.core.queue import enqueue
from segops_tui.sandbox.core.worker import Kind, Later, Work

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.context import Workspace

DURATION: Final = 0.6
"""Seconds from asking for a sync to its end, at the usual pace."""

_ADDED: Final = """
SELECT ?1, user_id FROM segment_members WHERE segment_id = ?2
EXCEPT SELECT ?1, user_id FROM sync_members WHERE activation_id = ?1
"""
_REMOVED: Final = """
activation_id = ?1 AND user_id NOT IN (SELECT user_id FROM segment_members WHERE segment_id = ?2)
"""


def start(workspace: Workspace, activation_id: int) -> None:
    """Accept a sync; one more while one runs waits its turn."""
    enqueue(workspace, "sync", activation_id, wait=DURATION)


def start_active(workspace: Workspace, segment_id: int) -> None:
    """Accept a sync of every active connector of a segment."""
    rows = workspace.connection.execute(
        "SELECT id FROM activations WHERE segment_id = ? AND status = 'active' ORDER BY id",
        (segment_id,),
    ).fetchall()
    for row in rows:
        start(workspace, row["id"])


def forget_audience(workspace: Workspace, activation_id: int) -> None:
    """Take the audience outside for empty: it is another one from now on."""
    workspace.connection.execute(
        "DELETE FROM sync_members WHERE activation_id = ?", (activation_id,)
    )


def _step(workspace: Workspace, work: Work) -> Later | None:
    row = workspace.connection.execute(
        "SELECT * FROM activations WHERE id = ?", (work.subject_id,)
    ).fetchone()
    if row is None:
        return None
    refusal = _refusal(workspace, row)
    if refusal:
        _fail(workspace, work, refusal)
    else:
        _push(workspace, row)
    return None


def _refusal(workspace: Workspace, row: sqlite3.Row) -> str:
    segment = workspace.connection.execute(
        "SELECT 1 FROM segments WHERE id = ?", (row["segment_id"],)
    )
    if segment.fetchone() is None:
        return f"Segment {row['segment_id']} does not exist any more."
    return refusal_of(row["connector_type"], json.loads(row["config"]))


def _push(workspace: Workspace, row: sqlite3.Row) -> None:
    """Bring the audience to the stored membership, which is empty before the first compute."""
    connection, places = workspace.connection, (row["id"], row["segment_id"])
    removed = connection.execute(f"DELETE FROM sync_members WHERE {_REMOVED}", places).rowcount
    added = connection.execute(f"INSERT INTO sync_members {_ADDED}", places).rowcount
    (count,) = connection.execute(
        "SELECT count(*) FROM sync_members WHERE activation_id = ?", (row["id"],)
    ).fetchone()
    # Strictly later than the last one, so that a client that waits for it to move sees it.
    synced_at = max(workspace.now, (row["last_synced_at"] or 0) + 1)
    columns = {"last_synced_at": synced_at, "last_error": ""}
    if row["status"] == "error":
        columns["status"] = "active"
    change(connection, "activations", row["id"], columns)
    figures = {"status": "success", "user_count": count, "added": added, "removed": removed}
    insert(
        connection,
        "sync_logs",
        {"activation_id": row["id"], "synced_at": synced_at, "error_message": "", **figures},
    )


def _fail(workspace: Workspace, work: Work, words: str) -> None:
    """Record why nothing was pushed; an active connector is in error from now on."""
    workspace.connection.execute(
        "UPDATE activations SET last_error = ?,"
        " status = CASE status WHEN 'active' THEN 'error' ELSE status END WHERE id = ?",
        (words, work.subject_id),
    )
    figures = {"status": "error", "user_count": 0, "added": 0, "removed": 0}
    insert(
        workspace.connection,
        "sync_logs",
        {
            "activation_id": work.subject_id,
            "synced_at": workspace.now,
            "error_message": words,
            **figures,
        },
    )


SYNC: Final = Kind(step=_step, fail=_fail)
