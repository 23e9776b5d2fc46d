"""The plan of one CSV import: check, upload, map, confirm, watch, report (contract §4.3)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import Conflict, Invalid, NotFound
from segops_tui.api.request import Upload
from segops_tui.api.resources.products import ImportJob, Products
from segops_tui.api.waiting import pauses
from segops_tui.jobs.engine.errors import JobFailed
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import (
    Note,
    Save,
    Wait,
    Work,
    read,
    send_once,
    send_until_answered,
)
from segops_tui.jobs.imports.check import check_csv, recheck_key, require_importable
from segops_tui.jobs.imports.deciding import decide, kept_check, read_options
from segops_tui.jobs.imports.errors import MappingNeeded
from segops_tui.jobs.imports.files.options import BY_EVIDENCE, ReadOptions
from segops_tui.jobs.imports.findings import MOST_ROWS, CsvCheck, Layout
from segops_tui.jobs.imports.mapping import (
    MappingOverrides,
    check_overrides,
    preview_mapping,
)
from segops_tui.jobs.imports.report import (
    find_lines,
    merge_reports,
    part_report,
    write_rejected_rows,
)
from segops_tui.jobs.imports.split import Pieces, require_unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.resources.products import ImportJob
    from segops_tui.jobs.engine.download import Target
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan, ReportJob
    from segops_tui.jobs.imports.findings import CsvCheck
    from segops_tui.jobs.imports.review import Review


def _new_key() -> str:
    return str(uuid.uuid4())


IMPORT: Final = "import"
_OVERRIDES: Final = "wishes"
"""The name that ledgers already use for mapping overrides."""


def start_import(
    ledger: Ledger,
    *,
    path: Path,
    profile: str,
    overrides: MappingOverrides | None = None,
    review: bool = False,
    read: ReadOptions = BY_EVIDENCE,
    repair: bool = False,
    part_rows: int = MOST_ROWS,
    name: str = "",
    is_spooled: bool = False,
    errors_to: Target | None = None,
    command: str = "",
    check: CsvCheck | None = None,
) -> Job:
    """Note the import of a file; nothing is read or sent yet.

    With `check`, made with the same options, the file is not checked again.

    With `review` the plan stops before it confirms and raises `MappingNeeded`, even if the
    mapping has no problem; `choose_mapping` lets it continue. A spooled file is removed once it
    is imported. Rejected rows are written to `errors_to`.

    Raises:
        WouldOverwrite: the file for rejected rows exists.
        CannotWrite: it cannot be written.
    """
    if errors_to is not None:
        errors_to.check()
    return note_job(
        ledger,
        IMPORT,
        str(path.absolute()),
        name=name or path.name,
        profile=profile,
        command=command or f"segops-tui products import {path}",
        params={
            _OVERRIDES: dict((overrides or MappingOverrides()).targets),
            "review": review,
            "read": read.to_json(),
            "repair": repair,
            "part_rows": part_rows,
            "is_spooled": is_spooled,
            **({} if check is None else _checked(check)),
            **({} if errors_to is None else errors_to.to_json("errors")),
        },
    )


def _checked(check: CsvCheck) -> dict[str, Any]:
    return {"layout": check.layout.to_json(), "check": check.to_json()}


def choose_mapping(ledger: Ledger, job_id: str, overrides: MappingOverrides) -> Job:
    """Add the user's overrides to a job that waits for its mapping; then run it again.

    Raises:
        KeyError: there is no such job.
        JobBusy: it does not wait, or another process has resumed it.
    """
    job = ledger.claim(job_id)
    targets = {**job.params.get(_OVERRIDES, {}), **overrides.targets}
    return ledger.save(job.with_params(**{_OVERRIDES: targets}, review=False))


def mapping_overrides(job: Job) -> MappingOverrides:
    """What the user has decided about the columns."""
    return MappingOverrides(job.params.get(_OVERRIDES, {}))


def keep_mapping(ledger: Ledger, job_id: str, overrides: MappingOverrides, review: Review) -> Job:
    """Keep a mapping that is not finished with the job that waits for it.

    Raises:
        KeyError: there is no such job.
        JobBusy: it does not wait, or another process has resumed it.
    """
    waiting = ledger.get(job_id)
    job = ledger.claim(job_id).with_params(**{_OVERRIDES: dict(overrides.targets)})
    job = replace(job.stopped(waiting.state, waiting.error), result={"review": review.to_json()})
    return ledger.save(job)


def plan(job: Job, *, new_key: Callable[[], str] = _new_key) -> Plan:
    """Import from the beginning, or from where the ledger says the job stopped."""
    path = Path(job.target)
    check = kept_check(job)
    if "layout" not in job.params:
        job, check = yield from _check(job, path)
    layout = Layout.from_json(job.params["layout"])
    if len(job.params.get("reports", {})) < layout.parts:
        job = yield from _send(job, path, layout, check, new_key)
    job = yield from find_lines(job, path, layout)
    job = yield from write_rejected_rows(job, path, layout)
    if job.params.get("is_spooled"):
        yield Work(lambda _: path.unlink(missing_ok=True))
    return job.ended(merge_reports(job.params, layout))


def _send(
    job: Job, path: Path, layout: Layout, check: CsvCheck | None, new_key: Callable[[], str]
) -> Part[Job]:
    """Carry out every part up to its report."""
    pieces = Pieces([], None)
    if not job.remote_ids:
        check = yield from _require_identifier(job, path, layout, check)
    if not _is_uploaded(job, layout):
        if not layout.is_sent_as_is:
            yield Note(job.at("preparing").measured("bytes"))
        pieces = yield Work(_preparing(job, path, layout))
    try:
        for number in range(1, layout.parts + 1):
            part = ImportPart(path, layout, number, pieces, new_key)
            if part.name not in job.params.get("reports", {}):
                job = yield from part.carry_out(job, check)
    finally:
        pieces.close()
    return job


def _is_uploaded(job: Job, layout: Layout) -> bool:
    """Whether the server has the whole file; the local one may have changed since."""
    names = {part_name(number) for number in range(1, layout.parts + 1)}
    return "mapping" in job.params and names <= job.remote_ids.keys()


def _check(job: Job, path: Path) -> Part[tuple[Job, CsvCheck]]:
    job = job.at("checking").measured("bytes")
    yield Save(job)
    params = job.params

    def work(report: ReportJob) -> CsvCheck:
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        return check_csv(
            path,
            key=MappingOverrides(params[_OVERRIDES]).key,
            read=read_options(job),
            repair=bool(params["repair"]),
            part_rows=params["part_rows"],
            progress=lambda done: report(job.counted(done, size)),
        )

    check: CsvCheck = yield Work(work)
    require_importable(check)
    check_overrides(check, MappingOverrides(params[_OVERRIDES]))
    return job.with_params(**_checked(check)), check


def _preparing(job: Job, path: Path, layout: Layout) -> Callable[[ReportJob], Pieces]:
    shown = job.at("preparing").measured("bytes")

    def work(report: ReportJob) -> Pieces:
        def progress(done: int) -> None:
            report(shown.counted(done, layout.size))

        require_unchanged(path, layout, progress=progress)
        return Pieces.of(path, layout, progress=progress)

    return work


def _require_identifier(
    job: Job, path: Path, layout: Layout, check: CsvCheck | None
) -> Part[CsvCheck]:
    """Refuse a mapping without an identifying column before anything is sent.

    A server keeps an upload that is not confirmed.

    Raises:
        MappingNeeded: no column identifies rows.
    """
    overrides = MappingOverrides(job.params[_OVERRIDES])
    if check is None:
        read_as = read_options(job)
        check = yield Work(lambda _: recheck_key(path, layout, overrides.key, read=read_as))
    if preview_mapping(check, overrides=overrides).is_ready:
        return check
    check, review = yield from decide(job, overrides, check=check, remote=None)
    if review.problems:
        yield Save(replace(job, stage="review", result={"review": review.to_json()}))
        raise mapping_needed(review)
    return check


def mapping_needed(review: Review) -> MappingNeeded:
    """The error that stops a job until the user has chosen the mapping."""
    if not review.problems:
        return MappingNeeded(f"{review.name}: the mapping has to be confirmed.", review=review)
    problem = review.problems[0]
    return MappingNeeded(
        f"{review.name}: {problem.text}",
        review=review,
        hint=f"Add: {problem.hint}" if problem.hint else None,
    )


_BEFORE_CONFIRM: Final = frozenset({"mapping", "pending"})


def part_name(number: int) -> str:
    """The name of an upload in the ledger, counted from 1."""
    return f"part-{number}"


@dataclass(frozen=True)
class ImportPart:
    """One upload of the file, from its first byte to its report."""

    path: Path
    layout: Layout
    number: int
    pieces: Pieces
    new_key: Callable[[], str]

    @property
    def name(self) -> str:
        """Its name in the ledger."""
        return part_name(self.number)

    def carry_out(self, job: Job, check: CsvCheck | None) -> Part[Job]:
        """Carry out this part up to its report."""
        remote: ImportJob | None = None
        if self.name not in job.remote_ids:
            job, remote = yield from self._upload(job)
        if "mapping" not in job.params:
            remote = remote or (yield from self._status(job))
            job = yield from self._map(job, remote, check)
        job = yield from self._confirm(job)
        return (yield from self._watch(job))

    def _upload(self, job: Job) -> Part[tuple[Job, ImportJob]]:
        key_name = f"upload-{self.number}"
        if key_name not in job.keys:
            job = job.keyed(key_name, self.new_key())
        piece = self.pieces.all[self.number - 1]
        upload = Upload(open=piece.open, filename=self._filename(), size=piece.size)
        progress = None
        if self.layout.parts == 1:
            job = job.measured("bytes").at("uploading", done=0, total=piece.size)
            progress = job.counted
        else:
            job = self._at(job, "uploading")
        yield Save(job)
        request = Products.import_csv.build(None, upload)
        send = send_until_answered if self.number > 1 or job.resumed else send_once
        remote = yield from send(request, key=job.keys[key_name], progress=progress)
        job = self._at(job.attached(self.name, remote.id), "mapping")
        yield Save(job)
        return job, remote

    def _filename(self) -> str:
        """The name sent to the server, which requires `.csv`; parts are numbered."""
        stem = self.path.stem if self.path.suffix.lower() == ".csv" else self.path.name
        if self.layout.parts == 1:
            return f"{stem}.csv"
        width = len(str(self.layout.parts))
        return f"{stem}.part-{self.number:0{width}d}-of-{self.layout.parts}.csv"

    def _map(self, job: Job, remote: ImportJob, check: CsvCheck | None) -> Part[Job]:
        """Decide what the columns become, and save it.

        Raises:
            MappingNeeded: the user has to decide.
        """
        overrides = MappingOverrides(job.params[_OVERRIDES])
        check, review = yield from decide(job, overrides, check=check, remote=remote)
        if review.problems or job.params["review"]:
            job = replace(job, stage="review", result={"review": review.to_json()})
            yield Save(job)
            raise mapping_needed(review)
        confirmed = {"columns": review.mapping(), "schema": review.schema()}
        # Nothing asks for it any more, and every save would write it.
        return replace(
            job.with_params(mapping=confirmed, check=None), result={"review": review.to_json()}
        )

    def _confirm(self, job: Job) -> Part[Job]:
        """Start the import on the server, unless it was started before this process died."""
        remote = yield from self._status(job)
        if remote.status in _BEFORE_CONFIRM:
            job = yield from self._send_confirm(job)
        # From here on the server continues alone.
        job = self._at(job, "importing", done=remote.processed_rows)
        yield Save(job)
        return job

    def _send_confirm(self, job: Job) -> Part[Job]:
        job = self._at(job, "confirming")
        key_name = f"confirm-{self.number}"
        if key_name not in job.keys:
            job = job.keyed(key_name, self.new_key())
        yield Save(job)
        mapping = job.params["mapping"]
        request = Products.import_confirm.build(
            None, job.remote_ids[self.name], mapping=mapping["columns"], schema=mapping["schema"]
        )
        try:
            yield from send_until_answered(request, key=job.keys[key_name])
        except (Conflict, Invalid):
            # An answer that was lost may have been a success.
            remote = yield from self._status(job)
            if remote.status in _BEFORE_CONFIRM:
                raise
        return job

    def _watch(self, job: Job) -> Part[Job]:
        # Polls show the rows' progress; still under 60 a minute (contract §1.4).
        for pause in pauses(0.1, 2.0, 1.08):
            remote = yield from self._status(job)
            if remote.is_failed:
                words = remote.error_message or "The import failed on the server."
                raise JobFailed(words, job=job.stopped("failed", words))
            if remote.is_final:
                reports = {**job.params.get("reports", {}), self.name: part_report(remote)}
                job = self._at(
                    job.with_params(reports=reports), "importing", done=remote.total_rows
                )
                yield Save(job)
                return job
            job = self._at(job, "importing", done=remote.processed_rows)
            yield Note(job)
            yield Wait(pause)
        raise AssertionError("unreachable")

    def _status(self, job: Job) -> Part[ImportJob]:
        remote_id = job.remote_ids[self.name]
        try:
            status: ImportJob = yield from read(Products.import_status.build(None, remote_id))
        except NotFound as error:
            words = f"The server no longer knows import {remote_id}."
            raise JobFailed(
                words,
                job=job.stopped("failed", words),
                hint=f"Rows are merged by SKU, so it is safe to import it again: {job.command}",
            ) from error
        return status

    def _at(self, job: Job, stage: str, *, done: int | None = None) -> Job:
        """The job in a stage, counted in rows of the whole file."""
        if self.layout.parts > 1:
            stage = f"{stage} {self.number}/{self.layout.parts}"
        before = (self.number - 1) * self.layout.part_rows
        return job.measured("rows").at(stage, done=before + (done or 0), total=self.layout.rows)
