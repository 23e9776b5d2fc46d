"""Segment rules: preview, estimate, versions (contract §2.2).

Knows what trying a rule answers; stores nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import invalid
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.rules.definitions import require_rule, unknown_references
from segops_tui.sandbox.segments.compute import compiled_rule
from segops_tui.sandbox.segments.handlers import OBJECTS

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace
    from segops_tui.sandbox.rules.compiler import Compiled

MOST_SAMPLES: Final = 10


def preview(workspace: Workspace, call: Call) -> Answer:
    """Count and sample whom a definition matches."""
    form = Form(call.json(), intent="create")
    form.mapping("definition", required=True)
    limit = form.body.get("limit", MOST_SAMPLES)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        form.refuse("limit", "A whole number of 0 or more is required.")
    definition = require_rule(form.check()["definition"])
    complaints = unknown_references(workspace.connection, definition)
    if complaints:
        raise invalid("definition", *complaints)
    compiled = compiled_rule(workspace, definition, "user")
    count, sample = _run(workspace, compiled, limit=min(limit, MOST_SAMPLES))
    found = {"matched_users": count, "sample_user_ids": sample, "sql": compiled.inlined()}
    return answer(found)


def estimate(workspace: Workspace, _call: Call, segment_id: int) -> Answer:
    """Count whom the stored definition matches now."""
    definition = json.loads(OBJECTS.row(workspace, segment_id)["definition"])
    compiled = compiled_rule(workspace, require_rule(definition), "user")
    count, _ = _run(workspace, compiled, limit=0)
    return answer({"estimated_count": count, "matched_users": count})


def versions(workspace: Workspace, _call: Call, segment_id: int) -> Answer:
    """Every definition saved, newest first."""
    OBJECTS.row(workspace, segment_id)
    rows = workspace.connection.execute(
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


def _run(workspace: Workspace, compiled: Compiled, *, limit: int) -> tuple[int, list[Any]]:
    """Count the members and keep the first few: one evaluation for both."""
    count, sample = 0, list[Any]()
    for (user_id,) in workspace.connection.execute(compiled.sql, compiled.params):
        if count < limit:
            sample.append(user_id)
        count += 1
    return count, sample
