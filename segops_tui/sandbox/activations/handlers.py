"""Activations: connectors that keep an external audience in step with a segment (contract §6).

A sync pushes only the difference to the last one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.activations.connectors import (
    CONNECTORS,
    SPELLINGS,
    audience_of,
    masked,
    refusal_of,
    unmasked,
)
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import cancel_work, change, enqueue, insert
from segops_tui.sandbox.core.errors import REQUIRED
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

_SETTABLE: Final = ("inactive", "active")
"""Only a failed sync sets `error`."""


def sync(context: SandboxContext, _call: Call, activation_id: int) -> Answer:
    """Start a sync; an inactive connector can be synced as well."""
    OBJECTS.row(context, activation_id)
    start(context, activation_id)
    return answer({"status": "queued"}, status=202)


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "segment": row["segment_id"],
        "connector_type": row["connector_type"],
        "config": masked(json.loads(row["config"])),
        "status": row["status"],
        "last_synced_at": wire(row["last_synced_at"]),
        "last_error": row["last_error"],
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: BodyForm, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    _read_segment(form, context)
    form.text("connector_type", required=True, choices=(*CONNECTORS, *SPELLINGS))
    form.mapping("config", required=True)
    form.text("status", default="inactive", choices=_SETTABLE)
    config = form.values.get("config")
    if config is not None:
        try:
            form.values["config"] = unmasked(config, {} if row is None else _config(row))
        except ValueError as error:
            form.refuse("config", str(error))
    return _columns(form.check(), context, row)


def _read_segment(form: BodyForm, context: SandboxContext) -> None:
    """Read `segment`: the id of an existing segment, as a number or digits."""
    given = form.body.get("segment")
    if given is None:
        if "segment" in form.body or form.intent != "update":
            form.refuse("segment", REQUIRED)
        return
    is_number = isinstance(given, int) and not isinstance(given, bool)
    is_digits = isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 19
    if not (is_number or is_digits):
        form.refuse("segment", "A valid integer is required.")
        return
    found = context.connection.execute(
        "SELECT 1 FROM segments WHERE id = CAST(? AS INTEGER)", (str(given),)
    )
    if found.fetchone() is None:
        form.refuse("segment", f'Invalid pk "{given}" - object does not exist.')
    else:
        form.values["segment"] = int(given)


def _columns(
    values: dict[str, Any], context: SandboxContext, row: sqlite3.Row | None
) -> dict[str, Any]:
    columns = dict(values)
    if "segment" in columns:
        columns["segment_id"] = columns.pop("segment")
    if "connector_type" in columns:
        given = columns["connector_type"]
        columns["connector_type"] = SPELLINGS.get(given, given)
    if columns.get("status") == "active":
        columns["last_error"] = ""
    if row is not None and _is_moved(row, columns):
        forget_audience(context, row["id"])
    if "config" in columns:
        columns["config"] = dump(columns["config"])
    return columns


def _is_moved(row: sqlite3.Row, columns: dict[str, Any]) -> bool:
    """Whether the change points the connector at another audience."""
    before = audience_of(row["connector_type"], _config(row))
    after = audience_of(
        columns.get("connector_type", row["connector_type"]), columns.get("config", _config(row))
    )
    return before != after


def _config(row: sqlite3.Row) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(row["config"])
    return config


def _deleted(context: SandboxContext, activation_id: int) -> None:
    for table in ("sync_members", "sync_logs"):
        context.connection.execute(f"DELETE FROM {table} WHERE activation_id = ?", (activation_id,))
    cancel_work(context, "sync", activation_id)


OBJECTS: Final = Objects("activations", read=_read, show=_show, deleted=_deleted)


DURATION: Final = 0.6
"""Seconds a sync takes, at pace 1."""

_ADDED: Final = """
SELECT :activation, user_id FROM segment_members WHERE segment_id = :segment
EXCEPT SELECT :activation, user_id FROM sync_members WHERE activation_id = :activation
"""
_REMOVED: Final = """
activation_id = :activation
AND user_id NOT IN (SELECT user_id FROM segment_members WHERE segment_id = :segment)
"""


def start(context: SandboxContext, activation_id: int) -> None:
    """Queue a sync; it runs after one that is running."""
    enqueue(context, "sync", activation_id, wait=DURATION)


def start_active(context: SandboxContext, segment_id: int) -> None:
    """Queue a sync of every active connector of a segment."""
    rows = context.connection.execute(
        "SELECT id FROM activations WHERE segment_id = ? AND status = 'active' ORDER BY id",
        (segment_id,),
    ).fetchall()
    for row in rows:
        start(context, row["id"])


def forget_audience(context: SandboxContext, activation_id: int) -> None:
    """Forget what was pushed: the external audience is another one now."""
    context.connection.execute("DELETE FROM sync_members WHERE activation_id = ?", (activation_id,))


def _step(context: SandboxContext, work: QueuedWork) -> Later | None:
    row = context.connection.execute(
        "SELECT * FROM activations WHERE id = ?", (work.subject_id,)
    ).fetchone()
    if row is None:
        return None
    refusal = _refusal(context, row)
    if refusal:
        _fail(context, work, refusal)
    else:
        _push(context, row)
    return None


def _refusal(context: SandboxContext, row: sqlite3.Row) -> str:
    segment = context.connection.execute(
        "SELECT 1 FROM segments WHERE id = ?", (row["segment_id"],)
    )
    if segment.fetchone() is None:
        return f"Segment {row['segment_id']} no longer exists."
    return refusal_of(row["connector_type"], json.loads(row["config"]))


def _push(context: SandboxContext, row: sqlite3.Row) -> None:
    """Push the difference to the stored membership, which is empty before the first compute."""
    connection = context.connection
    places = {"activation": row["id"], "segment": row["segment_id"]}
    removed = connection.execute(f"DELETE FROM sync_members WHERE {_REMOVED}", places).rowcount
    added = connection.execute(f"INSERT INTO sync_members {_ADDED}", places).rowcount
    (count,) = connection.execute(
        "SELECT count(*) FROM sync_members WHERE activation_id = ?", (row["id"],)
    ).fetchone()
    # Strictly later than the last sync: clients poll for a change of it.
    synced_at = max(context.now, (row["last_synced_at"] or 0) + 1)
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


def _fail(context: SandboxContext, work: QueuedWork, words: str) -> None:
    """Record the error; an active connector gets the status `error`."""
    context.connection.execute(
        "UPDATE activations SET last_error = ?,"
        " status = CASE status WHEN 'active' THEN 'error' ELSE status END WHERE id = ?",
        (words, work.subject_id),
    )
    figures = {"status": "error", "user_count": 0, "added": 0, "removed": 0}
    insert(
        context.connection,
        "sync_logs",
        {
            "activation_id": work.subject_id,
            "synced_at": context.now,
            "error_message": words,
            **figures,
        },
    )


SYNC: Final = WorkKind(step=_step, fail=_fail)
