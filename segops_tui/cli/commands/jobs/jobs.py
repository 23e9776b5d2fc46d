"""`jobs`: list, watch, resume and forget the jobs started from this machine."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.cli.core.group import Commands
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job


class JobRecord(Record):
    """One job, its times as ISO 8601."""

    @property
    def started(self) -> datetime | None:
        """When it was started."""
        from segops_tui.api.record import as_moment

        return as_moment(self.raw.get("created_at"))


def _tone(row: JobRecord, _context: Context) -> Tone:
    tones: dict[Any, Tone] = {
        "done": "good", "failed": "bad", "running": "busy", "interrupted": "warn",
        "detached": "warn", "waiting": "warn",
    }  # fmt: skip
    return tones.get(row.raw.get("state"), "")


def _came(row: JobRecord) -> str:
    result = row.raw.get("result") or {}
    return str(row.raw.get("error") or result.get("summary") or row.raw.get("summary") or "")


JOBS: Final[Noun[JobRecord]] = Noun(
    name="job",
    plural="jobs",
    title="Jobs",
    key=lambda row: row.raw["id"],
    label=lambda row: str(row.raw["title"]),
    empty="No jobs yet. Start one: segops-tui segments recompute 1",
    columns=(
        Column("id", "ID", lambda r: r.raw["id"], min_width=8),
        Column("title", "JOB", lambda r: r.raw["title"], flex=True, min_width=12, max_width=50),
        Column("profile", "PROFILE", lambda r: r.raw["profile"], priority=3),
        Column("state", "STATE", lambda r: r.raw["state"], tone=_tone),
        Column("stage", "STAGE", lambda r: r.raw["stage"], priority=5),
        Column("created_at", "STARTED", lambda r: r.started, aged, priority=1),
        Column("seconds", "TOOK", lambda r: r.raw.get("seconds"), lambda v, _: _took(v),
               align="right", priority=2),
        Column("came", "RESULT", _came, flex=True, max_width=70),
    ),
)  # fmt: skip


def as_record(job: Job) -> JobRecord:
    """A job as the object `-o json` prints. Idempotency keys are no secret and stay."""
    data = asdict(job)
    del data["fingerprint"]
    for name in ("created_at", "begun_at", "updated_at", "finished_at"):
        seconds = data[name]
        data[name] = None if seconds is None else wording.iso(datetime.fromtimestamp(seconds, UTC))
    return JobRecord({**data, "title": job.title, "seconds": job.took, "summary": job.summary})


def complete_job(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[Any]:
    """Ids of the newest jobs, read from the ledger on this machine."""
    from click.shell_completion import CompletionItem

    from segops_tui.api.errors import SegOpsError
    from segops_tui.config.paths import find_paths
    from segops_tui.session import open_ledger

    paths = find_paths(os.environ)
    if not paths.ledger_file.exists():
        return []
    try:
        ledger = open_ledger(paths)
        jobs = ledger.list(limit=50)
        ledger.close()
    except SegOpsError:
        return []
    return [CompletionItem(j.id, help=j.title) for j in jobs if j.id.startswith(incomplete)]


def _took(seconds: float | None) -> str:
    return "–" if seconds is None else wording.duration(seconds)


COMMANDS: Final = Commands()

STATES: Final = ("running", "done", "failed", "detached", "interrupted", "waiting")
_LEFT: Final = frozenset({"detached", "interrupted"})
"""States of jobs that no process runs and that need no answer."""


_IDS: Final = click.argument("ids", metavar="[ID…]", nargs=-1, shell_complete=complete_job)
_SAME_WORKSPACE: Final = click.option(
    "--same-workspace",
    is_flag=True,
    help="The jobs named belong to this workspace; only its key or address was replaced.",
)


@COMMANDS.command(
    "jobs list",
    "segops-tui jobs list",
    "segops-tui jobs list --state failed -o json",
    "segops-tui jobs list --state detached --state interrupted",
    noun=JOBS,
    lists=True,
)
@click.option(
    "--state", "states", type=click.Choice(STATES), multiple=True, help="Only these; repeatable."
)
def list_(run: Invocation, states: tuple[str, ...]) -> None:
    """List jobs, newest first.

    detached: left running on the server. interrupted: the process ended. Both can be resumed.
    """
    from segops_tui.cli.core.lists import one_more, write_rows

    alone = states[0] if len(set(states)) == 1 else None
    few = one_more(run) if len(set(states)) < 2 else None
    jobs = run.ledger.list(state=alone, limit=-1 if few is None else few)
    found = [as_record(job) for job in jobs if not states or job.state in states]
    none = f"No {' or '.join(states)} jobs." if states else JOBS.empty
    write_rows(run, found, JOBS, empty=none, is_complete=few is None)


@COMMANDS.command(
    "jobs show",
    "segops-tui jobs show 3f2a91c0",
    "segops-tui jobs show 3f2a",
    "segops-tui jobs show 'recompute High LTV buyers'",
)
@click.argument("id", metavar="ID|NAME", shell_complete=complete_job)
def show(run: Invocation, id: str) -> None:
    """Show one job.

    Wherever a job's id goes, its first four characters or more do where no other job begins so,
    and so does its name as `jobs list` has it.
    """
    from segops_tui.cli.commands.jobs.resume import found

    _write(run, found(run, [id])[0])


@COMMANDS.command(
    "jobs watch",
    "segops-tui jobs watch",
    "segops-tui jobs watch 3f2a91c0",
    "segops-tui jobs watch -o ndjson",
)
@_IDS
def watch(run: Invocation, ids: tuple[str, ...]) -> int:
    """Watch running jobs, in any process, until they stop.

    Without an id, watches all running jobs of this workspace. Starts nothing; Ctrl-C only stops
    watching. Exits 8 if a job failed.
    """
    from segops_tui.cli.commands.jobs.resume import found, refuse_elsewhere
    from segops_tui.cli.commands.jobs.waiting import deadline, end_code, running_here
    from segops_tui.cli.commands.jobs.waiting import watch as watched

    until = deadline(run)
    jobs = found(run, ids)
    refuse_elsewhere(run, jobs)
    stopped = watched(run, [job.id for job in jobs] if ids else None, until=until)
    if stopped is None:
        return run.ended_early
    left = [] if ids else [job.id for job in running_here(run.ledger)]
    if not ids and not stopped and not left:
        run.talk.note("no job is running")
    known = [job.id for job in (jobs or stopped)]
    ends = found(run, [*known, *left])
    _list(run, ends)
    return end_code(run, [job for job in ends if job.state == "running" or job.is_final])


@COMMANDS.command(
    "jobs wait",
    "segops-tui jobs wait --all --wait-timeout 10m",
    "segops-tui jobs wait 3f2a91c0",
    writes="the job ledger",
)
@_IDS
@_SAME_WORKSPACE
def wait(run: Invocation, ids: tuple[str, ...], same_workspace: bool) -> int:
    """Wait for jobs to finish, for scripts.

    Watches jobs another process runs and resumes detached ones. --all means every unfinished
    job of this workspace: its server and key. Exits 8 if a job failed, 9 if --wait-timeout
    expired.
    """
    from segops_tui.cli.commands.jobs.resume import of_workspace
    from segops_tui.cli.commands.jobs.waiting import deadline, end_code, wait_for

    until = deadline(run)
    states = _LEFT | {"running", "waiting"}
    jobs = of_workspace(run, ids, states=states, adopts=same_workspace)
    if not jobs:
        run.talk.note("nothing to wait for")
        return 0
    ends = wait_for(run, jobs, until=until)
    if ends is None:
        return run.ended_early
    _list(run, ends)
    return end_code(run, ends)


@COMMANDS.command(
    "jobs resume",
    "segops-tui jobs resume 3f2a91c0",
    "segops-tui jobs resume --all",
    writes="the job ledger",
)
@_IDS
@_SAME_WORKSPACE
def resume(run: Invocation, ids: tuple[str, ...], same_workspace: bool) -> int:
    """Resume detached jobs without sending their work twice.

    --all means all of this workspace: its server and key. A job is never resumed in another one.
    Imports awaiting a column mapping prompt for it.
    """
    from segops_tui.cli.commands.jobs.resume import of_workspace, resume_jobs
    from segops_tui.cli.core.error_report import explain
    from segops_tui.cli.core.run_jobs import exit_code, raise_first

    jobs = of_workspace(run, ids, states=_LEFT, adopts=same_workspace)
    if not jobs:
        run.talk.note("nothing to resume")
        return 0
    outcomes = resume_jobs(run, jobs)
    if outcomes is None:
        return run.ended_early
    raise_first(outcomes)
    for outcome in outcomes:
        if outcome.error is not None:
            run.talk.problem(explain(outcome.error))
    ends = [outcome.job for outcome in outcomes]
    if ids and len(ends) == 1:
        _write(run, ends[0])
    else:
        _list(run, ends)
    return exit_code(run, outcomes)


@COMMANDS.command(
    "jobs forget",
    "segops-tui jobs forget 3f2a91c0",
    "segops-tui jobs forget --done",
    writes="the job ledger",
)
@_IDS
@click.option("--done", is_flag=True, help="All jobs that are done.")
def forget(run: Invocation, ids: tuple[str, ...], done: bool) -> int:
    """Remove jobs from the ledger; work on the server is not affected.

    Asks before removing an unfinished job, which then cannot be resumed. --all means all jobs
    that are not running.
    """
    from segops_tui.cli.commands.jobs.resume import found
    from segops_tui.cli.commands.products.importing import sweep_spool

    if [bool(ids), done, run.options.all].count(True) != 1:
        raise click.UsageError("Give ids, --done or --all.")
    if ids:
        jobs = found(run, ids)
    else:
        states = {"done"} if done else set(STATES) - {"running"}
        jobs = [job for job in run.ledger.list(limit=-1) if job.state in states]
    if run.is_only_shown(f"forget {wording.plural(len(jobs), 'job')}{_which(jobs)}"):
        return 0
    open_ = [job for job in jobs if job.is_resumable]
    if open_ and not run.confirm(
        f"Forget {wording.plural(len(open_), 'job')} that can still be resumed"
        f" ({wording.listed([job.title for job in open_], most=3)})?"
    ):
        return run.declined("nothing was forgotten")
    code = _forget(run, jobs)
    sweep_spool(run)
    return code


@COMMANDS.command("jobs repair", "segops-tui jobs repair", writes="the job ledger")
def repair(run: Invocation) -> int:
    """Save what can be read of a damaged ledger into a new one.

    The damaged file is kept beside it. Close the console and other commands first; `doctor` says
    whether the ledger is damaged.
    """
    from segops_tui.jobs.engine.ledger_repair import damage_of, repair_ledger

    file = run.paths.ledger_file
    damage = damage_of(file)
    if damage and run.is_only_shown(f"save what can be read of {file} ({damage})"):
        return 0
    repaired = repair_ledger(file, now=run.now()) if damage else None
    if repaired is None:
        run.talk.note("the ledger is not damaged")
        return 0
    run.talk.note(f"saved {wording.plural(repaired.saved, 'job')}; damaged file: {repaired.kept}")
    return 0


def _forget(run: Invocation, jobs: Sequence[Job]) -> int:
    """Drop jobs from the record, and say how many; returns the exit code."""
    from segops_tui.cli.core.error_report import explain
    from segops_tui.jobs.engine.errors import JobBusy

    gone: list[Job] = []
    code = 0
    for job in jobs:
        try:
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
    run.talk.note(f"forgot {wording.plural(len(gone), 'job')}")
    if not run.out.is_table:
        run.out.listing([as_record(job) for job in gone], JOBS)
    return code


def _which(jobs: Sequence[Job]) -> str:
    return f" ({wording.listed([job.id for job in jobs])})" if jobs else ""


def _list(run: Invocation, jobs: Sequence[Job]) -> None:
    run.out.listing([as_record(job) for job in jobs], JOBS)
    run.out.flush()


def _write(run: Invocation, job: Job) -> None:
    record = as_record(job)
    hidden = {"params", "keys", "remote_ids", "result"}
    if run.out.is_table:
        record = type(record)({k: v for k, v in record.raw.items() if k not in hidden and v != ""})
    run.out.one(record, JOBS)
