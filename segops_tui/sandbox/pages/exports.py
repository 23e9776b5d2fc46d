"""Page exports: what the last build made of a page, written to a file (contract §8.2).

Knows the life of an export and where its file lies; a format is its own module's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.context import SandboxContext, change
from segops_tui.sandbox.core.errors import refused
from segops_tui.sandbox.core.exported_files import ExportedFiles
from segops_tui.sandbox.core.timestamps import HOUR
from segops_tui.sandbox.core.worker import Kind, Later, Work
from segops_tui.sandbox.pages.formats import html, tsx
from segops_tui.sandbox.pages.handlers import NOT_BUILT, OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

DURATION: Final = 0.3
"""Seconds an export takes, at the usual pace."""
LIFETIME: Final = HOUR
"""How long a finished file can be fetched."""


def raw(page: Mapping[str, Any]) -> str:
    """The blocks as they are, in JSON for people to read."""
    shown = {name: page[name] for name in ("slug", "title", "template", "blocks")}
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


FORMATS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "html": html,
    "tsx": tsx,
    "json": raw,
}


def _step(context: SandboxContext, work: Work) -> Later | None:
    if work.state == "queued":
        return Later(due_at=work.due_at + context.span(DURATION))
    row = context.connection.execute(
        "SELECT page_exports.id, page_exports.format, slug, title, template, intro_copy, blocks"
        " FROM page_exports JOIN pages ON pages.id = page_id WHERE page_exports.id = ?",
        (work.subject_id,),
    ).fetchone()
    if row is None:
        return None
    page = {**dict(row), "blocks": _titled(json.loads(row["blocks"]), row["title"])}
    target = context.made_folder() / f"page-export-{row['id']}.{row['format']}"
    aside = target.with_name(f"{target.name}.part")
    try:
        aside.write_text(FORMATS[row["format"]](page), encoding="utf-8", newline="\n")
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    columns = {
        "status": "complete",
        "file": target.name,
        "completed_at": context.now,
        "expires_at": context.now + LIFETIME,
    }
    change(context.connection, "page_exports", row["id"], columns)
    return None


def _titled(blocks: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    """The blocks under the title the page has now, which may be newer than they are."""
    return [{**block, "title": title} if block["type"] == "hero" else block for block in blocks]


def _fail(context: SandboxContext, work: Work, words: str) -> None:
    columns = {"status": "failed", "error": words}
    change(context.connection, "page_exports", work.subject_id, columns)


PAGE_EXPORT: Final = Kind(step=_step, fail=_fail)


_FILES: Final = ExportedFiles(
    table="page_exports",
    owner="page_id",
    work="page_export",
    link="/api/ai-pages/exports/{}/download/",
    types={
        "html": "text/html; charset=utf-8",
        "tsx": "text/plain; charset=utf-8",
        "json": "application/json",
    },
)


def start(context: SandboxContext, call: Call, page_id: int) -> Answer:
    """Accept an export of what the page says now."""
    page = OBJECTS.row(context, page_id)
    form = Form(call.json(), intent="create")
    form.text("format", default="html", choices=_FILES.types)
    wanted = form.check()["format"]
    if page["blocks"] == "[]":
        raise refused(NOT_BUILT)
    return _FILES.start(context, page_id, wanted)


def status(context: SandboxContext, call: Call, page_id: int) -> Answer:
    """How far an export is."""
    OBJECTS.row(context, page_id)
    return _FILES.status(context, call, page_id)


def download(context: SandboxContext, _call: Call, export_id: int) -> Answer:
    """The finished file, for an hour."""
    row = _FILES.row(context, export_id)
    page = OBJECTS.row(context, row["page_id"])
    return _FILES.download(context, row, stem=page["slug"])
