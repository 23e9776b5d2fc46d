"""What both drivers decide alike while they walk a plan: what to tell, what an end means.

Knows jobs, the clock it is given and what to report; never sends, waits or writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from segops_tui.api.errors import Refused, SegOpsError
from segops_tui.jobs.engine.errors import JobFailed, JobWaiting, ResumableError
from segops_tui.jobs.engine.plan import is_passing
from segops_tui.jobs.engine.progress import Meter, Progress, estimate

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from segops_tui.api.endpoint import AsyncDownload, Download
    from segops_tui.api.request import Request
    from segops_tui.jobs.engine.job import Job

T = TypeVar("T")


_OFTEN: Final = 0.05
"""Seconds between two reports of one stage: more often than this nobody sees."""
_BEAT: Final = 2.0
"""Seconds between two signs of life in the ledger."""


class Client(Protocol):
    """What a blocking driver needs of a client."""

    def send(self, request: Request[T], /, *, key: str | None = None) -> T:
        """Carry out one request."""

    def fetch(self, request: Request[Any], /) -> AbstractContextManager[Download]:
        """Open a file for reading as it comes."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class AsyncClient(Protocol):
    """What an async driver needs of a client."""

    async def send(self, request: Request[T], /, *, key: str | None = None) -> T:
        """Carry out one request."""

    def fetch(self, request: Request[Any], /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open a file for reading as it comes."""

    async def sleep(self, seconds: float, /) -> None:
        """Wait."""


class ProgressReporter:
    """Makes progress of a job's transitions, and keeps a flood of it from the listener."""

    def __init__(
        self,
        report: Callable[[Progress], None] | None,
        *,
        clock: Callable[[], float],
        history: list[float],
    ) -> None:
        self._report, self._clock = report, clock
        self._estimate = estimate(history)
        self._begun_at: float | None = None
        self._meter = Meter()
        self._told: tuple[str, str] = ("", "")
        self._told_at = self._beaten_at = clock()

    def tell(self, job: Job) -> None:
        """Report, unless the same stage was reported a moment ago."""
        now = self._clock()
        self._begun_at = job.begun_at or self._begun_at
        rate = self._meter.take(job, now=now)
        phase = (job.stage, job.state)
        if self._report is None or (phase == self._told and 0 <= now - self._told_at < _OFTEN):
            return
        self._told, self._told_at = phase, now
        self._report(
            Progress.of(job, now=now, rate=rate, estimate=self._estimate, begun_at=self._begun_at)
        )

    def is_due(self) -> bool:
        """Whether the ledger should hear again that the job lives; asking resets it."""
        now = self._clock()
        if 0 <= now - self._beaten_at < _BEAT:
            return False
        self._beaten_at = now
        return True


def ending(job: Job, error: BaseException, *, has_left: bool) -> Job | None:
    """What becomes of a job whose plan ended by `error`; None: forget that it ever was.

    A job of which nothing left this machine and that was refused leaves no trace. One that the
    network or an interruption ended can be taken up again; so can one that waits for a word or for
    its file to be put back, and one that a guard or a dry run kept from going on.
    """
    if isinstance(error, JobFailed):
        return error.job
    if isinstance(error, JobWaiting):
        return job.stopped("waiting", str(error))
    if isinstance(error, Refused):
        return job.stopped("detached") if has_left else None
    if isinstance(error, SegOpsError):
        passes = is_passing(error) or (has_left and isinstance(error, ResumableError))
        return job.stopped("detached" if passes else "failed", str(error))
    if isinstance(error, Exception) and not has_left:
        return None
    return job.stopped("detached")
