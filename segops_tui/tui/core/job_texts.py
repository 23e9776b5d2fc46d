"""Texts about jobs: progress figures, the summary of a finished batch, the resume notice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from segops_tui import wording
from segops_tui.jobs.engine.plan import is_passing
from segops_tui.jobs.recompute import PRODUCT_SEGMENT, SEGMENT
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from segops_tui.api.errors import SegOpsError
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.tui.core.job_runner import Ended

LISTED: Final = 4
"""Jobs of a batch that are listed; the others are counted."""
_RESUMABLE: Final = frozenset({"detached", "interrupted"})
"""Stopped, and waiting for no answer from the user."""
_READ: Final = 500
"""The newest jobs of the ledger that are checked."""


def stage_words(progress: Progress) -> str:
    """What a job does now; a job that has done nothing yet waits for its turn, or starts."""
    if progress.is_waiting:
        return "waiting"
    return one_line(progress.stage) if progress.stage not in {"new", ""} else "starting"


def job_figures(progress: Progress, elapsed: float) -> str:
    """Done of total, rate and time left; the elapsed time where no estimate is known."""
    parts = []
    if progress.done is not None and progress.unit == "bytes":
        done = wording.size(progress.done)
        parts.append(f"{done} / {wording.size(progress.total)}" if progress.total else done)
    elif progress.done is not None:
        done = wording.count(progress.done)
        parts.append(f"{done} / {wording.count(progress.total)}" if progress.total else done)
    if progress.rate and progress.done is not None:
        parts.append(wording.rate(progress.rate, progress.unit))
    left = progress.eta
    if progress.total is None and progress.estimate is not None:
        left = progress.estimate.left(elapsed)
    if not progress.is_waiting:
        parts.append(f"{wording.clock(left)} left" if left else wording.clock(elapsed))
    return "   ".join(parts)


def resumable_jobs(jobs: Iterable[Job], ledger: Ledger) -> list[Job]:
    """The jobs of a ledger's workspace that can be resumed without any answer from the user."""
    resumable = (job for job in jobs if job.state in _RESUMABLE)
    return [job for job in resumable if ledger.why_elsewhere(job) is None]


def resumable_in(ledger: Ledger) -> list[Job]:
    """The resumable jobs in the ledger, newest first.

    Raises:
        SegOpsError: the ledger cannot be read.
    """
    return resumable_jobs(ledger.list(limit=_READ), ledger)


def resume_notice(jobs: list[Job]) -> tuple[str, str]:
    """A title and a text that offer to resume jobs."""
    names = wording.listed([one_line(job.title) for job in jobs], most=3)
    return wording.plural(len(jobs), "detached job"), "\n".join([names, *_way_on(len(jobs))])


def batch_summary(batch: Sequence[Ended], title_of: Callable[[Job], str]) -> tuple[str, list[str]]:
    """A title and lines about finished jobs; no line where all of them failed.

    Failed ones are only counted: `failure_summary` has their reasons.
    """
    done = [ended.job for ended in batch if ended.error is None]
    failed = len(batch) - len(done)
    if len(batch) == 1 or not done:
        return (title_of(done[0]), [one_line(done[0].summary)]) if done else ("", [])
    if all(ended.job.kind in (SEGMENT, PRODUCT_SEGMENT) for ended in batch):
        moved = sorted(done, key=lambda job: (-abs(_change(job) or 0), title_of(job).casefold()))
        return f"{len(done)} recomputed", [_tally(done, failed), *_each(moved, title_of)]
    failures = [f"{failed} failed"] if failed else []
    return wording.plural(len(done), "job"), [*failures, *_each(done, title_of)]


def failure_summary(
    batch: Sequence[Ended], title_of: Callable[[Job], str]
) -> tuple[str, list[str]]:
    """A title and lines about the jobs that failed or were detached, those of one reason together.

    A passing error, such as no answer, detaches a job: it can be resumed.
    """
    failures = [(title_of(end.job), end.error) for end in batch if end.error]
    detached = sum(is_passing(error) for _, error in failures)
    if len(failures) <= 1:
        alone = [_reason(error, request=True) for _, error in failures]
        return (failures[0][0], [*alone, *_way_on(detached)]) if failures else ("", [])
    by_reason: dict[str, list[str]] = {}
    for title, error in failures:
        by_reason.setdefault(_reason(error), []).append(title)
    lines = []
    for words, titles in list(by_reason.items())[:LISTED]:
        lines.append(f"{wording.listed(titles, most=LISTED)}: {words}")
    if len(by_reason) > LISTED:
        lines.append(f"and {len(by_reason) - LISTED} more reasons, in pane 0")
    return _stopped(len(failures) - detached, detached), [*lines, *_way_on(detached)]


def _reason(error: SegOpsError, *, request: bool = False) -> str:
    """Why a job stopped. One that can be resumed is not tried again by what the error advises."""
    problem = problem_of(error)
    if not request:
        problem = replace(problem, request="")
    return one_line(problem.line) if is_passing(error) else problem.words


def _stopped(failed: int, detached: int) -> str:
    if not detached:
        return f"{wording.plural(failed, 'job')} failed"
    if not failed:
        return f"{wording.plural(detached, 'job')} detached"
    return f"{wording.plural(failed, 'job')} failed, {detached} detached"


def _way_on(detached: int) -> list[str]:
    if not detached:
        return []
    return [f"Press 0, then R, to resume {'it' if detached == 1 else 'them'}."]


def _tally(done: Sequence[Job], failed: int) -> str:
    changes = [_change(job) for job in done]
    counts = (
        (sum(change is not None and change > 0 for change in changes), "grew"),
        (sum(change is not None and change < 0 for change in changes), "shrank"),
        (sum(not change for change in changes), "unchanged"),
        (failed, "failed"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _each(jobs: Sequence[Job], title_of: Callable[[Job], str]) -> list[str]:
    lines = [f"{title_of(job)}: {one_line(job.summary)}" for job in jobs[:LISTED]]
    if len(jobs) > LISTED:
        lines.append(f"and {len(jobs) - LISTED} more, in pane 0")
    return lines


def _change(job: Job) -> int | None:
    change = job.result.get("delta")
    return change if isinstance(change, int) else None
