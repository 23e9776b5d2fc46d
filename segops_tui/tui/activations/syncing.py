"""Syncing connectors of a pane: as jobs, and not before a warning where it would empty an audience.

Knows connectors and their segments; how a sync goes on is the jobs'.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.activations import Activation
from segops_tui.jobs.sync import SYNC, start_sync
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.panes.old_pane import Pane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.tui.core.job_runner import Ended


class SyncingPane(Pane[Activation]):
    """A pane whose rows can be synced."""

    class ToSync(Message):
        """It is known which segments were never computed."""

        def __init__(self, rows: Sequence[Activation], never: Sequence[Activation]) -> None:
            self.rows, self.never = rows, never
            super().__init__()

    def on_mount(self) -> None:
        """Hear of jobs."""
        super().on_mount()
        self.workspace.jobs.changed.subscribe(self, self._jobs_changed)
        self.workspace.jobs.ended.subscribe(self, self._job_ended)

    def progress_of(self, row: Activation) -> Progress | None:
        """The sync of a connector that is under way."""
        return self.workspace.jobs.find(SYNC, row.id)

    def cannot_sync(self) -> str:
        """Syncing needs a connector that is not at it."""
        if not self.chosen:
            return f"There is no {self.noun.name} under the cursor."
        is_busy = all(self.progress_of(row) is not None for row in self.chosen)
        return "It is being synced already." if is_busy else ""

    def do_sync(self) -> None:
        """Push the marked ones, else the one under the cursor, once their segments are known."""
        self._look_at_segments([row for row in self.chosen if self.progress_of(row) is None])

    @work(group="sync")
    async def _look_at_segments(self, rows: Sequence[Activation]) -> None:
        never: set[int] = set()
        try:
            for segment_id in dict.fromkeys(row.segment for row in rows):
                segment = await self.workspace.client.segments.get(segment_id)
                if segment.last_computed_at is None:
                    never.add(segment_id)
        except SegOpsError as error:
            line = problem_of(error).words
            self.notify(line, title="Not synced", severity="error", markup=False)
        else:
            self.post_message(self.ToSync(rows, [row for row in rows if row.segment in never]))

    @on(ToSync)
    def _to_sync(self, event: ToSync) -> None:
        event.stop()
        if not event.never:
            self._sync(event.rows)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._sync(event.rows)

        counted = wording.plural(len(event.rows), "activation")
        tools = [self.noun.label(row) for row in event.never]
        self.app.push_screen(
            Confirm(
                "Sync what was never computed?",
                lines=[
                    wording.listed(tools),
                    "The segment was never computed: an empty list is pushed, which clears the"
                    " audience outside.",
                    "Pane 1 computes it: r.",
                ],
                profile=self.workspace.profile.name,
                yes=f"Sync {counted} all the same",
                danger=True,
            ),
            answered,
        )

    def _sync(self, rows: Sequence[Activation]) -> None:
        self.run_command(self.named("sync").command_line(ids=[row.id for row in rows]))
        self._start(rows)
        self.table.clear_marks()

    @work(group="start")
    async def _start(self, rows: Sequence[Activation]) -> None:
        for row in rows:
            try:
                job = await asyncio.to_thread(self._note, row)
            except SegOpsError as error:
                self.post_message(self.Failed(error))
                return
            self.workspace.jobs.start(job)

    def _note(self, row: Activation) -> Job:
        return start_sync(
            self.workspace.ledger,
            activation_id=row.id,
            name=self.noun.label(row),
            profile=self.workspace.profile.name,
            command=self.named("sync").command_line(ids=[row.id]),
        )

    def _jobs_changed(self, _running: list[Progress]) -> None:
        if self.display:
            self.redraw()
            self.refresh_bindings()

    def _job_ended(self, ended: Ended) -> None:
        if ended.job.kind == SYNC:
            self.refetch()
