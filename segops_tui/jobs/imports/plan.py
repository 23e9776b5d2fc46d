"""The plan of one CSV import: check, upload, map, confirm, watch, report.

Knows the contract's §4.3; what a file holds is `csv_check`'s and what columns mean `mapping`'s.
A file of more rows than the API takes goes in several uploads (`import_part`) and stays one job.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.engine.plan import Note, Save, Work
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.findings import MOST_ROWS, CsvCheck, Layout
from segops_tui.jobs.imports.mapping import check_wishes
from segops_tui.jobs.imports.mapping_overrides import Wishes
from segops_tui.jobs.imports.rejected_rows import writing
from segops_tui.jobs.imports.report import merged
from segops_tui.jobs.imports.split import Pieces, require_unchanged
from segops_tui.jobs.imports.upload import ImportPart, part_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.download import Target
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan, Tell

IMPORT: Final = "import"


def start_import(
    ledger: Ledger,
    *,
    path: Path,
    profile: str,
    wishes: Wishes | None = None,
    review: bool = False,
    repair: bool = False,
    part_rows: int = MOST_ROWS,
    name: str = "",
    is_spooled: bool = False,
    errors_to: Target | None = None,
    command: str = "",
) -> Job:
    """Note the import of a file; nothing is read or sent yet.

    With `review` the plan stops before it confirms and raises `MappingNeeded`, also where the
    mapping has no problem; `choose_mapping` then lets it go on. A spooled file is removed once
    it is imported. Rejected rows are written to `errors_to`.

    Raises:
        WouldOverwrite: the file for rejected rows exists.
        CannotWrite: it cannot be put there.
    """
    if errors_to is not None:
        errors_to.check()
    return ledger.create(
        IMPORT,
        str(path.absolute()),
        target_name=name or path.name,
        profile=profile,
        command=command or f"segops-tui products import {path}",
        params={
            "wishes": dict((wishes or Wishes()).targets),
            "review": review,
            "repair": repair,
            "part_rows": part_rows,
            "is_spooled": is_spooled,
            **({} if errors_to is None else errors_to.to_json("errors")),
        },
    )


def choose_mapping(ledger: Ledger, job_id: str, wishes: Wishes) -> Job:
    """Give a job that waits for its mapping what a person said; drive it on then.

    Raises:
        KeyError: there is no such job.
        JobBusy: it does not wait, or another process has taken it up.
    """
    job = ledger.claim(job_id)
    wanted = {**job.params.get("wishes", {}), **wishes.targets}
    return ledger.save(job.knowing(wishes=wanted, review=False))


def plan(job: Job, *, new_key: Callable[[], str]) -> Plan:
    """Import: begin anew, or go on from wherever the ledger has it."""
    path = Path(job.target)
    check: CsvCheck | None = None
    if "layout" not in job.params:
        job, check = yield from _check(job, path)
    layout = Layout.from_json(job.params["layout"])
    if len(job.params.get("reports", {})) < layout.parts:
        job = yield from _send(job, path, layout, check, new_key)
    job = yield from writing(job, path, layout)
    if job.params.get("is_spooled"):
        yield Work(lambda _: path.unlink(missing_ok=True))
    return job.ended(merged(job.params, layout))


def _send(
    job: Job, path: Path, layout: Layout, check: CsvCheck | None, new_key: Callable[[], str]
) -> Part[Job]:
    """Bring every part to its report."""
    pieces = Pieces([], None)
    if not _is_all_over_there(job, layout):
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


def _is_all_over_there(job: Job, layout: Layout) -> bool:
    """Whether the server has the whole file: here it may have changed since, or be gone."""
    names = {part_name(number) for number in range(1, layout.parts + 1)}
    return "mapping" in job.params and names <= job.remote_ids.keys()


def _check(job: Job, path: Path) -> Part[tuple[Job, CsvCheck]]:
    job = job.at("checking").measured("bytes")
    yield Save(job)
    params = job.params

    def work(tell: Tell) -> CsvCheck:
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        return check_csv(
            path,
            key=Wishes(params["wishes"]).key,
            repair=bool(params["repair"]),
            part_rows=params["part_rows"],
            progress=lambda done: tell(job.counted(done, size)),
        )

    check: CsvCheck = yield Work(work)
    check.require_importable()
    check_wishes(check, Wishes(params["wishes"]))
    return job.knowing(layout=check.layout.to_json()), check


def _preparing(job: Job, path: Path, layout: Layout) -> Callable[[Tell], Pieces]:
    shown = job.at("preparing").measured("bytes")

    def work(tell: Tell) -> Pieces:
        def progress(done: int) -> None:
            tell(shown.counted(done, layout.size))

        require_unchanged(path, layout, progress=progress)
        return Pieces.of(path, layout, progress=progress)

    return work
