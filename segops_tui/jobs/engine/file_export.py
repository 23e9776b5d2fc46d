"""The plan of an export: start it, wait until it is ready, download it, move it into place.

Shared by segments and pages (contract §2.2, §8.2). The user names the file; a file name from
the server is never used. The API lists no exports, so an export whose start may have been lost is
started again only if the user agrees.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.account import SANDBOX
from segops_tui.api.errors import Gone, NotFound, Refused, SegOpsError, may_be_carried_out
from segops_tui.api.request import Request, ignore_body
from segops_tui.api.waiting import pauses
from segops_tui.jobs.engine.download import Received, Target
from segops_tui.jobs.engine.errors import CannotWrite, JobFailed, MayRunTwice
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import (
    Fetch,
    Patience,
    Save,
    Wait,
    read,
    send_once,
)
from segops_tui.wording import plural, size

if TYPE_CHECKING:
    from segops_tui.api.exports import ExportJob
    from segops_tui.api.request import Id
    from segops_tui.api.resources.pages import Pages
    from segops_tui.api.resources.segments import Segments
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan

    Exportable = type[Segments[Any]] | type[Pages[Any]]

_AGREED: Final = "may_run_twice"
"""The parameter that records the user's consent to one more start."""
_STARTS: Final = 2
"""An export whose link expired, or that the server forgot, is started a second time, not more."""


def note_export(
    ledger: Ledger,
    kind: str,
    subject: Id,
    *,
    name: str,
    target: Target,
    format: str,
    profile: str,
    command: str,
) -> Job:
    """Note an export to `target`; nothing is sent yet.

    Raises:
        WouldOverwrite: the file exists and `target.force` is not set.
        CannotWrite: the file cannot be written there.
    """
    target.check()
    return note_job(
        ledger,
        kind,
        subject,
        name=name,
        profile=profile,
        command=command,
        params={
            "to": str(target.path.absolute()),
            "format": format,
            "force": target.force,
            "starts": 1,
        },
        keys=("export-1", "export-2"),
    )


def choose_format(to: Path, wanted: str | None, known: tuple[str, ...], *, noun: str) -> str:
    """The format asked for, else the one the file's name ends with, else the first.

    Raises:
        CannotWrite: there is no such format.
    """
    suffix = to.suffix.lower().removeprefix(".")
    suffix = {"htm": "html"}.get(suffix, suffix)
    chosen = wanted or (suffix if suffix in known else known[0])
    if chosen not in known:
        words = " or ".join([", ".join(known[:-1]), known[-1]])
        raise CannotWrite(
            f"There is no export format {chosen!r}.", hint=f"{noun} export as {words}."
        )
    return chosen


def export_plan(job: Job, *, resource: Exportable) -> Plan:
    """Export from the beginning, or from where the ledger says the job stopped."""
    target = Target(Path(job.params["to"]), bool(job.params["force"]), job.id)
    if job.stage != "downloading":
        target.check()
    while True:
        try:
            job, ready = yield from _prepare(job, resource)
            job = job.at("downloading").measured("bytes")
            yield Save(job)
            received = yield from _download(job, ready, target)
        except (Gone, NotFound) as error:
            # The link expired after its hour, or the server forgot the export.
            if not job.remote_ids:
                raise
            if job.params["starts"] >= _STARTS and isinstance(error, NotFound):
                raise _lost(job) from error
            if job.params["starts"] >= _STARTS:
                raise
            job = job.with_params(starts=job.params["starts"] + 1).at("new")
            yield Save(job)
        else:
            return _finished(job, received)


def _prepare(job: Job, resource: Exportable) -> Part[tuple[Job, ExportJob]]:
    """Wait for an export that is ready, starting it unless this attempt already did."""
    name = f"export-{job.params['starts']}"
    if name not in job.remote_ids:
        job, started = yield from _start(job, resource, key=job.keys[name])
        job = job.attached(name, started.id).at("preparing")
        yield Save(job)
    status: Request[ExportJob] = resource.export_status.build(
        None, job.target, export_id=job.remote_ids[name]
    )
    for pause in pauses(0.25, 3.0):
        export = yield from read(status)
        if export.is_failed:
            words = export.error or "The server could not make the export."
            raise JobFailed(words, job=job.stopped("failed", words))
        if export.is_ready:
            return job, export
        yield Wait(pause)
    raise AssertionError("unreachable")


def _start(job: Job, resource: Exportable, *, key: str) -> Part[tuple[Job, ExportJob]]:
    """Start the export, unless that may be for the second time.

    Raises:
        MayRunTwice: it may have been started before, and the user has to decide.
    """
    may_have_arrived = job.stage == "starting" and not job.params.get(_AGREED)
    # Only for the sandbox it is certain that it remembers idempotency keys.
    asks = job.server != SANDBOX.server
    if may_have_arrived and asks:
        raise _may_run_twice(job)
    noted = job
    job = job.at("starting").with_params(**{_AGREED: False})
    yield Save(job)
    request: Request[ExportJob] = resource.export_start.build(
        None, job.target, format=job.params["format"]
    )
    patience = Patience()
    while True:
        try:
            started = yield from send_once(request._replace(once=asks), key=key)
        except Refused:
            yield Save(noted)  # it was not sent, and may not be taken for one that was
            raise
        except SegOpsError as error:
            if asks and may_be_carried_out(error):
                raise _may_run_twice(job, error) from error
            if not (job.remote_ids or job.resumed):
                raise
            yield patience.wait_after(error)
        else:
            return job, started


def _may_run_twice(job: Job, error: SegOpsError | None = None) -> MayRunTwice:
    why = "no answer was recorded" if error is None else str(error).rstrip(".")
    return MayRunTwice(
        f"Job {job.id} ({job.title}) may have been started ({why}), and the API cannot tell."
        " Starting it again may export twice."
    )


def agree_to_repeat(ledger: Ledger, job_id: str) -> Job:
    """Claim an export that may run twice, the user having agreed to start it again.

    Raises:
        KeyError: there is no such job.
        JobBusy: another process runs it, or it has ended.
        WrongWorkspace: it was started at another server or with another key.
    """
    return ledger.save(ledger.claim(job_id).with_params(**{_AGREED: True}))


def _lost(job: Job) -> JobFailed:
    words = "The server no longer knows this export."
    hint = f"Start a new export: {job.command}"
    return JobFailed(words, job=job.stopped("failed", words), hint=hint)


def _download(job: Job, export: ExportJob, target: Target) -> Part[Received]:
    # The address is the server's: an absolute one goes without the key (`client.http`).
    request: Request[Any] = Request("GET", export.download_url, parse=ignore_body)
    patience = Patience()
    while True:
        try:
            received: Received = yield Fetch(request, target, progress=job.counted)
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
