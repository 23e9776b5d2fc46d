"""Segment members: compute them, page through them, ask whose member a user is (contract §2.2).

Knows stored membership only; a fresh evaluation is a compute.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import REQUIRED, invalid
from segops_tui.sandbox.core.paging import MEMBERS, MOST_MEMBERS, bound, cursor_after, place_of
from segops_tui.sandbox.core.queue import enqueue
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.people.identities import canonical, ids_of
from segops_tui.sandbox.segments.handlers import OBJECTS

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace


def compute(workspace: Workspace, _call: Call, segment_id: int) -> Answer:
    """Accept a compute; one more while computing waits its turn."""
    # 10 ms of rule tables that a page of members does not owe.
    from segops_tui.sandbox.rules.definitions import require_rule  # noqa: PLC0415

    require_rule(json.loads(OBJECTS.row(workspace, segment_id)["definition"]))
    enqueue(workspace, "segment", segment_id)
    return answer({"status": "queued"}, status=202)


def members(workspace: Workspace, call: Call, segment_id: int) -> Answer:
    """A stretch of members by user id; a cursor names a user id, so writes move nothing."""
    OBJECTS.row(workspace, segment_id)
    limit = bound(call, default=MEMBERS, most=MOST_MEMBERS)
    cursor, page = call.argument("cursor"), bound(call, "page", default=1, most=10**9)
    # "" is below every user id, as none is empty.
    place = "" if cursor is None else place_of(cursor)
    rows = workspace.connection.execute(
        "SELECT user_id, computed_at FROM segment_members"
        " WHERE segment_id = ? AND user_id > ? ORDER BY user_id LIMIT ? OFFSET ?",
        (segment_id, place, limit + 1, 0 if cursor else (page - 1) * limit),
    ).fetchall()
    more = len(rows) > limit
    results = [
        {"user_id": row["user_id"], "computed_at": wire(row["computed_at"])} for row in rows[:limit]
    ]
    following = cursor_after(results[-1]["user_id"] or "") if more else None
    return answer({"results": results, "next_cursor": following})


def membership(workspace: Workspace, call: Call) -> Answer:
    """The segments a user is in, under any of their ids."""
    user_id = call.argument("user_id")
    if user_id is None:
        raise invalid("user_id", REQUIRED)
    ids = ids_of(workspace.connection, canonical(workspace.connection, user_id))
    rows = workspace.connection.execute(
        "SELECT segments.id, segments.name, max(segment_members.computed_at) AS computed_at"
        " FROM segment_members JOIN segments ON segments.id = segment_members.segment_id"
        " WHERE segment_members.user_id IN (SELECT value FROM json_each(?))"
        " GROUP BY segments.id ORDER BY segments.id",
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
