"""The tracked queries, which a shopper might ask an AI assistant (contract §7.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import read_texts
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import cancel_work
from segops_tui.sandbox.core.objects import ArrayObjects
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.context import SandboxContext

PROVIDERS: Final = ("chatgpt", "perplexity", "claude", "gemini", "grok")
LONGEST: Final = 1000
_SCHEDULES: Final = ("hourly", "daily", "weekly")


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "query_text": row["query_text"],
        "category": row["category"],
        "tags": json.loads(row["tags"]),
        "providers": json.loads(row["providers"]),
        "is_active": bool(row["is_active"]),
        "schedule": row["schedule"],
        "last_run_at": wire(row["last_run_at"]),
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: BodyForm, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("query_text", required=True, longest=LONGEST)
    form.text("category")
    read_texts(form, "tags")
    read_texts(form, "providers", choices=PROVIDERS)
    form.flag("is_active", default=True)
    form.text("schedule", default="daily", choices=_SCHEDULES)
    text = form.values.get("query_text")
    if text is not None and _is_taken(context, text, row):
        form.refuse("query_text", "query with this query_text already exists.")
    columns = dict(form.check())
    return {
        name: dump(value) if isinstance(value, list) else value for name, value in columns.items()
    }


def _is_taken(context: SandboxContext, text: str, row: sqlite3.Row | None) -> bool:
    other = context.connection.execute(
        "SELECT id FROM ai_queries WHERE query_text = ?", (text,)
    ).fetchone()
    return other is not None and (row is None or other["id"] != row["id"])


def _deleted(context: SandboxContext, query_id: int) -> None:
    cancel_work(context, "query", query_id)


OBJECTS: Final = ArrayObjects("ai_queries", read=_read, show=_show, deleted=_deleted)
