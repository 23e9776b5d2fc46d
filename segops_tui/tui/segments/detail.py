"""What is known of a segment: its rule, its members, its SQL, its versions, its figures.

Fetches each only when its tab is looked at, and forgets it when the segment has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.content import Content
from textual.message import Message
from textual.widgets import TabPane

from segops_tui.api.definition import rule_lines
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.segments import Segment, Version
from segops_tui.nouns.column import Context
from segops_tui.nouns.segments import MEMBERS, VERSIONS
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.rules.detail import RuleDetail
from segops_tui.tui.rules.view import SqlView, VersionDiff
from segops_tui.tui.segments.tabs import SETTLE, HistoryTab, OverlapTab, Refused
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

    class SqlLoaded(Message):
        """The statement behind a rule has come, or the reason why not."""

        def __init__(self, segment_id: int, sql: str) -> None:
            self.segment_id, self.sql = segment_id, sql
            super().__init__()

    class VersionsLoaded(Message):
        """The versions have come."""

        def __init__(self, segment_id: int, versions: Sequence[Version]) -> None:
            self.segment_id, self.versions = segment_id, versions
            super().__init__()

    class Failed(Message):
        """A tab's content could not be had."""

        def __init__(self, segment_id: int, tab: str, error: SegOpsError) -> None:
            self.segment_id, self.tab, self.error = segment_id, tab, error
            super().__init__()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._filled: set[str] = set()
        self._members = NounTable(id="people", markable=False, expected_errors=(SegOpsError,))
        self._saved = NounTable(id="saved", markable=False, expected_errors=(SegOpsError,))
        self._sql, self._diff = SqlView(), VersionDiff()
        self._versions: Sequence[Version] = ()
        self._history, self._overlap = HistoryTab(workspace), OverlapTab(workspace)

    def compose(self) -> ComposeResult:
        """A tab for each thing a person asks of a segment."""
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
        """The columns of the two tables."""
        self._members.show_columns(MEMBERS.columns, context=self._saying)
        self._saved.show_columns(VERSIONS.columns, context=self._saying)

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
        """Fetch what the tab shows, unless it is there."""
        row = self.row
        if row is None or tab in self._filled:
            return
        self._filled.add(tab)
        if tab == "members":
            self._show_members(row)
        elif tab == "sql":
            self._fetch_sql(row)
        elif tab == "versions":
            self._fetch_versions(row.id)
        elif tab == "history":
            self._history.show(row)
        elif tab == "overlap":
            self._overlap.show(row)

    @work(exclusive=True, group="members")
    async def _show_members(self, row: Segment) -> None:
        await self.workspace.client.sleep(SETTLE)
        members = self.workspace.client.segments.members

        def listing(cursor: str | None, limit: int) -> AsyncListing[Member]:
            return members(row.id, limit=limit, cursor=cursor)

        never = row.last_computed_at is None
        self._members.empty_text = (
            "Not computed yet, so nobody is in it. r computes it." if never else MEMBERS.empty
        )
        source = CursorSource(listing, page_size=MEMBERS_PAGE)
        self._members.set_source(source, key=MEMBERS.key)

    @work(exclusive=True, group="sql")
    async def _fetch_sql(self, row: Segment) -> None:
        await self.workspace.client.sleep(SETTLE)
        try:
            preview = await self.workspace.client.segments.preview(
                definition=row.definition, limit=1
            )
        except SegOpsError as error:
            self.post_message(self.Failed(row.id, "sql", error))
        else:
            self.post_message(self.SqlLoaded(row.id, preview.sql))

    @work(exclusive=True, group="versions")
    async def _fetch_versions(self, segment_id: int) -> None:
        await self.workspace.client.sleep(SETTLE)
        try:
            versions = [v async for v in self.workspace.client.segments.versions(segment_id)]
        except SegOpsError as error:
            self.post_message(self.Failed(segment_id, "versions", error))
        else:
            self.post_message(self.VersionsLoaded(segment_id, versions))

    @on(SqlLoaded)
    def _sql_loaded(self, event: SqlLoaded) -> None:
        event.stop()
        if self.row is not None and event.segment_id == self.row.id:
            self._sql.show(event.sql or "-- The server tells no SQL.")

    @on(VersionsLoaded)
    def _versions_loaded(self, event: VersionsLoaded) -> None:
        event.stop()
        if self.row is not None and event.segment_id == self.row.id:
            self._versions = event.versions
            self._saved.empty_text = VERSIONS.empty
            self._saved.set_rows(event.versions, key=VERSIONS.key)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        if self.row is None or event.segment_id != self.row.id:
            return
        self._filled.discard(event.tab)
        problem = problem_of(event.error)
        words = Content.styled(one_line(f"{problem.symbol} {problem.line}"), "$error")
        (self._sql if event.tab == "sql" else self._diff).update(words)

    @on(Refused)
    def _refused(self, event: Refused) -> None:
        event.stop()
        self._filled.discard(event.tab)

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
        before = self._worded(older[0]) if older else []
        after = self._worded(event.row)
        title = f"Version {event.row.version}"
        title += f" against version {older[0].version}" if older else ", the first"
        self._diff.show(title, before, after)

    @on(RowSelected)
    @on(RowHighlighted)
    def _mine(self, event: Message) -> None:
        event.stop()

    def _worded(self, version: Version) -> list[str]:
        lines = rule_lines(version.definition, segment_names=self.workspace.names)
        return ["  " * line.depth + line.text for line in lines]

    def _saying(self) -> Context:
        return Context(now=self.workspace.now())
