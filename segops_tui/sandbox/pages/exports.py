"""Export a page: start, follow and download the file of its current build (contract §8.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import BodyForm
from segops_tui.sandbox.core.context import SandboxContext, change
from segops_tui.sandbox.core.errors import refused
from segops_tui.sandbox.core.exported_files import ExportedFiles
from segops_tui.sandbox.core.timestamps import HOUR
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.pages.formats import FORMATS
from segops_tui.sandbox.pages.handlers import NOT_BUILT, OBJECTS

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

DURATION: Final = 0.3
"""Seconds an export takes, at pace 1."""
LIFETIME: Final = HOUR
"""How long a finished file can be downloaded."""


def _step(context: SandboxContext, work: QueuedWork) -> Later | None:
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
    target = context.ensure_folder() / f"page-export-{row['id']}.{row['format']}"
    partial = target.with_name(f"{target.name}.part")
    try:
        partial.write_text(FORMATS[row["format"]](page), encoding="utf-8", newline="\n")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    columns = {
        "status": "complete",
        "file": target.name,
        "completed_at": context.now,
        "expires_at": context.now + LIFETIME,
    }
    change(context.connection, "page_exports", row["id"], columns)
    return None


def _titled(blocks: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    """The blocks with the page's current title, which may be newer than the build."""
    return [{**block, "title": title} if block["type"] == "hero" else block for block in blocks]


def _fail(context: SandboxContext, work: QueuedWork, words: str) -> None:
    columns = {"status": "failed", "error": words}
    change(context.connection, "page_exports", work.subject_id, columns)


PAGE_EXPORT: Final = WorkKind(step=_step, fail=_fail)


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
    """Start an export of the page's current content."""
    page = OBJECTS.row(context, page_id)
    form = BodyForm(call.json(), intent="create")
    form.text("format", default="html", choices=_FILES.types)
    wanted = form.check()["format"]
    if page["blocks"] == "[]":
        raise refused(NOT_BUILT)
    return _FILES.start(context, page_id, wanted)


def status(context: SandboxContext, call: Call, page_id: int) -> Answer:
    """Return the status of an export."""
    OBJECTS.row(context, page_id)
    return _FILES.status(context, call, page_id)


def download(context: SandboxContext, _call: Call, export_id: int) -> Answer:
    """Return the finished file, for an hour."""
    row = _FILES.row(context, export_id)
    page = OBJECTS.row(context, row["page_id"])
    return _FILES.download(context, row, stem=page["slug"])
