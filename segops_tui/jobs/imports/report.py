"""The report of an import, and the CSV file of the rows the server rejected."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import NotFound
from segops_tui.api.record import as_integer
from segops_tui.api.resources.products import Products
from segops_tui.jobs.engine.download import Receiver, Target
from segops_tui.jobs.engine.plan import Save, Work, read
from segops_tui.jobs.imports.dialect import open_text, records
from segops_tui.jobs.imports.split import require_unchanged
from segops_tui.wording import count, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from segops_tui.api.resources.products import ImportJob
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Part, ReportJob
    from segops_tui.jobs.imports.findings import Layout


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
    """The report of all uploads; rows are counted over the whole file, from 1."""
    reports: Mapping[str, Mapping[str, Any]] = params["reports"]
    parts = [reports[f"part-{number}"] for number in range(1, layout.parts + 1)]
    total: dict[str, Any] = {
        name: sum(part[name] for part in parts)
        for name in ("rows", "created", "updated", "rejected")
    }
    errors = []
    for number, part in enumerate(parts):
        for error in part["errors"]:
            row = error["row"]
            moved = None if row is None else row + number * layout.part_rows
            errors.append({**error, "row": moved})
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


REASON: Final = "reason"
_WITH_MARK: Final = frozenset({"utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"})
"""Encodings whose copy gets a byte order mark, which the program that wrote the file expects."""


def write_rejected(
    path: Path,
    layout: Layout,
    why: Mapping[int, str],
    to: Path,
    *,
    force: bool = False,
    tag: str = "rejected",
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the rows of `path` that have a reason in `why`, by row number; returns how many.

    A row keeps its original text, quotes included, in UTF-8; the reason is an additional cell.

    Raises:
        WouldOverwrite: `to` exists and `force` was not given.
        CannotWrite: no space, or no permission.
        BadFile: the file can no longer be read.
    """
    target = Target(to, force, tag)
    target.check()
    written = 0
    with Receiver(target) as receiver:
        if layout.text.encoding in _WITH_MARK:
            receiver.write(b"\xef\xbb\xbf")
        for number, text in _texts(path, layout, progress):
            if number == 0 or number in why:
                if number == 0 and layout.repaired:
                    text = _line(layout.headers, layout.text.delimiter) + "\n"
                reason = REASON if number == 0 else why[number]
                receiver.write(_with_reason(text, reason, layout).encode())
                written += number > 0
            if written == len(why):
                break
        receiver.finish(announced=None)
    return written


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
    why: dict[int, str] = {}
    for number in range(1, layout.parts + 1):
        why |= yield from _reasons(reports[f"part-{number}"], (number - 1) * layout.part_rows)

    def work(report: ReportJob) -> int:
        require_unchanged(path, layout)
        return write_rejected(
            path,
            layout,
            why,
            Path(to),
            force=bool(job.params["errors_force"]),
            tag=job.id,
            progress=lambda done: report(job.counted(done, layout.size)),
        )

    written: int = yield Work(work)
    job = job.with_params(errors_written=written)
    yield Save(job)
    return job


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


def _texts(
    path: Path, layout: Layout, progress: Callable[[int], None] | None
) -> Iterator[tuple[int, str]]:
    """Every record's original text by row number; the header is row 0, blank lines do not count."""
    _, lines = open_text(path, layout.text, progress=progress)
    taken: list[str] = []

    def kept() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    with lines:
        number = 0
        for record in records(kept(), layout.text):
            if any(record):
                yield number, "".join(taken)
                number += 1
            taken.clear()


def _with_reason(text: str, reason: str, layout: Layout) -> str:
    body = text.rstrip("\r\n")
    end = text[len(body) :] or "\n"
    delimiter = layout.text.delimiter
    width = len(next(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter), []))
    # A short row is padded, so that all reasons are in one column.
    gap = [""] * max(len(layout.headers) - width, 0)
    return f"{body}{delimiter}{_line([*gap, reason], delimiter)}{end}"


def _line(cells: Iterable[str], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue()
