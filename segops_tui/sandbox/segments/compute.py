"""Segment computes: replace the stored members with the current matches (contract §2.3)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.activations.handlers import start_active
from segops_tui.sandbox.core.context import SandboxContext, change
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.webhooks.deliveries import announce

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.api.definition import Kind as Population
    from segops_tui.sandbox.rules.compiler import Compiled

DURATION: Final = 0.5
"""Seconds a compute takes, at pace 1."""


@dataclass(frozen=True, slots=True)
class _Computed:
    """What differs between user segments and product segments."""

    table: str
    count: str
    members: str
    member: str
    population: Population

    def kind(self) -> WorkKind:
        """Return their kind of work."""
        return WorkKind(step=self.step, fail=self.fail)

    def step(self, context: SandboxContext, work: QueuedWork) -> Later | None:
        """Start a compute, or finish it."""
        row = context.connection.execute(
            f"SELECT * FROM {self.table} WHERE id = ?", (work.subject_id,)
        ).fetchone()
        if row is None:
            return None
        if work.state == "queued":
            change(context.connection, self.table, row["id"], {"status": "computing"})
            return Later(
                due_at=work.due_at + context.span(DURATION),
                details={"previous": row["status"]},
            )
        self._compute(context, row)
        return None

    def fail(self, context: SandboxContext, work: QueuedWork, words: str) -> None:
        """Restore the previous status and store the error."""
        columns = {"last_compute_error": words, "status": work.details.get("previous", "draft")}
        change(context.connection, self.table, work.subject_id, columns)

    def _compute(self, context: SandboxContext, row: sqlite3.Row) -> None:
        # Always later than the last one: clients wait for it to change.
        computed_at = max(context.now, (row["last_computed_at"] or 0) + 1)
        # 10 ms of rule tables, needed only when a compute is due.
        from segops_tui.sandbox.rules.definitions import compile_rule  # noqa: PLC0415

        compiled = compile_rule(context, json.loads(row["definition"]), kind=self.population)
        count = self._replace(context.connection, row["id"], compiled)
        columns = {
            self.count: count,
            "status": "computed",
            "last_computed_at": computed_at,
            "last_compute_error": "",
        }
        change(context.connection, self.table, row["id"], columns)
        if self.population == "user":
            context.connection.execute(
                "INSERT INTO segment_history (segment_id, computed_at, member_count)"
                " VALUES (?, ?, ?)",
                (row["id"], computed_at, count),
            )
            announce(context, row, member_count=count, computed_at=computed_at)
            start_active(context, row["id"])

    def _replace(self, connection: sqlite3.Connection, segment_id: int, compiled: Compiled) -> int:
        """Make a query's result the stored members, of which only the changes are written.

        Both sets are read in order, so that each difference is one merge of them.
        """
        connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS found (member TEXT PRIMARY KEY) WITHOUT ROWID"
        )
        connection.execute("DELETE FROM found")
        count = connection.execute(f"INSERT INTO found {compiled.sql}", compiled.params).rowcount
        found = "SELECT member FROM found"
        stored = f"SELECT {self.member} AS member FROM {self.members} WHERE segment_id = :id"
        connection.execute(
            f"DELETE FROM {self.members} WHERE segment_id = :id"
            f" AND {self.member} IN ({stored} EXCEPT {found} ORDER BY member)",
            {"id": segment_id},
        )
        connection.execute(
            f"INSERT INTO {self.members} (segment_id, {self.member})"
            f" SELECT :id, member FROM ({found} EXCEPT {stored} ORDER BY member)",
            {"id": segment_id},
        )
        connection.execute("DELETE FROM found")
        return count


SEGMENT: Final = _Computed("segments", "member_count", "segment_members", "user_id", "user").kind()
PRODUCT_SEGMENT: Final = _Computed(
    "product_segments", "computed_count", "product_segment_members", "sku", "product"
).kind()
