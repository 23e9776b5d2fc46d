"""The jobs that this console runs: started, run to their end, and published to the panes.

The app owns it, since Textual cancels a worker with the node that started it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from textual.signal import Signal
from textual.worker import WorkerCancelled, WorkerFailed

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.async_runner import run_job_async
from segops_tui.jobs.engine.progress import Progress
from segops_tui.jobs.engine.rate_gate import RateGate

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.timer import Timer
    from textual.worker import Worker

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan

UPDATE_INTERVAL: Final = 0.1
"""Seconds between two updates of the screens: a burst of progress is reduced to the newest."""
CONCURRENCY: Final = 4
"""Jobs that use the server at the same time; the others wait for their turn."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that has stopped, and the error that stopped it, if any."""

    job: Job
    error: SegOpsError | None = None


class JobRunner:
    """Runs jobs on the app's event loop."""

    def __init__(
        self,
        app: App[Any],
        client: AsyncSegOpsAdmin,
        ledger: Ledger,
        *,
        plan_of: Callable[[Job], Plan],
        clock: Callable[[], float],
    ) -> None:
        self._app, self._client, self._ledger = app, client, ledger
        self._plan_of, self._clock = plan_of, clock
        self._jobs: dict[str, Job] = {}
        self._by_target: dict[tuple[str, str], str] = {}
        self._progress: dict[str, Progress] = {}
        self._workers: dict[str, Worker[None]] = {}
        self._turn = asyncio.Semaphore(CONCURRENCY)
        self.rate_gate = RateGate()
        """Shared by the jobs, and by others who send many requests."""
        self._timer: Timer | None = None
        self.outcomes: dict[tuple[str, str], Job] = {}
        """The last job of this session that was done, by kind and target."""
        self.changed: Signal[list[Progress]] = Signal(app, "jobs changed")
        """What runs now, at most ten times a second."""
        self.ended: Signal[Ended] = Signal(app, "job ended")
        """Each job as it stops."""

    @property
    def progress(self) -> list[Progress]:
        """What runs now, oldest first."""
        return list(self._progress.values())

    def find(self, kind: str, target: object) -> Progress | None:
        """The job of that kind about that target, if one runs."""
        return self._progress.get(self._by_target.get((kind, str(target)), ""))

    def progress_of(self, job_id: str) -> Progress | None:
        """The job of that id, if this console runs it."""
        return self._progress.get(job_id)

    def start(self, job: Job) -> None:
        """Run a job to its end."""
        self._jobs[job.id] = job
        # A table looks up each of its rows at every paint, and there may be hundreds of jobs.
        self._by_target[job.kind, job.target] = job.id
        self._report(Progress.of(job, now=self._clock(), is_waiting=True))
        self._workers[job.id] = self._app.run_worker(
            self._run(job), group="jobs", name=f"job {job.id}"
        )

    def tick(self) -> None:
        """Publish the time that has passed, while a job runs."""
        if self._progress:
            self._publish()

    async def detach_all(self) -> None:
        """Stop running; the ledger then has each job as one that can be resumed."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        for worker in workers:
            with suppress(WorkerFailed, WorkerCancelled):
                await worker.wait()

    async def _run(self, job: Job) -> None:
        try:
            async with self._turn:
                now = self._clock()
                self._report(Progress.of(job, now=now, begun_at=now))
                ended = await run_job_async(
                    self._plan_of(job),
                    job,
                    self._client,
                    self._ledger,
                    report=self._report,
                    clock=self._clock,
                    rate_gate=self.rate_gate,
                )
        except SegOpsError as error:
            self._end(Ended(getattr(error, "job", None) or job, error))
        else:
            self.outcomes[ended.kind, ended.target] = ended
            self._end(Ended(ended))

    def _end(self, ended: Ended) -> None:
        self._jobs.pop(ended.job.id, None)
        self._by_target = {
            key: job_id for key, job_id in self._by_target.items() if job_id in self._jobs
        }
        self._progress.pop(ended.job.id, None)
        self._workers.pop(ended.job.id, None)
        self._publish()
        self.ended.publish(ended)

    def _report(self, progress: Progress) -> None:
        if progress.job_id not in self._jobs:
            return
        self._progress[progress.job_id] = progress
        if self._timer is None:
            self._timer = self._app.set_timer(UPDATE_INTERVAL, self._publish)

    def _publish(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.changed.publish(self.progress)
