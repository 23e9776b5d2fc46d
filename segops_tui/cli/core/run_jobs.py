"""Run jobs for a command: progress, results, the exit code, and detaching on Ctrl-C."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.process import interruption_code
from segops_tui.nouns.column import Column, Context, Noun, Tone, format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.driver import JobOutcome
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Plan
    from segops_tui.jobs.engine.progress import Progress


class WaitLimit:
    """When to detach from a job that is still running."""

    def __init__(self, *, stage: str | None, until: float | None) -> None:
        self._stage, self._until = stage, until

    def check_saved(self, job: Job) -> None:
        """Detach from a job that the server now carries on alone."""
        from segops_tui.jobs.engine.runner import Detach

        if job.state == "running" and job.stage == self._stage:
            raise Detach

    def check_told(self, progress: Progress, *, now: float) -> None:
        """Detach from a job that exceeded --wait-timeout."""
        from segops_tui.jobs.engine.runner import Detach

        if progress.state == "running" and self._until is not None and now > self._until:
            raise Detach


def patience(
    run: Invocation,
    *,
    on_its_way: str,
    until: float | None = None,
) -> WaitLimit:
    """How long this run waits; `on_its_way` is the stage from which the server continues alone."""
    asked = run.options
    if until is None and asked.wait_timeout and asked.wait:
        until = time.time() + asked.wait_timeout
    stage = None if asked.wait else on_its_way
    return WaitLimit(stage=stage, until=until)


def work(
    run: Invocation,
    jobs: Sequence[Job],
    plan_of: Callable[[Job], Plan],
    wait: WaitLimit,
    *,
    owns_stdout: bool = True,
) -> list[JobOutcome] | None:
    """Drive jobs and draw them. None after Ctrl-C, once the user was told what keeps running.

    Events go to stdout where they are asked for, unless a file does.

    Raises:
        Exception: what is neither the API's nor the person's doing: a dry run's end, a bug.
    """
    from segops_tui.api.errors import SegOpsError
    from segops_tui.cli.core.context import WouldSendEach
    from segops_tui.cli.core.progress import drawing
    from segops_tui.client.guard import WouldSend
    from segops_tui.jobs.engine.runner import run_jobs

    def drive(these: Sequence[Job]) -> list[JobOutcome]:
        with drawing(run.talk, total=len(these), out=run.out if owns_stdout else None) as shown:

            def report(progress: Progress) -> None:
                shown.update(progress)
                wait.check_told(progress, now=time.time())

            return run_jobs(
                these, plan_of, run.client, run.ledger, report=report, after_save=wait.check_saved
            )

    try:
        outcomes = drive(jobs)
        while repeated := _agreed_to_repeat(run, outcomes):
            later = {outcome.job.id: outcome for outcome in drive(repeated)}
            outcomes = [later.get(outcome.job.id, outcome) for outcome in outcomes]
    except KeyboardInterrupt as error:
        run.ended_early = int(interruption_code(error))
        tell_detached(run, jobs)
        return None
    if stops := {o.job.id: o.error for o in outcomes if isinstance(o.error, WouldSend)}:
        for job in jobs:
            if job.id in stops and job.resumed:
                # Nothing was sent: a start that was noted is none without an answer.
                run.ledger.save(job.stopped("detached"))
        raise WouldSendEach([*stops.values()])
    for outcome in outcomes:
        if outcome.error is not None and not isinstance(outcome.error, SegOpsError):
            raise outcome.error
    return outcomes


def _agreed_to_repeat(run: Invocation, outcomes: Sequence[JobOutcome]) -> list[Job]:
    """The jobs whose start may have been lost, claimed again if the user agrees to repeat it.

    Without a terminal and --yes it is none: their error says what to do.
    """
    from segops_tui.jobs.engine.errors import MayRunTwice

    lost = [outcome for outcome in outcomes if isinstance(outcome.error, MayRunTwice)]
    if not lost or not (run.options.yes or run.is_interactive):
        return []
    from segops_tui.jobs.engine.file_export import agree_to_repeat

    run.talk.warn(str(lost[0].error))
    if not run.confirm(f"Start {wording.plural(len(lost), 'export')} again?"):
        return []
    return [agree_to_repeat(run.ledger, outcome.job.id) for outcome in lost]


_SENT_FROM_HERE: Final = frozenset({"apply", "import-undo"})
"""Kinds of jobs that are many requests of this machine, and no work of the server."""


def tell_detached(run: Invocation, jobs: Sequence[Job]) -> None:
    """Tell the user what keeps running, and how to resume it."""
    known = {job.id for job in run.ledger.list(limit=1_000)}
    left = [job.id for job in jobs if job.id in known]
    if not left:
        run.talk.interrupted("Interrupted. Nothing was sent.")
        return
    see = f"segops-tui jobs show {left[0]}" if len(left) == 1 else "segops-tui jobs list"
    them = f"job {left[0]}" if len(left) == 1 else wording.plural(len(left), "job")
    is_ours = all(job.kind in _SENT_FROM_HERE for job in jobs)
    goes_on = "Nothing more is sent until it is resumed" if is_ours else "The server keeps working"
    # Where a profile was named, the default one would refuse the job.
    named = f" --profile {run.options.profile}" if run.options.profile else ""
    run.talk.interrupted(
        f"Detached from {them}. {goes_on}. Show: {see}."
        f" Resume with: segops-tui jobs resume {left[0] if len(left) == 1 else '--all'}{named}"
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
        return gave_up_waiting(run, left)
    return 0


def gave_up_waiting(run: Invocation, ids: Sequence[str]) -> int:
    """Say which jobs --wait-timeout left running; returns the exit code."""
    waited = wording.duration(run.options.wait_timeout or 0.0)
    run.talk.warn(
        f"Waited {waited}; {wording.plural(len(ids), 'job')} still running."
        f" See: segops-tui jobs show {ids[0]}"
    )
    return int(ExitCode.WAIT_TIMED_OUT)


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


_SYMBOLS: Final = {"done": "✓", "failed": "✗", "running": "◌"}


def _tone(row: Record, _context: Context) -> Tone:
    tones: dict[Any, Tone] = {"done": "good", "failed": "bad", "running": "busy"}
    return tones.get(row.raw.get("state"), "")


def _came(row: Record) -> str:
    return str(row.raw.get("error") or row.raw.get("summary") or row.raw.get("state"))


def _came_words(row: Record, _context: Context) -> str:
    return f"{_SYMBOLS.get(str(row.raw.get('state')), '·')} {_came(row)}"


WORK: Final[Noun[Record]] = Noun(
    name="result",
    plural="results",
    title="Results",
    key=lambda row: row.raw["id"],
    label=lambda row: str(row.raw["name"]),
    empty="Nothing was started.",
    columns=(
        Column("id", "ID", lambda r: r.raw["id"], align="right", min_width=2),
        Column("name", "NAME", lambda r: r.raw["name"], flex=True, min_width=12, max_width=60),
        Column(
            "seconds", "TOOK", lambda r: r.raw["seconds"],
            lambda v, _: format_value(None) if v is None else wording.duration(v), align="right",
            priority=2,
        ),
        Column(
            "result", "RESULT", _came, words=_came_words, tone=_tone, flex=True, min_width=10,
            max_width=90,
        ),
    ),
)  # fmt: skip


def run_each(
    run: Invocation, ids: Iterable[str], start: Callable[[str], Job], *, stage: str
) -> int:
    """Start a job for every id, run them all and print a row for each; returns the exit code.

    `stage` is the one from which the server continues alone: --no-wait waits until then.
    """
    outcomes = carry_out(run, [start(key) for key in dict.fromkeys(ids)], stage=stage)
    if outcomes is None:
        return run.ended_early
    write_results(run, outcomes)
    return finished(run, outcomes)


def carry_out(run: Invocation, jobs: Sequence[Job], *, stage: str) -> list[JobOutcome] | None:
    """Drive jobs; None after Ctrl-C, with the code in `run.ended_early`.

    Raises:
        SegOpsError: there was one job, the user reads the answer, and it failed.
    """
    from segops_tui.jobs.registry import plan_of

    outcomes = work(run, jobs, plan_of, patience(run, on_its_way=stage))
    if outcomes is not None and run.out.is_table:
        raise_first(outcomes)
    return outcomes


def write_results(run: Invocation, outcomes: Sequence[JobOutcome]) -> None:
    """Print a row for each job."""
    run.out.listing([_row(outcome) for outcome in outcomes], results_noun(run, WORK))
    run.out.flush()


def results_noun(run: Invocation, noun: Noun[Record]) -> Noun[Record]:
    """The noun of results; with --no-wait a job's id comes first, and is what `-o name` prints."""
    if run.options.wait:
        return noun
    job: Column[Record] = Column("job", "JOB", lambda row: row.raw["job"], min_width=8)
    return noun._replace(key=lambda row: row.raw["job"], columns=(job, *noun.columns))


def write_started(run: Invocation, job: Job) -> None:
    """Print the id of a job that was only started."""
    if run.out.is_table or run.options.output == "name":
        run.out.line(job.id)
    else:
        run.out.data({"state": job.state, "job": job.id})
    run.talk.note(f"started; wait for it: segops-tui jobs wait {job.id}")


def finished(run: Invocation, outcomes: Sequence[JobOutcome]) -> int:
    """Report jobs that keep running, and return the exit code."""

    left = [o.job.id for o in outcomes if o.error is None and not o.job.is_final]
    if left and not run.options.wait:
        which = left[0] if len(left) == 1 else "--all"
        run.talk.note(f"started; wait for the end: segops-tui jobs wait {which}")
    return exit_code(run, outcomes)


def as_id(key: str) -> Any:
    """An id as the server writes it: a number where it is one."""
    return int(key) if key.isdecimal() else key


def _row(outcome: JobOutcome) -> Record:

    job = outcome.job
    return Record({**as_row(outcome, id=as_id(job.target), name=job.target_name), **job.result})


def default_file(stem: str, ending: str, *, force: bool = False) -> str:
    """`page-8.html` in this folder; `page-8-2.html` where that exists, unless it is to be replaced.

    Raises:
        click.UsageError: the id in it cannot be part of a file's name.
    """
    if not stem.replace("-", "").isalnum():
        raise click.UsageError("Give an output path: --to FILE.")
    names = (f"{stem}{f'-{number}' if number > 1 else ''}.{ending}" for number in count(1))
    return next(name for name in names if force or not Path(name).exists())


_CHUNK: Final = 64 * 1024


def export_to(run: Invocation, to: str, name: str, start: Callable[[Path], Job]) -> int:
    """Export to a file, or to stdout for `-`; `name` is the scratch file's own.

    Raises:
        click.UsageError: stdout was asked for, and not to wait.
        SegOpsError: the export failed.
    """
    if to != "-":
        return _carry_out(run, start(Path(to)), _report)
    from tempfile import TemporaryDirectory

    if not run.options.wait:
        raise click.UsageError("--to - cannot be combined with --no-wait.")
    with TemporaryDirectory(prefix="segops-tui-") as folder:
        target = Path(folder) / name
        job = start(target)
        return _carry_out(
            run, job, lambda run, job: _hand_over(run, job, target), owns_stdout=False
        )


def _carry_out(
    run: Invocation,
    job: Job,
    tell: Callable[[Invocation, Job], None],
    *,
    owns_stdout: bool = True,
) -> int:
    from segops_tui.jobs.registry import plan_of

    wait = patience(run, on_its_way="preparing")
    outcomes = work(run, [job], plan_of, wait, owns_stdout=owns_stdout)
    if outcomes is None:
        return run.ended_early
    raise_first(outcomes)
    tell(run, outcomes[0].job)
    return exit_code(run, outcomes)


def _report(run: Invocation, job: Job) -> None:
    if not job.is_final:
        write_started(run, job)
    elif run.options.output == "name":
        run.out.line(str(job.params["to"]))
    elif not run.out.is_table:
        run.out.data({**job.result, "state": job.state, "job": job.id})
    else:
        run.out.file(job.summary, Path(str(job.params["to"])))


def _hand_over(run: Invocation, job: Job, target: Path) -> None:
    if not job.is_final:
        return
    with target.open("rb") as file:
        while chunk := file.read(_CHUNK):
            run.out.octets(chunk)
