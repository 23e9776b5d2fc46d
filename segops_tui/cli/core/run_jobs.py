"""Drives jobs for a command: progress on stderr, a polite way out, and the exit code.

Knows drivers and outcomes; what a job does is its plan's matter.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from segops_tui import wording
from segops_tui.cli.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.driver import JobOutcome
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Plan
    from segops_tui.jobs.engine.progress import Progress


class Patience:
    """When to let go of a job that is still running."""

    def __init__(self, *, stage: str | None, until: float | None) -> None:
        self._stage, self._until = stage, until

    def check_saved(self, job: Job) -> None:
        """Let go of a job that is on its way."""
        from segops_tui.jobs.engine.runner import Detach

        if job.state == "running" and job.stage == self._stage:
            raise Detach

    def check_told(self, progress: Progress, *, now: float) -> None:
        """Let go of a job that takes too long."""
        from segops_tui.jobs.engine.runner import Detach

        if progress.state == "running" and self._until is not None and now > self._until:
            raise Detach


def patience(
    run: Invocation,
    *,
    on_its_way: str,
    until: float | None = None,
) -> Patience:
    """How long this run waits; `on_its_way` is the stage from which the server goes on alone."""
    asked = run.options
    if until is None and asked.timeout and asked.wait:
        until = time.time() + asked.timeout
    stage = None if asked.wait else on_its_way
    return Patience(stage=stage, until=until)


def work(
    run: Invocation,
    jobs: Sequence[Job],
    plan_of: Callable[[Job], Plan],
    wait: Patience,
    *,
    owns_stdout: bool = True,
) -> list[JobOutcome] | None:
    """Drive jobs and draw them. None: a person pressed Ctrl-C and was told what goes on.

    Events go to stdout where they are asked for, unless a file does.

    Raises:
        Exception: what is neither the API's nor the person's doing: a dry run's end, a bug.
    """
    from segops_tui.api.errors import SegOpsError
    from segops_tui.cli.core.progress import drawing
    from segops_tui.jobs.engine.runner import run_jobs

    try:
        out = run.out if owns_stdout else None
        with drawing(run.talk, total=len(jobs), out=out) as shown:

            def report(progress: Progress) -> None:
                shown.tell(progress)
                wait.check_told(progress, now=time.time())

            outcomes = run_jobs(
                jobs, plan_of, run.client, run.ledger, report=report, after_save=wait.check_saved
            )
    except KeyboardInterrupt:
        run.ended_early = int(ExitCode.INTERRUPTED)
        tell_detached(run, jobs)
        return None
    for outcome in outcomes:
        if outcome.error is not None and not isinstance(outcome.error, SegOpsError):
            raise outcome.error
    return outcomes


def tell_detached(run: Invocation, jobs: Sequence[Job]) -> None:
    """Say what goes on without us, and how to see it."""
    known = {job.id for job in run.ledger.list(limit=1_000)}
    left = [job.id for job in jobs if job.id in known]
    if not left:
        run.talk.interrupted("Interrupted; nothing was sent.")
        return
    see = f"segops-tui jobs show {left[0]}" if len(left) == 1 else "segops-tui jobs list"
    them = f"job {left[0]}" if len(left) == 1 else wording.plural(len(left), "job")
    run.talk.interrupted(
        f"Let go of {them}; what the server has begun goes on there. See it: {see}."
        f" Go on: segops-tui jobs resume {left[0] if len(left) == 1 else '--all'}"
    )


def exit_code(run: Invocation, outcomes: Sequence[JobOutcome]) -> int:
    """The code of a run of jobs: their common fault's, a failed job's, or waiting too long."""
    from segops_tui.cli.core.error_report import explain

    codes = [int(explain(o.error).exit_code) for o in outcomes if o.error is not None]
    if codes:
        is_common = len(codes) == len(outcomes) and len(set(codes)) == 1
        return codes[0] if is_common else int(ExitCode.JOB_FAILED)
    left = [outcome.job.id for outcome in outcomes if not outcome.job.is_final]
    if left and run.options.wait:
        run.talk.warn(
            f"Waited {run.options.timeout:g} s; {wording.plural(len(left), 'job')} still running."
            f" See: segops-tui jobs show {left[0]}"
        )
        return int(ExitCode.WAIT_TIMED_OUT)
    return 0


def raise_first(outcomes: Sequence[JobOutcome]) -> None:
    """Raise the error of the one job there was, so that it is told like any other."""
    if len(outcomes) == 1 and outcomes[0].error is not None:
        raise outcomes[0].error


def as_row(outcome: JobOutcome, **facts: Any) -> dict[str, Any]:
    """What every job's result says, whatever it did."""
    from segops_tui.cli.core.error_report import explain

    job = outcome.job
    error = None if outcome.error is None else explain(outcome.error).message
    state = "failed" if error else job.state if job.is_final else "running"
    return {**facts, "state": state, "seconds": job.took, "error": error, "job": job.id}
