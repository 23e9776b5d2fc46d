"""Find jobs in the ledger and resume detached ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.run_jobs import patience, work
from segops_tui.jobs import registry
from segops_tui.jobs.engine.driver import JobOutcome
from segops_tui.jobs.engine.errors import JobBusy
from segops_tui.jobs.imports.errors import MappingNeeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job


class NoJob(click.ClickException):
    """There is no such job in the ledger: exit code 5, like any object that is not found."""

    exit_code = 5

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no job {key!r}. See: segops-tui jobs list")


SHORTEST: Final = 4
"""Characters of an id's beginning that stand for the id, as git has it."""
_MOST_CANDIDATES: Final = 5


def found(run: Invocation, ids: Iterable[str]) -> list[Job]:
    """Jobs by their ids, the beginning of an id, or their names; each once.

    Raises:
        NoJob: the ledger has none.
        click.UsageError: several jobs begin so, or have that name.
    """
    jobs: dict[str, Job] = {}
    for key in ids:
        try:
            job = run.ledger.get(key)
        except KeyError:
            job = _meant(run.ledger.list(limit=-1), key)
        jobs.setdefault(job.id, job)
    return list(jobs.values())


def _meant(jobs: Sequence[Job], key: str) -> Job:
    """The one job whose id begins so, else the one that is called so.

    Raises:
        NoJob: there is none.
        click.UsageError: there are several.
    """
    begun = [job for job in jobs if len(key) >= SHORTEST and job.id.startswith(key)]
    name = " ".join(key.split()).casefold()
    hits = begun or [job for job in jobs if name and wording.plain(job.title).casefold() == name]
    if not hits:
        raise NoJob(key)
    if len(hits) > 1:
        said = [f"{job.id} ({wording.plain(job.title)})" for job in hits]
        raise click.UsageError(
            f"{wording.count(len(hits))} jobs are meant by {key!r}, newest first:"
            f" {wording.listed(said, most=_MOST_CANDIDATES)}. Give the id of one."
        )
    return hits[0]


def refuse_elsewhere(run: Invocation, jobs: Iterable[Job]) -> None:
    """Refuse jobs of another workspace.

    Raises:
        WrongWorkspace: one of them was started at another server or with another key.
    """
    for job in jobs:
        elsewhere = run.ledger.why_elsewhere(job)
        if elsewhere is not None:
            raise elsewhere


def of_workspace(
    run: Invocation, ids: Sequence[str], *, states: frozenset[str], adopts: bool = False
) -> list[Job]:
    """Jobs by their ids, or with --all those of this workspace that are in some state.

    `adopts` records first that the named jobs belong to this workspace.

    Raises:
        NoJob: the ledger has none of that id.
        WrongWorkspace: a named job is another workspace's.
        click.UsageError: neither ids nor --all was given, or both, or --all with `adopts`.
    """
    if bool(ids) == run.options.all:
        raise click.UsageError("Give ids or --all.")
    if ids:
        jobs = found(run, ids)
        if adopts and not run.options.dry_run:
            jobs = [run.ledger.adopt(job.id) for job in jobs]
        refuse_elsewhere(run, jobs)
        return jobs
    if adopts:
        raise click.UsageError("--same-workspace needs the ids of the jobs, not --all.")
    everything = [job for job in run.ledger.list(limit=-1) if job.state in states]
    mine = [job for job in everything if run.ledger.why_elsewhere(job) is None]
    if len(mine) < len(everything):
        others = [job.id for job in everything if job not in mine]
        run.talk.note(
            f"skipped {wording.plural(len(others), 'job')} of other workspaces"
            f" ({wording.listed(others, most=3)}); select one with --profile NAME,"
            f" or see why: segops-tui jobs resume {others[0]}"
        )
    return mine[::-1]


def resume_jobs(
    run: Invocation, jobs: Sequence[Job], *, until: float | None = None
) -> list[JobOutcome] | None:
    """Take jobs up and drive them; None where the user pressed Ctrl-C.

    One that another process is at, or that is over, has that as its error.

    Raises:
        click.UsageError: an import needs a column mapping, and there is no terminal to prompt on.
    """
    ended: dict[str, JobOutcome] = {}
    todo: list[Job] = []
    for job in jobs:
        try:
            claimed, plan = registry.resume(run.ledger, job.id)
        except JobBusy as error:
            ended[job.id] = JobOutcome(job, error)
        else:
            plan.close()
            todo.append(claimed)
    while todo:
        outcomes = work(run, todo, registry.plan_of, patience(run, on_its_way="", until=until))
        if outcomes is None:
            return None
        ended |= {outcome.job.id: outcome for outcome in outcomes}
        answered = [_with_mapping(run, outcome) for outcome in outcomes]
        todo = [job for job in answered if job is not None]
    return [ended[job.id] for job in jobs]


def _with_mapping(run: Invocation, outcome: JobOutcome) -> Job | None:
    """An import that waited for a word on its columns and got it."""
    if not isinstance(outcome.error, MappingNeeded):
        return None
    from segops_tui.cli.commands.products.importing import ask_for_mapping
    from segops_tui.jobs.imports.plan import choose_mapping

    overrides = ask_for_mapping(run, outcome.error, outcome.job)
    if overrides is None:
        return None
    job = choose_mapping(run.ledger, outcome.job.id, overrides)
    return run.ledger.save(job.with_params(review=True)) if overrides.targets else job
