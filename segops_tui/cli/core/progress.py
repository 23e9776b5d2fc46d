"""Shows `jobs.Progress`: a live board on a terminal, plain lines elsewhere, or events as data.

Knows how progress is said; knows no plan. Only events reach stdout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from segops_tui import wording

if TYPE_CHECKING:
    from types import TracebackType

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
    def tell(self, progress: Progress) -> None:
        """Show how a job stands now."""


def drawing(talk: Diagnostics, *, total: int = 1, out: Output | None = None) -> Drawing:
    """What can show progress; `total` is how many jobs there will be, `out` may take events."""
    if out is not None and out.form == "ndjson":
        return Events(out)
    if talk.is_quiet:
        return Silence()
    if not talk.is_terminal:
        return Lines(talk)
    from segops_tui.cli.core.live_table import Board

    return Board(talk, total)


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        return None

    def tell(self, progress: Progress) -> None:
        """Show nothing."""


class Lines(Silence):
    """One plain line a transition, and one now and then between."""

    def __init__(self, talk: Diagnostics) -> None:
        self._talk = talk
        self._told: dict[str, tuple[tuple[str, str], float]] = {}

    def tell(self, progress: Progress) -> None:
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


class Events(Silence):
    """One event a line on stdout, for `-o ndjson`: it is what was asked for, --quiet or not."""

    def __init__(self, out: Output) -> None:
        self._out = out

    def tell(self, progress: Progress) -> None:
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
