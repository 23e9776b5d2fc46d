"""Page exports: start one, look at it, fetch its file (contract §8.2).

Knows what a page must be to be exported; the file is `sandbox.page_exporting`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.errors import refused
from segops_tui.sandbox.core.exported_files import ExportedFiles
from segops_tui.sandbox.pages.build_handlers import NOT_BUILT
from segops_tui.sandbox.pages.handlers import OBJECTS

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

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


def start(workspace: Workspace, call: Call, page_id: int) -> Answer:
    """Accept an export of what the page says now."""
    page = OBJECTS.row(workspace, page_id)
    form = Form(call.json(), intent="create")
    form.text("format", default="html", choices=_FILES.types)
    wanted = form.check()["format"]
    if page["blocks"] == "[]":
        raise refused(NOT_BUILT)
    return _FILES.start(workspace, page_id, wanted)


def status(workspace: Workspace, call: Call, page_id: int) -> Answer:
    """How far an export is."""
    OBJECTS.row(workspace, page_id)
    return _FILES.status(workspace, call, page_id)


def download(workspace: Workspace, _call: Call, export_id: int) -> Answer:
    """The finished file, for an hour."""
    row = _FILES.row(workspace, export_id)
    page = OBJECTS.row(workspace, row["page_id"])
    return _FILES.download(workspace, row, stem=page["slug"])
