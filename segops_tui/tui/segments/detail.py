"""The detail of a segment: its rule, members, SQL, changes, versions, history and overlap.

Each tab is fetched when it is first shown, and again when the segment has changed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.api.definition import rule_lines
from segops_tui.api.errors import SegOpsError
from segops_tui.api.record import as_integer
from segops_tui.api.resources.segments import Segment, Version
from segops_tui.nouns.column import Column, Context, Noun, counted
from segops_tui.nouns.marks import meter
from segops_tui.nouns.segments import VERSIONS
from segops_tui.nouns.uses import segment_uses
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.panes.uses import Uses, UsesTab, every
from segops_tui.tui.plots.plots import LinePlot, Series
from segops_tui.tui.rules.view import RuleDetail, SqlView, VersionDiff
from segops_tui.tui.segments.changes import ChangesTab
from segops_tui.tui.segments.members import MembersTab
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Size

    from segops_tui.api.resources.analytics import Overlap, Trend
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.view import KnownSegments
    from segops_tui.tui.segments.changes import KeptMembers

SETTLE: Final = 0.15
"""Seconds the cursor rests on a row before the server is asked about it."""
NEVER: Final = "Never computed, so there is no history yet. Press r to compute it."
INACTIVE: Final = "The API has the history of active segments only, and this one is inactive."
YOUNG: Final = "No history yet: the API has one from two days after the first compute."
TOP_PAIRS: Final = (
    "Press enter to go there. SHARE is of the smaller segment. Only the top 20 pairs are available."
)
RETRY: Final = "Press ctrl+r to try again."


@dataclass(frozen=True, slots=True)
class Day:
    """The count on a day; the day is the server's text."""

    day: str
    count: int


class HistoryFigures(AutoSized, Widget):
    """Shows the summary, two values side by side where they fit."""

    DEFAULT_CSS = "HistoryFigures { height: auto; width: 1fr; }"

    days: reactive[Sequence[Day]] = reactive((), layout=True)

    def render(self) -> Content:
        """Draw the summary."""
        return Content("\n").join(figure_lines(self.days, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of lines."""
        return len(figure_lines(self.days, width))


def figure_lines(days: Sequence[Day], width: int) -> list[Content]:
    """Return first, last, lowest and highest with their days, and the change with its sign."""
    if not days:
        return []
    first, last = days[0], days[-1]
    low = min(days, key=lambda each: each.count)
    high = max(days, key=lambda each: each.count)
    cells = max(len(wording.count(each.count)) for each in days)
    ends = [_figure("First", first, cells), _figure("Last", last, cells)]
    bounds = [_figure("Lowest", low, cells), _figure("Highest", high, cells)]
    change = last.count - first.count
    share = f" ({abs(change) / first.count:.0%})" if first.count and change else ""
    style = "$success" if change > 0 else "$warning" if change < 0 else "$text-muted"
    arrow = "▲" if change > 0 else "▼" if change < 0 else "="
    changed = (f"{arrow} {wording.delta(change)}{share}", style)
    below = Content.assemble(("Change   ", "$text-muted"), changed)
    if ends[0].cell_length + bounds[0].cell_length + 4 > width:
        return [*ends, *bounds, below]
    side_by_side = [one + Content("    ") + other for one, other in zip(ends, bounds, strict=True)]
    return [*side_by_side, below]


def _figure(name: str, day: Day, cells: int) -> Content:
    return Content.assemble(
        (f"{name:<9}", "$text-muted"),
        (wording.count(day.count).rjust(cells), "bold"),
        (f"  {_short(day.day):<10}", "$text-muted"),
    )


def _short(day: str) -> str:
    return crop(one_line(day), 10)


@dataclass(frozen=True, slots=True)
class Overlapping:
    """Another segment that shares members with this one."""

    id: int
    name: str
    members: int
    """How many are in both."""
    percent: float | None
    """The share of the smaller of the two, in percent."""


def overlapping_with(segment_id: int, pairs: Iterable[Overlap]) -> list[Overlapping]:
    """The segments that share members with one, in the order of the pairs."""
    rows = []
    for pair in pairs:
        if pair.seg_a_id == segment_id:
            rows.append(Overlapping(pair.seg_b_id, pair.seg_b_name, pair.overlap, pair.overlap_pct))
        elif pair.seg_b_id == segment_id:
            rows.append(Overlapping(pair.seg_a_id, pair.seg_a_name, pair.overlap, pair.overlap_pct))
    return rows


OVERLAPPING: Final[Noun[Overlapping]] = Noun(
    name="overlap",
    plural="overlaps",
    title="Overlap",
    key=lambda row: row.id,
    label=lambda row: row.name,
    empty="It is in none of the top 20 pairs: it shares no members, or fewer than they do.",
    columns=(
        Column("name", "WITH", lambda r: r.name, flex=True, min_width=18, max_width=60),
        Column("members", "SHARED", lambda r: r.members, counted, align="right", min_width=6),
        Column(
            "percent",
            "SHARE",
            lambda r: r.percent,
            lambda v, _: "–" if v is None else f"{v:.0f}%",
            align="right",
            min_width=5,
        ),
        Column(
            "bar",
            "",
            lambda r: meter(None if r.percent is None else r.percent / 100),
            tone=lambda _row, _context: "busy",
            min_width=10,
            priority=4,
        ),
    ),
)


class HistoryTab(Scroll):
    """The last thirty days of a segment."""

    DEFAULT_CSS = """
    HistoryTab LinePlot { height: 9; margin-bottom: 1; }
    HistoryTab.-bare LinePlot { display: none; }
    """

    def __init__(self, workspace: Workspace, *, failed: Callable[[str], None]) -> None:
        super().__init__()
        self.workspace, self._failed = workspace, failed
        self._segment: Segment | None = None
        self._words = PlainText()
        self._plot, self._figures = LinePlot(), HistoryFigures()

    def compose(self) -> ComposeResult:
        """Lay out the line, or why there is none."""
        yield self._words
        yield self._plot
        yield self._figures

    def forget(self) -> None:
        """Drop the previous segment."""
        self._segment = None
        self._show_text("Loading …")

    def show(self, segment: Segment) -> None:
        """Fetch a segment's history."""
        self._segment = segment
        if segment.last_computed_at is None:
            self._show_text(NEVER)
        else:
            run_flow(self, self._fetch, segment, group="history", exclusive=True)

    async def _fetch(self, segment: Segment) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        try:
            trends = [trend async for trend in client.analytics.segments()]
        except SegOpsError as error:
            if segment is self._segment:
                problem = problem_of(error)
                self._show_text(f"{problem.symbol} {problem.line} {RETRY}", "$error")
                self._failed("history")
            return
        if segment is not self._segment:
            return
        trend = next((trend for trend in trends if trend.id == segment.id), None)
        days = [] if trend is None else days_of(trend)
        if days:
            self._words.update(Content.styled("Last 30 days", "$text-muted"))
            self._draw(days)
        else:
            self._show_text(INACTIVE if trend is None and not segment.is_active else YOUNG)

    def _show_text(self, words: str, style: str = "$text-muted") -> None:
        self._draw(())
        self._words.update(Content.styled(one_line(words), style))

    def _draw(self, days: Sequence[Day]) -> None:
        self.set_class(not days, "-bare")
        self._figures.days = days
        counts = [float(each.count) for each in days]
        self._plot.show([Series("members", counts)], labels=[each.day for each in days])


class OverlapTab(Vertical):
    """The segments that share members with one."""

    DEFAULT_CSS = "OverlapTab #top { color: $text-muted; padding: 0 1; height: auto; }"

    class Chosen(Message):
        """The user chose a segment that shares members with this one."""

        def __init__(self, segment_id: int) -> None:
            self.segment_id = segment_id
            super().__init__()

    def __init__(self, workspace: Workspace, *, failed: Callable[[str], None]) -> None:
        super().__init__()
        self.workspace, self._failed = workspace, failed
        self._segment: Segment | None = None
        self._table = NounTable(markable=False)

    def compose(self) -> ComposeResult:
        """Lay out the table and what it is limited to."""
        yield self._table
        yield PlainText(Content(TOP_PAIRS), id="top")

    def on_mount(self) -> None:
        """Show the columns."""
        now = self.workspace.now
        self._table.show_columns(OVERLAPPING.columns, context=lambda: Context(now=now()))

    def forget(self) -> None:
        """Drop the previous segment."""
        self._segment = None
        self._draw((), "Loading …")

    def show(self, segment: Segment) -> None:
        """Fetch the segments that share members with this one."""
        self._segment = segment
        run_flow(self, self._fetch, segment, group="overlap", exclusive=True)

    async def _fetch(self, segment: Segment) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        try:
            pairs = [pair async for pair in client.analytics.overlap()]
        except SegOpsError as error:
            if segment is self._segment:
                problem = problem_of(error)
                self._draw((), one_line(f"{problem.symbol} {problem.line} {RETRY}"))
                self._failed("overlap")
            return
        if segment is self._segment:
            self._draw(overlapping_with(segment.id, pairs), OVERLAPPING.empty)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(event.row.id))

    def _draw(self, rows: Sequence[Overlapping], empty: str) -> None:
        self._table.empty_text = empty
        self._table.set_rows(rows, key=OVERLAPPING.key)


def days_of(trend: Trend) -> list[Day]:
    """The days of a trend, without those that are malformed."""
    days: list[Day] = []
    entry: Any
    for entry in trend.trend:
        count = as_integer(entry.get("count")) if isinstance(entry, Mapping) else None
        if count is not None:
            days.append(Day(str(entry.get("day") or "?"), count))
    return days


class SegmentDetail(RuleDetail[Segment]):
    """A segment of users."""

    DEFAULT_CSS = """
    SegmentDetail {
        #saved { height: 40%; min-height: 4; }
        #versions Scroll { border-top: solid $border-blurred; }
    }
    """

    def __init__(self, workspace: Workspace, kept: KeptMembers, *, known: KnownSegments) -> None:
        super().__init__(workspace, known=known)
        self._filled: set[str] = set()
        self._changes = ChangesTab(workspace, kept)
        self.members = MembersTab(workspace, failed=self._filled.discard)
        self._saved = NounTable(id="saved", markable=False, expected_errors=(SegOpsError,))
        self._sql, self._diff = SqlView(), VersionDiff()
        self._versions: Sequence[Version] = ()
        self._uses = UsesTab(workspace, self._fetch_uses)
        self._history, self._overlap = (
            HistoryTab(workspace, failed=self._filled.discard),
            OverlapTab(workspace, failed=self._filled.discard),
        )

    def compose(self) -> ComposeResult:
        """Lay out the tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Rule", id="rule"), Scroll():
                yield self._rule
            with TabPage("Members", id="members"):
                yield self.members
            with TabPage("SQL", id="sql"), Scroll():
                yield self._sql
            with TabPage("Changes", id="changes"):
                yield self._changes
            with TabPage("Used by", id="used-by"):
                yield self._uses
            with TabPage("Versions", id="versions"):
                yield self._saved
                with Scroll():
                    yield self._diff
            with TabPage("History", id="history"):
                yield self._history
            with TabPage("Overlap", id="overlap"):
                yield self._overlap

    def on_mount(self) -> None:
        """Show the columns of the versions."""
        self._saved.show_columns(VERSIONS.columns, context=self._formatting)

    def forget(self) -> None:
        """Drop everything fetched for another segment or an older state of this one."""
        self._filled.clear()
        self._versions = ()
        self._sql.show("")
        self._diff.update("")
        self.members.forget()
        self._changes.forget()
        self._history.forget()
        self._overlap.forget()
        self._uses.forget()
        self._saved.empty_text = "Loading …"
        self._saved.set_rows([], key=id)

    def fill(self, tab: str) -> None:
        """Fetch what the tab shows, unless it was fetched."""
        row = self.row
        if row is None or tab in self._filled:
            return
        self._filled.add(tab)
        match tab:
            case "members":
                self.members.show(row)
            case "sql":
                run_flow(self, self._fetch_sql, row, group="sql", exclusive=True)
            case "changes":
                self._changes.show(row)
            case "versions":
                run_flow(self, self._fetch_versions, row.id, group="versions", exclusive=True)
            case "history":
                self._history.show(row)
            case "overlap":
                self._overlap.show(row)
            case "used-by":
                self._filled.discard(tab)
                self._uses.show(row)

    async def _fetch_uses(self, row: Segment) -> AsyncGenerator[Uses, None]:
        client = self.workspace.client
        listed = await every(
            client.segments.list(),
            client.activations.list(),
            client.product_segments.list(),
            client.webhooks.list(),
        )
        yield Uses(list(segment_uses({row.id}, *listed)))

    def compared(self, segment_id: str) -> None:
        """Read a segment's changes again: its recompute has ended.

        The row may have shown the new compute before its members were read.
        """
        if self.row is not None and str(self.row.id) == segment_id:
            self._filled.discard("changes")
            self._changes.forget()
            if self.tabs.active == "changes":
                self.fill("changes")

    @property
    def earlier_version(self) -> Version | None:
        """The version under the cursor of the tab Versions; None where it is the newest."""
        found = self._saved.current_row if self.tabs.active == "versions" else None
        is_earlier = isinstance(found, Version) and found in self._versions[1:]
        return found if is_earlier else None

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
            self._saved.empty_text = "The versions could not be read."
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
