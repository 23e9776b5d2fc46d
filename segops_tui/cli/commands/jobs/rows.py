"""How jobs of the ledger look as rows and as data.

Knows the ledger's job; asks no server.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged

if TYPE_CHECKING:
    import click

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
