"""Two tabs about a segment that the workspace's figures fill: its history, whom it shares.

Each fetches when it is looked at, and says what the API leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from segops_tui.api.errors import SegOpsError
from segops_tui.api.record import as_integer
from segops_tui.nouns.column import Context
from segops_tui.nouns.segment_overlap import SHARED, Shared, shared_with
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.plots.plots import LinePlot, Series
from segops_tui.tui.segments.history_figures import Day, HistoryFigures
from segops_tui.tui.table.messages import RowSelected
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.analytics import Trend
    from segops_tui.api.resources.segments import Segment
    from segops_tui.tui.core.workspace import Workspace

SETTLE: Final = 0.15
"""Seconds the cursor rests on a row before the server is asked about it."""
NEVER: Final = "Never computed, so there is no history yet. r computes it."
PAUSED: Final = "The API has the history of active segments only, and this one is paused."
YOUNG: Final = "No history yet: the API tells one two days after the first compute."
TOP: Final = (
    "enter goes there. The share is of the smaller of the two. The API tells only the 20 pairs "
    "of the workspace that share most members."
)


class Refused(Message):
    """What a tab shows could not be had."""

    def __init__(self, tab: str, segment_id: int, error: SegOpsError) -> None:
        self.tab, self.segment_id, self.error = tab, segment_id, error
        super().__init__()


class HistoryTab(Scroll):
    """The last thirty days of a segment."""

    DEFAULT_CSS = """
    HistoryTab LinePlot { height: 9; margin-bottom: 1; }
    HistoryTab.-bare LinePlot { display: none; }
    """

    class Loaded(Message):
        """The trends have come."""

        def __init__(self, segment: Segment, trend: Trend | None) -> None:
            self.segment, self.trend = segment, trend
            super().__init__()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self._segment: Segment | None = None
        self._words = Static("", markup=False)
        self._plot, self._figures = LinePlot(), HistoryFigures()

    def compose(self) -> ComposeResult:
        """The line, or why there is none."""
        yield self._words
        yield self._plot
        yield self._figures

    def forget(self) -> None:
        """Show nothing of the segment before."""
        self._segment = None
        self._say("Loading …")

    def show(self, segment: Segment) -> None:
        """Ask for a segment's history."""
        self._segment = segment
        if segment.last_computed_at is None:
            self._say(NEVER)
        else:
            self._fetch(segment)

    @work(exclusive=True, group="history")
    async def _fetch(self, segment: Segment) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        try:
            trends = [trend async for trend in client.analytics.segments()]
        except SegOpsError as error:
            self.post_message(Refused("history", segment.id, error))
        else:
            found = next((trend for trend in trends if trend.id == segment.id), None)
            self.post_message(self.Loaded(segment, found))

    @on(Loaded)
    def _loaded(self, event: Loaded) -> None:
        event.stop()
        if event.segment is not self._segment:
            return
        days = [] if event.trend is None else days_of(event.trend)
        if days:
            self._words.update(Content.styled("Last 30 days", "$text-muted"))
            self._put(days)
        else:
            is_paused = event.trend is None and not event.segment.is_active
            self._say(PAUSED if is_paused else YOUNG)

    @on(Refused)
    def _refused(self, event: Refused) -> None:
        if self._segment is not None and self._segment.id == event.segment_id:
            problem = problem_of(event.error)
            self._say(f"{problem.symbol} {problem.line} ] and [ asks again.", "$error")

    def _say(self, words: str, style: str = "$text-muted") -> None:
        self._put(())
        self._words.update(Content.styled(one_line(words), style))

    def _put(self, days: Sequence[Day]) -> None:
        self.set_class(not days, "-bare")
        self._figures.days = days
        counts = [float(each.count) for each in days]
        self._plot.show([Series("members", counts)], labels=[each.day for each in days])


class OverlapTab(Vertical):
    """Which other segments have the same people in them."""

    DEFAULT_CSS = "OverlapTab #top { color: $text-muted; padding: 0 1; height: auto; }"

    class Loaded(Message):
        """The pairs have come."""

        def __init__(self, segment: Segment, rows: Sequence[Shared]) -> None:
            self.segment, self.rows = segment, rows
            super().__init__()

    class Chosen(Message):
        """A segment that shares people was chosen."""

        def __init__(self, segment_id: int) -> None:
            self.segment_id = segment_id
            super().__init__()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self._segment: Segment | None = None
        self._table = NounTable(markable=False)

    def compose(self) -> ComposeResult:
        """The others, and of which pairs they are."""
        yield self._table
        yield Static(Content(TOP), id="top", markup=False)

    def on_mount(self) -> None:
        """The columns."""
        now = self.workspace.now
        self._table.show_columns(SHARED.columns, context=lambda: Context(now=now()))

    def forget(self) -> None:
        """Show nothing of the segment before."""
        self._segment = None
        self._put((), "Loading …")

    def show(self, segment: Segment) -> None:
        """Ask whom a segment shares with which."""
        self._segment = segment
        self._fetch(segment)

    @work(exclusive=True, group="overlap")
    async def _fetch(self, segment: Segment) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        try:
            pairs = [pair async for pair in client.analytics.overlap()]
        except SegOpsError as error:
            self.post_message(Refused("overlap", segment.id, error))
        else:
            self.post_message(self.Loaded(segment, shared_with(segment.id, pairs)))

    @on(Loaded)
    def _loaded(self, event: Loaded) -> None:
        event.stop()
        if event.segment is self._segment:
            self._put(event.rows, SHARED.empty)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(event.row.id))

    @on(Refused)
    def _refused(self, event: Refused) -> None:
        if self._segment is not None and self._segment.id == event.segment_id:
            problem = problem_of(event.error)
            self._put((), one_line(f"{problem.symbol} {problem.line} ] and [ asks again."))

    def _put(self, rows: Sequence[Shared], empty: str) -> None:
        self._table.empty_text = empty
        self._table.set_rows(rows, key=SHARED.key)


def days_of(trend: Trend) -> list[Day]:
    """The days of a trend that can be read."""
    days: list[Day] = []
    entry: Any
    for entry in trend.trend:
        count = as_integer(entry.get("count")) if isinstance(entry, Mapping) else None
        if count is not None:
            days.append(Day(str(entry.get("day") or "?"), count))
    return days
