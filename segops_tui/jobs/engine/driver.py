"""Runs a plan without waiting: every decision that the blocking and the async runner share.

A `JobRun` turns the steps of a plan into actions for a runner, and decides what each reply, each
error and each interruption means for the job, the ledger and the progress shown. It never sends,
sleeps or starts a thread: `runner` and `async_runner` do.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from segops_tui.api.errors import Refused, SegOpsError
from segops_tui.jobs.engine.errors import JobFailed, JobWaiting, LedgerFailed, ResumableError
from segops_tui.jobs.engine.plan import Fetch, Note, ReadEach, Save, Send, Wait, Work, is_passing
from segops_tui.jobs.engine.progress import ProgressReporter
from segops_tui.jobs.engine.rate_gate import RateGate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from segops_tui.api.request import Request
    from segops_tui.api.senders import AsyncDownload, Download
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan, Step
    from segops_tui.jobs.engine.progress import Progress

T = TypeVar("T")


class Client(Protocol):
    """What the blocking runner needs of a client."""

    def send(self, request: Request[T], /, *, key: str | None = None) -> T:
        """Carry out one request."""

    def try_each(self, requests: Iterator[Request[T]], /) -> Generator[T | SegOpsError, None, None]:
        """Carry out reads, a few at a time; the error of one that fails is in its place."""

    def fetch(self, request: Request[Any], /) -> AbstractContextManager[Download]:
        """Open a download, to be read chunk by chunk."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class AsyncClient(Protocol):
    """What the async runner needs of a client."""

    async def send(self, request: Request[T], /, *, key: str | None = None) -> T:
        """Carry out one request."""

    def try_each(self, requests: Iterator[Request[T]], /) -> AsyncGenerator[T | SegOpsError, None]:
        """Carry out reads, a few at a time; the error of one that fails is in its place."""

    def fetch(self, request: Request[Any], /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open a download, to be read chunk by chunk."""

    async def sleep(self, seconds: float, /) -> None:
        """Wait."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """Call the ledger, which takes milliseconds: a blocking runner calls it, an async one in a
    thread."""

    call: Callable[[], Any]


RunnerAction = Send | ReadEach | Fetch | Wait | Work | OnDisk
"""What a runner is asked to do. The reply is sent back; a `SegOpsError` is thrown in."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How one of many jobs ended. `error` is None if it is done, or was detached."""

    job: Job
    error: Exception | None = None


class JobRun:
    """One job on its way through its plan. Making one reads the ledger."""

    def __init__(
        self,
        plan: Plan,
        job: Job,
        ledger: Ledger,
        *,
        report: Callable[[Progress], None] | None,
        clock: Callable[[], float],
        after_save: Callable[[Job], None] | None,
        rate_gate: RateGate | None,
    ) -> None:
        self.job = job
        """The job as it stands."""
        self._plan, self._ledger = plan, ledger
        self._after_save, self._rate_gate = after_save, rate_gate or RateGate()
        history = ledger.history(job.kind, job.target, job.profile)
        # Requests before the first step is saved are a part of the job.
        self._begun_at = job.begun_at or ledger.now()
        self._reporter = ProgressReporter(
            report, clock=clock, history=history, begun_at=self._begun_at
        )
        self._has_sent = bool(job.remote_ids or job.resumed)

    def actions(self) -> Generator[RunnerAction, Any, Job]:
        """What to do, one action after the other, until the plan ends with the finished job.

        Raises:
            SegOpsError: the plan ended with it.
        """
        reply: Any = None
        while True:
            try:
                step = (
                    self._plan.throw(reply)
                    if isinstance(reply, SegOpsError)
                    else self._plan.send(reply)
                )
            except StopIteration as end:
                yield from self._save(end.value)
                return self.job
            try:
                reply = yield from self._take(step)
            except SegOpsError as error:
                self._rate_gate.note_error(error)
                reply = error

    def note(self, job: Job) -> Generator[RunnerAction, Any, None]:
        """Report how far the job is; the ledger gets a heartbeat when one is due."""
        self.job = job
        self._reporter.report(job)
        if self._reporter.is_heartbeat_due():
            yield OnDisk(lambda: self._ledger.heartbeat(job))

    def note_if_current(self, job: Job) -> None:
        """Report progress that a thread measured, unless the job has moved on."""
        if job.stage == self.job.stage and job.state == self.job.state:
            self.job = job
            self._reporter.report(job)

    def send_heartbeat(self, job: Job) -> None:
        """Write a heartbeat from the thread that works for the job, when one is due."""
        if self._reporter.is_heartbeat_due():
            self._ledger.heartbeat(job)

    def end_by(self, error: BaseException) -> None:
        """Write to the ledger that the run ended early; a ledger that fails now is ignored.

        Blocks even under the async runner: a cancelled task may not get another turn of the loop.
        """
        if isinstance(error, LedgerFailed) and self._has_sent:
            error.is_met_by(self.job.id)
        job = job_after(self.job, error, has_sent=self._has_sent)
        with suppress(SegOpsError, KeyError):
            if job is None:
                self._ledger.forget(self.job.id)
                return
            self.job = self._ledger.save(self._begun(job))
            self._reporter.report(self.job)
        if job is not None and hasattr(error, "job"):
            error.job = self.job

    def close(self) -> None:
        """Let the plan clean up after itself."""
        self._plan.close()

    def _take(self, step: Step) -> Generator[RunnerAction, Any, Any]:
        match step:
            case Save(job):
                yield from self._save(job)
            case Note(job):
                yield from self.note(job)
            case Wait(seconds):
                yield from self._wait(seconds)
            case Send():
                yield from self._wait_for_rate_limit()
                reply = yield step
                self._has_sent = self._has_sent or step.request.mutates
                return reply
            case ReadEach():
                yield from self._wait_for_rate_limit()
                replies = yield step
                for each in replies:
                    if isinstance(each, SegOpsError):
                        self._rate_gate.note_error(each)
                return replies
            case Fetch():
                yield from self._wait_for_rate_limit()
                return (yield step)
            case Work():
                return (yield step)
        return None

    def _save(self, job: Job) -> Generator[RunnerAction, Any, None]:
        self.job = yield OnDisk(lambda: self._ledger.save(self._begun(job)))
        if self._after_save is not None:
            self._after_save(self.job)
        self._reporter.report(self.job)

    def _begun(self, job: Job) -> Job:
        return job if job.begun_at else replace(job, begun_at=self._begun_at)

    def _wait(self, seconds: float) -> Generator[RunnerAction, Any, None]:
        yield from self.note(self.job)
        yield Wait(seconds)

    def _wait_for_rate_limit(self) -> Generator[RunnerAction, Any, None]:
        """Wait while the rate gate is closed, also if another job's 429 closed it."""
        pause = self._rate_gate.pause()
        while pause is not None:
            yield from self._wait(pause.left)
            pause = self._rate_gate.pause(after=pause)


def request_of(step: Send, note: Callable[[Job], None]) -> Request[Any]:
    """The request of a step, its upload reporting through `note`."""
    request, progress = step.request, step.progress
    if progress is None or request.upload is None:
        return request
    upload = request.upload._replace(progress=lambda sent: note(progress(sent)))
    return request._replace(upload=upload)


def job_after(job: Job, error: BaseException, *, has_sent: bool) -> Job | None:
    """What becomes of a job whose plan ended by `error`; None: the ledger forgets it.

    A job that sent nothing and was refused leaves no trace. One that a transient failure or an
    interruption ended can be resumed; so can one that waits for a decision or for its file to be
    put back, and one that a guard or a dry run stopped halfway.
    """
    if isinstance(error, JobFailed):
        return error.job
    if isinstance(error, JobWaiting):
        return job.stopped("waiting", str(error))
    if isinstance(error, Refused):
        return job.stopped("detached") if has_sent else None
    if isinstance(error, SegOpsError):
        passes = is_passing(error) or (has_sent and isinstance(error, ResumableError))
        return job.stopped("detached" if passes else "failed", str(error))
    if isinstance(error, Exception) and not has_sent:
        return None
    return job.stopped("detached")
