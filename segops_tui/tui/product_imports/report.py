"""What came of an import: created, updated, rejected, and which rows and why.

Knows the result a job ends with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from segops_tui import wording
from segops_tui.tui.core.text import one_line
from segops_tui.tui.plots.meter import meter

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from segops_tui.jobs.engine.job import Job

SHOWN = 500
"""Rejected rows listed."""
_PARTS = (("created", "$success"), ("updated", "$primary"), ("rejected", "$error"))


class ImportReport(VerticalScroll, can_focus=True):
    """Three bars and a list."""

    DEFAULT_CSS = "ImportReport { padding: 1 2; height: 1fr; width: 1fr; }"

    def compose(self) -> ComposeResult:
        """Text."""
        yield Static("", markup=False)

    def show(self, job: Job) -> None:
        """Draw the report of a job that is done."""
        self.query_one(Static).update(Content("\n").join(report_lines(job)))


def report_lines(job: Job) -> list[Content]:
    """The report, line by line."""
    result = job.result
    rows = max(int(result.get("rows") or 0), 1)
    took = "" if job.finished_at is None else wording.duration(job.finished_at - job.created_at)
    lines = [
        Content.assemble(
            ("✓ ", "bold $success"),
            (f"{wording.plural(int(result.get('rows') or 0), 'row')} of ", ""),
            (one_line(job.target_name), "bold"),
            (f"   in {took}" if took else "", "$text-muted"),
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
    return lines


def _rejected(error: dict[str, Any]) -> Content:
    row = error.get("row")
    where = f"row {row:,}" if isinstance(row, int) else "row ?"
    return Content.assemble(
        ("✗ ", "$error"),
        (f"{where:<12}", "$text-muted"),
        (f"{one_line(error.get('sku') or '–')}  ", "bold"),
        one_line(error.get("error") or ""),
    )
