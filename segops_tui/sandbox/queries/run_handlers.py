"""Questions put to the assistants: run one, read the answers, try one (contract §7.1).

Knows what is asked for and shown; the answers themselves are `sandbox.asking`'s.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.arrays import read_texts
from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.queue import enqueue
from segops_tui.sandbox.core.timestamps import DAY, wire
from segops_tui.sandbox.products.search import freshen
from segops_tui.sandbox.queries.answers import compared
from segops_tui.sandbox.queries.brands import own_brand
from segops_tui.sandbox.queries.handlers import LONGEST, OBJECTS, PROVIDERS
from segops_tui.sandbox.queries.runs import chosen, columns_of, question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace
    from segops_tui.sandbox.queries.answers import Said

LATEST: Final = 50


def run(workspace: Workspace, _call: Call, query_id: int) -> Answer:
    """Accept a run; a paused question can be run too."""
    OBJECTS.row(workspace, query_id)
    enqueue(workspace, "query", query_id)
    return answer({"status": "queued", "query_id": query_id})


def results(workspace: Workspace, _call: Call, query_id: int) -> Answer:
    """The latest answers, newest first."""
    OBJECTS.row(workspace, query_id)
    rows = workspace.connection.execute(
        "SELECT * FROM ai_results WHERE query_id = ? ORDER BY captured_at DESC, id DESC LIMIT ?",
        (query_id, LATEST),
    )
    return answer(
        [
            {"id": row["id"], "query": row["query_id"], **_shown(dict(row), row["captured_at"])}
            for row in rows
        ]
    )


def simulate(workspace: Workspace, call: Call) -> Answer:
    """Ask once, and store nothing."""
    form = Form(call.json(), intent="create")
    form.text("query_text", required=True, longest=LONGEST)
    read_texts(form, "providers", choices=PROVIDERS)
    given = form.check()
    providers = chosen(given["providers"])
    freshen(workspace.connection)
    asked = question(workspace.connection, given["query_text"])
    answers = [asked.answered(name, day=workspace.now // DAY) for name in providers]
    return answer(
        {
            "query_text": given["query_text"],
            "providers": providers,
            "timed_out": False,
            "results": [_simulated(said, workspace.now) for said in answers],
            "diff": compared(answers, _expected(workspace)),
        }
    )


def _simulated(said: Said, now: int) -> dict[str, Any]:
    return {"id": None, **_shown(columns_of(said), now)}


def _shown(columns: Mapping[str, Any], captured_at: int) -> dict[str, Any]:
    return {
        "provider": columns["provider"],
        "raw_response": columns["raw_response"],
        "mentioned_brands": json.loads(columns["mentioned_brands"]),
        "mentioned_products": json.loads(columns["mentioned_products"]),
        "position": columns["position"],
        "sentiment": columns["sentiment"],
        "is_simulated": bool(columns["is_simulated"]),
        "captured_at": wire(captured_at),
    }


def _expected(workspace: Workspace) -> list[str]:
    """The brands a person wants to see in the comparison even where nobody names them."""
    rows = workspace.connection.execute("SELECT name FROM competitors WHERE is_active ORDER BY id")
    return [own_brand(workspace.connection), *(row["name"] for row in rows)]
