"""Segments (contract §2) and product segments (§3): CRUD, rule preview, versions and members."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import cancel_work, enqueue
from segops_tui.sandbox.core.errors import REQUIRED, invalid
from segops_tui.sandbox.core.identities import canonical, ids_of
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.paging import (
    MEMBERS,
    MOST_MEMBERS,
    cursor_after,
    parse_cursor,
    read_limit,
)
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.rules.compiler import Compiled

_TYPES: Final = ("rule", "ai", "lookalike")
MOST_SAMPLES: Final = 10


def _show(row: sqlite3.Row) -> dict[str, Any]:
    own = {"tenant": 1, "segment_type": row["segment_type"]}
    return _show_rule(row, own, count="member_count")


def _show_product_segment(row: sqlite3.Row) -> dict[str, Any]:
    return _show_rule(row, {}, count="computed_count")


def _show_rule(row: sqlite3.Row, own: dict[str, Any], *, count: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        **own,
        "definition": json.loads(row["definition"]),
        "is_active": bool(row["is_active"]),
        count: row[count],
        "last_computed_at": wire(row["last_computed_at"]),
        "last_compute_error": row["last_compute_error"],
        "status": row["status"],
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: BodyForm, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import check_user_rule  # noqa: PLC0415

    form.text("name", required=True)
    form.text("description", longest=10_000)
    form.text("segment_type", default="rule", choices=_TYPES)
    form.mapping("definition")
    form.flag("is_active", default=True)
    if form.values.get("definition"):
        own_id = None if row is None else row["id"]
        check_user_rule(form, context.connection, own_id=own_id)
    return _columns(form)


def _read_product_segment(
    form: BodyForm, _context: SandboxContext, _row: sqlite3.Row | None
) -> dict[str, Any]:
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import check_product_rule  # noqa: PLC0415

    form.text("name", required=True)
    form.text("description", longest=10_000)
    form.mapping("definition")
    form.flag("is_active", default=True)
    if form.values.get("definition"):
        check_product_rule(form)
    return _columns(form)


def _product_segment_warnings(context: SandboxContext, columns: dict[str, Any]) -> list[str]:
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import warnings_of  # noqa: PLC0415

    return warnings_of(context.connection, json.loads(columns.get("definition", "{}")))


def _columns(form: BodyForm) -> dict[str, Any]:
    columns = dict(form.check())
    if "definition" in columns:
        columns["definition"] = dump(columns["definition"])
    return columns


def _saved(context: SandboxContext, segment_id: int, columns: dict[str, Any]) -> None:
    """Store a new version of a written definition, except an empty one at creation."""
    definition = columns.get("definition", "{}")
    newest = context.connection.execute(
        "SELECT max(version) FROM segment_versions WHERE segment_id = ?", (segment_id,)
    ).fetchone()[0]
    if "definition" not in columns or (newest is None and definition == "{}"):
        return
    context.connection.execute(
        "INSERT INTO segment_versions (segment_id, version, definition, created_at)"
        " VALUES (?, ?, ?, ?)",
        (segment_id, (newest or 0) + 1, definition, context.now),
    )


def _deleted(context: SandboxContext, segment_id: int) -> None:
    for table in ("segment_members", "segment_history"):
        context.connection.execute(f"DELETE FROM {table} WHERE segment_id = ?", (segment_id,))
    cancel_work(context, "segment", segment_id)


def _product_segment_deleted(context: SandboxContext, segment_id: int) -> None:
    context.connection.execute(
        "DELETE FROM product_segment_members WHERE segment_id = ?", (segment_id,)
    )
    cancel_work(context, "product_segment", segment_id)


def preview(context: SandboxContext, call: Call) -> Answer:
    """Count and sample the users a definition matches."""
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.core.body_fields import BodyForm  # noqa: PLC0415
    from segops_tui.sandbox.rules.definitions import (  # noqa: PLC0415
        compile_rule,
        require_rule,
        unknown_references,
    )

    form = BodyForm(call.json(), intent="create")
    form.mapping("definition", required=True)
    limit = form.body.get("limit", MOST_SAMPLES)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        form.refuse("limit", "A whole number of 0 or more is required.")
    definition = require_rule(form.check()["definition"])
    errors = unknown_references(context.connection, definition)
    if errors:
        raise invalid("definition", *errors)
    compiled = compile_rule(context, definition, kind="user")
    count, sample = _count_and_sample(context, compiled, limit=min(limit, MOST_SAMPLES))
    found = {"matched_users": count, "sample_user_ids": sample, "sql": compiled.inlined()}
    return answer(found)


def estimate(context: SandboxContext, _call: Call, segment_id: int) -> Answer:
    """Count the users the stored definition matches now."""
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import compile_rule, require_rule  # noqa: PLC0415

    definition = json.loads(OBJECTS.row(context, segment_id)["definition"])
    compiled = compile_rule(context, require_rule(definition), kind="user")
    count, _ = _count_and_sample(context, compiled, limit=0)
    return answer({"estimated_count": count, "matched_users": count})


def versions(context: SandboxContext, _call: Call, segment_id: int) -> Answer:
    """List the saved definitions, newest first."""
    OBJECTS.row(context, segment_id)
    rows = context.connection.execute(
        "SELECT * FROM segment_versions WHERE segment_id = ? ORDER BY version DESC", (segment_id,)
    )
    return answer(
        [
            {
                "id": row["id"],
                "version": row["version"],
                "definition": json.loads(row["definition"]),
                "created_at": wire(row["created_at"]),
                "created_by": row["created_by"],
            }
            for row in rows
        ]
    )


def _count_and_sample(
    context: SandboxContext, compiled: Compiled, *, limit: int
) -> tuple[int, list[Any]]:
    """Count the members and keep the first few: one evaluation for both."""
    count, sample = 0, list[Any]()
    for (user_id,) in context.connection.execute(compiled.sql, compiled.params):
        if count < limit:
            sample.append(user_id)
        count += 1
    return count, sample


def compute(context: SandboxContext, _call: Call, segment_id: int) -> Answer:
    """Queue a compute; a second one waits for the first."""
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import require_rule  # noqa: PLC0415

    require_rule(json.loads(OBJECTS.row(context, segment_id)["definition"]))
    enqueue(context, "segment", segment_id)
    return answer({"status": "queued"}, status=202)


def compute_product_segment(context: SandboxContext, _call: Call, segment_id: int) -> Answer:
    """Queue a compute of a product segment; a second one waits for the first."""
    # 10 ms of rule tables that a listing does not need.
    from segops_tui.sandbox.rules.definitions import require_rule  # noqa: PLC0415

    row = PRODUCT_SEGMENTS.row(context, segment_id)
    require_rule(json.loads(row["definition"]), kind="product")
    enqueue(context, "product_segment", segment_id)
    return answer({"status": "queued"}, status=202)


def members(context: SandboxContext, call: Call, segment_id: int) -> Answer:
    """List one page of members by user id; cursors are user ids, so writes shift no page."""
    segment = OBJECTS.row(context, segment_id)
    size = read_limit(call, "page_size", default=MEMBERS, most=MOST_MEMBERS)
    limit = read_limit(call, default=size, most=MOST_MEMBERS)
    cursor, page = call.argument("cursor"), read_limit(call, "page", default=1, most=10**9)
    # "" is below every user id, as none is empty.
    after = "" if cursor is None else parse_cursor(cursor)
    rows = context.connection.execute(
        "SELECT user_id FROM segment_members"
        " WHERE segment_id = ? AND user_id > ? ORDER BY user_id LIMIT ? OFFSET ?",
        (segment_id, after, limit + 1, 0 if cursor else (page - 1) * limit),
    ).fetchall()
    more = len(rows) > limit
    computed_at = wire(segment["last_computed_at"])
    results = [{"user_id": row["user_id"], "computed_at": computed_at} for row in rows[:limit]]
    following = cursor_after(results[-1]["user_id"] or "") if more else None
    return answer({"results": results, "next_cursor": following})


def membership(context: SandboxContext, call: Call) -> Answer:
    """List the segments a user is in, under any of their ids."""
    user_id = call.argument("user_id")
    if user_id is None:
        raise invalid("user_id", REQUIRED)
    ids = ids_of(context.connection, canonical(context.connection, user_id))
    rows = context.connection.execute(
        "SELECT DISTINCT segments.id, segments.name, segments.last_computed_at AS computed_at"
        " FROM segment_members JOIN segments ON segments.id = segment_members.segment_id"
        " WHERE segment_members.user_id IN (SELECT value FROM json_each(?))"
        " ORDER BY segments.id",
        (dump(ids),),
    ).fetchall()
    segments = [
        {
            "segment_id": row["id"],
            "segment_name": row["name"],
            "computed_at": wire(row["computed_at"]),
        }
        for row in rows
    ]
    found = {"user_id": user_id, "segments": segments, "segment_ids": [row["id"] for row in rows]}
    return answer(found)


OBJECTS: Final = Objects("segments", read=_read, show=_show, saved=_saved, deleted=_deleted)
PRODUCT_SEGMENTS: Final = Objects(
    "product_segments",
    read=_read_product_segment,
    show=_show_product_segment,
    warn=_product_segment_warnings,
    deleted=_product_segment_deleted,
)
