"""How jobs came to their ends, for commands that wait for them or drop them.

Knows the ledger and exit codes; draws nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from segops_tui import wording
from segops_tui.cli.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job


def deadline(run: Invocation) -> float | None:
    """When --timeout runs out."""
    return None if run.options.timeout is None else time.time() + run.options.timeout


def wait_for(run: Invocation, jobs: Sequence[Job], *, until: float | None) -> list[Job] | None:
    """Take up what nobody is at and watch the others; None where a person pressed Ctrl-C.

    A job whose process dies meanwhile is taken up as well; each once, so that one that the
    network keeps from ending does not keep us for ever.
    """
    from segops_tui.cli.commands.jobs.resume import go_on
    from segops_tui.cli.commands.jobs.watching import watch
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
            outcomes = go_on(run, todo, until=until)
            if outcomes is None:
                return None
            for outcome in outcomes:
                if outcome.error is not None:
                    run.talk.problem(explain(outcome.error))
        elif watch(run, running, until=until) is None:
            return None


def end_code(run: Invocation, ends: Sequence[Job]) -> int:
    """0 where all are done; 9 where the time ran out for some, 8 where others came to no end."""
    running_out = run.options.timeout is not None
    left = [job for job in ends if job.state in {"running", "detached"} and not job.error]
    stuck = [job for job in ends if not job.is_final and job not in left]
    if stuck:
        words = ", ".join(f"{job.id} is {job.state}" for job in stuck[:5])
        run.talk.warn(f"{words}; go on: segops-tui jobs resume {stuck[0].id}")
    if stuck or any(job.state == "failed" for job in ends):
        return int(ExitCode.JOB_FAILED)
    if left and running_out:
        run.talk.warn(
            f"Waited {run.options.timeout:g} s; {wording.plural(len(left), 'job')} still running."
            f" See: segops-tui jobs show {left[0].id}"
        )
        return int(ExitCode.WAIT_TIMED_OUT)
    return 0


def forget_each(run: Invocation, jobs: Sequence[Job]) -> int:
    """Drop jobs from the record, and say how many; answers the exit code."""
    from segops_tui.cli.commands.jobs.rows import JOBS, as_record
    from segops_tui.cli.core.error_report import explain
    from segops_tui.jobs.engine.errors import JobBusy

    gone: list[Job] = []
    code = 0
    for job in jobs:
        try:
            if not run.options.dry_run:
                run.ledger.forget(job.id)
        except JobBusy as error:
            problem = explain(error)
            run.talk.problem(problem)
            code = int(problem.exit_code)
        except KeyError:
            # Another process forgot it first.
            continue
        else:
            gone.append(job)
    would = "would forget" if run.options.dry_run else "forgot"
    run.talk.note(f"{would} {wording.plural(len(gone), 'job')}")
    if not run.out.is_table:
        run.out.listing([as_record(job) for job in gone], JOBS)
    return code


def _as_they_are(run: Invocation, jobs: Sequence[Job]) -> list[Job]:
    """The jobs as the ledger has them now; one that was forgotten is left out."""
    now = []
    for job in jobs:
        try:
            now.append(run.ledger.get(job.id))
        except KeyError:
            continue
    return now
