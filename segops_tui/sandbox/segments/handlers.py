"""Segments: create, read, change, delete (contract §2).

Knows their fields and versions; rules and members are the neighbouring modules'.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.queue import cancel
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import Form
    from segops_tui.sandbox.core.context import Workspace

_TYPES: Final = ("rule", "ai", "lookalike")


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "tenant": 1,
        "segment_type": row["segment_type"],
        "definition": json.loads(row["definition"]),
        "is_active": bool(row["is_active"]),
        "member_count": row["member_count"],
        "last_computed_at": wire(row["last_computed_at"]),
        "last_compute_error": row["last_compute_error"],
        "status": row["status"],
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: Form, workspace: Workspace, row: sqlite3.Row | None) -> dict[str, Any]:
    # 10 ms of rule tables that a listing does not owe.
    from segops_tui.sandbox.rules.definitions import check_user_rule  # noqa: PLC0415

    form.text("name", required=True)
    form.text("description", longest=10_000)
    form.text("segment_type", default="rule", choices=_TYPES)
    form.mapping("definition")
    form.flag("is_active", default=True)
    if form.values.get("definition"):
        own_id = None if row is None else row["id"]
        check_user_rule(form, workspace.connection, own_id=own_id)
    columns = dict(form.check())
    if "definition" in columns:
        columns["definition"] = dump(columns["definition"])
    return columns


def _saved(workspace: Workspace, segment_id: int, columns: dict[str, Any]) -> None:
    """Make a version where a definition was written; an empty one at creation is no rule yet."""
    definition = columns.get("definition", "{}")
    newest = workspace.connection.execute(
        "SELECT max(version) FROM segment_versions WHERE segment_id = ?", (segment_id,)
    ).fetchone()[0]
    if "definition" not in columns or (newest is None and definition == "{}"):
        return
    workspace.connection.execute(
        "INSERT INTO segment_versions (segment_id, version, definition, created_at)"
        " VALUES (?, ?, ?, ?)",
        (segment_id, (newest or 0) + 1, definition, workspace.now),
    )


def _deleted(workspace: Workspace, segment_id: int) -> None:
    for table in ("segment_members", "segment_history"):
        workspace.connection.execute(f"DELETE FROM {table} WHERE segment_id = ?", (segment_id,))
    cancel(workspace, "segment", segment_id)


OBJECTS: Final = Objects("segments", read=_read, show=_show, saved=_saved, deleted=_deleted)
