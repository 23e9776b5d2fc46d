"""A live table of jobs on a terminal's stderr, however many they are.

Knows rows and the height of a screen; how progress is said is `cli.progress`'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from segops_tui import wording
from segops_tui.cli.core.layout import clip
from segops_tui.cli.core.progress import amount, pace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.table import Table

    from segops_tui.cli.core.diagnostics import Diagnostics
    from segops_tui.jobs.engine.progress import Progress

_MOST_ROWS: Final = 14
"""Jobs drawn at once; the rest are counted."""
_FRAMES: Final = 10
"""Redraws a second, however fast the news comes: each shows the newest."""
_SYMBOLS: Final = {"running": "▶", "done": "✓", "failed": "✗"}
_COLOURS: Final = {"running": "cyan", "done": "green", "failed": "red"}


class Board:
    """A live table, one row a job; erased at the end, since the results follow on stdout."""

    def __init__(self, talk: Diagnostics, total: int) -> None:
        from rich.console import Console  # 40 ms that only a terminal's progress owes
        from rich.live import Live

        console = Console(
            file=talk.stream, force_terminal=True, no_color=not talk.has_colour, highlight=False
        )
        self._total = total
        self._bar = 20 if console.width >= 100 else 10
        self._title = max(12, min(48, console.width - self._bar - 44))
        self._height = max(min(_MOST_ROWS, console.height - 3), 1)
        self._jobs: dict[str, Progress] = {}
        self._live = Live(
            console=console,
            transient=True,
            refresh_per_second=_FRAMES,
            get_renderable=self._table,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def tell(self, progress: Progress) -> None:
        """Take it into the next frame."""
        self._jobs[progress.job_id] = progress

    def _table(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        jobs = list(self._jobs.copy().values())
        shown = in_view(jobs, self._height)
        for progress in shown:
            colour = _COLOURS.get(progress.state, "yellow")
            table.add_row(
                Text(_SYMBOLS.get(progress.state, "…"), style=colour),
                Text(clip(wording.plain(progress.title), self._title)),
                Text(progress.stage if not progress.is_final else progress.state, style=colour),
                ProgressBar(
                    total=1.0 if progress.fraction is not None else None,
                    completed=progress.fraction or 0.0,
                    width=self._bar,
                    pulse=progress.fraction is None and progress.state == "running",
                ),
                Text(_said(progress), no_wrap=True, overflow="ellipsis"),
            )
        if max(self._total, len(jobs)) > 1:
            table.add_row("", Text(tally(jobs, self._total, len(shown)), style="dim"))
        return table


def in_view(jobs: Sequence[Progress], height: int) -> list[Progress]:
    """The rows there is room for: what runs, the longest first, then what ended last."""
    running = sorted((p for p in jobs if p.state == "running"), key=lambda p: p.started_at)
    ended = sorted((p for p in jobs if p.state != "running"), key=lambda p: -p.updated_at)
    return [*running, *ended][:height]


def tally(jobs: Sequence[Progress], total: int, shown: int) -> str:
    """`412 of 500 done, 3 failed, 80 to come, 2 more running`."""
    states = [progress.state for progress in jobs]
    running = states.count("running")
    parts = [
        f"{wording.count(states.count('done'))} of {wording.count(max(total, len(jobs)))} done"
    ]
    counts = {
        "failed": states.count("failed"),
        "let go of": len(states) - running - states.count("done") - states.count("failed"),
        "to come": max(total - len(jobs), 0),
        "more running": max(running - shown, 0),
    }
    parts.extend(f"{wording.count(number)} {what}" for what, number in counts.items() if number)
    return ", ".join(parts)


def _said(progress: Progress) -> str:
    if progress.state != "running":
        return wording.plain(progress.result or progress.error)
    return "  ".join(part for part in (amount(progress), pace(progress)) if part)
