"""Show the progress of jobs: a live table on a terminal, plain lines, or NDJSON events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from segops_tui import wording
from segops_tui.cli.core.layout import clip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.table import Table

    from segops_tui.cli.core.diagnostics import Diagnostics
    from segops_tui.cli.core.output import Output
    from segops_tui.jobs.engine.progress import Progress


_NOW_AND_THEN: Final = 10.0
"""Seconds between two plain lines of one stage."""
_UNSPOKEN: Final = frozenset({"new", "starting", "review"})
"""Stages a plain line says nothing of: not begun, or about to be asked."""


class Drawing(Protocol):
    """Shows progress while it is entered."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def update(self, progress: Progress) -> None:
        """Show how a job stands now."""


def drawing(talk: Diagnostics, *, total: int = 1, out: Output | None = None) -> Drawing:
    """What can show progress; `total` is how many jobs there will be, `out` may take events."""
    if out is not None and out.form == "ndjson":
        return JobEvents(out)
    if talk.is_quiet:
        return Silence()
    if not talk.is_terminal:
        return Lines(talk)

    return LiveTable(talk, total)


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        return None

    def update(self, progress: Progress) -> None:
        """Show nothing."""


class Lines(Silence):
    """One plain line a transition, and one now and then between."""

    def __init__(self, talk: Diagnostics) -> None:
        self._talk = talk
        self._told: dict[str, tuple[tuple[str, str], float]] = {}

    def update(self, progress: Progress) -> None:
        """Write a line where it says something new."""
        phase, at = (progress.stage, progress.state), progress.updated_at
        last = self._told.get(progress.job_id)
        if last is not None and last[0] == phase and at - last[1] < _NOW_AND_THEN:
            return
        self._told[progress.job_id] = (phase, at)
        if progress.stage not in _UNSPOKEN:
            self._talk.line(f"{progress.title}: {words(progress)}")


def words(progress: Progress) -> str:
    """How a job stands, in a few words."""
    if progress.is_final:
        took = wording.duration(progress.elapsed)
        return f"{progress.state}: {progress.result or progress.error} ({took})"
    return "  ".join(part for part in (progress.stage, amount(progress), pace(progress)) if part)


def amount(progress: Progress) -> str:
    """`21,400 / 32,951`, as far as it is known."""
    if progress.done is None:
        return ""
    said = wording.size if progress.unit == "bytes" else wording.count
    total = f" / {said(progress.total)}" if progress.total else ""
    unit = "" if progress.unit == "bytes" or not progress.unit else f" {progress.unit}"
    return f"{said(progress.done)}{total}{unit}"


def pace(progress: Progress) -> str:
    """The rate and the time left where they are known, else the time spent."""
    is_counted = bool(progress.rate)
    spent = wording.duration(progress.elapsed)
    parts = [wording.rate(progress.rate, progress.unit) if progress.rate else spent]
    # A recompute that takes longer than it used to has no time left to speak of.
    if progress.eta is not None and (is_counted or progress.eta >= 0.5):
        parts.append(f"{wording.clock(progress.eta)} left")
    return "  ".join(parts)


class JobEvents(Silence):
    """One event a line on stdout, for `-o ndjson`: it is what was asked for, --quiet or not."""

    def __init__(self, out: Output) -> None:
        self._out = out

    def update(self, progress: Progress) -> None:
        """Write it down."""
        name = "progress" if progress.state == "running" else progress.state
        self._out.event(name, as_event(progress))


def as_event(progress: Progress) -> dict[str, Any]:
    """How a job stands, as data."""
    rate, eta = progress.rate, progress.eta
    return {
        "job": progress.job_id,
        "kind": progress.kind,
        "title": progress.title,
        "state": progress.state,
        "stage": progress.stage,
        "done": progress.done,
        "total": progress.total,
        "unit": progress.unit,
        "seconds": round(progress.elapsed, 3),
        "rate": None if rate is None else round(rate, 3),
        "eta": None if eta is None else round(eta, 3),
        "result": progress.result,
        "error": progress.error,
    }


_MOST_ROWS: Final = 14
"""Jobs drawn at once; the rest are counted."""
_FRAMES: Final = 10
"""Redraws a second, however fast the news comes: each shows the newest."""
_SYMBOLS: Final = {"running": "▶", "done": "✓", "failed": "✗"}
_COLOURS: Final = {"running": "cyan", "done": "green", "failed": "red"}


class LiveTable:
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

    def update(self, progress: Progress) -> None:
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
        "detached": len(states) - running - states.count("done") - states.count("failed"),
        "to come": max(total - len(jobs), 0),
        "more running": max(running - shown, 0),
    }
    parts.extend(f"{wording.count(number)} {what}" for what, number in counts.items() if number)
    return ", ".join(parts)


def _said(progress: Progress) -> str:
    if progress.state != "running":
        return wording.plain(progress.result or progress.error)
    return "  ".join(part for part in (amount(progress), pace(progress)) if part)
