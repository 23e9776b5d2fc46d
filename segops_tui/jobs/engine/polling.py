"""Work that one call starts and that is then looked at until it has moved.

Knows when to ask, when to look again, and when the work is over, failed or lost; what is asked
and what "moved" means is each kind's own. Nothing is started twice: where an answer was lost, by
a broken connection or a killed process, it looks before it asks again, under the same key.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.errors import NotFound, RateLimited, SegOpsError
from segops_tui.api.record import as_moment
from segops_tui.jobs.engine.errors import JobFailed
from segops_tui.jobs.engine.plan import Note, Patience, Save, Send, Wait, insist, pauses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from segops_tui.api.request import Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Part, Plan

_TICK: Final = 1.0
"""Seconds: the finest step of a time on the wire, in all the vendor's examples."""
_STALLED: Final = 120.0
"""Seconds without progress after which work that was only guessed to be under way is asked for
again."""
_GUESSED: Final = "is_guessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStatus:
    """What one look at the work told."""

    is_over: bool = False
    is_running: bool = False
    is_failed: bool = False
    """It failed for sure, and now; `error` alone may be left over from an earlier run."""
    error: str = ""
    done: int | None = None
    total: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    """What came of it, once it is over."""


class PolledWork(ABC):
    """What is particular about one kind of work."""

    stage: ClassVar[str] = "running"
    unit: ClassVar[str] = ""
    key: ClassVar[str] = "start"
    """What the ledger calls the idempotency key."""
    settled: ClassVar[float] = 10.0
    """Seconds after which an error that was there before counts as this run's own."""

    @abstractmethod
    def begin(self, job: Job) -> Part[Job]:
        """See how things stand, and note it as the parameter `before`; nothing is started.

        Raises:
            NotFound: there is no such thing to work on.
        """

    @abstractmethod
    def start(self, job: Job) -> Request[Any]:
        """The request that starts the work."""

    @abstractmethod
    def look(self, job: Job, *, quiet: float) -> Part[WorkStatus]:
        """See how far it is; nothing has happened for `quiet` seconds."""

    def old_error(self, _job: Job) -> str:
        """The error that stood there before."""
        return ""

    def needs_gap(self, _job: Job) -> bool:
        """Whether work begun this very second could not be told from the one before."""
        return False


def follow(job: Job, kind: PolledWork) -> Plan:
    """Start and follow: begin anew, or go on from wherever the ledger has it."""
    if "before" not in job.params:
        job = (yield from kind.begin(job)).at("starting")
        yield Save(job)
        job = yield from _start(job, kind, may_have_left=False)
    elif job.stage == "starting":
        # The process died between writing this down and hearing the answer.
        job = yield from _start(job, kind, may_have_left=True)
    return (yield from _watch(job, kind))


def has_moved(before: str, now: datetime | None) -> bool:
    """Whether a moment is later than the one noted before, which may have been none."""
    then = as_moment(before)
    return now is not None and (then is None or now > then)


def noted(when: datetime | None) -> str:
    """A moment as it is noted."""
    return "" if when is None else when.isoformat()


def is_coarse(before: str) -> bool:
    """Whether a noted moment is a whole second, so that the next one may look the same."""
    then = as_moment(before)
    return then is not None and not then.microsecond


def _start(job: Job, kind: PolledWork, *, may_have_left: bool) -> Part[Job]:
    if kind.needs_gap(job):
        yield Wait(_TICK)
    patience = Patience()
    while True:
        if may_have_left:
            sight = yield from _look(job, kind, quiet=0.0)
            if sight.is_over or sight.is_running or sight.is_failed:
                break
            if sight.done:
                # It may be ours, or somebody else's: one product scored by itself looks like a
                # part of the scoring of all.
                job = job.knowing(**{_GUESSED: True})
                break
        try:
            yield Send(kind.start(job), key=job.keys[kind.key])
        except SegOpsError as error:
            yield patience.wait_after(error)
            # A 429 was not carried out for sure; of anything else nobody knows.
            may_have_left = may_have_left or not isinstance(error, RateLimited)
        else:
            break
    job = job.measured(kind.unit).at(kind.stage)
    yield Save(job)
    return job


def _watch(job: Job, kind: PolledWork) -> Plan:
    has_begun, waited, quiet = False, 0.0, 0.0
    for pause in pauses():
        sight = yield from _look(job, kind, quiet=quiet)
        if sight.is_over:
            return job.ended(sight.result)
        is_own = sight.error != kind.old_error(job) or has_begun or waited > kind.settled
        if sight.is_failed or (sight.error and is_own and not sight.is_running):
            raise JobFailed(sight.error, job=job.stopped("failed", sight.error))
        if has_begun and not sight.is_running:
            # Times are whole seconds on the wire, and two runs may share one.
            return job.ended(sight.result)
        has_begun = has_begun or sight.is_running
        if sight.done is not None:
            quiet = quiet if sight.done == job.done else 0.0
            job = job.counted(sight.done, sight.total)
            yield Note(job)
        if job.params.get(_GUESSED) and quiet >= _STALLED:
            yield from insist(kind.start(job), key=job.keys[kind.key])
            job, quiet = job.knowing(**{_GUESSED: False}), 0.0
            yield Save(job)
        yield Wait(pause)
        waited, quiet = waited + pause, quiet + pause
    raise AssertionError("unreachable")


def _look(job: Job, kind: PolledWork, *, quiet: float) -> Part[WorkStatus]:
    try:
        return (yield from kind.look(job, quiet=quiet))
    except NotFound as error:
        words = f"The server no longer knows what this job is about ({job.title})."
        raise JobFailed(
            words,
            job=job.stopped("failed", words),
            hint="It was deleted meanwhile, or the key now belongs to another workspace.",
        ) from error
