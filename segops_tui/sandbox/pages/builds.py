"""The build of a landing page: draft, building, built or failed, and the bulk run (§8.2)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import SandboxContext, change, enqueue, insert
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.pages.content import compose
from segops_tui.sandbox.products.search import update_index
from segops_tui.sandbox.queries.brands import own_brand

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from segops_tui.sandbox.pages.content import Content

DURATION: Final = 0.6
"""Seconds a build takes, at pace 1."""
PAUSE: Final = 0.1
"""Seconds between two pages of a bulk run."""
_LONGEST_SLUG: Final = 80
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")


def start_build(context: SandboxContext, page_id: int, **columns: Any) -> None:
    """Start building a page, unless it is being built."""
    row = _row(context, page_id)
    if row is None or row["builder_status"] == "building":
        return
    columns = {"builder_status": "building", "builder_error": "", **columns}
    change(context.connection, "pages", page_id, {**columns, "updated_at": context.now})
    enqueue(context, "page", page_id)


def settled_status(*, is_built: bool, is_published: bool) -> str:
    """The status of a page that is not being built."""
    if not is_built:
        return "draft"
    return "published" if is_published else "built"


def content_columns(row: Mapping[str, Any] | sqlite3.Row, content: Content) -> dict[str, Any]:
    """Built content as columns of a page.

    A title that only repeats the query or the slug is replaced; one that a user chose stays.
    """
    is_chosen = row["title"] not in (row["question"], row["slug"])
    return {
        "title": row["title"] if is_chosen else content.title,
        "intro_copy": content.intro,
        "product_skus": dump(content.skus),
        "blocks": dump(content.blocks),
    }


def free_slug(connection: sqlite3.Connection, text: str) -> str:
    """A slug for a text that no page uses."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    stem = _NOT_SLUG.sub("-", plain).strip("-")[:_LONGEST_SLUG].strip("-") or "page"
    taken = {row["slug"] for row in connection.execute("SELECT slug FROM pages")}
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def _build(context: SandboxContext, work: QueuedWork) -> Later | None:
    row = _row(context, work.subject_id)
    if row is None:
        return None
    if work.state == "queued":
        return Later(due_at=work.due_at + context.span(DURATION))
    update_index(context.connection)
    brand = own_brand(context.connection)
    question = row["query_text"] or row["question"]
    content = compose(context.connection, question, brand=brand)
    columns = {
        "question": question,
        **content_columns(row, content),
        "builder_status": settled_status(is_built=True, is_published=row["published"]),
        "builder_error": "",
        "updated_at": context.now,
    }
    change(context.connection, "pages", row["id"], columns)
    return None


def _fail(context: SandboxContext, work: QueuedWork, words: str) -> None:
    columns = {"builder_status": "failed", "builder_error": words, "updated_at": context.now}
    change(context.connection, "pages", work.subject_id, columns)


def _build_many(context: SandboxContext, work: QueuedWork) -> Later | None:
    """Start building the next page of a bulk run."""
    left: list[dict[str, Any]] = [*work.details["left"]]
    if not left:
        return None
    query = left.pop(0)
    page_id = _page_of(context, query) or _add(context, query)
    start_build(context, page_id)
    if not left:
        return None
    return Later(due_at=work.due_at + context.span(PAUSE), details={"left": left})


def _page_of(context: SandboxContext, query: dict[str, Any]) -> int | None:
    """The oldest page of a query, if any."""
    row = context.connection.execute(
        "SELECT id FROM pages WHERE query_id = ?1 OR (?1 IS NULL AND question = ?2)"
        " ORDER BY id LIMIT 1",
        (query["query_id"], query["question"]),
    ).fetchone()
    return row["id"] if row else None


def _add(context: SandboxContext, query: dict[str, Any]) -> int:
    is_known = context.connection.execute(
        "SELECT 1 FROM ai_queries WHERE id = ?", (query["query_id"],)
    ).fetchone()
    columns = {
        "slug": free_slug(context.connection, query["question"]),
        "query_id": query["query_id"] if is_known else None,
        "question": query["question"],
        "title": query["question"],
        "created_at": context.now,
        "updated_at": context.now,
    }
    return insert(context.connection, "pages", columns)


def _row(context: SandboxContext, page_id: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = context.connection.execute(
        "SELECT pages.*, query_text FROM pages"
        " LEFT JOIN ai_queries ON ai_queries.id = query_id WHERE pages.id = ?",
        (page_id,),
    ).fetchone()
    return row


def _keep_results(_context: SandboxContext, _work: QueuedWork, _words: str) -> None:
    """Keep the pages so far: the API reports no failed bulk run."""


PAGE: Final = WorkKind(step=_build, fail=_fail)
BULK: Final = WorkKind(step=_build_many, fail=_keep_results)
