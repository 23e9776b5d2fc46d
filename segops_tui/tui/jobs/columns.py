"""How a job looks in the console's table.

Knows the ledger's values and, through what it is handed, the progress of those under way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from segops_tui import wording
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged
from segops_tui.tui.core.job_texts import job_figures

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress

_SYMBOLS: Final = {
    "running": "▶",
    "done": "●",
    "failed": "✗",
    "detached": "◍",
    "interrupted": "◍",
    "waiting": "◇",
}
_TONES: Final[dict[str, Tone]] = {
    "running": "busy",
    "done": "good",
    "failed": "bad",
    "detached": "warn",
    "interrupted": "warn",
    "waiting": "warn",
}


def job_state(job: Job) -> str:
    """The state with its symbol."""
    return f"{_SYMBOLS.get(job.state, '·')} {job.state}"


def job_tone(job: Job) -> Tone:
    """How the state is coloured."""
    return _TONES.get(job.state, "")


def moment(seconds: float | None) -> datetime | None:
    """Unix seconds as a moment in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def jobs_noun(progress_of: Callable[[str], Progress | None]) -> Noun[Job]:
    """The noun; `progress_of` knows the jobs under way by their ids."""

    def result(job: Job, context: Context) -> str:
        progress = progress_of(job.id)
        if progress is None:
            return job.summary or job.error or ("" if job.is_final else job.stage) or "–"
        elapsed = max(0.0, context.now.timestamp() - progress.started_at)
        return f"{progress.stage}  {job_figures(progress, elapsed)}"

    def took(job: Job, context: Context) -> str:
        end = job.finished_at
        if end is None and job.state == "running":
            end = context.now.timestamp()
        return "–" if end is None else wording.duration(end - (job.begun_at or job.created_at))

    return Noun(
        name="job",
        plural="jobs",
        title="Jobs",
        key=lambda job: job.id,
        label=lambda job: job.title,
        empty="No job was started from this machine yet. Recompute a segment, or import a file.",
        columns=(
            Column("id", "ID", lambda j: j.id, priority=9, min_width=8),
            Column("title", "JOB", lambda j: j.title, min_width=16, max_width=36),
            Column(
                "state",
                "STATE",
                lambda j: j.state,
                words=lambda j, _: job_state(j),
                tone=lambda j, _: job_tone(j),
                min_width=9,
            ),
            Column("result", "RESULT", lambda j: j.summary, words=result, flex=True, min_width=26),
            Column("took", "TOOK", lambda j: j.finished_at, words=took, align="right", priority=4),
            Column(
                "created_at",
                "STARTED",
                lambda j: moment(j.created_at),
                aged,
                min_width=9,
                priority=3,
            ),
            Column("profile", "PROFILE", lambda j: j.profile, priority=6),
        ),
    )
