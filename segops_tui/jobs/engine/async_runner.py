"""The async runner of plans: one job, many jobs at once, or a part of a plan.

Decides nothing itself (`driver` does). The ledger and work on this machine go to threads, so the
event loop never stalls.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, closing, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.download import Receiver
from segops_tui.jobs.engine.driver import JobOutcome, JobRun, OnDisk, request_of
from segops_tui.jobs.engine.plan import Fetch, ReadEach, Send, Wait, Work
from segops_tui.jobs.engine.rate_gate import RateGate

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from segops_tui.jobs.engine.download import Received
    from segops_tui.jobs.engine.driver import AsyncClient
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan
    from segops_tui.jobs.engine.progress import Progress

T = TypeVar("T")


async def run_job_async(
    plan: Plan,
    job: Job,
    client: AsyncClient,
    ledger: Ledger,
    *,
    report: Callable[[Progress], None] | None = None,
    clock: Callable[[], float] = time.time,
    after_save: Callable[[Job], None] | None = None,
    rate_gate: RateGate | None = None,
) -> Job:
    """Run `plan`, the plan of `job`, to its end. `report` is called on the event loop.

    Cancelling detaches the job, which can be resumed. Jobs that share a `rate_gate` share a rate
    limit.

    Raises:
        SegOpsError: the plan ended with it; the ledger has it too.
    """
    run = await _new_run(plan, job, ledger, report, clock, after_save, rate_gate)
    return await _run_to_end(run, client)


async def run_jobs_async(
    jobs: Sequence[Job],
    plan_of: Callable[[Job], Plan],
    client: AsyncClient,
    ledger: Ledger,
    *,
    report: Callable[[Progress], None] | None = None,
    concurrency: int = 8,
    clock: Callable[[], float] = time.time,
    after_save: Callable[[Job], None] | None = None,
    rate_gate: RateGate | None = None,
) -> list[JobOutcome]:
    """Run many jobs, at most `concurrency` at once; one that fails does not stop the others.

    All jobs share one rate limit.
    """
    gate = rate_gate or RateGate()
    turn = asyncio.Semaphore(concurrency)

    async def run_one(job: Job) -> JobOutcome:
        async with turn:
            run = await _new_run(plan_of(job), job, ledger, report, clock, after_save, gate)
            try:
                return JobOutcome(await _run_to_end(run, client))
            except SegOpsError as error:
                return JobOutcome(run.job, error)

    return list(await asyncio.gather(*map(run_one, jobs)))


async def run_part_async(part: Part[T], client: AsyncClient) -> T:
    """Run a part of a plan that is no job: it asks, changes nothing and is not recorded.

    Raises:
        SegOpsError: the part ended with it.
    """
    with closing(part):
        return await _Runner(client).carry_out(part)


async def _new_run(
    plan: Plan,
    job: Job,
    ledger: Ledger,
    report: Callable[[Progress], None] | None,
    clock: Callable[[], float],
    after_save: Callable[[Job], None] | None,
    rate_gate: RateGate | None,
) -> JobRun:
    return await asyncio.to_thread(
        JobRun,
        plan,
        job,
        ledger,
        report=report,
        clock=clock,
        after_save=after_save,
        rate_gate=rate_gate,
    )


async def _run_to_end(run: JobRun, client: AsyncClient) -> Job:
    try:
        return await _Runner(client, run).carry_out(run.actions())
    except BaseException as error:
        run.end_by(error)
        raise
    finally:
        run.close()


class _Runner:
    """Carries out actions by awaiting."""

    def __init__(self, client: AsyncClient, run: JobRun | None = None) -> None:
        self._client, self._run = client, run
        self._loop = asyncio.get_running_loop()
        self._is_cancelled = False

    async def carry_out(self, actions: Generator[Any, Any, T]) -> T:
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
                reply = await self._do(action)
            except SegOpsError as error:
                reply = error

    async def _do(self, action: Any) -> Any:
        match action:
            case OnDisk(call):
                return await self._in_thread(call)
            case Send():
                request = request_of(action, self._note_from_thread)
                return await self._client.send(request, key=action.key)
            case ReadEach(requests):
                async with aclosing(self._client.try_each(iter(requests))) as answers:
                    return [answer async for answer in answers]
            case Fetch():
                return await self._fetch(action)
            case Wait(seconds):
                await self._client.sleep(seconds)
            case Work(run):
                return await self._in_thread(run, self._note_from_thread)
        return None

    async def _in_thread(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Call in a thread; if this is cancelled, wait for its end.

        The plan closes its files next, and SQLite crashes the process where another thread still
        uses a connection that is closed. No task of its own: a loop that ends cancels every task.
        """
        thread = self._loop.run_in_executor(None, copy_context().run, call, *arguments)
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            self._is_cancelled = True
            while not thread.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([thread])
            if not thread.cancelled():
                thread.exception()  # told of as a job that was cancelled
            raise

    async def _fetch(self, step: Fetch) -> Received:
        with Receiver(step.target) as receiver:
            async with self._client.fetch(step.request) as body:
                async for chunk in body:
                    job = step.progress(receiver.write(chunk), body.length)
                    if self._run is not None:
                        await self.carry_out(self._run.note(job))
                return await asyncio.to_thread(receiver.finish, announced=body.length)

    def _note_from_thread(self, job: Job) -> None:
        if self._is_cancelled:
            raise asyncio.CancelledError
        if self._run is not None:
            self._loop.call_soon_threadsafe(self._run.note_if_current, job)
            self._run.send_heartbeat(job)
