"""Decides what the columns of an import become, as often as the user changes something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segops_tui.api.resources.products import ImportJob, Products
from segops_tui.jobs.engine.plan import Work, read
from segops_tui.jobs.imports.check import recheck_key, with_identifier
from segops_tui.jobs.imports.earlier import remembered_mapping
from segops_tui.jobs.imports.files.options import ReadOptions
from segops_tui.jobs.imports.findings import CsvCheck, Layout
from segops_tui.jobs.imports.forecast import foresee
from segops_tui.jobs.imports.mapping import MappingOverrides, decide_mapping, preview_mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.resources.products import ProductSchema
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Part, ReportJob
    from segops_tui.jobs.imports.review import Review


def read_options(job: Job) -> ReadOptions:
    """How the user wants the file of an import to be read."""
    return ReadOptions.from_json(job.params.get("read", {}))


def kept_check(job: Job) -> CsvCheck | None:
    """The check that a job was started with or made, until its mapping is decided."""
    data = job.params.get("check")
    return None if data is None else CsvCheck.from_json(data)


def decide(
    job: Job, overrides: MappingOverrides, *, check: CsvCheck | None, remote: ImportJob | None
) -> Part[tuple[CsvCheck, Review]]:
    """The mapping of a checked file and what becomes of its rows.

    Without an upload (`remote`) there is no suggestion of the server, and names decide. The file is
    read again where `check` has not counted the column that identifies rows.

    Raises:
        BadFile: the file can no longer be read.
        BadMapping: an override names no column, or two columns are mapped to one target.
    """
    path, layout = Path(job.target), Layout.from_json(job.params["layout"])

    def checking(key: str | None) -> Callable[[ReportJob], CsvCheck]:
        return lambda _: recheck_key(path, layout, key, read=read_options(job))

    schema: ProductSchema = yield from read(Products.schema.build(None))
    remembered = {} if remote is not None else (yield from remembered_mapping())

    def review_of(check: CsvCheck) -> Review:
        fields, currency = [field.raw for field in schema.fields], schema.default_currency
        if remote is None:
            return preview_mapping(
                check,
                overrides=overrides,
                remembered=remembered,
                existing_fields=fields,
                currency=currency,
            )
        return decide_mapping(
            check,
            suggested=remote.suggested_mapping,
            headers=[str(header) for header in remote.headers],
            overrides=overrides,
            suggested_fields=remote.suggested_schema,
            existing_fields=fields,
            currency=currency,
        )

    check = check or kept_check(job)
    if check is None:
        check = yield Work(checking(overrides.key))
    review = review_of(check)
    column = _identifying_column(check, review)
    if column is not None and column not in check.identifiers:
        known, wanted = check, column
        check = yield Work(lambda _: with_identifier(path, known, wanted))
        review = review_of(check)
    counted = check
    review = yield Work(lambda _: foresee(path, counted, review))
    return check, review


def decide_again(
    job: Job, overrides: MappingOverrides, *, check: CsvCheck | None = None
) -> Part[tuple[CsvCheck, Review]]:
    """The mapping of a job that waits for it, with other overrides; carry it out with `run_part`.

    Nothing is recorded. Pass the check it returns the next time, and the file is read only if need
    be.

    Raises:
        SegOpsError: the file can no longer be read, or the server no longer knows the upload.
    """
    remote: ImportJob | None = None
    uploads = sorted(job.remote_ids.items())
    if uploads:
        remote = yield from read(Products.import_status.build(None, uploads[0][1]))
    return (yield from decide(job, overrides, check=check, remote=remote))


def _identifying_column(check: CsvCheck, review: Review) -> str | None:
    """Our name of the column mapped to `sku`, which the server may name differently."""
    names = [choice.header for choice in review.choices]
    chosen = review.identifier
    return None if chosen is None else check.columns[names.index(chosen)].header
