"""Progress of a job, with its rate and an estimate of the time left."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from segops_tui.jobs.engine.job import FINAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.jobs.engine.job import Job


_MANY: Final = 8
"""From this many runs on, the fastest and the slowest tenth are ignored."""
_SLACK: Final = 0.1
"""The next run may differ by this share even from runs that all took the same."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds that a run takes: the most likely value, and a range."""

    typical: float
    least: float
    most: float

    def left(self, elapsed: float) -> float | None:
        """Seconds left, or None once the run takes longer than any before."""
        if elapsed < self.typical:
            return self.typical - elapsed
        return self.most - elapsed if elapsed < self.most else None

    def range_left(self, elapsed: float) -> tuple[float, float] | None:
        """The fewest and the most seconds left, or None once the run exceeds the range."""
        if elapsed >= self.most:
            return None
        return max(self.least - elapsed, 0.0), self.most - elapsed


def estimate_duration(history: Sequence[float]) -> Estimate | None:
    """The median of earlier runs and their range, which is wide after a single run."""
    runs = sorted(history)
    if not runs:
        return None
    typical = statistics.median(runs)
    if len(runs) == 1:
        return Estimate(typical, typical / 2, typical * 2)
    least, most = runs[0], runs[-1]
    if len(runs) >= _MANY:
        tenths = statistics.quantiles(runs, n=10, method="inclusive")
        least, most = tenths[0], tenths[-1]
    return Estimate(typical, min(least, typical * (1 - _SLACK)), max(most, typical * (1 + _SLACK)))


_MEMORY: Final = 3.0
"""Seconds over which a rate is smoothed: short enough to follow, too long to flicker."""
_SOON: Final = 0.1
"""Two counts closer together than this say nothing about speed."""
_OFTEN: Final = 0.05
"""Seconds between two reports of one stage: more often than this is invisible."""
_HEARTBEAT: Final = 2.0
"""Seconds between two heartbeats in the ledger."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A job at one moment. Times are Unix seconds by the runner's clock."""

    job_id: str
    kind: str
    title: str
    stage: str
    done: int | None
    total: int | None
    unit: str
    started_at: float
    updated_at: float
    state: str
    result: str = ""
    """One line for people."""
    error: str = ""
    command: str = ""
    rate: float | None = None
    """Units a second, smoothed; None until it is known."""
    estimate: Estimate | None = None
    """How long earlier runs of the same took, for work without a percentage."""
    is_waiting: bool = False
    """Whether it waits for its turn."""

    @classmethod
    def of(
        cls,
        job: Job,
        *,
        now: float,
        rate: float | None = None,
        estimate: Estimate | None = None,
        begun_at: float | None = None,
        is_waiting: bool = False,
    ) -> Self:
        """The progress of `job`, which began at `begun_at` unless the job knows better."""
        begun = job.begun_at or begun_at
        return cls(
            job.id,
            job.kind,
            job.title,
            job.stage,
            job.done,
            job.total,
            job.unit,
            begun or job.created_at,
            now if job.finished_at is None else job.finished_at,
            job.state,
            job.summary,
            job.error,
            job.command,
            rate,
            estimate,
            is_waiting=is_waiting and begun is None,
        )

    @property
    def expected(self) -> float | None:
        """Seconds that earlier runs typically took."""
        return None if self.estimate is None else self.estimate.typical

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self.state in FINAL

    @property
    def elapsed(self) -> float:
        """Seconds since it was started, never negative: clocks jump."""
        return self.elapsed_at(self.updated_at)

    def elapsed_at(self, now: float) -> float:
        """Seconds it has worked by then: none while it waits for its turn."""
        return 0.0 if self.is_waiting else max(now - self.started_at, 0.0)

    @property
    def fraction(self) -> float | None:
        """The share that is done, from 0 to 1, or None if it is unknown."""
        if self.state == "done":
            return 1.0
        if self.done is None or not self.total:
            return None
        return min(max(self.done / self.total, 0.0), 1.0)

    @property
    def eta(self) -> float | None:
        """Seconds left: by the rate, else by earlier runs, else None.

        None also once it takes longer than any earlier run.
        """
        if self.state != "running":
            return None
        if self.done is not None and self.total and self.rate:
            return max(self.total - self.done, 0) / self.rate
        if self.total is None and self.estimate is not None:
            return self.estimate.left(self.elapsed)
        return None

    @property
    def eta_range(self) -> tuple[float, float] | None:
        """The fewest and the most seconds left by earlier runs, for work that is not counted."""
        if self.state != "running" or self.total is not None or self.estimate is None:
            return None
        return self.estimate.range_left(self.elapsed)


@dataclass(slots=True)
class Meter:
    """A smoothed rate, from counts and their times."""

    rate: float | None = None
    _stage: str = ""
    _done: int = 0
    _at: float = field(default=0.0)

    def take(self, job: Job, *, now: float) -> float | None:
        """Add a count; another stage or a smaller count resets the rate."""
        done = job.done
        if done is None or job.stage != self._stage or done < self._done or now < self._at:
            self.rate, self._stage, self._done, self._at = None, job.stage, done or 0, now
            return None
        gap = now - self._at
        if gap < _SOON:
            return self.rate
        seen = (done - self._done) / gap
        share = 1.0 if self.rate is None else 1.0 - math.exp(-gap / _MEMORY)
        self.rate = seen if self.rate is None else self.rate + share * (seen - self.rate)
        self._done, self._at = done, now
        return self.rate


class ProgressReporter:
    """Reports a job's progress, no more often than a screen can show it."""

    def __init__(
        self,
        report: Callable[[Progress], None] | None,
        *,
        clock: Callable[[], float],
        history: Sequence[float] = (),
        begun_at: float | None = None,
    ) -> None:
        self._report, self._clock = report, clock
        self._estimate = estimate_duration(history)
        self._begun_at = begun_at
        self._meter = Meter()
        self._reported: tuple[str, str] = ("", "")
        self._reported_at = self._heartbeat_at = clock()

    def report(self, job: Job) -> None:
        """Report, unless the same stage was reported a moment ago."""
        now = self._clock()
        self._begun_at = job.begun_at or self._begun_at
        rate = self._meter.take(job, now=now)
        phase = (job.stage, job.state)
        is_recent = phase == self._reported and 0 <= now - self._reported_at < _OFTEN
        if self._report is None or is_recent:
            return
        self._reported, self._reported_at = phase, now
        self._report(
            Progress.of(job, now=now, rate=rate, estimate=self._estimate, begun_at=self._begun_at)
        )

    def is_heartbeat_due(self) -> bool:
        """Whether the ledger needs a heartbeat; asking resets it."""
        now = self._clock()
        if 0 <= now - self._heartbeat_at < _HEARTBEAT:
            return False
        self._heartbeat_at = now
        return True
