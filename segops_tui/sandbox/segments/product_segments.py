"""Product segments: sets of products selected by a rule (contract §3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import cancel_work, enqueue
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "definition": json.loads(row["definition"]),
        "is_active": bool(row["is_active"]),
        "computed_count": row["computed_count"],
        "last_computed_at": wire(row["last_computed_at"]),
        "last_compute_error": row["last_compute_error"],
        "status": row["status"],
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: BodyForm, _context: SandboxContext, _row: sqlite3.Row | None) -> dict[str, Any]:
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import check_product_rule  # noqa: PLC0415

    form.text("name", required=True)
    form.text("description", longest=10_000)
    form.mapping("definition")
    form.flag("is_active", default=True)
    if form.values.get("definition"):
        check_product_rule(form)
    columns = dict(form.check())
    if "definition" in columns:
        columns["definition"] = dump(columns["definition"])
    return columns


def _deleted(context: SandboxContext, segment_id: int) -> None:
    context.connection.execute(
        "DELETE FROM product_segment_members WHERE segment_id = ?", (segment_id,)
    )
    cancel_work(context, "product_segment", segment_id)


def compute(context: SandboxContext, _call: Call, segment_id: int) -> Answer:
    """Queue a compute; a second one waits for the first."""
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import require_rule  # noqa: PLC0415

    row = OBJECTS.row(context, segment_id)
    require_rule(json.loads(row["definition"]), kind="product")
    enqueue(context, "product_segment", segment_id)
    return answer({"status": "queued"}, status=202)


OBJECTS: Final = Objects("product_segments", read=_read, show=_show, deleted=_deleted)
