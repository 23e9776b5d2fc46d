"""Readability scores: ask for one or for all, and read one (contract §4.4).

Knows what is answered; the scoring is work for later looks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.core.queue import enqueue
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.products.handlers import OBJECTS

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace


def start(workspace: Workspace, _call: Call, product_id: int) -> Answer:
    """Accept the scoring of one product."""
    OBJECTS.row(workspace, product_id)
    enqueue(workspace, "score", product_id)
    return answer({"status": "queued", "product_id": product_id}, status=202)


def get(workspace: Workspace, _call: Call, product_id: int) -> Answer:
    """The score of one product; not found until it was scored."""
    OBJECTS.row(workspace, product_id)
    row = workspace.connection.execute(
        "SELECT * FROM product_scores WHERE product_id = ?", (product_id,)
    ).fetchone()
    if row is None:
        raise not_found()
    found = {
        "id": row["product_id"],
        "score": row["score"],
        "dimension_scores": json.loads(row["dimension_scores"]),
        "recommendations": json.loads(row["recommendations"]),
        "scored_at": wire(row["scored_at"]),
    }
    return answer(found)


def start_all(workspace: Workspace, _call: Call) -> Answer:
    """Accept the scoring of the whole catalogue."""
    count = workspace.connection.execute("SELECT count(*) FROM products").fetchone()[0]
    enqueue(workspace, "score_all", 0)
    return answer({"status": "queued", "product_count": count}, status=202)
