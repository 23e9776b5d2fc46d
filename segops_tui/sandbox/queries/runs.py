"""Run queries with the simulated providers and show their answers (contract §7.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import BodyForm, read_texts
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import SandboxContext, change, enqueue, insert
from segops_tui.sandbox.core.timestamps import DAY, wire
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.products.search import one_per_model, search, update_index
from segops_tui.sandbox.queries.answers import (
    MOST_PRODUCTS,
    PROVIDERS,
    SimulatedQuery,
    compare_providers,
)
from segops_tui.sandbox.queries.brands import own_brand, seed_number
from segops_tui.sandbox.queries.handlers import LONGEST, OBJECTS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.queries.answers import SimulatedAnswer

LATEST: Final = 50


def run(context: SandboxContext, _call: Call, query_id: int) -> Answer:
    """Queue a run; an inactive query can be run as well."""
    OBJECTS.row(context, query_id)
    enqueue(context, "query", query_id)
    return answer({"status": "queued", "query_id": query_id})


def results(context: SandboxContext, _call: Call, query_id: int) -> Answer:
    """Return the latest answers, newest first."""
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
    """Answer a query without storing anything."""
    form = BodyForm(call.json(), intent="create")
    form.text("query_text", required=True, longest=LONGEST)
    read_texts(form, "providers", choices=PROVIDERS)
    body = form.check()
    providers = chosen_providers(body["providers"])
    update_index(context.connection)
    asked = load_query(context.connection, body["query_text"])
    answers = [asked.answer(name, day=context.now // DAY) for name in providers]
    first_id = _take_ids(context.connection, len(answers))
    return answer(
        {
            "query_text": body["query_text"],
            "providers": providers,
            "timed_out": False,
            "results": [
                {"id": first_id + index, **_shown(columns_of(each), context.now)}
                for index, each in enumerate(answers)
            ],
            "diff": compare_providers(answers, _expected(context)),
        }
    )


def _take_ids(connection: sqlite3.Connection, count: int) -> int:
    """Take ids that no stored result has or will have, and return the first of them."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'ai_results'").fetchone()
    taken = 0 if row is None else int(row["seq"])
    if row is None:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('ai_results', 0)")
    connection.execute(
        "UPDATE sqlite_sequence SET seq = ? WHERE name = 'ai_results'", (taken + count,)
    )
    return taken + 1


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
    """The brands that the comparison always shows: the own one and the active competitors."""
    rows = context.connection.execute("SELECT name FROM competitors WHERE is_active ORDER BY id")
    return [own_brand(context.connection), *(row["name"] for row in rows)]


DURATION: Final = 0.1
"""Seconds a provider takes to answer, at pace 1."""

_LOOKED_AT: Final = 30


def load_query(connection: sqlite3.Connection, text: str) -> SimulatedQuery:
    """Load what providers know of a query; the product index must be up to date."""
    competitors = connection.execute("SELECT name FROM competitors ORDER BY id")
    found = search(connection, text, limit=_LOOKED_AT)
    return SimulatedQuery(
        text,
        seed=seed_number(connection),
        own_brand=own_brand(connection),
        competitors=[row["name"] for row in competitors],
        products=[hit.facts for hit in one_per_model(found.hits, limit=MOST_PRODUCTS)],
    )


def chosen_providers(providers: Iterable[str]) -> list[str]:
    """The providers in their usual order; all of them for an empty list."""
    wanted = set(providers) or set(PROVIDERS)
    return [provider for provider in PROVIDERS if provider in wanted]


def store_answer(
    connection: sqlite3.Connection, query_id: int, given: SimulatedAnswer, *, captured_at: int
) -> None:
    """Store an answer."""
    columns = columns_of(given)
    insert(connection, "ai_results", {"query_id": query_id, **columns, "captured_at": captured_at})


def columns_of(given: SimulatedAnswer) -> dict[str, Any]:
    """An answer as columns."""
    return {
        "provider": given.provider,
        "raw_response": given.text,
        "mentioned_brands": dump([mention.show() for mention in given.brands]),
        "mentioned_products": dump(given.products_shown()),
        "position": given.position,
        "sentiment": given.sentiment,
        "is_simulated": 1,
    }


def _step(context: SandboxContext, work: QueuedWork) -> Later | None:
    row = context.connection.execute(
        "SELECT * FROM ai_queries WHERE id = ?", (work.subject_id,)
    ).fetchone()
    if row is None:
        return None
    if work.state == "queued":
        left = chosen_providers(json.loads(row["providers"]))
        return _after_an_answer(context, work, left)
    provider, *left = work.details["left"]
    update_index(context.connection)
    asked = load_query(context.connection, row["query_text"])
    given = asked.answer(provider, day=context.now // DAY)
    store_answer(context.connection, row["id"], given, captured_at=context.now)
    if left:
        return _after_an_answer(context, work, left)
    change(context.connection, "ai_queries", row["id"], {"last_run_at": context.now})
    return None


def _after_an_answer(context: SandboxContext, work: QueuedWork, left: list[str]) -> Later:
    return Later(due_at=work.due_at + context.span(DURATION), details={"left": left})


def _keep_results(_context: SandboxContext, _work: QueuedWork, _words: str) -> None:
    """Keep the answers so far: the API reports no failed run."""


QUERY: Final = WorkKind(step=_step, fail=_keep_results)
