"""Saves the rejected rows of an import to a file that can be mended and imported again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segops_tui import wording
from segops_tui.jobs.engine.async_runner import run_part_async
from segops_tui.jobs.engine.download import Target
from segops_tui.jobs.imports.report import save_rejected
from segops_tui.tui.core.problems import reporting
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.path_form import PathForm

if TYPE_CHECKING:
    from textual.screen import Screen

    from segops_tui.jobs.engine.job import Job
    from segops_tui.tui.core.workspace import Workspace


async def save_rejected_rows(screen: Screen[None], workspace: Workspace, job: Job) -> None:
    """Ask for a file, then write the rejected rows to it, each with its reason."""
    rejected = int(job.result.get("rejected") or 0)
    counted = wording.plural(rejected, "rejected row")
    to = await screen.app.push_screen_wait(
        PathForm(
            "Save rejected rows",
            about=f"{counted} as they are in the file, each with the reason",
            proposal=f"{Path(job.target_name).stem}-rejected.csv",
        )
    )
    if to is None:
        return
    with reporting(screen, "Not saved"):
        part = save_rejected(job, Target(to.path, to.force, tag=job.id))
        written = await run_part_async(part, workspace.client)
        words = one_line(f"{wording.plural(written, 'rejected row')} → {to.path}")
        if written < rejected:
            words += f"; the server keeps no reason for {rejected - written:,} more"
        screen.notify(words, title="Saved", markup=False, timeout=8)
