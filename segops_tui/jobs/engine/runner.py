"""The blocking driver of a plan, for one job or for many at once in threads.

Knows how to wait by blocking; every decision is the plan's or `walk`'s. Never imports asyncio.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.download import Receiver
from segops_tui.jobs.engine.plan import Fetch, Note, Save, Send, Wait, Work
from segops_tui.jobs.engine.progress_reporter import ProgressReporter, ending
from segops_tui.jobs.engine.rate_gate import RateGate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.jobs.engine.download import Received
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan, Step
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.jobs.engine.progress_reporter import Client

_GRACE: Final = 5.0
"""Seconds that jobs in flight get to write that they were let go of."""

_NAP: Final = 0.25
"""Seconds of waiting between two looks whether somebody wants out."""


class Detach(BaseException):
    """Somebody wants out: the job is let go of at its next step. Not an error."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many jobs. `error` is None where it was done."""

    job: Job
    error: Exception | None = None


def drive(
    plan: Plan,
    job: Job,
    client: Client,
    ledger: Ledger,
    *,
    report: Callable[[Progress], None] | None = None,
    clock: Callable[[], float] = time.time,
    after_save: Callable[[Job], None] | None = None,
    stop: threading.Event | None = None,
    rate_gate: RateGate | None = None,
) -> Job:
    """Walk `plan`, which is `job`'s, to its end.

    An interruption lets go of the job, which can be resumed, and is raised onward. `after_save`
    hears of each transition once it is on disk. Jobs that share a `rate_gate` heed each other's
    rate limit.

    Raises:
        SegOpsError: what ended the plan; the ledger has it too.
    """
    gate = rate_gate or RateGate()
    driver = _Driver(job, client, ledger, report, clock, after_save, stop, gate)
    try:
        return driver.walk(plan)
    except BaseException as error:
        driver.end_by(error)
        raise
    finally:
        plan.close()


def drive_all(
    jobs: Sequence[Job],
    plan_of: Callable[[Job], Plan],
    client: Client,
    ledger: Ledger,
    *,
    report: Callable[[Progress], None] | None = None,
    concurrency: int = 8,
    clock: Callable[[], float] = time.time,
    after_save: Callable[[Job], None] | None = None,
    rate_gate: RateGate | None = None,
) -> list[Outcome]:
    """Drive many jobs, at most `concurrency` at once; one that fails does not stop the others.

    `report` is called from one thread at a time. Jobs that had not begun when an interruption
    came are let go of like the others. All of them heed a rate limit that one of them meets.
    """
    gate = rate_gate or RateGate()
    stop, turn, over = threading.Event(), threading.Lock(), threading.Semaphore(0)
    outcomes: dict[str, Outcome] = {}
    waiting = iter(jobs)

    def tell(progress: Progress) -> None:
        if report is not None:
            with turn:
                report(progress)

    def work() -> None:
        try:
            work_on()
        finally:
            over.release()

    def work_on() -> None:
        while True:
            with turn:
                job = next(waiting, None)
            if job is None:
                return
            outcomes[job.id] = _one(
                job, plan_of(job), client, ledger, tell, clock, after_save, stop, gate
            )

    # Not an executor: that would wait for its threads when the interpreter ends.
    threads = [
        threading.Thread(target=work, daemon=True, name=f"job-{number}")
        for number in range(min(concurrency, len(jobs)))
    ]
    left = 0
    try:
        for thread in threads:
            thread.start()
            left += 1
        # Not `join`: one that is interrupted takes its thread for ended (CPython 3.11, bpo-45274).
        while left:
            over.acquire()
            left -= 1
    except BaseException:
        stop.set()
        deadline = time.monotonic() + _GRACE
        for _ in range(left):
            over.acquire(timeout=max(deadline - time.monotonic(), 0.0))
        raise
    return [outcomes[job.id] for job in jobs]


def _one(
    job: Job,
    plan: Plan,
    client: Client,
    ledger: Ledger,
    report: Callable[[Progress], None],
    clock: Callable[[], float],
    after_save: Callable[[Job], None] | None,
    stop: threading.Event,
    rate_gate: RateGate,
) -> Outcome:
    driver = _Driver(job, client, ledger, report, clock, after_save, stop, rate_gate)
    try:
        return Outcome(driver.walk(plan))
    except Detach as error:
        driver.end_by(error)
        return Outcome(driver.job)
    # A bug in one job is its outcome as well: the caller raises it when the others are done.
    except Exception as error:  # noqa: BLE001
        driver.end_by(error)
        return Outcome(driver.job, error)
    finally:
        plan.close()


class _Driver:
    """One walk: where the job stands, and how each kind of step is taken."""

    def __init__(
        self,
        job: Job,
        client: Client,
        ledger: Ledger,
        report: Callable[[Progress], None] | None,
        clock: Callable[[], float],
        after_save: Callable[[Job], None] | None,
        stop: threading.Event | None,
        rate_gate: RateGate,
    ) -> None:
        self.job = job
        self._turnstile = rate_gate
        self._client, self._ledger, self._after_save = client, ledger, after_save
        self._stop = stop
        self._has_left = bool(job.remote_ids or job.resumed)
        history = ledger.history(job.kind, job.target, job.profile)
        self._narrator = ProgressReporter(report, clock=clock, history=history)

    def walk(self, plan: Plan) -> Job:
        """Take every step."""
        answer: Any = None
        failure: SegOpsError | None = None
        while True:
            if self._stop is not None and self._stop.is_set():
                raise Detach
            try:
                step = plan.send(answer) if failure is None else plan.throw(failure)
            except StopIteration as end:
                self._save(end.value)
                return self.job
            answer, failure = None, None
            try:
                answer = self._take(step)
            except SegOpsError as error:
                self._turnstile.note_error(error)
                failure = error

    def end_by(self, error: BaseException) -> None:
        """Write down that the walk ended early. What is wrong with the ledger now is lost."""
        job = ending(self.job, error, has_left=self._has_left)
        with suppress(SegOpsError, KeyError):
            if job is None:
                self._ledger.forget(self.job.id)
                return
            self.job = self._ledger.save(job)
            self._narrator.tell(self.job)
        if job is not None and hasattr(error, "job"):
            error.job = self.job

    def _take(self, step: Step) -> Any:
        match step:
            case Save(job):
                self._save(job)
            case Note(job):
                self._note(job)
            case Send():
                self._pass()
                return self._send(step)
            case Fetch():
                self._pass()
                return self._fetch(step)
            case Wait(seconds):
                self._wait(seconds)
            case Work(run):
                return run(self._note)
        return None

    def _save(self, job: Job) -> None:
        self.job = self._ledger.save(job)
        if self._after_save is not None:
            self._after_save(self.job)
        self._narrator.tell(self.job)

    def _note(self, job: Job) -> None:
        if self._stop is not None and self._stop.is_set():
            raise Detach
        self.job = job
        self._narrator.tell(job)
        if self._narrator.is_due():
            self._ledger.beat(job)

    def _pass(self) -> None:
        """Wait while the server wants rest, also where another job was told so."""
        pause = self._turnstile.pause()
        while pause is not None:
            self._wait(pause.left)
            pause = self._turnstile.pause(after=pause)

    def _send(self, step: Send) -> Any:
        request, told = step.request, step.told
        if told is not None and request.upload is not None:

            def progress(sent: int) -> None:
                self._note(told(sent))

            request = replace(request, upload=replace(request.upload, progress=progress))
        answer = self._client.send(request, key=step.key)
        self._has_left = self._has_left or request.mutates
        return answer

    def _fetch(self, step: Fetch) -> Received:
        with Receiver(step.target) as receiver, self._client.fetch(step.request) as body:
            for chunk in body:
                self._note(step.told(receiver.write(chunk), body.length))
            return receiver.finish(announced=body.length)

    def _wait(self, seconds: float) -> None:
        self._note(self.job)
        step = seconds if self._stop is None else _NAP
        while seconds > 0:
            self._client.sleep(min(step, seconds))
            seconds -= step
            if self._stop is not None and self._stop.is_set():
                raise Detach
