"""A place of sets by rule: recomputed, watched while it lasts, shown with what has changed.

Knows both kinds of segment by what they have in common.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.recompute import start_recompute
from segops_tui.nouns.column import Column, Context, Tone
from segops_tui.nouns.segments import state_tone, state_words
from segops_tui.tui.panes.listed import ListedPane
from segops_tui.tui.panes.pane import id_last
from segops_tui.tui.plots.meter import spinner
from segops_tui.tui.rules.writing import WritingPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.tui.core.job_runner import Ended

S = TypeVar("S", bound=Segment | ProductSegment)

NAME = 24
"""Cells a name has before other columns are shown."""
FRESH = 600.0
"""Seconds a change stays on show."""


class ComputedPane(ListedPane[S], WritingPane[S]):
    """Segments of either kind. Heirs name the job kind, the resource and their actions."""

    kind: ClassVar[str]
    """What a recompute of these is called in the ledger."""
    count_key: ClassVar[str]
    """The column with how many are in it."""
    _changes_shown = False

    class Again(Message):
        """One row as it is now."""

        def __init__(self, row: Any) -> None:
            self.row = row
            super().__init__()

    def on_mount(self) -> None:
        """Hear of jobs."""
        super().on_mount()
        self.workspace.jobs.changed.subscribe(self, self._jobs_changed)
        self.workspace.jobs.ended.subscribe(self, self._job_ended)

    def context(self) -> Context:
        """Now, and the names rules refer to."""
        return Context(now=self.workspace.now(), names=self.workspace.names)

    def columns(self) -> Sequence[Column[S]]:
        """The noun's columns, state and age being live; what has changed, where anything has."""
        live: dict[str, Column[S]] = {}
        for column in self.noun.columns:
            match column.key:
                case "state":
                    column = replace(column, words=self._state, tone=self._state_tone)
                case "last_computed_at":
                    column = replace(column, words=self._computed, tone=self._computed_tone)
                case "name":
                    column = replace(column, min_width=NAME)
            live[column.key] = column
            if column.key == self.count_key and self._changes_shown:
                live["delta"] = Column(
                    "delta",
                    "Δ",
                    self._change,
                    lambda value, _: "" if value is None else wording.delta(value),
                    tone=self._change_tone,
                    align="right",
                    min_width=4,
                )
        return id_last(list(live.values()))

    def cannot_recompute(self) -> str:
        """Recomputing needs a segment that is not at it."""
        chosen = self.chosen
        if not chosen:
            return f"There is no {self.noun.name} under the cursor."
        if all(self._progress(segment) is not None for segment in chosen):
            return "It is being recomputed already."
        return ""

    def do_recompute(self) -> None:
        """Recompute the marked ones, else the one under the cursor."""
        segments = [segment for segment in self.chosen if self._progress(segment) is None]
        self.run_command(self.named("recompute").command_line(ids=[s.id for s in segments]))
        self.start_recompute(segments)
        self.table.clear_marks()

    @work(group="recompute")
    async def start_recompute(self, segments: Sequence[S]) -> None:
        """Note each in the ledger, then start them together: they are told of as one batch."""
        jobs: list[Job] = []
        for segment in segments:
            try:
                jobs.append(await asyncio.to_thread(self._note, segment))
            except SegOpsError as error:
                self.post_message(self.Failed(error))
                break
        for job in jobs:
            self.workspace.jobs.start(job)

    @work(group="one")
    async def _fetch_one(self, segment_id: str) -> None:
        try:
            row = await self.resource().get(segment_id)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Again(row))

    @on(Again)
    def _again_here(self, event: Again) -> None:
        event.stop()
        if any(row.id == event.row.id for row in self.rows):
            self.rows = [event.row if row.id == event.row.id else row for row in self.rows]
            self.put_rows()

    def put_rows(self) -> None:
        """Show the rows, and what has changed of them."""
        self._show_changes()
        super().put_rows()

    def _jobs_changed(self, _running: list[Progress]) -> None:
        if self.display:
            self.redraw()
            self.refresh_bindings()

    def _job_ended(self, ended: Ended) -> None:
        if ended.job.kind == self.kind:
            self._fetch_one(ended.job.target)

    def _note(self, segment: S) -> Job:
        return start_recompute(
            self.workspace.ledger,
            segment_id=segment.id,
            name=segment.name,
            profile=self.workspace.profile.name,
            command=self.named("recompute").command_line(ids=[segment.id]),
            is_product=isinstance(segment, ProductSegment),
        )

    def _progress(self, segment: S) -> Progress | None:
        return self.workspace.jobs.find(self.kind, segment.id)

    def _state(self, segment: S, context: Context) -> str:
        return "◌ computing" if self._progress(segment) else state_words(segment, context)

    def _state_tone(self, segment: S, context: Context) -> Tone:
        return "busy" if self._progress(segment) else state_tone(segment, context)

    def _computed(self, segment: S, context: Context) -> str:
        progress = self._progress(segment)
        if progress is None:
            return wording.age(segment.last_computed_at, now=context.now)
        elapsed = max(0.0, context.now.timestamp() - progress.started_at)
        return f"{spinner(elapsed)} {wording.span(elapsed)}"

    def _computed_tone(self, segment: S, _context: Context) -> Tone:
        return "busy" if self._progress(segment) else ""

    def _show_changes(self) -> None:
        """Make room for the changes when there are any, and give it back when they are old."""
        shown = any(self._change(segment) is not None for segment in self.rows)
        if shown != self._changes_shown:
            self._changes_shown = shown
            self.show_columns()

    def _change(self, segment: S) -> int | None:
        ended = self.workspace.jobs.outcomes.get((self.kind, str(segment.id)))
        if ended is None or self._progress(segment) is not None:
            return None
        age = self.workspace.now().timestamp() - (ended.finished_at or 0.0)
        change = ended.result.get("delta")
        return change if isinstance(change, int) and age < FRESH else None

    def _change_tone(self, segment: S, _context: Context) -> Tone:
        change = self._change(segment)
        return "muted" if not change else "good" if change > 0 else "warn"
