"""Several pieces of long work at once: drive their jobs, print what came of each.

Knows results and how they look; what is asked of the server is each job's own plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.nouns.column import Column, Context, Noun, Tone, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.driver import JobOutcome
    from segops_tui.jobs.engine.job import Job

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
            lambda v, _: said(None) if v is None else wording.duration(v), align="right",
            priority=2,
        ),
        Column(
            "result", "RESULT", _came, words=_came_words, tone=_tone, flex=True, min_width=10,
            max_width=90,
        ),
    ),
)  # fmt: skip


def work_each(
    run: Invocation, ids: Iterable[str], start: Callable[[str], Job], *, stage: str
) -> int:
    """Start a job for every id, drive them all, print a row for each; answers the exit code.

    `stage` is the one from which the server goes on alone, which is as far as --no-wait waits.
    """
    outcomes = carry_out(run, [start(key) for key in dict.fromkeys(ids)], stage=stage)
    if outcomes is None:
        return run.ended_early
    write_results(run, outcomes)
    return finished(run, outcomes)


def carry_out(run: Invocation, jobs: Sequence[Job], *, stage: str) -> list[JobOutcome] | None:
    """Drive jobs; None where a person pressed Ctrl-C, `run.ended_early` then has the code.

    Raises:
        SegOpsError: there was one job, a person reads the answer, and it failed.
    """
    from segops_tui.cli.core.run_jobs import patience, raise_first, work
    from segops_tui.jobs.registry import plan_of

    outcomes = work(run, jobs, plan_of, patience(run, on_its_way=stage))
    if outcomes is not None and run.out.is_table:
        raise_first(outcomes)
    return outcomes


def write_results(run: Invocation, outcomes: Sequence[JobOutcome]) -> None:
    """Print a row for each job."""
    run.out.listing([_row(outcome) for outcome in outcomes], WORK)
    run.out.flush()


def finished(run: Invocation, outcomes: Sequence[JobOutcome]) -> int:
    """Say what goes on without us, and answer the exit code."""
    from segops_tui.cli.core.run_jobs import exit_code

    left = [o.job.id for o in outcomes if o.error is None and not o.job.is_final]
    if left and not run.options.wait:
        see = f"show {left[0]}" if len(left) == 1 else "list"
        run.talk.note(f"started; go on with it: jobs resume, or see it: segops-tui jobs {see}")
    return exit_code(run, outcomes)


def as_id(key: str) -> Any:
    """An id as the server writes it: a number where it is one."""
    return int(key) if key.isdecimal() else key


def _row(outcome: JobOutcome) -> Record:
    from segops_tui.cli.core.run_jobs import as_row

    job = outcome.job
    return Record({**as_row(outcome, id=as_id(job.target), name=job.target_name), **job.result})
