"""One upload of an import: sent, mapped, confirmed, watched to its report (contract §4.3).

Knows the states of an import on the server; how a file is cut is `csv_parts`'s. Nothing is
confirmed twice: before a confirm the import is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import Conflict, Invalid, NotFound
from segops_tui.api.request import Upload
from segops_tui.api.resources.products import ImportJob, Products, ProductSchema
from segops_tui.jobs.engine.errors import JobFailed
from segops_tui.jobs.engine.plan import Note, Save, Wait, Work, insist, look, once, pauses
from segops_tui.jobs.imports.check import recheck_key
from segops_tui.jobs.imports.mapping_overrides import Wishes
from segops_tui.jobs.imports.mapping_step import decided, needed, own_name
from segops_tui.jobs.imports.report import of_part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Part
    from segops_tui.jobs.imports.findings import CsvCheck, Layout
    from segops_tui.jobs.imports.split import Pieces

_BEFORE_CONFIRM: Final = frozenset({"mapping", "pending"})


def part_name(number: int) -> str:
    """What the ledger calls an upload, counted from 1."""
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
        """What the ledger calls it."""
        return part_name(self.number)

    def carry_out(self, job: Job, check: CsvCheck | None) -> Part[Job]:
        """Bring this part to its report."""
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
        told = None
        if self.layout.parts == 1:
            job = job.measured("bytes").at("uploading", done=0, total=piece.size)
            told = job.counted
        else:
            job = self._at(job, "uploading")
        yield Save(job)
        request = Products.import_csv.build(None, upload)
        send = insist if self.number > 1 or job.resumed else once
        remote = yield from send(request, key=job.keys[key_name], told=told)
        job = self._at(job.attached(self.name, remote.id), "mapping")
        yield Save(job)
        return job, remote

    def _filename(self) -> str:
        """The name the server sees: it insists on `.csv`, and parts are told apart by theirs."""
        stem = self.path.stem if self.path.suffix.lower() == ".csv" else self.path.name
        if self.layout.parts == 1:
            return f"{stem}.csv"
        width = len(str(self.layout.parts))
        return f"{stem}.part-{self.number:0{width}d}-of-{self.layout.parts}.csv"

    def _map(self, job: Job, remote: ImportJob, check: CsvCheck | None) -> Part[Job]:
        """Decide what the columns become, and write it down.

        Raises:
            MappingNeeded: a person has to say.
        """
        schema: ProductSchema = yield from look(Products.schema.build(None))
        wishes = Wishes(job.params["wishes"])
        key = wishes.key
        if check is None:
            check = yield Work(lambda _: recheck_key(self.path, self.layout, key))
        review = decided(check, remote, wishes, schema)
        chosen = review.identifier
        column = None if chosen is None else own_name(check, review, chosen)
        if column is not None and column not in check.identifiers:
            check = yield Work(lambda _: recheck_key(self.path, self.layout, column))
            review = decided(check, remote, wishes, schema)
        if review.problems or job.params["review"]:
            job = replace(job, stage="review", result={"review": review.to_json()})
            yield Save(job)
            raise needed(review)
        confirmed = {"columns": review.mapping(), "schema": review.schema()}
        return replace(job.knowing(mapping=confirmed), result={"review": review.to_json()})

    def _confirm(self, job: Job) -> Part[Job]:
        """Start the import on the server, unless it was started before this process died."""
        remote = yield from self._status(job)
        if remote.status in _BEFORE_CONFIRM:
            job = yield from self._ask(job)
        # From here on the server goes on alone.
        job = self._at(job, "importing", done=remote.processed_rows)
        yield Save(job)
        return job

    def _ask(self, job: Job) -> Part[Job]:
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
            yield from insist(request, key=job.keys[key_name])
        except (Conflict, Invalid):
            # An answer that was lost on its way may have been a yes.
            remote = yield from self._status(job)
            if remote.status in _BEFORE_CONFIRM:
                raise
        return job

    def _watch(self, job: Job) -> Part[Job]:
        # Rows show progress, so looks are worth it; still under 60 a minute (contract §1.4).
        for pause in pauses(0.1, 2.0, 1.08):
            remote = yield from self._status(job)
            if remote.is_failed:
                words = remote.error_message or "The server gave the import up."
                raise JobFailed(words, job=job.stopped("failed", words))
            if remote.is_final:
                reports = {**job.params.get("reports", {}), self.name: of_part(remote)}
                job = self._at(job.knowing(reports=reports), "importing", done=remote.total_rows)
                yield Save(job)
                return job
            job = self._at(job, "importing", done=remote.processed_rows)
            yield Note(job)
            yield Wait(pause)
        raise AssertionError("unreachable")

    def _status(self, job: Job) -> Part[ImportJob]:
        remote_id = job.remote_ids[self.name]
        try:
            status: ImportJob = yield from look(Products.import_status.build(None, remote_id))
        except NotFound as error:
            words = f"The server no longer knows import {remote_id}."
            raise JobFailed(
                words,
                job=job.stopped("failed", words),
                hint=f"Rows are merged by SKU, so it is safe to import it anew: {job.command}",
            ) from error
        return status

    def _at(self, job: Job, stage: str, *, done: int | None = None) -> Job:
        """The job in a stage, counted in rows of the whole file."""
        if self.layout.parts > 1:
            stage = f"{stage} {self.number}/{self.layout.parts}"
        before = (self.number - 1) * self.layout.part_rows
        return job.measured("rows").at(stage, done=before + (done or 0), total=self.layout.rows)
