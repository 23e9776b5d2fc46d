"""The plan of one export, of a segment or a page: start, wait, download, put in place.

Knows the contract's §2.2 and §8.2; where the file goes is the person's word, never the server's.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from segops_tui.api.errors import Gone, NotFound, SegOpsError
from segops_tui.api.request import Request, ignore_body
from segops_tui.api.resources.pages import PageFormat, Pages
from segops_tui.api.resources.segments import ExportFormat, ExportJob, Segments
from segops_tui.jobs.engine.download import Received, Target
from segops_tui.jobs.engine.errors import CannotWrite, JobFailed
from segops_tui.jobs.engine.plan import Fetch, Patience, Save, Wait, insist, look, once, pauses
from segops_tui.wording import plural, size

if TYPE_CHECKING:
    from segops_tui.api.request import Id
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan

EXPORT: Final = "export"
PAGE_EXPORT: Final = "page-export"
_STARTS: Final = 2
"""An export whose link expired, or that the server forgot, is started anew once."""


def start_export(
    ledger: Ledger,
    *,
    segment_id: Id,
    name: str,
    to: Path,
    profile: str,
    format: str | None = None,
    force: bool = False,
    command: str = "",
) -> Job:
    """Note the export of a segment; nothing is sent yet. The format follows the file's name.

    Raises:
        WouldOverwrite: the file exists and `force` was not given.
        CannotWrite: the file cannot be put there, or there is no such format.
    """
    chosen = _format(to, format, get_args(ExportFormat), noun="Segments")
    Target(to, force).check()
    return ledger.create(
        EXPORT,
        str(segment_id),
        target_name=name or f"#{segment_id}",
        profile=profile,
        command=command or f"segops-tui segments export {segment_id} --to {to}",
        params={"to": str(to.absolute()), "format": chosen, "force": force, "starts": 1},
        keys={"export-1": ledger.new_key(), "export-2": ledger.new_key()},
    )


def start_page_export(
    ledger: Ledger,
    *,
    page_id: Id,
    name: str,
    to: Path,
    profile: str,
    format: str | None = None,
    force: bool = False,
    command: str = "",
) -> Job:
    """Note the export of a page; nothing is sent yet. The format follows the file's name.

    Raises:
        WouldOverwrite: the file exists and `force` was not given.
        CannotWrite: the file cannot be put there, or there is no such format.
    """
    chosen = _format(to, format, get_args(PageFormat), noun="Pages")
    Target(to, force).check()
    return ledger.create(
        PAGE_EXPORT,
        str(page_id),
        target_name=name or f"#{page_id}",
        profile=profile,
        command=command or f"segops-tui pages export {page_id} --format {chosen} --to {to}",
        params={"to": str(to.absolute()), "format": chosen, "force": force, "starts": 1},
        keys={"export-1": ledger.new_key(), "export-2": ledger.new_key()},
    )


def _format(to: Path, wanted: str | None, known: tuple[str, ...], *, noun: str) -> str:
    """The format asked for, else the one the file's name ends with, else the first."""
    suffix = to.suffix.lower().removeprefix(".")
    suffix = {"htm": "html"}.get(suffix, suffix)
    chosen = wanted or (suffix if suffix in known else known[0])
    if chosen not in known:
        words = " or ".join([", ".join(known[:-1]), known[-1]])
        raise CannotWrite(
            f"There is no export format {chosen!r}.", hint=f"{noun} export as {words}."
        )
    return chosen


def plan(job: Job) -> Plan:
    """Export: begin anew, or go on from wherever the ledger has it."""
    target = Target(Path(job.params["to"]), bool(job.params["force"]), job.id)
    if job.stage != "downloading":
        target.check()
    while True:
        try:
            job, ready = yield from _prepare(job)
            job = job.at("downloading").measured("bytes")
            yield Save(job)
            received = yield from _download(job, ready, target)
        except (Gone, NotFound) as error:
            # The link outlived its hour, or the server forgot the export.
            if not job.remote_ids:
                raise
            if job.params["starts"] >= _STARTS and isinstance(error, NotFound):
                raise _lost(job) from error
            if job.params["starts"] >= _STARTS:
                raise
            job = job.knowing(starts=job.params["starts"] + 1).at("new")
            yield Save(job)
        else:
            return _finished(job, received)


def _prepare(job: Job) -> Part[tuple[Job, ExportJob]]:
    """See to an export that is ready, starting it where this start has not been."""
    name = f"export-{job.params['starts']}"
    if name not in job.remote_ids:
        job = job.at("starting")
        yield Save(job)
        started: ExportJob = yield from _start(job, key=job.keys[name])
        job = job.attached(name, started.id).at("preparing")
        yield Save(job)
    for pause in pauses(0.25, 3.0):
        export = yield from look(_status(job, job.remote_ids[name]))
        if export.is_failed:
            words = export.error or "The server could not make the export."
            raise JobFailed(words, job=job.stopped("failed", words))
        if export.is_ready:
            return job, export
        yield Wait(pause)
    raise AssertionError("unreachable")


def _start(job: Job, *, key: str) -> Part[ExportJob]:
    format = job.params["format"]
    noun: type[Segments[Any] | Pages[Any]] = Pages if job.kind == PAGE_EXPORT else Segments
    request: Request[ExportJob] = noun.export_start.build(None, job.target, format=format)
    send = insist if job.remote_ids or job.resumed else once
    return (yield from send(request, key=key))


def _status(job: Job, export_id: int) -> Request[ExportJob]:
    if job.kind == PAGE_EXPORT:
        return Pages.export_status.build(None, job.target, export_id=export_id)
    return Segments.export_status.build(None, job.target, export_id=export_id)


def _lost(job: Job) -> JobFailed:
    words = "The server no longer knows this export."
    hint = f"Start it anew: {job.command}"
    return JobFailed(words, job=job.stopped("failed", words), hint=hint)


def _download(job: Job, export: ExportJob, target: Target) -> Part[Received]:
    # The address is the server's: an absolute one goes without the key (`client.http`).
    request: Request[Any] = Request("GET", export.download_url, parse=ignore_body)
    patience = Patience()
    while True:
        try:
            received: Received = yield Fetch(request, target, told=job.counted)
        except SegOpsError as error:
            yield patience.wait_after(error)
        else:
            return received


def _finished(job: Job, received: Received) -> Job:
    to = Path(job.params["to"])
    result: dict[str, Any] = {"path": str(to), "bytes": received.size}
    words = size(received.size)
    if job.params["format"] == "csv":
        result["members"] = max(received.lines - 1, 0)
        words = f"{plural(result['members'], 'member')}, {words}"
    result["summary"] = f"{words} in {to.name}"
    return job.counted(received.size, received.size).ended(result)
