"""Landing pages: their list, and what may be said of one (contract §8.2).

Knows their fields; building, publishing and exporting have modules of their own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.arrays import ArrayObjects
from segops_tui.sandbox.core.queue import cancel
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.pages.builds import settled_status

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import Form
    from segops_tui.sandbox.core.context import Workspace

LONGEST_TITLE: Final = 1000
_LONGEST_SLUG: Final = 200
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+")
_BAD_SLUG: Final = "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."


def show_light(row: sqlite3.Row) -> dict[str, Any]:
    """A page as the list has it."""
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
    """A page on its own; `builder_error` tells why a build failed."""
    return {
        **show_light(row),
        "builder_error": row["builder_error"],
        "intro_copy": row["intro_copy"],
        "product_skus": json.loads(row["product_skus"]),
    }


def _read(form: Form, workspace: Workspace, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("slug", required=True, longest=_LONGEST_SLUG)
    if form.body.get("title") is not None:
        form.text("title", longest=LONGEST_TITLE)
    form.flag("published")
    _read_query(form, workspace)
    slug = form.values.get("slug")
    if slug is not None and not _SLUG.fullmatch(slug):
        form.refuse("slug", _BAD_SLUG)
    elif slug is not None and _is_taken(workspace, slug, row):
        form.refuse("slug", "page with this slug already exists.")
    columns = dict(form.check())
    return _created(columns) if row is None else _changed(columns, row)


def _read_query(form: Form, workspace: Workspace) -> None:
    """Read `query`: a tracked question's id, or the text of one that is not tracked."""
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
        row = workspace.connection.execute(
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


def _is_taken(workspace: Workspace, slug: str, row: sqlite3.Row | None) -> bool:
    other = workspace.connection.execute("SELECT id FROM pages WHERE slug = ?", (slug,)).fetchone()
    return other is not None and (row is None or other["id"] != row["id"])


def _deleted(workspace: Workspace, page_id: int) -> None:
    cancel(workspace, "page", page_id)
    exports = workspace.connection.execute(
        "SELECT id, file FROM page_exports WHERE page_id = ?", (page_id,)
    ).fetchall()
    for export in exports:
        cancel(workspace, "page_export", export["id"])
        if export["file"]:
            (workspace.folder / export["file"]).unlink(missing_ok=True)
    workspace.connection.execute("DELETE FROM page_exports WHERE page_id = ?", (page_id,))


OBJECTS: Final = ArrayObjects(
    "pages", read=_read, show=show, show_listed=show_light, deleted=_deleted
)
