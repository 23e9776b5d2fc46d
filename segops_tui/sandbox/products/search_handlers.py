"""The address of the product search (contract §8.1).

Knows its arguments and its answer; what fits is `sandbox.product_search`'s.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import REQUIRED, invalid, not_found
from segops_tui.sandbox.core.paging import bound
from segops_tui.sandbox.products.search import Hit, filters, freshen, search

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

LIMIT: Final = 20
MOST: Final = 100


def find(workspace: Workspace, call: Call) -> Answer:
    """The products that fit a question, best first."""
    started = time.perf_counter()
    text = call.argument("q")
    if text is None or not text.strip():
        raise invalid("q", REQUIRED)
    segment_id = _segment(workspace, call.argument("segment_id"))
    limit = bound(call, default=LIMIT, most=MOST)
    freshen(workspace.connection)
    # The filters speak of more products than may have been asked for.
    found = search(workspace.connection, text, limit=MOST, segment_id=segment_id)
    return answer(
        {
            "query": text,
            "products": [_show(hit) for hit in found.hits[:limit]],
            "filters": filters(found),
            "metadata": {
                "match_count": found.count,
                "latency_ms": round((time.perf_counter() - started) * 1000),
            },
        }
    )


def _segment(workspace: Workspace, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid("segment_id", "A valid integer is required.")
    row = workspace.connection.execute(
        "SELECT id FROM product_segments WHERE id = ?", (int(text),)
    ).fetchone()
    if row is None:
        raise not_found()
    return int(row["id"])


def _show(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.row["id"],
        "sku": hit.row["sku"],
        "name": hit.row["name"],
        "data": json.loads(hit.row["data"]),
        "relevance_score": hit.relevance,
    }
