"""Segment exports: start one, write its file, serve the file for an hour (contract §2.2).

A file is written beside its target and then moved, so a link never serves half a file.
"""

from __future__ import annotations

import csv
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.body_fields import BodyForm
from segops_tui.sandbox.core.context import SandboxContext, change
from segops_tui.sandbox.core.errors import invalid
from segops_tui.sandbox.core.exported_files import ExportedFiles
from segops_tui.sandbox.core.timestamps import HOUR, wire
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.segments.handlers import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from segops_tui.sandbox.core.calls import Answer, Call

DURATION: Final = 0.5
"""Seconds an export takes, at pace 1."""
LIFETIME: Final = HOUR
"""How long a finished file can be downloaded."""
COLUMNS: Final = ("user_id", "computed_at")
_AT_ONCE: Final = 10_000
_FILES: Final = ExportedFiles(
    table="segment_exports",
    owner="segment_id",
    work="export",
    link="/api/segments/exports/{}/download/",
    types={"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"},
)


def has_parquet() -> bool:
    """Whether Parquet can be written here: pyarrow is an extra."""
    return find_spec("pyarrow") is not None


def _step(context: SandboxContext, work: QueuedWork) -> Later | None:
    if work.state == "queued":
        return Later(due_at=work.due_at + context.span(DURATION))
    row = context.connection.execute(
        "SELECT * FROM segment_exports WHERE id = ?", (work.subject_id,)
    ).fetchone()
    target = context.ensure_folder() / f"export-{row['id']}.{row['format']}"
    aside = target.with_name(f"{target.name}.part")
    write = _write_parquet if row["format"] == "parquet" else _write_csv
    try:
        count = write(aside, _members(context, row["segment_id"]))
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    columns = {
        "status": "complete",
        "file": target.name,
        "member_count": count,
        "completed_at": context.now,
        "expires_at": context.now + LIFETIME,
    }
    change(context.connection, "segment_exports", row["id"], columns)
    return None


def _fail(context: SandboxContext, work: QueuedWork, words: str) -> None:
    change(
        context.connection,
        "segment_exports",
        work.subject_id,
        {"status": "failed", "error": words},
    )


def _members(context: SandboxContext, segment_id: int) -> Iterator[list[tuple[str, str]]]:
    """Yield the members in batches."""
    rows = context.connection.execute(
        "SELECT user_id, last_computed_at FROM segment_members"
        " JOIN segments ON segments.id = segment_id WHERE segment_id = ? ORDER BY user_id",
        (segment_id,),
    )
    while part := rows.fetchmany(_AT_ONCE):
        computed_at = wire(part[0]["last_computed_at"])
        yield [(row["user_id"], computed_at) for row in part]


def _write_csv(path: Path, parts: Iterator[list[tuple[str, str]]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for part in parts:
            writer.writerows(part)
            count += len(part)
    return count


def _write_parquet(path: Path, parts: Iterator[list[tuple[str, str]]]) -> int:
    import pyarrow  # noqa: PLC0415  # an extra, and 100 ms
    from pyarrow import parquet  # noqa: PLC0415  # the same

    count = 0
    schema = pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS])
    with parquet.ParquetWriter(path, schema, compression="snappy") as writer:
        for part in parts:
            columns = [list(column) for column in zip(*part, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema))
            count += len(part)
    return count


EXPORT: Final = WorkKind(step=_step, fail=_fail)


def start(context: SandboxContext, call: Call, segment_id: int) -> Answer:
    """Queue an export of the stored members."""
    OBJECTS.row(context, segment_id)
    form = BodyForm(call.json(), intent="create")
    form.text("format", default="csv", choices=_FILES.types)
    file_format = form.check()["format"]
    if file_format == "parquet" and not has_parquet():
        raise invalid(
            "format", "Parquet needs pyarrow where the sandbox runs: segops-tui[parquet]."
        )
    return _FILES.start(context, segment_id, file_format)


def status(context: SandboxContext, call: Call, segment_id: int) -> Answer:
    """Report the status of an export."""
    OBJECTS.row(context, segment_id)
    return _FILES.status(context, call, segment_id)


def download(context: SandboxContext, _call: Call, export_id: int) -> Answer:
    """Serve the finished file."""
    row = _FILES.row(context, export_id)
    return _FILES.download(context, row, stem=f"segment-{row['segment_id']}-members")
