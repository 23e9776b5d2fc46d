"""The plan of work that one call starts and that is then polled until it is over.

Each kind of job says what to send, what to poll and how to tell that the work is over. Nothing is
started twice: if the answer was lost, by a broken connection or a killed process, the plan looks
for a while whether the work has begun before it sends again. The idempotency key is the same, but
a server may ignore it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.errors import NotFound, Refused, SegOpsError, may_be_carried_out
from segops_tui.api.record import as_moment, is_later
from segops_tui.api.waiting import pauses
from segops_tui.jobs.engine.errors import JobFailed
from segops_tui.jobs.engine.plan import (
    Note,
    Patience,
    Save,
    Send,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from segops_tui.api.request import Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Part, Plan

_TICK: Final = 1.0
"""Seconds: the finest step of a time on the wire, in all the vendor's examples."""
_CLOCK_ERROR: Final = 600.0
"""Seconds by which this machine's clock and the server's may differ."""
_STALLED: Final = 120.0
"""Seconds without progress after which work that was only guessed to be running is started
again."""
_GUESSED: Final = "is_guessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStatus:
    """What one poll of the work showed."""

    is_over: bool = False
    is_running: bool = False
    is_failed: bool = False
    """This run has failed; `error` alone may be left over from an earlier run."""
    error: str = ""
    done: int | None = None
    total: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    """The result, once it is over."""


class PolledWork(ABC):
    """One kind of work: how to start it, and how to see that it is over."""

    stage: ClassVar[str] = "running"
    unit: ClassVar[str] = ""
    key: ClassVar[str] = "start"
    """The name of the idempotency key in the ledger."""
    settle_seconds: ClassVar[float] = 10.0
    """Seconds after which an error that existed before counts as this run's own."""
    arrival_seconds: ClassVar[float] = 10.0
    """Seconds after which work that shows no sign of having begun was not started."""

    @abstractmethod
    def begin(self, job: Job) -> Part[Job]:
        """Read the state of things into the parameter `before`; nothing is started.

        Raises:
            NotFound: the target does not exist.
        """

    @abstractmethod
    def start(self, job: Job) -> Request[Any]:
        """The request that starts the work."""

    @abstractmethod
    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:
        """Poll the work, which has shown no progress for `quiet` seconds."""

    def previous_error(self, _job: Job) -> str:
        """The error of an earlier run, from `before`."""
        return ""

    def times(self, _job: Job) -> Iterable[str]:
        """The times, from `before`, that those of this run must differ from."""
        return ()


def poll_until_done(job: Job, kind: PolledWork) -> Plan:
    """Start the work and poll it, or continue from where the ledger says the job stopped."""
    if "before" not in job.params:
        noted = job
        job = (yield from kind.begin(job)).at("starting")
        yield Save(job)
        try:
            job = yield from _start(job, kind, may_have_arrived=False)
        except Refused:
            # It was not sent: the next run of the job need not look for what cannot be there.
            yield Save(noted)
            raise
    elif job.stage == "starting":
        # The process died between writing this down and hearing the answer.
        job = yield from _start(job, kind, may_have_arrived=True)
    return (yield from _watch(job, kind))


def has_moved(before: str, now: datetime | None) -> bool:
    """Whether a time is later than the one in `before`, which may be empty."""
    return is_later(now, as_moment(before))


def timestamp(when: datetime | None) -> str:
    """A time as `before` keeps it."""
    return "" if when is None else when.isoformat()


def _needs_gap(job: Job, times: Iterable[str]) -> bool:
    """Whether work started within this second could look the same as the run before.

    Times are whole seconds on the wire; a run that is minutes old by this machine's clock, which
    may be wrong by as much, is told apart anyway.
    """
    recent = job.created_at - _CLOCK_ERROR
    moments = filter(None, map(as_moment, times))
    return any(not then.microsecond and then.timestamp() > recent for then in moments)


def _start(job: Job, kind: PolledWork, *, may_have_arrived: bool) -> Part[Job]:
    if not may_have_arrived and _needs_gap(job, kind.times(job)):
        yield Wait(_TICK)
    patience = Patience()
    while True:
        if may_have_arrived:
            status = yield from _look_for(job, kind)
            if _has_begun(job, kind, status):
                break
            if status.done:
                # It may be ours or another client's: one product scored by itself looks like
                # a part of the scoring of all.
                job = job.with_params(**{_GUESSED: True})
                break
        try:
            yield Send(kind.start(job)._replace(once=True), key=job.keys[kind.key])
        except SegOpsError as error:
            yield patience.wait_after(error)
            may_have_arrived = may_have_arrived or may_be_carried_out(error)
        else:
            break
    job = job.measured(kind.unit).at(kind.stage)
    yield Save(job)
    return job


def _look_for(job: Job, kind: PolledWork) -> Part[WorkStatus]:
    """Poll until the work shows itself, or long enough to conclude that it was not started."""
    quiet = 0.0
    for pause in pauses(0.25):
        status = yield from _poll(job, kind, quiet=quiet)
        if _has_begun(job, kind, status) or status.done or quiet >= kind.arrival_seconds:
            return status
        yield Wait(pause)
        quiet += pause
    raise AssertionError("unreachable")


def _has_begun(job: Job, kind: PolledWork, status: WorkStatus) -> bool:
    is_new_error = bool(status.error) and status.error != kind.previous_error(job)
    return status.is_over or status.is_running or status.is_failed or is_new_error


def _watch(job: Job, kind: PolledWork) -> Plan:
    has_begun, waited, quiet = False, 0.0, 0.0
    for pause in pauses():
        status = yield from _poll(job, kind, quiet=quiet)
        if status.is_over:
            return job.ended(status.result)
        is_new = (
            status.error != kind.previous_error(job) or has_begun or waited > kind.settle_seconds
        )
        if status.is_failed or (status.error and is_new and not status.is_running):
            raise JobFailed(status.error, job=job.stopped("failed", status.error))
        if has_begun and not status.is_running:
            # Times are whole seconds on the wire, and two runs may share one.
            return job.ended(status.result)
        has_begun = has_begun or status.is_running
        if status.done is not None:
            quiet = quiet if status.done == job.done else 0.0
            job = job.counted(status.done, status.total)
            yield Note(job)
        if job.params.get(_GUESSED) and quiet >= _STALLED:
            job, quiet = job.with_params(**{_GUESSED: False}), 0.0
            job = yield from _start(job, kind, may_have_arrived=False)
        yield Wait(pause)
        waited, quiet = waited + pause, quiet + pause
    raise AssertionError("unreachable")


def _poll(job: Job, kind: PolledWork, *, quiet: float) -> Part[WorkStatus]:
    try:
        return (yield from kind.check(job, quiet=quiet))
    except NotFound as error:
        words = f"The server no longer knows what this job is about ({job.title})."
        raise JobFailed(
            words,
            job=job.stopped("failed", words),
            hint="It was deleted since, or the key now belongs to another workspace.",
        ) from error
