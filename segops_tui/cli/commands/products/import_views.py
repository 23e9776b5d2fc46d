"""How an import's findings, mapping and report look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.cli.core.layout import GAP, Heading, clip, lines, plan
from segops_tui.nouns.column import Column, Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from segops_tui.cli.core.context import Invocation
    from segops_tui.cli.core.diagnostics import Diagnostics
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.imports.diff import Diff
    from segops_tui.jobs.imports.findings import Finding
    from segops_tui.jobs.imports.review import ColumnMapping, Review

REJECTED: Final[Noun[Record]] = Noun(
    name="rejected row",
    plural="rejected rows",
    title="Rejected rows",
    key=lambda row: row.raw.get("row"),
    label=lambda row: str(row.raw.get("row")),
    empty="No row was rejected.",
    columns=(
        Column("line", "LINE", lambda r: r.raw.get("line"), align="right"),
        Column("sku", "SKU", lambda r: r.raw.get("sku"), min_width=8),
        Column("error", "REASON", lambda r: r.raw.get("error"), flex=True, max_width=100),
    ),
)
_HEADINGS: Final = (
    Heading("COLUMN", min_width=8, max_width=28),
    Heading("→", min_width=6, max_width=24),
    Heading("SAMPLES", min_width=8, max_width=40, flex=True),
    Heading("WHY", min_width=6, max_width=44, priority=1),
)
_LONGEST_SAMPLE: Final = 36
"""Cells; a SKU fits, and of an address or a description the start tells which it is."""
_MOST_COLUMNS: Final = 40
"""Columns listed one a line; of a wider file, only those that are not simply new fields."""
_WHO: Final = {
    "server": "the server's suggestion",
    "you": "your choice",
    "check": "our check",
    "names": "our guess by its name",
    "earlier": "as in an earlier import",
}


def tell_findings(talk: Diagnostics, findings: Iterable[Finding]) -> None:
    """Report what a check found: warnings always, notices unless --quiet."""
    for finding in findings:
        is_placed = finding.line is None or f"line {finding.line:,}" in finding.text
        place = "" if is_placed else f" (line {finding.line:,})"
        if finding.level == "notice":
            talk.note(f"{finding.text}{place}")
        else:
            talk.warn(f"{finding.text}{place}")
        if finding.hint:
            talk.note(f"  {finding.hint}")


def tell_review(talk: Diagnostics, review: Review) -> None:
    """Show the mapping column by column, with its problems."""
    told = [c for c in review.choices if c.target is not None or c.samples]
    shown = _most_important(told, review)
    rows = [_cells(choice, review) for choice in shown]
    width = talk.width
    fit = plan(_HEADINGS, rows, width)
    for cells in lines(_HEADINGS, rows, fit):
        talk.line(GAP.join(cells).rstrip())
    further = [choice.header for choice in told if choice not in shown]
    if further:
        columns = wording.plural(len(further), "further column")
        talk.note(f"{columns} become new fields: {wording.listed(further, most=5)}")
    empty = [choice.header for choice in review.choices if not choice.samples and not choice.target]
    if empty:
        columns = wording.plural(len(empty), "empty column")
        talk.note(f"{columns} left out: {wording.listed(empty, most=3)}")
    if review.new_fields:
        talk.note(f"new fields in the schema: {wording.listed(review.new_fields, most=12)}")
    tell_findings(talk, [f for f in review.findings if f.level != "error"])


def _most_important(choices: list[ColumnMapping], review: Review) -> list[ColumnMapping]:
    """The columns of a wide file that people have to look at: what is not simply a new field."""
    if len(choices) <= _MOST_COLUMNS:
        return choices
    new = set(review.new_fields)
    is_plain = [c.target in new and c.source != "you" and not c.note for c in choices]
    room = max(_MOST_COLUMNS - is_plain.count(False), 0)
    shown = []
    for choice, plain in zip(choices, is_plain, strict=True):
        if not plain or room > 0:
            shown.append(choice)
        room -= plain
    return shown


def _cells(choice: ColumnMapping, review: Review) -> list[str]:
    target = choice.target or "(skipped)"
    if choice.target in review.new_fields:
        target = f"{target} (new)"
    why = choice.note or _WHO[choice.source]
    samples = ", ".join(clip(sample, _LONGEST_SAMPLE) for sample in choice.samples) or "–"
    return [wording.plain(text) for text in (choice.header, target, samples, why)]


def report(run: Invocation, job: Job) -> None:
    """Write the result of an import."""
    if run.options.output == "name":
        for number in job.result.get("imports", []):
            run.out.line(str(number))
    elif run.out.is_table:
        run.out.line(job.summary)
        _rejected_table(run, job)
    else:
        _report_data(run, job)
    run.out.flush()
    tell_written(run.talk, job)


def tell_written(talk: Diagnostics, job: Job) -> None:
    """Report where the rejected rows were written, and whether any are missing."""
    if "errors_written" not in job.result:
        return
    written, rejected = job.result["errors_written"], job.result["rejected"]
    talk.note(f"{wording.plural(written, 'rejected row')} in {job.result['errors_to']}")
    if written < rejected:
        missing = wording.plural(rejected - written, "further row")
        talk.warn(f"{missing} rejected without a known line")


def _report_data(run: Invocation, job: Job) -> None:
    found: Mapping[str, Any] = job.result
    if run.options.output in {"csv", "tsv"}:
        run.out.listing([Record(error) for error in found.get("errors", [])], REJECTED)
        return
    mapping = job.params.get("mapping", {}).get("columns")
    names = ("rows", "created", "updated", "rejected", "errors", "imports")
    counts = {name: found.get(name) for name in names}
    further = {name: found[name] for name in ("errors_to", "errors_written") if name in found}
    if "diff" in job.params:
        further["diff"] = job.params["diff"]
    run.out.data({**counts, "mapping": mapping, "state": job.state, "job": job.id, **further})


def _rejected_table(run: Invocation, job: Job) -> None:
    errors = job.result.get("errors", [])
    shown = errors if run.options.rows is None else errors[: run.options.rows]
    if not shown:
        return
    run.out.line("")
    run.out.table([Record(error) for error in shown], REJECTED)
    rejected = job.result.get("rejected", len(errors))
    if rejected > len(shown):
        of = f"{wording.count(len(shown))} of {wording.count(rejected)} rejected rows"
        more = "" if "errors_written" in job.result else "; --errors FILE writes all known ones"
        run.talk.note(f"showing {of}{more}")


def tell_diff(talk: Diagnostics, diff: Diff) -> None:
    """Report what an import would change."""
    talk.line(f"compared with the catalogue: {diff.summary}")
    if diff.untouched:
        products = wording.plural(diff.untouched, "product")
        talk.note(f"{products} of the catalogue not in the file: left as they are")
