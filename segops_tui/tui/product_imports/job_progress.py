"""One job, drawn large: what it does, how far, how fast, how long still.

Knows progress and the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.core.job_texts import job_figures
from segops_tui.tui.core.text import one_line
from segops_tui.tui.plots.meter import meter, pulse

if TYPE_CHECKING:
    from segops_tui.jobs.engine.progress import Progress


class JobProgress(Widget):
    """A title, a wide bar, the figures."""

    DEFAULT_CSS = "JobProgress { padding: 1 2; height: 1fr; width: 1fr; }"

    progress: reactive[Progress | None] = reactive(None)
    now: reactive[float] = reactive(0.0)

    def render(self) -> Content:
        """Draw it."""
        progress = self.progress
        if progress is None:
            return Content.styled("◌ Starting …", "$primary")
        elapsed = max(0.0, self.now - progress.started_at)
        cells = max(8, min(72, self.size.width))
        fraction = progress.fraction
        share = "" if fraction is None else f"   {wording.percent(fraction)}"
        return Content("\n").join(
            [
                Content.assemble(
                    (one_line(progress.title), "bold"),
                    (f"   {one_line(progress.stage)}", "$primary"),
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
