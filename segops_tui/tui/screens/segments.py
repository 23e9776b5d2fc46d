"""The Segments pane: who is in which audience, and making that true again.

Knows segments of users; what they share with product segments is `computed`'s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.export import start_export
from segops_tui.jobs.recompute import SEGMENT
from segops_tui.nouns.segments import SEGMENT_ACTIONS, SEGMENTS, STALE_AFTER, has_rule, is_stale
from segops_tui.tui.actions import FILTER, bindings
from segops_tui.tui.problems import problem_of
from segops_tui.tui.screens.computed import ComputedPane
from segops_tui.tui.screens.confirm import Confirm
from segops_tui.tui.screens.path_form import Destination, PathForm
from segops_tui.tui.screens.segment_detail import SegmentDetail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

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

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_command(self.named("recompute_stale").command_line())
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
            ),
            answered,
        )

    def cannot_export(self) -> str:
        """There must be members to export."""
        if self.row is None:
            return "There is no segment under the cursor."
        if self.row.last_computed_at is None:
            return "It was never computed, so nobody is in it yet. r computes it."
        return ""

    def do_export(self) -> None:
        """Ask where to, then export."""
        segment = self.row
        if segment is None:
            return

        def answered(to: Destination | None) -> None:
            if to is not None:
                force = " --force" if to.force else ""
                line = self.named("export").command_line(id=segment.id, to=to.path)
                self.run_command(line + force)
                self._export(segment, to)

        counted = wording.plural(segment.member_count or 0, "member")
        self.app.push_screen(
            PathForm(
                "Export members",
                about=f"{counted} of {segment.name}; .csv or .parquet",
                proposal=f"segment-{segment.id}-members.csv",
            ),
            answered,
        )

    @work(group="export")
    async def _export(self, segment: Segment, to: Destination) -> None:
        try:
            job = await asyncio.to_thread(
                start_export,
                self.workspace.ledger,
                segment_id=segment.id,
                name=segment.name,
                to=to.path,
                force=to.force,
                profile=self.workspace.profile.name,
            )
        except SegOpsError as error:
            line = problem_of(error).line
            self.notify(line, title="Not exported", severity="error", markup=False)
        else:
            self.workspace.jobs.start(job)

    def _stale(self) -> list[Segment]:
        context = self.context()
        return [
            segment
            for segment in self.rows
            if is_stale(segment, context=context, than=STALE_AFTER)
            and has_rule(segment)
            and self._progress(segment) is None
        ]
