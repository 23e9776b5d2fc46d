"""Undoes an earlier import: looks at what can be taken back, asks, and starts the job."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from segops_tui.jobs.engine.async_runner import run_part_async
from segops_tui.jobs.imports.undo import start_undo, survey
from segops_tui.jobs.imports.undo_copy import copy_path
from segops_tui.tui.core.problems import reporting
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.confirm import Confirm

if TYPE_CHECKING:
    from textual.screen import Screen

    from segops_tui.api.request import Id
    from segops_tui.api.resources.products import ImportJob
    from segops_tui.jobs.engine.job import Job
    from segops_tui.tui.core.workspace import Workspace


async def undo_import(
    screen: Screen[None], workspace: Workspace, remote: ImportJob, job: Job | None
) -> bool:
    """Undo an import, all its uploads; `job` made it, if this machine did.

    Returns whether the undoing was started; it then is a job like any other.
    """
    if workspace.guarded:
        screen.notify(workspace.guarded, title="Not undone", severity="warning", markup=False)
        return False
    imports: list[Id] = [remote.id] if job is None else list(job.result["imports"])
    kept = None if job is None else copy_path(workspace.ledger.path.parent, job.id)
    copy = kept if kept is not None and kept.exists() else None
    name = remote.filename or f"import {remote.id}"
    command = f"segops-tui products imports undo {remote.id}"
    screen.notify("Looking at the catalogue …", timeout=3, markup=False)
    with reporting(screen, "Not undone"):
        found = await run_part_async(survey(imports, copy), workspace.client)
        if found.is_empty:
            words = "; ".join(found.remarks) or "What it did is gone already."
            screen.notify(one_line(words), title="Nothing to undo", markup=False)
            return False
        several = [f"It was sent in {len(imports)} uploads: all are undone."]
        confirm = Confirm(
            f"Undo the import of {name}?",
            lines=[
                f"This will {found.summary}.",
                *(several if len(imports) > 1 else ()),
                *found.remarks,
            ],
            profile=workspace.profile.name,
            yes="Undo it",
            danger=True,
            command=command,
        )
        if not await screen.app.push_screen_wait(confirm):
            return False
        workspace.log.add(command)
        undoing = await asyncio.to_thread(
            start_undo,
            workspace.ledger,
            imports=imports,
            name=name,
            profile=workspace.profile.name,
            copy=copy,
            command=command,
        )
        workspace.jobs.start(undoing)
        return True
    return False
