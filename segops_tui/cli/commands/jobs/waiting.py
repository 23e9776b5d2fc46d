"""Wait for jobs: watch what another process runs, resume what none runs, pick the exit code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.process import interruption_code
from segops_tui.cli.core.run_jobs import gave_up_waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.cli.core.progress import Drawing
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.progress import ProgressReporter


def deadline(run: Invocation) -> float | None:
    """When --wait-timeout runs out."""
    patience = run.options.wait_timeout
    return None if patience is None else time.time() + patience


def wait_for(run: Invocation, jobs: Sequence[Job], *, until: float | None) -> list[Job] | None:
    """Resume jobs that no process runs and watch the others; None after Ctrl-C.

    A job whose process dies meanwhile is resumed too; each only once, so that a job the network
    keeps failing does not loop forever.
    """
    from segops_tui.cli.commands.jobs.resume import resume_jobs
    from segops_tui.cli.core.error_report import explain

    tried: set[str] = set()
    while True:
        now = _as_they_are(run, jobs)
        todo = [job for job in now if job.is_resumable and job.id not in tried]
        running = [job.id for job in now if job.state == "running"]
        is_over = until is not None and time.time() >= until
        if is_over or not (todo or running):
            return now
        tried |= {job.id for job in todo}
        if todo:
            outcomes = resume_jobs(run, todo, until=until)
            if outcomes is None:
                return None
            for outcome in outcomes:
                if outcome.error is not None:
                    run.talk.problem(explain(outcome.error))
        elif watch(run, running, until=until) is None:
            return None


def end_code(run: Invocation, ends: Sequence[Job]) -> int:
    """0 where all are done; 9 where the time ran out for some, 8 where others came to no end."""
    left = [job for job in ends if job.state in {"running", "detached"} and not job.error]
    stuck = [job for job in ends if not job.is_final and job not in left]
    if stuck:
        words = ", ".join(f"{job.id} is {job.state}" for job in stuck[:5])
        run.talk.warn(f"{words}; resume with: segops-tui jobs resume {stuck[0].id}")
    if stuck or any(job.state == "failed" for job in ends):
        return int(ExitCode.JOB_FAILED)
    if left and run.options.wait_timeout is not None:
        return gave_up_waiting(run, [job.id for job in left])
    return 0


def _as_they_are(run: Invocation, jobs: Sequence[Job]) -> list[Job]:
    """The jobs as the ledger has them now; one that was forgotten is left out."""
    now = []
    for job in jobs:
        try:
            now.append(run.ledger.get(job.id))
        except KeyError:
            continue
    return now


_PAUSE: Final = 0.2
"""Seconds between two looks; the ledger hears of a living job every two."""


def running_here(ledger: Ledger) -> list[Job]:
    """The running jobs of the ledger's workspace."""
    running = ledger.list(state="running", limit=-1)
    return [job for job in running if ledger.why_elsewhere(job) is None]


class LedgerWatch:
    """Some jobs of the ledger, or with no ids those of its workspace that run while one does."""

    def __init__(self, ledger: Ledger, shown: Drawing, ids: Iterable[str] | None) -> None:
        self._ledger, self._shown = ledger, shown
        self._left = None if ids is None else set(ids)
        self._seen: set[str] = set()
        self._reporters: dict[str, ProgressReporter] = {}
        self.stopped: list[Job] = []
        """Those that ran and no longer do, in the order of their ends."""

    def look(self) -> bool:
        """Tell how they stand; whether one of them runs."""
        running = {job.id: job for job in running_here(self._ledger)}
        if self._left is None:
            gone = self._seen - running.keys()
            self._seen = set(running)
        else:
            gone = self._left - running.keys()
            self._left &= running.keys()
            running = {key: running[key] for key in self._left}
        for key in gone:
            self._stop(key)
        for job in sorted(running.values(), key=lambda job: job.created_at):
            self._reporter(job).report(job)
        return bool(running)

    def _stop(self, key: str) -> None:
        try:
            job = self._ledger.get(key)
        except KeyError:
            # Another process removed it from the ledger.
            return
        self.stopped.append(job)
        self._reporter(job).report(job)

    def _reporter(self, job: Job) -> ProgressReporter:
        from segops_tui.jobs.engine.progress import ProgressReporter

        if job.id not in self._reporters:
            history = self._ledger.history(job.kind, job.target, job.profile)
            reporter = ProgressReporter(self._shown.update, clock=time.time, history=history)
            self._reporters[job.id] = reporter
        return self._reporters[job.id]


def watch(
    run: Invocation, ids: Iterable[str] | None, *, until: float | None = None
) -> list[Job] | None:
    """Draw jobs until they stop, or the clock shows `until`; returns those that stopped.

    None after Ctrl-C, with the code in `run.ended_early`. The jobs keep running.
    """
    from segops_tui.cli.core.progress import drawing

    known = None if ids is None else list(ids)
    total = 0 if known is None else len(known)
    try:
        with drawing(run.talk, total=total, out=run.out) as shown:
            watched = LedgerWatch(run.ledger, shown, known)
            while watched.look():
                if until is not None and time.time() >= until:
                    break
                time.sleep(_PAUSE)
    except KeyboardInterrupt as error:
        run.ended_early = int(interruption_code(error))
        run.talk.interrupted("Stopped watching. The jobs keep running.")
        return None
    return watched.stopped
