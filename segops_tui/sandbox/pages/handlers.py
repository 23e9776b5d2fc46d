"""Landing pages: their list, building, publishing, and the public view (contract §8.2)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import BodyForm, read_texts
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.context import cancel_work, change, enqueue
from segops_tui.sandbox.core.errors import not_found, refused
from segops_tui.sandbox.core.objects import ArrayObjects
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.pages.builds import settled_status, start_build
from segops_tui.sandbox.queries.brands import tenant_slug

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

LONGEST_TITLE: Final = 1000
_LONGEST_SLUG: Final = 200
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+")
_BAD_SLUG: Final = "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."


def show_listed_page(row: sqlite3.Row) -> dict[str, Any]:
    """A page as listed."""
    return {
        "id": row["id"],
        "slug": row["slug"],
        "query": row["query_id"],
        "title": row["title"],
        "published": bool(row["published"]),
        "builder_status": row["builder_status"],
        "view_count": row["view_count"],
        "last_ai_crawl_at": wire(row["last_ai_crawl_at"]),
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def show(row: sqlite3.Row) -> dict[str, Any]:
    """A single page; `builder_error` is the reason of a failed build."""
    return {
        **show_listed_page(row),
        "builder_error": row["builder_error"],
        "intro_copy": row["intro_copy"],
        "product_skus": json.loads(row["product_skus"]),
    }


def _read(form: BodyForm, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("slug", required=True, longest=_LONGEST_SLUG)
    if form.body.get("title") is not None:
        form.text("title", longest=LONGEST_TITLE)
    form.flag("published")
    _read_query(form, context)
    slug = form.values.get("slug")
    if slug is not None and not _SLUG.fullmatch(slug):
        form.refuse("slug", _BAD_SLUG)
    elif slug is not None and _is_taken(context, slug, row):
        form.refuse("slug", "page with this slug already exists.")
    columns = dict(form.check())
    return _created(columns) if row is None else _changed(columns, row)


def _read_query(form: BodyForm, context: SandboxContext) -> None:
    """Read `query`: the id of a tracked query, or the text of another one."""
    if "query" not in form.body:
        return
    given = form.body["query"]
    if isinstance(given, str) and not given.strip().isdecimal():
        form.text("query", required=True, longest=LONGEST_TITLE)
        form.values |= {"query_id": None, "question": form.values.pop("query", "")}
        return
    if given is None:
        form.values["query_id"] = None
        return
    row = None
    if isinstance(given, int | str) and not isinstance(given, bool) and len(str(given)) < 19:
        row = context.connection.execute(
            "SELECT id, query_text FROM ai_queries WHERE id = ?", (int(given),)
        ).fetchone()
    if row is None:
        form.refuse("query", f'Invalid pk "{given}" - object does not exist.')
    else:
        form.values |= {"query_id": row["id"], "question": row["query_text"]}


def _created(columns: dict[str, Any]) -> dict[str, Any]:
    spoken = columns["slug"].replace("-", " ").replace("_", " ")
    question = columns.get("question")
    title = columns.get("title") or question or columns["slug"]
    return {**columns, "question": question or spoken, "title": title}


def _changed(columns: dict[str, Any], row: sqlite3.Row) -> dict[str, Any]:
    if columns.get("title") == "":
        columns["title"] = columns.get("question", row["question"])
    is_published = columns.get("published", row["published"])
    if row["builder_status"] in ("built", "published"):
        columns["builder_status"] = settled_status(is_built=True, is_published=is_published)
    return columns


def _is_taken(context: SandboxContext, slug: str, row: sqlite3.Row | None) -> bool:
    other = context.connection.execute("SELECT id FROM pages WHERE slug = ?", (slug,)).fetchone()
    return other is not None and (row is None or other["id"] != row["id"])


def _deleted(context: SandboxContext, page_id: int) -> None:
    cancel_work(context, "page", page_id)
    exports = context.connection.execute(
        "SELECT id, file FROM page_exports WHERE page_id = ?", (page_id,)
    ).fetchall()
    for export in exports:
        cancel_work(context, "page_export", export["id"])
        if export["file"]:
            (context.folder / export["file"]).unlink(missing_ok=True)
    context.connection.execute("DELETE FROM page_exports WHERE page_id = ?", (page_id,))


OBJECTS: Final = ArrayObjects(
    "pages", read=_read, show=show, show_listed=show_listed_page, deleted=_deleted
)


NOT_BUILT: Final = "Page has not been built."
_ALL_BULKS: Final = 0
"""The subject of all bulk runs, so that they run one after the other."""


def build(context: SandboxContext, call: Call, page_id: int) -> Answer:
    """Start a build, unless one is running."""
    OBJECTS.row(context, page_id)
    form = BodyForm(call.json(), intent="create")
    form.text("template", default="default", longest=100)
    start_build(context, page_id, template=form.check()["template"])
    return answer(show(OBJECTS.row(context, page_id)), status=202)


def regenerate(context: SandboxContext, _call: Call, page_id: int) -> Answer:
    """Start a rebuild; the current version stays live until it is done."""
    OBJECTS.row(context, page_id)
    start_build(context, page_id)
    return answer({"status": "queued"}, status=202)


def publish(context: SandboxContext, _call: Call, page_id: int) -> Answer:
    """Publish a built page; a published one stays as it is."""
    row = OBJECTS.row(context, page_id)
    if row["builder_status"] not in ("built", "published"):
        raise refused(NOT_BUILT)
    if not row["published"] or row["builder_status"] != "published":
        columns = {"published": 1, "builder_status": "published", "updated_at": context.now}
        change(context.connection, "pages", page_id, columns)
    return answer(show(OBJECTS.row(context, page_id)))


def bulk_generate(context: SandboxContext, call: Call) -> Answer:
    """Start building a page for each of `queries`, or for every active tracked query."""
    form = BodyForm(call.json(), intent="create")
    read_texts(form, "queries", longest=LONGEST_TITLE)
    texts: list[str] = form.check()["queries"]
    if form.body.get("queries") == []:
        form.refuse("queries", "This list may not be empty.")
        form.check()
    left = [{"query_id": None, "question": text} for text in texts] or _active(context)
    enqueue(context, "page_bulk", _ALL_BULKS, details={"left": left})
    number = context.connection.execute("SELECT last_insert_rowid()").fetchone()[0]
    return answer({"job_id": f"bulk-{number}", "status": "queued"}, status=202)


def _active(context: SandboxContext) -> list[dict[str, Any]]:
    rows = context.connection.execute(
        "SELECT id, query_text FROM ai_queries WHERE is_active ORDER BY id"
    )
    return [{"query_id": row["id"], "question": row["query_text"]} for row in rows]


CRAWLERS: Final = (
    "gptbot", "oai-searchbot", "chatgpt-user", "claudebot", "claude-user", "claude-searchbot",
    "claude-web", "anthropic-ai", "perplexitybot", "perplexity-user", "google-extended",
    "google-cloudvertexbot", "applebot-extended", "amazonbot", "bytespider", "ccbot", "cohere-ai",
    "duckassistbot", "meta-externalagent", "meta-externalfetcher", "mistralai-user", "youbot",
    "grokbot", "xai-grok",
)  # fmt: skip
"""Parts of the user agents of AI crawlers, in lower case."""
_SEEN: Final = "slug = ? AND published AND blocks <> '[]'"
"""A page that visitors can see: published, and with content."""


def get_public(context: SandboxContext, call: Call, tenant: str, slug: str) -> Answer:
    """Return a page to a visitor and count the view, except for HEAD."""
    if tenant != tenant_slug(context.connection):
        raise not_found()
    if call.method != "HEAD":
        _count(context, slug, by_crawler=_is_crawler(call.headers.get("user-agent", "")))
    row = context.connection.execute(f"SELECT * FROM pages WHERE {_SEEN}", (slug,)).fetchone()
    if row is None:
        raise not_found()
    return answer(show(row))


def _count(context: SandboxContext, slug: str, *, by_crawler: bool) -> None:
    context.connection.execute(
        "UPDATE pages SET view_count = view_count + 1,"
        " last_ai_crawl_at = CASE WHEN ? THEN ? ELSE last_ai_crawl_at END"
        f" WHERE {_SEEN}",
        (by_crawler, context.now, slug),
    )


def _is_crawler(agent: str) -> bool:
    lowered = agent.lower()
    return any(name in lowered for name in CRAWLERS)
