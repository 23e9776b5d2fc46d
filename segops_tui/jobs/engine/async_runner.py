"""The async driver of a plan, for one job or for many at once.

Knows how to wait by awaiting; every decision is the plan's or `walk`'s. The ledger and work on
this machine go to threads, so nothing stalls the loop.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.download import Receiver
from segops_tui.jobs.engine.plan import Fetch, Note, Save, Send, Wait, Work
from segops_tui.jobs.engine.progress_reporter import ProgressReporter, ending
from segops_tui.jobs.engine.rate_gate import RateGate
from segops_tui.jobs.engine.runner import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.jobs.engine.download import Received
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan, Step
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.jobs.engine.progress_reporter import AsyncClient


async def drive_async(
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
    """Walk `plan`, which is `job`'s, to its end. `report` is called on the loop.

    Cancelling lets go of the job, which can be resumed. Jobs that share a `rate_gate` heed each
    other's rate limit.

    Raises:
        SegOpsError: what ended the plan; the ledger has it too.
    """
    history = await asyncio.to_thread(ledger.history, job.kind, job.target, job.profile)
    narrator = ProgressReporter(report, clock=clock, history=history)
    driver = _Driver(job, client, ledger, narrator, after_save, rate_gate or RateGate())
    try:
        return await driver.walk(plan)
    except BaseException as error:
        # In this thread: a cancelled task may not get another turn of the loop.
        driver.end_by(error)
        raise
    finally:
        plan.close()


async def drive_all_async(
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
) -> list[Outcome]:
    """Drive many jobs, at most `concurrency` at once; one that fails does not stop the others.

    All of them heed a rate limit that one of them meets.
    """
    gate = rate_gate or RateGate()
    turn = asyncio.Semaphore(concurrency)

    async def one(job: Job) -> Outcome:
        async with turn:
            try:
                ended = await drive_async(
                    plan_of(job),
                    job,
                    client,
                    ledger,
                    report=report,
                    clock=clock,
                    after_save=after_save,
                    rate_gate=gate,
                )
            except SegOpsError as error:
                return Outcome(getattr(error, "job", None) or _stored(ledger, job), error)
            return Outcome(ended)

    return list(await asyncio.gather(*map(one, jobs)))


def _stored(ledger: Ledger, job: Job) -> Job:
    with suppress(KeyError):
        return ledger.get(job.id)
    return job


class _Driver:
    """One walk: where the job stands, and how each kind of step is taken."""

    def __init__(
        self,
        job: Job,
        client: AsyncClient,
        ledger: Ledger,
        narrator: ProgressReporter,
        after_save: Callable[[Job], None] | None,
        rate_gate: RateGate,
    ) -> None:
        self.job = job
        self._client, self._ledger, self._narrator = client, ledger, narrator
        self._after_save, self._turnstile = after_save, rate_gate
        self._has_left = bool(job.remote_ids or job.resumed)
        self._loop = asyncio.get_running_loop()

    async def walk(self, plan: Plan) -> Job:
        """Take every step."""
        answer: Any = None
        failure: SegOpsError | None = None
        while True:
            try:
                step = plan.send(answer) if failure is None else plan.throw(failure)
            except StopIteration as end:
                await self._save(end.value)
                return self.job
            answer, failure = None, None
            try:
                answer = await self._take(step)
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

    async def _take(self, step: Step) -> Any:
        match step:
            case Save(job):
                await self._save(job)
            case Note(job):
                await self._note(job)
            case Send():
                await self._pass()
                return await self._send(step)
            case Fetch():
                await self._pass()
                return await self._fetch(step)
            case Wait(seconds):
                await self._wait(seconds)
            case Work(run):
                return await asyncio.to_thread(run, self._note_from_thread)
        return None

    async def _wait(self, seconds: float) -> None:
        await self._note(self.job)
        await self._client.sleep(seconds)

    async def _pass(self) -> None:
        """Wait while the server wants rest, also where another job was told so."""
        pause = self._turnstile.pause()
        while pause is not None:
            await self._wait(pause.left)
            pause = self._turnstile.pause(after=pause)

    async def _save(self, job: Job) -> None:
        self.job = await asyncio.to_thread(self._ledger.save, job)
        if self._after_save is not None:
            self._after_save(self.job)
        self._narrator.tell(self.job)

    async def _note(self, job: Job) -> None:
        self.job = job
        self._narrator.tell(job)
        if self._narrator.is_due():
            await asyncio.to_thread(self._ledger.beat, job)

    def _note_from_thread(self, job: Job) -> None:
        self._loop.call_soon_threadsafe(self._tell, job)
        if self._narrator.is_due():
            self._ledger.beat(job)

    def _tell(self, job: Job) -> None:
        # A word still on its way when the stage has changed is old news.
        if job.stage == self.job.stage and job.state == self.job.state:
            self.job = job
            self._narrator.tell(job)

    async def _send(self, step: Send) -> Any:
        request, told = step.request, step.told
        if told is not None and request.upload is not None:

            def progress(sent: int) -> None:
                self._note_from_thread(told(sent))

            request = replace(request, upload=replace(request.upload, progress=progress))
        answer = await self._client.send(request, key=step.key)
        self._has_left = self._has_left or request.mutates
        return answer

    async def _fetch(self, step: Fetch) -> Received:
        with Receiver(step.target) as receiver:
            async with self._client.fetch(step.request) as body:
                async for chunk in body:
                    await self._note(step.told(receiver.write(chunk), body.length))
                return await asyncio.to_thread(receiver.finish, announced=body.length)
