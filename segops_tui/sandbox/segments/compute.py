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
        write = _write_users if self.population == "user" else _write_products
        count = write(context.connection, row["id"], compiled, computed_at)
        columns = {
            self.count: count,
            "status": "computed",
            "last_computed_at": computed_at,
            "last_compute_error": "",
        }
        change(context.connection, self.table, row["id"], columns)
        if self.population == "user":
            announce(context, row, member_count=count, computed_at=computed_at)
            start_active(context, row["id"])


def _write_users(
    connection: sqlite3.Connection, segment_id: int, compiled: Compiled, computed_at: int
) -> int:
    connection.execute("DELETE FROM segment_members WHERE segment_id = ?", (segment_id,))
    count = connection.execute(
        "INSERT INTO segment_members (segment_id, user_id, computed_at)"
        f" SELECT ?, user_id, ? FROM ({compiled.sql})",
        (segment_id, computed_at, *compiled.params),
    ).rowcount
    connection.execute(
        "INSERT INTO segment_history (segment_id, computed_at, member_count) VALUES (?, ?, ?)",
        (segment_id, computed_at, count),
    )
    return count


def _write_products(
    connection: sqlite3.Connection, segment_id: int, compiled: Compiled, _computed_at: int
) -> int:
    connection.execute("DELETE FROM product_segment_members WHERE segment_id = ?", (segment_id,))
    return connection.execute(
        "INSERT INTO product_segment_members (segment_id, sku)"
        f" SELECT ?, sku FROM ({compiled.sql})",
        (segment_id, *compiled.params),
    ).rowcount


SEGMENT: Final = _Computed("segments", "member_count", "user").kind()
PRODUCT_SEGMENT: Final = _Computed("product_segments", "computed_count", "product").kind()
