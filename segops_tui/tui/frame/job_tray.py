"""What runs now, a line each: what, how far, how fast, how long still.

Knows progress and the time; a job that tells no percentage shows that it goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.plots.meter import meter, pulse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

    from segops_tui.jobs.engine.progress import Progress

MOST: Final = 3
"""Lines; what does not fit is counted."""


class JobTray(Widget):
    """Nothing where nothing runs."""

    DEFAULT_CSS = "JobTray { height: auto; width: 1fr; padding: 0 1; }"
    ALLOW_SELECT = False

    running: reactive[Sequence[Progress]] = reactive((), layout=True)
    now: reactive[float] = reactive(0.0)

    def render(self) -> Content:
        """Draw the first few jobs."""
        width = self.size.width
        lines = [job_line(progress, width, now=self.now) for progress in self.running[:MOST]]
        if len(self.running) > MOST:
            more = f"  and {len(self.running) - MOST + 1} more: 0 shows every job"
            lines[-1] = Content.styled(more, "$text-muted")
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line for each, up to a few."""
        return min(len(self.running), MOST)


def job_line(progress: Progress, width: int, *, now: float) -> Content:
    """One job in one line: title and stage left, bar in the middle, figures right."""
    elapsed = max(0.0, now - progress.started_at)
    figures = job_figures(progress, elapsed)
    stage = progress.stage if progress.stage not in {"new", ""} else "starting"
    room = max(0, width - len(figures) - len(stage) - 8)
    title = crop(one_line(progress.title), max(8, room * 3 // 5))
    cells = max(4, min(40, room - len(title)))
    fraction = progress.fraction
    bar = pulse(elapsed, cells) if fraction is None else meter(fraction, cells)
    left = Content.assemble(
        ("▶ ", "$primary"), (title, "bold"), "  ", (one_line(stage), "$text-muted"), "  ", bar
    )
    gap = max(1, width - left.cell_length - len(figures))
    return Content.assemble(left, " " * gap, (figures, "$foreground"))


def job_figures(progress: Progress, elapsed: float) -> str:
    """How many of how many, how fast, how long still; else how long already."""
    parts = []
    if progress.done is not None and progress.unit == "bytes":
        done = wording.size(progress.done)
        parts.append(f"{done} / {wording.size(progress.total)}" if progress.total else done)
    elif progress.done is not None:
        done = wording.count(progress.done)
        parts.append(f"{done} / {wording.count(progress.total)}" if progress.total else done)
    if progress.rate and progress.done is not None:
        parts.append(wording.rate(progress.rate, progress.unit))
    left = progress.eta
    if progress.total is None and progress.estimate is not None:
        left = progress.estimate.left(elapsed)
    parts.append(f"{wording.clock(left)} left" if left else wording.clock(elapsed))
    return "   ".join(parts)
