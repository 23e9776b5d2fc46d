"""Start jobs from a pane: note each in the ledger, then run them together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.tui.panes.pane import Pane


async def start_jobs(pane: Pane[Any], notes: Iterable[Callable[[], Job | list[Job]]]) -> None:
    """Note each job in the ledger (in a thread: it is a file), then start those that were noted.

    A job is in the ledger before its first request leaves, and jobs started together are
    reported as one batch.
    """
    jobs: list[Job] = []
    with pane.changing("Not started"):
        for note in notes:
            noted = await asyncio.to_thread(note)
            jobs.extend(noted if isinstance(noted, list) else [noted])
    for job in jobs:
        pane.workspace.jobs.start(job)
