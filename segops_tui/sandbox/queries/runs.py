"""Questions put to the assistants: run one, read the answers, try one (contract §7.1).

Knows what is asked for and shown; the answers themselves are `sandbox.asking`'s.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import Form, read_texts
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import SandboxContext, change, enqueue, insert
from segops_tui.sandbox.core.timestamps import DAY, wire
from segops_tui.sandbox.core.worker import Kind, Later, Work
from segops_tui.sandbox.products.search import freshen, search, varied
from segops_tui.sandbox.queries.answers import MOST_PRODUCTS, PROVIDERS, Question, compared
from segops_tui.sandbox.queries.brands import own_brand, seed_number
from segops_tui.sandbox.queries.handlers import LONGEST, OBJECTS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.queries.answers import Said

LATEST: Final = 50


def run(context: SandboxContext, _call: Call, query_id: int) -> Answer:
    """Accept a run; a paused question can be run too."""
    OBJECTS.row(context, query_id)
    enqueue(context, "query", query_id)
    return answer({"status": "queued", "query_id": query_id})


def results(context: SandboxContext, _call: Call, query_id: int) -> Answer:
    """The latest answers, newest first."""
    OBJECTS.row(context, query_id)
    rows = context.connection.execute(
        "SELECT * FROM ai_results WHERE query_id = ? ORDER BY captured_at DESC, id DESC LIMIT ?",
        (query_id, LATEST),
    )
    return answer(
        [
            {"id": row["id"], "query": row["query_id"], **_shown(dict(row), row["captured_at"])}
            for row in rows
        ]
    )


def simulate(context: SandboxContext, call: Call) -> Answer:
    """Ask once, and store nothing."""
    form = Form(call.json(), intent="create")
    form.text("query_text", required=True, longest=LONGEST)
    read_texts(form, "providers", choices=PROVIDERS)
    given = form.check()
    providers = chosen(given["providers"])
    freshen(context.connection)
    asked = question(context.connection, given["query_text"])
    answers = [asked.answered(name, day=context.now // DAY) for name in providers]
    return answer(
        {
            "query_text": given["query_text"],
            "providers": providers,
            "timed_out": False,
            "results": [_simulated(said, context.now) for said in answers],
            "diff": compared(answers, _expected(context)),
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


def _expected(context: SandboxContext) -> list[str]:
    """The brands a person wants to see in the comparison even where nobody names them."""
    rows = context.connection.execute("SELECT name FROM competitors WHERE is_active ORDER BY id")
    return [own_brand(context.connection), *(row["name"] for row in rows)]


DURATION: Final = 0.1
"""Seconds an assistant takes to answer, at the usual pace."""

_LOOKED_AT: Final = 30


def question(connection: sqlite3.Connection, text: str) -> Question:
    """A question, ready to be put to assistants; the product index must be up to date."""
    rivals = connection.execute("SELECT name FROM competitors ORDER BY id")
    found = search(connection, text, limit=_LOOKED_AT)
    return Question(
        text,
        seed=seed_number(connection),
        own_brand=own_brand(connection),
        rivals=[row["name"] for row in rivals],
        products=[hit.facts for hit in varied(found.hits, limit=MOST_PRODUCTS)],
    )


def chosen(providers: Iterable[str]) -> list[str]:
    """The providers named, in their usual order; none named are all of them."""
    wanted = set(providers) or set(PROVIDERS)
    return [provider for provider in PROVIDERS if provider in wanted]


def store(connection: sqlite3.Connection, query_id: int, said: Said, *, captured_at: int) -> None:
    """Keep an answer."""
    columns = columns_of(said)
    insert(connection, "ai_results", {"query_id": query_id, **columns, "captured_at": captured_at})


def columns_of(said: Said) -> dict[str, Any]:
    """An answer as it is stored."""
    return {
        "provider": said.provider,
        "raw_response": said.text,
        "mentioned_brands": dump([mention.show() for mention in said.brands]),
        "mentioned_products": dump(said.products_shown()),
        "position": said.position,
        "sentiment": said.sentiment,
        "is_simulated": 1,
    }


def _step(context: SandboxContext, work: Work) -> Later | None:
    row = context.connection.execute(
        "SELECT * FROM ai_queries WHERE id = ?", (work.subject_id,)
    ).fetchone()
    if row is None:
        return None
    if work.state == "queued":
        left = chosen(json.loads(row["providers"]))
        return _after_an_answer(context, work, left)
    provider, *left = work.details["left"]
    freshen(context.connection)
    asked = question(context.connection, row["query_text"])
    said = asked.answered(provider, day=context.now // DAY)
    store(context.connection, row["id"], said, captured_at=context.now)
    if left:
        return _after_an_answer(context, work, left)
    change(context.connection, "ai_queries", row["id"], {"last_run_at": context.now})
    return None


def _after_an_answer(context: SandboxContext, work: Work, left: list[str]) -> Later:
    return Later(due_at=work.due_at + context.span(DURATION), details={"left": left})


def _no_record(_context: SandboxContext, _work: Work, _words: str) -> None:
    """A run that could not be finished leaves the answers it had; the API has no word for it."""


QUERY: Final = Kind(step=_step, fail=_no_record)
