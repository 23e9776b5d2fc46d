"""Scoring: one product, or the whole catalogue a slice at each look (contract §4.4).

Knows where scores are kept; the rule itself is `sandbox.readability`'s.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.worker import Kind, Later, Work
from segops_tui.sandbox.products.readability import score
from segops_tui.sandbox.products.schema import stored_schema

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.context import Workspace

SLICE: Final = 2_000


def _step_one(workspace: Workspace, work: Work) -> Later | None:
    rows = workspace.connection.execute(
        "SELECT id, name, data FROM products WHERE id = ?", (work.subject_id,)
    ).fetchall()
    _write(workspace, rows)
    return None


def _step_all(workspace: Workspace, work: Work) -> Later | None:
    rows = workspace.connection.execute(
        "SELECT id, name, data FROM products WHERE id > ? ORDER BY id LIMIT ?",
        (work.details.get("after", 0), SLICE),
    ).fetchall()
    _write(workspace, rows)
    if len(rows) < SLICE:
        return None
    return Later(workspace.now, details={"after": rows[-1]["id"]}, pause=True)


def _write(workspace: Workspace, rows: list[sqlite3.Row]) -> None:
    fields = [field["name"] for field in stored_schema(workspace)["fields"]]
    scores = [
        (row["id"], score(row["name"], json.loads(row["data"]), fields=fields)) for row in rows
    ]
    workspace.connection.executemany(
        "INSERT OR REPLACE INTO product_scores"
        " (product_id, score, dimension_scores, recommendations, scored_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (
                product_id,
                given.total,
                dump(given.dimensions),
                dump(given.recommendations),
                workspace.now,
            )
            for product_id, given in scores
        ],
    )
    workspace.connection.executemany(
        "UPDATE products SET ai_readability_score = ? WHERE id = ?",
        [(given.total, product_id) for product_id, given in scores],
    )


def _no_record(_workspace: Workspace, _work: Work, _words: str) -> None:
    """A score that could not be made leaves the one before; the API has nowhere to say so."""


SCORE: Final = Kind(step=_step_one, fail=_no_record)
SCORE_ALL: Final = Kind(step=_step_all, fail=_no_record)
