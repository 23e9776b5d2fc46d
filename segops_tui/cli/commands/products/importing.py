"""The steps of a CSV import: take the file in, check, map, confirm, watch."""

from __future__ import annotations

import codecs
import shlex
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import click

from segops_tui import wording
from segops_tui.cli.commands.products import import_views
from segops_tui.cli.core.run_jobs import WaitLimit, patience, raise_first, work
from segops_tui.jobs.engine.runner import run_part
from segops_tui.jobs.imports import plan
from segops_tui.jobs.imports.check import check_csv, require_importable
from segops_tui.jobs.imports.diff import Diff, compare
from segops_tui.jobs.imports.earlier import remembered_mapping
from segops_tui.jobs.imports.errors import MappingNeeded, ReadingUnclear
from segops_tui.jobs.imports.files.options import BY_EVIDENCE, ReadOptions
from segops_tui.jobs.imports.forecast import foresee
from segops_tui.jobs.imports.mapping import (
    MappingOverrides,
    check_overrides,
    parse_overrides,
    preview_mapping,
    save_mapping,
)
from segops_tui.jobs.imports.undo_copy import UndoCopy, copy_path, sweep_copies
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.download import Target
    from segops_tui.jobs.engine.driver import JobOutcome
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.imports.files.options import Quoting
    from segops_tui.jobs.imports.findings import CsvCheck, Layout
    from segops_tui.jobs.imports.review import Review


_STDIN: Final = "-"
_STDIN_NAME: Final = "standard input"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import, and the name to show for it."""

    path: Path
    name: str
    is_spooled: bool = False


@contextmanager
def open_source(run: Invocation, file: Path) -> Iterator[Source]:
    """The file, or a private copy of standard input for `-`, kept while a job may read it again.

    Raises:
        CannotWrite: there is no room for the copy.
    """
    if str(file) != _STDIN:
        yield Source(file, file.name)
        return
    from segops_tui.jobs.imports.errors import BadFile
    from segops_tui.jobs.imports.stdin_spool import spool

    sweep_spool(run)

    def progress(done: int) -> None:
        run.talk.passing(f"reading standard input: {wording.size(done)}")

    folder = run.paths.state / "spool"
    path = spool(sys.stdin.buffer, folder, name=uuid.uuid4().hex, progress=progress)
    try:
        yield Source(path, _STDIN_NAME, is_spooled=True)
    except BadFile as error:
        # The user does not know the private copy's name.
        error.args = (str(error).replace(path.name, _STDIN_NAME),)
        raise
    finally:
        left = {job.target for job in run.ledger.list(limit=-1) if not job.is_final}
        if str(path.absolute()) not in left:
            path.unlink(missing_ok=True)


_DELIMITERS: Final = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "colon": ":",
    "space": " ",
}


def read_options(
    *,
    encoding: str | None,
    delimiter: str | None,
    quoting: Quoting | None,
    decimal: Literal["comma", "point"] | None,
    header_line: int | None,
    no_header: bool,
    sheet: str | None,
) -> ReadOptions:
    """The options of a command line.

    Raises:
        click.UsageError: one of them has no meaning, or two contradict each other.
    """
    if encoding is not None:
        try:
            encoding = codecs.lookup(encoding).name
            "".encode(encoding)
        except (LookupError, ValueError) as error:
            raise click.BadParameter(
                f"{encoding!r} is not a known text encoding; for example utf-8, cp1252, cp1250.",
                param_hint="--encoding",
            ) from error
    if delimiter is not None:
        delimiter = _DELIMITERS.get(delimiter.lower(), delimiter)
        if len(delimiter) != 1 or delimiter in "\"'\r\n\0\\" or delimiter.isalnum():
            raise click.BadParameter(
                "Give one character, such as ';' or '|', or the word tab.",
                param_hint="--delimiter",
            )
    if no_header and header_line is not None:
        raise click.UsageError("Give --header-line or --no-header, not both.")
    return ReadOptions(
        encoding, delimiter, quoting, decimal, 0 if no_header else header_line, sheet
    )


def sweep_spool(run: Invocation) -> None:
    """Remove copies of standard input that no job is left to read."""
    from segops_tui.jobs.imports.stdin_spool import sweep

    sweep(run.paths.state / "spool", run.ledger, now=time.time())


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Options of one import."""

    source: Source
    overrides: MappingOverrides
    save_to: Path | None = None
    repair: bool = False
    errors_to: Target | None = None
    diff: bool = False
    """Compare with the catalogue before it is confirmed."""
    read: ReadOptions = BY_EVIDENCE


def carry_out(run: Invocation, request: ImportRequest) -> JobOutcome | None:
    """Import a file. None: the user declined, or pressed Ctrl-C and was told what keeps running.

    Raises:
        SegOpsError: the file cannot be imported, or the API said no.
        MappingNeeded: no column is known to identify rows.
    """
    if request.errors_to is not None:
        # Fail before a long check, not after it.
        request.errors_to.check()
    check, request = _checked(run, request)
    if _is_unattended(run):
        # What would need an answer is refused before anything is sent.
        likely = _likely_review(run, request, check)
        if likely.problems:
            import_views.tell_review(run.talk, likely)
            raise plan.mapping_needed(likely)
        if check.warnings or not likely.is_clean:
            import_views.tell_review(run.talk, likely)
            raise _needs_a_yes(run, check.rows)
    job = plan.start_import(
        run.ledger,
        path=request.source.path,
        profile=run.profile.name,
        overrides=request.overrides,
        review=True,
        read=request.read,
        repair=request.repair,
        name=request.source.name,
        is_spooled=request.source.is_spooled,
        errors_to=request.errors_to,
        command=run.command_line(),
        check=check,
    )
    if run.options.yes:
        job = run.ledger.save(job.with_params(agreed=True))
    return _drive(run, request, check, job)


def _checked(run: Invocation, request: ImportRequest) -> tuple[CsvCheck, ImportRequest]:
    """Check the file and report what was found, before anything is sent.

    On a terminal the user is asked where two readings make sense; the answer is in the request that
    is returned.
    """
    path = request.source.path
    while True:
        try:
            check = _check_once(run, request)
            run.talk.note(
                f"{check.name}: {_what(check)}, {wording.plural(len(check.columns), 'column')}"
            )
            import_views.tell_findings(run.talk, [f for f in check.findings if f.level != "error"])
            require_importable(check)
            break
        except ReadingUnclear as unclear:
            chosen = _chosen_reading(run, unclear)
            if chosen is None:
                raise
            request = replace(request, read=request.read.merged(chosen))
    check_overrides(check, request.overrides)
    if run.options.dry_run:
        likely = _likely_review(run, request, check)
        import_views.tell_review(run.talk, likely)
        if likely.problems:
            raise plan.mapping_needed(likely)
        if request.diff:
            _told_diff(run, path, check.layout, likely)
    return check, request


def _check_once(run: Invocation, request: ImportRequest) -> CsvCheck:
    def progress(done: int) -> None:
        run.talk.passing(f"checking {request.source.name}: {wording.size(done)}")

    check = check_csv(
        request.source.path,
        key=request.overrides.key,
        read=request.read,
        repair=request.repair,
        progress=progress,
    )
    return replace(check, name=request.source.name)


def _chosen_reading(run: Invocation, unclear: ReadingUnclear) -> ReadOptions | None:
    """How to read the file, as the user answers; None without a terminal or an answer."""
    if run.options.yes or not run.is_interactive:
        return None
    run.talk.warn(str(unclear))
    for number, choice in enumerate(unclear.choices, start=1):
        cells = ", ".join(f'"{cell}"' for cell in choice.cells)
        run.talk.line(f"  {number}  {choice.label}{f': {cells}' if cells else ''}")
    answer = run.talk.ask_number("How is it to be read?", most=len(unclear.choices))
    return None if answer is None else unclear.choices[answer - 1].options


def _likely_review(run: Invocation, request: ImportRequest, check: CsvCheck) -> Review:
    """The mapping without the server's suggestion, which comes with the upload."""
    schema = run.client.products.schema()
    review = preview_mapping(
        check,
        overrides=request.overrides,
        remembered=run_part(remembered_mapping(), run.client),
        existing_fields=[field.raw for field in schema.fields],
        currency=schema.default_currency,
    )
    return foresee(request.source.path, check, review)


def _drive(run: Invocation, request: ImportRequest, check: CsvCheck, job: Job) -> JobOutcome | None:
    """Run the import to its end, prompting for a mapping where it needs one."""
    while True:
        outcomes = work(run, [job], plan_of, _waiting(run, check))
        if outcomes is None:
            return None
        error = outcomes[0].error
        if not isinstance(error, MappingNeeded):
            raise_first(outcomes)
            return outcomes[0]
        further = _answered(run, request, check, error)
        if further is None:
            run.ledger.forget(job.id)
            run.ended_early = run.declined("nothing was imported")
            return None
        job = plan.choose_mapping(run.ledger, job.id, further)
        if further.targets:
            # A changed mapping is shown for review again.
            job = run.ledger.save(job.with_params(review=True))


def _answered(
    run: Invocation, request: ImportRequest, check: CsvCheck, error: MappingNeeded
) -> MappingOverrides | None:
    """The user's answer to a mapping: changes, none, or None to cancel."""
    review = error.review
    import_views.tell_review(run.talk, review)
    if review.problems:
        proposal = _proposal(review)
        if proposal is None or not run.is_interactive:
            if error.job is not None:
                run.ledger.forget(error.job.id)
            raise error
        problem = review.problems[0]
        yes = run.talk.ask(f"{problem.text} Continue with {problem.hint}?")
        return proposal if yes else None
    elsewhere = _elsewhere(run, review)
    if elsewhere is not None:
        return elsewhere
    if request.save_to is not None:
        save_mapping(request.save_to, review)
        run.talk.note(f"mapping saved in {request.save_to}")
    if request.diff and error.job is not None:
        found = _told_diff(run, request.source.path, check.layout, review, keep_for=error.job)
        run.ledger.save(error.job.with_params(diff=asdict(found)))
    if _is_unattended(run):
        if not review.is_clean:
            if error.job is not None:
                run.ledger.forget(error.job.id)
            raise _needs_a_yes(run, review.rows)
        run.talk.note("every column maps cleanly, so it is imported without a question")
        return MappingOverrides()
    return MappingOverrides() if _confirmed(run, review, request.source.name) else None


def _is_unattended(run: Invocation) -> bool:
    """Whether there is no one to ask, and no one has agreed."""
    return not (run.options.yes or run.options.dry_run or run.is_interactive)


def _needs_a_yes(run: Invocation, rows: int) -> click.UsageError:
    return click.UsageError(
        f"Import {wording.plural(rows, 'row')} into profile {run.profile.name!r}?"
        " Not every column maps cleanly. Without a terminal, confirm with --yes."
    )


def _elsewhere(run: Invocation, review: Review) -> MappingOverrides | None:
    """New fields for the columns most of whose values a field does not take, if the user agrees."""
    if run.options.yes or not run.is_interactive:
        return None
    wrong = [f for f in review.findings if f.code == "type" and 2 * f.count >= review.rows]
    words = [word for finding in wrong for word in shlex.split(finding.hint)]
    maps = [value for name, value in pairwise(words) if name == "--map"]
    if not maps:
        return None
    overrides = parse_overrides(maps=maps)
    moved = [f'"{header}" to {target}' for header, target in overrides.targets.items()]
    return overrides if run.talk.ask(f"Map {wording.listed(moved)} instead?") else None


def ask_for_mapping(run: Invocation, error: MappingNeeded, job: Job) -> MappingOverrides | None:
    """Ask for the mapping of a resumed import; None if the user declines.

    An agreement given when it was started still holds.
    """
    review = error.review
    import_views.tell_review(run.talk, review)
    if review.is_ready:
        is_agreed = job.params.get("agreed") or _confirmed(run, review, job.target_name)
        return MappingOverrides() if is_agreed else None
    proposal = _proposal(review)
    if proposal is None or not run.is_interactive:
        return None
    problem = review.problems[0]
    return proposal if run.talk.ask(f"{problem.text} Continue with {problem.hint}?") else None


def _confirmed(run: Invocation, review: Review, name: str) -> bool:
    """Whether the user confirms the reviewed import."""
    rows = wording.plural(review.rows, "row")
    if review.rejected:
        rows += f" ({wording.count(review.rejected)} will be rejected)"
    return run.confirm(f"Import {rows} of {name} into profile {run.profile.name!r}?")


def _told_diff(
    run: Invocation, path: Path, layout: Layout, review: Review, *, keep_for: Job | None = None
) -> Diff:
    """Compare the file with the catalogue and report what the import would change.

    What it would change is kept as it is for the job, so that it can be undone.
    """

    def progress(stage: str, done: int, total: int | None) -> None:
        said = wording.size if stage == "file" else wording.count
        of = f" of {said(total)}" if total else ""
        run.talk.passing(f"comparing, {stage}: {said(done)}{of}")

    copy = None
    if keep_for is not None:
        sweep_copies(run.paths.state, run.ledger.list(limit=-1), now=time.time())
        copy = UndoCopy.create(copy_path(run.paths.state, keep_for.id))
    try:
        found = run_part(compare(path, layout, review, copy=copy, progress=progress), run.client)
    finally:
        if copy is not None:
            copy.close()
    import_views.tell_diff(run.talk, found)
    return found


def _proposal(review: Review) -> MappingOverrides | None:
    """The overrides a problem's hint spells out, if it has one."""
    words = shlex.split(review.problems[0].hint)
    maps = [value for name, value in pairwise(words) if name == "--map"]
    skips = [value for name, value in pairwise(words) if name == "--skip"]
    return parse_overrides(maps=maps, skips=skips) if maps else None


def _waiting(run: Invocation, check: CsvCheck) -> WaitLimit:
    parts = check.layout.parts
    last = "importing" if parts == 1 else f"importing {parts}/{parts}"
    return patience(run, on_its_way=last)


def _what(check: CsvCheck) -> str:
    return wording.plural(check.rows, "row")
