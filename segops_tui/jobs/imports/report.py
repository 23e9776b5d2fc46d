"""The report of an import, and where its rejected rows are and go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import NotFound
from segops_tui.api.record import as_integer
from segops_tui.api.resources.products import Products
from segops_tui.jobs.engine.plan import Save, Work, read
from segops_tui.jobs.imports.errors import BadFile
from segops_tui.jobs.imports.findings import Layout
from segops_tui.jobs.imports.rejected import write_rejected
from segops_tui.jobs.imports.rows import lines_of
from segops_tui.jobs.imports.split import require_unchanged
from segops_tui.wording import count, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.api.resources.products import ImportJob
    from segops_tui.jobs.engine.download import Target
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Part, ReportJob


MOST_ERRORS: Final = 1_000
"""Rejected rows whose reasons are kept; all are counted."""


def part_report(remote: ImportJob) -> dict[str, Any]:
    """The report of one upload."""
    return {
        "id": remote.id,
        "rows": remote.processed_rows or remote.total_rows or 0,
        "created": remote.created_count,
        "updated": remote.updated_count,
        "rejected": remote.error_rows,
        "errors": reasons(remote)[:MOST_ERRORS],
    }


def reasons(remote: ImportJob) -> list[dict[str, Any]]:
    """Every rejected row that the server reports, counted within its upload."""
    return [_error(error) for error in remote.errors]


def merge_reports(params: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """The report of all uploads; rows are counted over the whole file, from 1.

    `line` is where a rejected row begins in the file, as a text editor counts, or None.
    """
    reports: Mapping[str, Mapping[str, Any]] = params["reports"]
    parts = [reports[f"part-{number}"] for number in range(1, layout.parts + 1)]
    total: dict[str, Any] = {
        name: sum(part[name] for part in parts)
        for name in ("rows", "created", "updated", "rejected")
    }
    errors = []
    lines: Mapping[str, int] = params.get("lines", {})
    for number, part in enumerate(parts):
        for error in part["errors"]:
            row = error["row"]
            moved = None if row is None else row + number * layout.part_rows
            errors.append({"line": lines.get(str(moved)), **error, "row": moved})
    total["errors"] = errors[:MOST_ERRORS]
    if "errors_written" in params:
        total |= {name: params[name] for name in ("errors_to", "errors_written")}
    total["imports"] = [part["id"] for part in parts]
    total["summary"] = (
        f"{plural(total['rows'], 'row')}: {count(total['created'])} created,"
        f" {count(total['updated'])} updated, {count(total['rejected'])} rejected"
    )
    return total


def _error(error: Any) -> dict[str, Any]:
    """A rejected row, whatever shape the server gives it (inferred, contract §4.3)."""
    if not isinstance(error, dict):
        return {"row": None, "sku": "", "error": str(error)}
    words = error.get("error") or error.get("message") or error.get("detail") or ""
    return {
        "row": as_integer(error.get("row")),
        "sku": str(error.get("sku") or ""),
        "error": str(words),
    }


def find_lines(job: Job, path: Path, layout: Layout) -> Part[Job]:
    """Find out on which lines the rejected rows are; a file that has changed has none to tell."""
    reports = job.params["reports"]
    numbers = {
        error["row"] + (number - 1) * layout.part_rows
        for number in range(1, layout.parts + 1)
        for error in reports[f"part-{number}"]["errors"]
        if error["row"] is not None
    }
    if not numbers or "lines" in job.params:
        return job

    def work(_report: ReportJob) -> dict[int, int]:
        try:
            require_unchanged(path, layout)
            return lines_of(path, layout, numbers)
        except BadFile:
            return {}

    found: dict[int, int] = yield Work(work)
    return job.with_params(lines={str(number): line for number, line in found.items()})


def write_rejected_rows(job: Job, path: Path, layout: Layout) -> Part[Job]:
    """Write the rejected rows of an import, if the user asked for them.

    Raises:
        FileChanged: the rows are no longer those that were sent.
    """
    to, reports = job.params.get("errors_to"), job.params["reports"]
    rejected = sum(report["rejected"] for report in reports.values())
    if to is None or not rejected or "errors_written" in job.params:
        return job
    job = job.measured("bytes").at("writing rejected rows")
    yield Save(job)
    is_forced = bool(job.params["errors_force"])
    written = yield from _write(job, path, layout, Path(to), force=is_forced, tag=job.id)
    job = job.with_params(errors_written=written)
    yield Save(job)
    return job


def save_rejected(job: Job, target: Target) -> Part[int]:
    """Write the rejected rows of an import that has ended to a file; returns how many.

    Carry it out with `run_part` or `run_part_async`.

    Raises:
        FileChanged: the imported file is gone, or has changed since.
        WouldOverwrite: the target exists.
        CannotWrite: it cannot be written.
    """
    target.check()
    layout = Layout.from_json(job.params["layout"])
    path = Path(job.target)
    return (yield from _write(job, path, layout, target.path, force=target.force, tag=target.tag))


def _write(job: Job, path: Path, layout: Layout, to: Path, *, force: bool, tag: str) -> Part[int]:
    reports = job.params["reports"]
    why: dict[int, str] = {}
    for number in range(1, layout.parts + 1):
        why |= yield from _reasons(reports[f"part-{number}"], (number - 1) * layout.part_rows)
    columns = job.params.get("mapping", {}).get("columns", {})
    is_reason_skipped = columns.get(layout.headers[-1]) is None

    def work(report: ReportJob) -> int:
        require_unchanged(path, layout)
        return write_rejected(
            path,
            layout,
            why,
            to,
            force=force,
            tag=tag,
            has_reasons=is_reason_skipped,
            progress=lambda done: report(job.counted(done, layout.size)),
        )

    written: int = yield Work(work)
    return written


def _reasons(report: Mapping[str, Any], before: int) -> Part[dict[int, str]]:
    """The reasons by row of the whole file: all the server knows, else those kept."""
    errors = report["errors"]
    if len(errors) < report["rejected"]:
        try:
            status = yield from read(Products.import_status.build(None, report["id"]))
        except NotFound:
            pass
        else:
            errors = reasons(status)
    return {error["row"] + before: error["error"] for error in errors if error["row"] is not None}
