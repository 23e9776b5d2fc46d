"""The Segments pane: who is in which audience, and making that true again.

Knows segments of users; what they share with product segments is `computed`'s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.recompute import SEGMENT
from segops_tui.jobs.segment_export import start_export, start_exports
from segops_tui.nouns.segments import SEGMENT_ACTIONS, SEGMENTS, STALE_AFTER, has_rule, is_stale
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.path_form import Destination, PathForm
from segops_tui.tui.rules.computed import ComputedPane
from segops_tui.tui.segments.detail import SegmentDetail
from segops_tui.tui.segments.tabs import OverlapTab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.jobs.engine.job import Job
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun


class SegmentsPane(ComputedPane[Segment]):
    """Every segment of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *SEGMENT_ACTIONS, *ComputedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SEGMENT_ACTIONS)]

    command = "segments"
    kind = SEGMENT
    count_key = "member_count"
    sortable = ("name", "state", "member_count", "last_computed_at")
    delete_warning = "Its rule, its members and its versions go with it, for good."

    class NotExported(Message):
        """No export was begun."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    @property
    def noun(self) -> Noun[Segment]:
        """Segments."""
        return SEGMENTS

    def make_detail(self) -> SegmentDetail:
        """The detail's widget."""
        return SegmentDetail(self.workspace)

    def resource(self) -> Any:
        """The client's segments."""
        return self.workspace.client.segments

    async def fetch(self) -> list[Segment]:
        """Every segment; their names are for rules to be read with.

        Raises:
            SegOpsError: they cannot be had.
        """
        segments = [segment async for segment in self.workspace.client.segments.list()]
        self.workspace.names.update({segment.id: segment.name for segment in segments})
        return segments

    def cannot_recompute_stale(self) -> str:
        """There must be a stale one."""
        return "" if self._stale() else "Nothing is stale: each was computed within 24 hours."

    def do_recompute_stale(self) -> None:
        """Ask, then recompute what is stale."""
        stale = self._stale()
        counted = wording.plural(len(stale), "segment")
        line = self.named("recompute_stale").command_line()

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_command(line)
                self.start_recompute(stale)

        self.app.push_screen(
            Confirm(
                f"Recompute {counted}?",
                lines=[
                    wording.listed([segment.name for segment in stale]),
                    "They are older than 24 hours or were never computed.",
                ],
                profile=self.workspace.profile.name,
                yes=f"Recompute {counted}",
                command=line,
            ),
            answered,
        )

    def cannot_export(self) -> str:
        """There must be members to export."""
        if not self.chosen:
            return "There is no segment under the cursor."
        if all(segment.last_computed_at is None for segment in self.chosen):
            return "It was never computed, so nobody is in it yet. r computes it."
        return ""

    def do_export(self) -> None:
        """Ask where to, then export: one to a file, several into a folder."""
        segments = [segment for segment in self.chosen if segment.last_computed_at is not None]
        left_out = len(self.chosen) - len(segments)
        members = wording.plural(sum(each.member_count or 0 for each in segments), "member")

        def answered(to: Destination | None) -> None:
            if to is not None:
                where = to.path if len(segments) == 1 else f"{to.path}/"
                ids = [segment.id for segment in segments]
                line = self.named("export").command_line(ids=ids, to=where)
                self.run_command(line + (" --force" if to.force else ""))
                self._export(segments, to)
                self.table.clear_marks()

        if len(segments) == 1:
            form = PathForm(
                "Export members",
                about=f"{members} of {segments[0].name}; .csv or .parquet",
                proposal=f"segment-{segments[0].id}-members.csv",
            )
        else:
            skipped = f"; {left_out} never computed, left out" if left_out else ""
            form = PathForm(
                f"Export {len(segments)} segments",
                about=f"{members} in all, a CSV file a segment{skipped}",
                proposal="segments",
                folder=True,
            )
        self.app.push_screen(form, answered)

    @work(group="export")
    async def _export(self, segments: Sequence[Segment], to: Destination) -> None:
        try:
            jobs = await asyncio.to_thread(self._note_exports, segments, to)
        except SegOpsError as error:
            self.post_message(self.NotExported(error))
        else:
            for job in jobs:
                self.workspace.jobs.start(job)

    def _note_exports(self, segments: Sequence[Segment], to: Destination) -> list[Job]:
        profile = self.workspace.profile.name
        if len(segments) > 1:
            return start_exports(
                self.workspace.ledger,
                segments=[(segment.id, segment.name) for segment in segments],
                folder=to.path,
                profile=profile,
                force=to.force,
            )
        job = start_export(
            self.workspace.ledger,
            segment_id=segments[0].id,
            name=segments[0].name,
            to=to.path,
            force=to.force,
            profile=profile,
        )
        return [job]

    @on(NotExported)
    def _not_exported(self, event: NotExported) -> None:
        event.stop()
        problem = problem_of(event.error)
        words = f"{problem.line} {problem.hint}".strip()
        self.notify(words, title="Not exported", severity="error", markup=False)

    @on(OverlapTab.Chosen)
    def _go_to_shared(self, event: OverlapTab.Chosen) -> None:
        """Show the segment that shares people with this one, in the tab that is open."""
        event.stop()
        row = next((row for row in self.rows if row.id == event.segment_id), None)
        if row is not None:
            self.go_to(row)

    def _stale(self) -> list[Segment]:
        context = self.context()
        return [
            segment
            for segment in self.rows
            if is_stale(segment, context=context, than=STALE_AFTER)
            and has_rule(segment)
            and self._progress(segment) is None
        ]
