"""What the import screen shows beside the file and the columns: findings, progress, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.core.job_texts import job_figures, stage_words
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.plots.scale import meter, pulse
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.jobs.imports.findings import CsvCheck, Finding

SHOWN: Final = 500
"""Rejected rows listed."""
_PARTS: Final = (("created", "$success"), ("updated", "$primary"), ("rejected", "$error"))
_SIGNS: Final = {
    "error": ("✗", "$error"),
    "warning": ("▲", "$warning"),
    "notice": ("·", "$primary"),
}


def finding_lines(findings: Iterable[Finding]) -> list[Content]:
    """A line for each finding, its hint below it."""
    lines = []
    for finding in findings:
        sign, style = _SIGNS.get(finding.level, ("·", ""))
        lines.append(Content.assemble((f"{sign} ", f"bold {style}"), one_line(finding.text)))
        # Hints with options are for the command; the form has keys and choices of its own.
        if finding.hint and "--" not in finding.hint:
            lines.append(Content.styled(f"  {one_line(finding.hint)}", "$text-muted"))
    return lines


def check_content(check: CsvCheck) -> Content:
    """A checked file: its size and encoding, and the findings."""
    layout = check.layout
    facts = [
        wording.plural(check.rows, "row"),
        wording.plural(len(check.columns), "column"),
        wording.size(layout.size),
        layout.text.encoding_name,
    ]
    words = "   ".join(facts)
    head = Content.assemble((one_line(check.name), "bold"), "   ", (words, "$text-muted"))
    lines = finding_lines([*check.errors, *check.warnings, *check.notices])
    if not check.errors:
        words = "The file can be read. Its columns come next; nothing has been sent yet."
        ready = Content.assemble(("✓ ", "bold $success"), words)
        lines = [ready, *lines]
    return Content("\n").join([head, Content(""), *lines])


class JobProgress(Widget):
    """One job: its title, a wide bar and the figures."""

    DEFAULT_CSS = "JobProgress { padding: 1 2; height: 1fr; width: 1fr; }"

    progress: reactive[Progress | None] = reactive(None)
    now: reactive[float] = reactive(0.0)

    def render(self) -> Content:
        """Draw the job."""
        progress = self.progress
        if progress is None:
            return Content.styled("◌ Starting …", "$primary")
        elapsed = progress.elapsed_at(self.now)
        cells = max(8, min(72, self.size.width))
        fraction = progress.fraction
        share = "" if fraction is None else f"   {wording.percent(fraction)}"
        return Content("\n").join(
            [
                Content.assemble(
                    (one_line(progress.title), "bold"),
                    (f"   {stage_words(progress)}", "$primary"),
                    share,
                ),
                Content(""),
                pulse(elapsed, cells) if fraction is None else meter(fraction, cells),
                Content(""),
                Content(job_figures(progress, elapsed)),
                Content(""),
                Content.styled(
                    "esc leaves it running; the tray and pane 0 show it.", "$text-muted"
                ),
            ]
        )


class ImportReport(VerticalScroll, can_focus=True):
    """How many rows were created, updated and rejected, and which were rejected and why."""

    DEFAULT_CSS = "ImportReport { padding: 1 2; height: 1fr; width: 1fr; }"

    def compose(self) -> ComposeResult:
        """The text."""
        yield PlainText()

    def show(self, job: Job, *, took: float) -> None:
        """Draw the report of a finished job, which worked for `took` seconds."""
        self.query_one(PlainText).update(Content("\n").join(report_lines(job, took=took)))


def report_lines(job: Job, *, took: float) -> list[Content]:
    """The lines of a report; `took` is in seconds, and 0 if it is not known."""
    result = job.result
    rows = max(int(result.get("rows") or 0), 1)
    lines = [
        Content.assemble(
            ("▲ ", "bold $warning") if result.get("rejected") else ("✓ ", "bold $success"),
            (f"{wording.plural(int(result.get('rows') or 0), 'row')} of ", ""),
            (one_line(job.target_name), "bold"),
            (f"   in {wording.duration(took)}" if took else "", "$text-muted"),
        ),
        Content(""),
    ]
    for name, style in _PARTS:
        number = int(result.get(name) or 0)
        lines.append(
            Content.assemble(
                f"{name:<10}",
                (f"{number:>10,}  ", "bold" if number else "$text-muted"),
                meter(number / rows, 30, style=style),
            )
        )
    errors: list[dict[str, Any]] = list(result.get("errors") or [])
    if errors:
        lines.extend([Content(""), Content.styled("Rejected rows", "bold")])
        lines.extend(_rejected(error) for error in errors[:SHOWN])
        more = int(result.get("rejected") or 0) - min(len(errors), SHOWN)
        if more > 0:
            lines.append(Content.styled(f"and {more:,} more", "$text-muted"))
        lines.extend([Content(""), key_hints(("s", "saves them, with the reasons, to a file"))])
    return lines


def _rejected(error: dict[str, Any]) -> Content:
    line = error.get("line")
    where = f"line {line:,}" if isinstance(line, int) else "line ?"
    return Content.assemble(
        ("✗ ", "$error"),
        (f"{where:<12}", "$text-muted"),
        (f"{one_line(error.get('sku') or '–')}  ", "bold"),
        one_line(error.get("error") or ""),
    )
