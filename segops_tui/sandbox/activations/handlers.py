"""Activations: connectors that push a segment to an outside tool (contract §6).

Knows their fields and life cycle; pushing is `sandbox.syncing`'s.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.activations.connectors import (
    CONNECTORS,
    SPELLINGS,
    audience_of,
    masked,
    unmasked,
)
from segops_tui.sandbox.activations.syncs import forget_audience, start
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import REQUIRED
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.queue import cancel
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import Form
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

_SETTABLE: Final = ("inactive", "active")
"""`error` is a state that only a failed sync leads to."""


def sync(workspace: Workspace, _call: Call, activation_id: int) -> Answer:
    """Accept a push of the difference, whatever the status."""
    OBJECTS.row(workspace, activation_id)
    start(workspace, activation_id)
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


def _read(form: Form, workspace: Workspace, row: sqlite3.Row | None) -> dict[str, Any]:
    _read_segment(form, workspace)
    form.text("connector_type", required=True, choices=(*CONNECTORS, *SPELLINGS))
    form.mapping("config", required=True)
    form.text("status", default="inactive", choices=_SETTABLE)
    config = form.values.get("config")
    if config is not None:
        try:
            form.values["config"] = unmasked(config, {} if row is None else _config(row))
        except ValueError as error:
            form.refuse("config", str(error))
    return _columns(form.check(), workspace, row)


def _read_segment(form: Form, workspace: Workspace) -> None:
    """Read `segment`: the id of one that exists, as a number or spelled out."""
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
    found = workspace.connection.execute(
        "SELECT 1 FROM segments WHERE id = CAST(? AS INTEGER)", (str(given),)
    )
    if found.fetchone() is None:
        form.refuse("segment", f'Invalid pk "{given}" - object does not exist.')
    else:
        form.values["segment"] = int(given)


def _columns(
    values: dict[str, Any], workspace: Workspace, row: sqlite3.Row | None
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
        forget_audience(workspace, row["id"])
    if "config" in columns:
        columns["config"] = dump(columns["config"])
    return columns


def _is_moved(row: sqlite3.Row, columns: dict[str, Any]) -> bool:
    """Whether the connector points at another audience than before."""
    before = audience_of(row["connector_type"], _config(row))
    after = audience_of(
        columns.get("connector_type", row["connector_type"]), columns.get("config", _config(row))
    )
    return before != after


def _config(row: sqlite3.Row) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(row["config"])
    return config


def _deleted(workspace: Workspace, activation_id: int) -> None:
    for table in ("sync_members", "sync_logs"):
        workspace.connection.execute(
            f"DELETE FROM {table} WHERE activation_id = ?", (activation_id,)
        )
    cancel(workspace, "sync", activation_id)


OBJECTS: Final = Objects("activations", read=_read, show=_show, deleted=_deleted)
