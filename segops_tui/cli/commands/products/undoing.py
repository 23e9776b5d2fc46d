"""`products imports undo`: what can be taken back of an import, the question, and the doing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from segops_tui import wording
from segops_tui.cli.core.run_jobs import exit_code, patience, raise_first, work
from segops_tui.jobs.engine.runner import run_part
from segops_tui.jobs.imports.plan import IMPORT
from segops_tui.jobs.imports.undo import start_undo, survey
from segops_tui.jobs.imports.undo_copy import copy_path, sweep_copies
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from pathlib import Path

    from segops_tui.api.request import Id
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job


def undo_import(run: Invocation, import_id: int, *, changed_too: bool) -> int:
    """Undo an import, all its uploads.

    Raises:
        SegOpsError: there is no such import, or it cannot be told what it did.
    """
    job = find_job(run, import_id)
    imports: list[Id] = [import_id] if job is None else list(job.result["imports"])
    copy = None if job is None else _existing(copy_path(run.paths.state, job.id))
    name = f"import {import_id}" if job is None else job.target_name

    def progress(done: int, total: int | None) -> None:
        of = f" of {wording.count(total)}" if total else ""
        run.talk.passing(f"looking at the catalogue: {wording.count(done)}{of}")

    found = run_part(survey(imports, copy, force=changed_too, progress=progress), run.client)
    for remark in found.remarks:
        run.talk.note(remark)
    if found.is_empty:
        run.talk.note(f"{name}: nothing to undo")
        return 0
    if len(imports) > 1:
        run.talk.note(f"{name} was sent in {len(imports)} uploads: all are undone")
    question = f"Undo {name} in profile {run.profile.name!r}: {found.summary}?"
    if not run.confirm(question):
        return run.declined("nothing was changed")
    undoing = start_undo(
        run.ledger,
        imports=imports,
        name=name,
        profile=run.profile.name,
        copy=copy,
        force=changed_too,
        command=run.command_line(),
    )
    outcomes = work(run, [undoing], plan_of, patience(run, on_its_way=""))
    if outcomes is None:
        return run.ended_early
    raise_first(outcomes)
    done = outcomes[0].job
    if run.out.is_table:
        run.out.line(done.summary)
    else:
        figures = {name: done.result.get(name) for name in ("deleted", "restored", "left")}
        run.out.data({"imports": imports, **figures, "job": done.id})
    return exit_code(run, outcomes)


def find_job(run: Invocation, import_id: int) -> Job | None:
    """The finished job of this machine that an import belongs to."""
    jobs = run.ledger.list(limit=-1)
    sweep_copies(run.paths.state, jobs, now=time.time())
    for job in jobs:
        is_ours = job.kind == IMPORT and job.profile == run.profile.name
        if is_ours and import_id in job.result.get("imports", ()):
            return job
    return None


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None
