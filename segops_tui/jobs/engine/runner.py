"""The blocking runner of plans: one job, many jobs at once in threads, or a part of a plan.

Decides nothing itself (`driver` does), and never imports asyncio.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, TypeVar

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.download import Receiver
from segops_tui.jobs.engine.driver import JobOutcome, JobRun, OnDisk, request_of
from segops_tui.jobs.engine.plan import Fetch, ReadEach, Send, Wait, Work
from segops_tui.jobs.engine.rate_gate import RateGate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from segops_tui.api.request import Request
    from segops_tui.jobs.engine.download import Received
    from segops_tui.jobs.engine.driver import Client
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan
    from segops_tui.jobs.engine.progress import Progress

T = TypeVar("T")

_GRACE: Final = 5.0
"""Seconds that running jobs get to write to the ledger that they were detached."""

_NAP: Final = 0.25
"""Seconds of sleep between two checks whether the user wants to stop."""


class Detach(BaseException):
    """The user wants to stop: each job is detached at its next step. Not an error."""


def run_job(
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
    """Run `plan`, the plan of `job`, to its end.

    An interruption detaches the job, which can be resumed, and is raised onward. `after_save` is
    called with each transition once it is on disk. Jobs that share a `rate_gate` share a rate
    limit.

    Raises:
        SegOpsError: the plan ended with it; the ledger has it too.
    """
    run = JobRun(
        plan, job, ledger, report=report, clock=clock, after_save=after_save, rate_gate=rate_gate
    )
    return _run_to_end(run, client, stop)


def run_jobs(
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
) -> list[JobOutcome]:
    """Run many jobs, at most `concurrency` at once; one that fails does not stop the others.

    `report` is called from one thread at a time. Jobs that had not begun when an interruption
    came are detached like the others. All jobs share one rate limit.
    """
    gate = rate_gate or RateGate()
    stop, turn, ended = threading.Event(), threading.Lock(), threading.Semaphore(0)
    outcomes: dict[str, JobOutcome] = {}
    waiting = iter(jobs)

    def report_in_turn(progress: Progress) -> None:
        if report is not None:
            with turn:
                report(progress)

    def run_one(job: Job) -> JobOutcome:
        run = JobRun(
            plan_of(job),
            job,
            ledger,
            report=report_in_turn,
            clock=clock,
            after_save=after_save,
            rate_gate=gate,
        )
        try:
            return JobOutcome(_run_to_end(run, client, stop))
        except Detach:
            return JobOutcome(run.job)
        # A bug in one job is its outcome as well: the caller raises it when the others are done.
        except Exception as error:  # noqa: BLE001
            return JobOutcome(run.job, error)

    def work() -> None:
        try:
            while True:
                with turn:
                    job = next(waiting, None)
                if job is None:
                    return
                outcomes[job.id] = run_one(job)
        finally:
            ended.release()

    # Not an executor: that would wait for its threads when the interpreter ends.
    threads = [
        threading.Thread(target=work, daemon=True, name=f"job-{number}")
        for number in range(min(concurrency, len(jobs)))
    ]
    running = 0
    try:
        for thread in threads:
            # Counted first: an interruption may come when the thread works before `start` ended.
            running += 1
            thread.start()
        # Not `join`: one that is interrupted takes its thread for ended (CPython 3.11, bpo-45274).
        while running:
            ended.acquire()
            running -= 1
    except BaseException:
        stop.set()
        deadline = time.monotonic() + _GRACE
        for _ in range(running):
            ended.acquire(timeout=max(deadline - time.monotonic(), 0.0))
        raise
    return [outcomes[job.id] for job in jobs]


def run_part(part: Part[T], client: Client) -> T:
    """Run a part of a plan that is no job: it asks, changes nothing and is not recorded.

    Raises:
        SegOpsError: the part ended with it.
    """
    with closing(part):
        return _Runner(client).carry_out(part)


def _run_to_end(run: JobRun, client: Client, stop: threading.Event | None) -> Job:
    try:
        return _Runner(client, run, stop).carry_out(run.actions())
    except BaseException as error:
        run.end_by(error)
        raise
    finally:
        run.close()


class _Runner:
    """Carries out actions by blocking."""

    def __init__(
        self, client: Client, run: JobRun | None = None, stop: threading.Event | None = None
    ) -> None:
        self._client, self._run, self._stop = client, run, stop

    def carry_out(self, actions: Generator[Any, Any, T]) -> T:
        """Do one action after the other, and answer what the generator returns."""
        reply: Any = None
        while True:
            try:
                action = (
                    actions.throw(reply) if isinstance(reply, SegOpsError) else actions.send(reply)
                )
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                reply = self._do(action)
            except SegOpsError as error:
                reply = error

    def _do(self, action: Any) -> Any:
        if isinstance(action, OnDisk):
            # What has happened is written down even while the user wants to stop.
            return action.call()
        self._check_stop()
        match action:
            case Send():
                return self._client.send(request_of(action, self._note), key=action.key)
            case ReadEach(requests):
                return self._read_each(requests)
            case Fetch():
                return self._fetch(action)
            case Wait(seconds):
                self._sleep(seconds)
            case Work(run):
                return run(self._note)
        return None

    def _note(self, job: Job) -> None:
        self._check_stop()
        if self._run is not None:
            self.carry_out(self._run.note(job))

    def _read_each(self, requests: Sequence[Request[Any]]) -> list[Any]:
        found = []
        with closing(self._client.try_each(iter(requests))) as answers:
            for answer in answers:
                self._check_stop()
                found.append(answer)
        return found

    def _fetch(self, step: Fetch) -> Received:
        with Receiver(step.target) as receiver, self._client.fetch(step.request) as body:
            for chunk in body:
                self._note(step.progress(receiver.write(chunk), body.length))
            return receiver.finish(announced=body.length)

    def _sleep(self, seconds: float) -> None:
        step = seconds if self._stop is None else _NAP
        while seconds > 0:
            self._client.sleep(min(step, seconds))
            seconds -= step
            self._check_stop()

    def _check_stop(self) -> None:
        if self._stop is not None and self._stop.is_set():
            raise Detach
