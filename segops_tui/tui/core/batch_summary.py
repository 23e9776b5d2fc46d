"""What a batch of jobs did, in a few lines: of recomputes, how many grew and how many shrank.

Knows jobs that have ended; when a batch is over, and where it is told, is the app's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui import wording
from segops_tui.jobs.recompute import PRODUCT_SEGMENT, SEGMENT
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.jobs.engine.job import Job
    from segops_tui.tui.core.job_runner import Ended

MOST: Final = 4
"""Jobs told one by one."""


def batch_words(batch: Sequence[Ended], titled: Callable[[Job], str]) -> tuple[str, list[str]]:
    """A title and lines about jobs that are over; no line where none of them was done.

    Why one failed is told when it fails, so here they are only counted.
    """
    done = [ended.job for ended in batch if ended.error is None]
    failed = len(batch) - len(done)
    if len(batch) == 1 or not done:
        return (titled(done[0]), [one_line(done[0].summary)]) if done else ("", [])
    if all(ended.job.kind in (SEGMENT, PRODUCT_SEGMENT) for ended in batch):
        moved = sorted(done, key=lambda job: (-abs(_change(job) or 0), titled(job).casefold()))
        return f"{len(done)} recomputed", [_tally(done, failed), *_each(moved, titled)]
    failures = [f"{failed} failed"] if failed else []
    return wording.plural(len(done), "job"), [*failures, *_each(done, titled)]


def _tally(done: Sequence[Job], failed: int) -> str:
    changes = [_change(job) for job in done]
    counts = (
        (sum(change is not None and change > 0 for change in changes), "grew"),
        (sum(change is not None and change < 0 for change in changes), "shrank"),
        (sum(not change for change in changes), "unchanged"),
        (failed, "failed"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _each(jobs: Sequence[Job], titled: Callable[[Job], str]) -> list[str]:
    lines = [f"{titled(job)}: {one_line(job.summary)}" for job in jobs[:MOST]]
    if len(jobs) > MOST:
        lines.append(f"and {len(jobs) - MOST} more, in pane 0")
    return lines


def _change(job: Job) -> int | None:
    change = job.result.get("delta")
    return change if isinstance(change, int) else None
