"""Segment exports: start one, look at it, fetch its file (contract §2.2).

Knows which formats there are; the file is `sandbox.exporting`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.errors import invalid
from segops_tui.sandbox.core.exported_files import ExportedFiles
from segops_tui.sandbox.segments.exports import has_parquet
from segops_tui.sandbox.segments.handlers import OBJECTS

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

_FILES: Final = ExportedFiles(
    table="segment_exports",
    owner="segment_id",
    work="export",
    link="/api/segments/exports/{}/download/",
    types={"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"},
)


def start(workspace: Workspace, call: Call, segment_id: int) -> Answer:
    """Accept an export of the stored members."""
    OBJECTS.row(workspace, segment_id)
    form = Form(call.json(), intent="create")
    form.text("format", default="csv", choices=_FILES.types)
    wanted = form.check()["format"]
    if wanted == "parquet" and not has_parquet():
        raise invalid(
            "format", "Parquet needs pyarrow where the sandbox runs: segops-tui[parquet]."
        )
    return _FILES.start(workspace, segment_id, wanted)


def status(workspace: Workspace, call: Call, segment_id: int) -> Answer:
    """How far an export is."""
    OBJECTS.row(workspace, segment_id)
    return _FILES.status(workspace, call, segment_id)


def download(workspace: Workspace, _call: Call, export_id: int) -> Answer:
    """The finished file, for an hour."""
    row = _FILES.row(workspace, export_id)
    return _FILES.download(workspace, row, stem=f"segment-{row['segment_id']}-members")
