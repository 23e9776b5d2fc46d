"""The detail of a segment: its rule, members, SQL, versions, history and overlap.

Each tab is fetched when it is first shown, and again when the segment has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import TabPane

from segops_tui.api.definition import rule_lines
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.segments import Segment, Version
from segops_tui.nouns.column import Context
from segops_tui.nouns.segments import MEMBERS, VERSIONS
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.rules.detail import RuleDetail
from segops_tui.tui.rules.view import SqlView, VersionDiff
from segops_tui.tui.segments.tabs import SETTLE, HistoryTab, OverlapTab
from segops_tui.tui.table.messages import LoadFailed, RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.table.sources import CursorSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.endpoint import AsyncListing
    from segops_tui.api.resources.segments import Member
    from segops_tui.tui.core.workspace import Workspace

MEMBERS_PAGE = 200


class SegmentDetail(RuleDetail[Segment]):
    """A segment of users."""

    DEFAULT_CSS = """
    SegmentDetail {
        #saved { height: 40%; min-height: 4; }
        #versions Scroll { border-top: solid $border-blurred; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._filled: set[str] = set()
        self._members = NounTable(id="people", markable=False, expected_errors=(SegOpsError,))
        self._saved = NounTable(id="saved", markable=False, expected_errors=(SegOpsError,))
        self._sql, self._diff = SqlView(), VersionDiff()
        self._versions: Sequence[Version] = ()
        self._history, self._overlap = (
            HistoryTab(workspace, failed=self._filled.discard),
            OverlapTab(workspace, failed=self._filled.discard),
        )

    def compose(self) -> ComposeResult:
        """Lay out the tabs."""
        yield self.head
        with self.tabs:
            with TabPane("Rule", id="rule"), Scroll():
                yield self._rule
            with TabPane("Members", id="members"):
                yield self._members
            with TabPane("SQL", id="sql"), Scroll():
                yield self._sql
            with TabPane("Versions", id="versions"):
                yield self._saved
                with Scroll():
                    yield self._diff
            with TabPane("History", id="history"):
                yield self._history
            with TabPane("Overlap", id="overlap"):
                yield self._overlap

    def on_mount(self) -> None:
        """Show the columns of the two tables."""
        self._members.show_columns(MEMBERS.columns, context=self._formatting)
        self._saved.show_columns(VERSIONS.columns, context=self._formatting)

    def forget(self) -> None:
        """Drop everything fetched for another segment or an older state of this one."""
        self._filled.clear()
        self._versions = ()
        self._sql.show("")
        self._diff.update("")
        self._members.empty_text = "Loading …"
        self._history.forget()
        self._overlap.forget()
        for table in (self._members, self._saved):
            table.set_rows([], key=id)

    def fill(self, tab: str) -> None:
        """Fetch what the tab shows, unless it was fetched."""
        row = self.row
        if row is None or tab in self._filled:
            return
        self._filled.add(tab)
        match tab:
            case "members":
                run_flow(self, self._show_members, row, group="members", exclusive=True)
            case "sql":
                run_flow(self, self._fetch_sql, row, group="sql", exclusive=True)
            case "versions":
                run_flow(self, self._fetch_versions, row.id, group="versions", exclusive=True)
            case "history":
                self._history.show(row)
            case "overlap":
                self._overlap.show(row)

    async def _show_members(self, row: Segment) -> None:
        await self.workspace.client.sleep(SETTLE)
        members = self.workspace.client.segments.members

        def listing(cursor: str | None, limit: int) -> AsyncListing[Member]:
            return members(row.id, limit=limit, cursor=cursor)

        never = row.last_computed_at is None
        self._members.empty_text = (
            "Never computed, so it has no members yet. Press r to compute it."
            if never
            else MEMBERS.empty
        )
        source = CursorSource(listing, page_size=MEMBERS_PAGE)
        self._members.set_source(source, key=MEMBERS.key)

    async def _fetch_sql(self, row: Segment) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        try:
            preview = await client.segments.preview(definition=row.definition, limit=1)
        except SegOpsError as error:
            self._show_error(row.id, "sql", self._sql, error)
            return
        if self._shows(row.id):
            self._sql.show(preview.sql or "-- The server returned no SQL.")

    async def _fetch_versions(self, segment_id: int) -> None:
        await self.workspace.client.sleep(SETTLE)
        try:
            versions = [v async for v in self.workspace.client.segments.versions(segment_id)]
        except SegOpsError as error:
            self._show_error(segment_id, "versions", self._diff, error)
            return
        if self._shows(segment_id):
            self._versions = versions
            self._saved.empty_text = VERSIONS.empty
            self._saved.set_rows(versions, key=VERSIONS.key)

    def _shows(self, segment_id: int) -> bool:
        return self.row is not None and self.row.id == segment_id

    def _show_error(
        self, segment_id: int, tab: str, place: SqlView | VersionDiff, error: SegOpsError
    ) -> None:
        if not self._shows(segment_id):
            return
        self._filled.discard(tab)
        problem = problem_of(error)
        place.update(Content.styled(one_line(f"{problem.symbol} {problem.line}"), "$error"))

    @on(LoadFailed, "#people")
    def _members_failed(self, event: LoadFailed) -> None:
        event.stop()
        self._filled.discard("members")
        if isinstance(event.error, SegOpsError):
            self.notify(problem_of(event.error).words, severity="error", markup=False)

    @on(RowHighlighted, "#saved")
    def _version_highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        older = self._versions[event.index + 1 : event.index + 2]
        before = self._rule_lines(older[0]) if older else []
        after = self._rule_lines(event.row)
        title = f"Version {event.row.version}"
        title += f" against version {older[0].version}" if older else ", the first"
        self._diff.show(title, before, after)

    @on(RowSelected)
    @on(RowHighlighted)
    def _stop(self, event: RowSelected | RowHighlighted) -> None:
        event.stop()

    def _rule_lines(self, version: Version) -> list[str]:
        lines = rule_lines(version.definition, segment_names=self.workspace.names)
        return ["  " * line.depth + line.text for line in lines]

    def _formatting(self) -> Context:
        return Context(now=self.workspace.now())
