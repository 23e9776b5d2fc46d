"""The sections of Analytics that are lists with a drawing: trends, overlaps, connectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.content import Content

from segops_tui.api.resources.analytics import ActivationHealth, Overlap, Trend
from segops_tui.nouns.analytics import HEALTH, OVERLAPS, TRENDS, trend_days
from segops_tui.nouns.column import Context
from segops_tui.tui.analytics.overlap_matrix import OverlapMatrix, extent_words
from segops_tui.tui.analytics.section import ChartDetail, Section, SectionName
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.plots.plots import LinePlot, Series
from segops_tui.tui.table.messages import MarksChanged, RowHighlighted
from segops_tui.tui.widgets.sync_logs import SyncLogs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.tui.core.workspace import Workspace

MOST_LINES: Final = 8
"""Lines in one plot; more cannot be told apart."""


class TrendPlot(ChartDetail[Trend]):
    """How memberships went, as lines."""

    def __init__(self, workspace: Workspace) -> None:
        self.plot = LinePlot()
        super().__init__(workspace, self.plot)

    def name_of(self, row: Trend) -> str:  # noqa: ARG002
        """The border's title."""
        return "Members, last 30 days"

    def show_trends(self, trends: Sequence[Trend]) -> None:
        """Draw these, each as a line."""
        drawn = trends[:MOST_LINES]
        days = [trend_days(trend) for trend in drawn]
        labels = sorted({day for known in days for day in known})
        self.plot.show(
            [
                Series(trend.name, [known.get(day) for day in labels])
                for trend, known in zip(drawn, days, strict=True)
            ],
            labels=labels,
            empty="No history yet: it begins two days after the first compute.",
        )
        more = len(trends) - len(drawn)
        self.border_subtitle = Content(
            f"{more} more marked than can be told apart"
            if more > 0
            else "space marks more to compare"
            if len(drawn) < 2
            else ""
        )


class TrendsSection(Section[Trend]):
    """How memberships went: the one under the cursor, or the marked ones, as a plot."""

    place = SectionName("segments", "Segments")
    noun = TRENDS
    command = "analytics"
    list_verb = "segments"
    sortable = ("name", "member_count", "change")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """A row is a segment's."""
        return {**super().command_words(), "get": ("segments", "get")}

    def command_of(self, key: str) -> str:
        """The segment's own command."""
        return Pane.command_of(self, key)

    def link_of(self, key: str) -> str:
        """The segment's own place."""
        return f"segment/{key}"

    def make_detail(self) -> TrendPlot:
        """The plot."""
        self._plot = TrendPlot(self.workspace)
        return self._plot

    async def fetch(self) -> list[Trend]:
        """Every active segment."""
        return [row async for row in self.workspace.client.analytics.segments()]

    @on(RowHighlighted)
    @on(MarksChanged)
    def _draw(self) -> None:
        self._plot.show_trends(self.chosen)


class OverlapDetail(ChartDetail[Overlap]):
    """The matrix, the pair under the cursor in it."""

    def __init__(self, workspace: Workspace) -> None:
        self.matrix = OverlapMatrix()
        super().__init__(workspace, self.matrix)
        self.pairs: Sequence[Overlap] = ()

    def name_of(self, row: Overlap) -> str:
        """The border's title."""
        return f"{row.seg_a_name} and {row.seg_b_name}"

    def draw(self, row: Overlap) -> None:
        """Every pair, this one as chosen."""
        self.matrix.show(self.pairs, row)
        self.border_subtitle = Content(extent_words(self.pairs))


class OverlapSection(Section[Overlap]):
    """Pairs of segments that share members, and a matrix of them."""

    place = SectionName("overlap", "Overlap")
    noun = OVERLAPS
    command = "analytics"
    list_verb = "overlap"
    sortable = ("seg_a_name", "seg_b_name", "overlap", "overlap_pct")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """A pair has no command of its own."""
        words = super().command_words()
        return {**words, "get": words["list"]}

    def make_detail(self) -> OverlapDetail:
        """The matrix."""
        self._matrix = OverlapDetail(self.workspace)
        return self._matrix

    async def fetch(self) -> list[Overlap]:
        """The pairs that share most."""
        return [row async for row in self.workspace.client.analytics.overlap()]

    def draw_rows(self) -> None:
        """The matrix has every pair, whatever is filtered."""
        self._matrix.pairs = self.rows
        super().draw_rows()


class HealthDetail(ChartDetail[ActivationHealth]):
    """The latest syncs of a connector."""

    def __init__(self, workspace: Workspace) -> None:
        self.logs = SyncLogs()
        super().__init__(workspace, self.logs)

    def name_of(self, row: ActivationHealth) -> str:
        """The connector."""
        return f"Latest syncs of {HEALTH.label(row)}"

    def draw(self, row: ActivationHealth) -> None:
        """How each went."""
        self.logs.show(row.sync_logs, empty="Never synced. Sync it in pane 7 with r.")


class HealthSection(Section[ActivationHealth]):
    """Activations and how their syncs went."""

    place: ClassVar[SectionName] = SectionName("activations", "Activations")
    noun = HEALTH
    command = "analytics"
    list_verb = "activations"
    sortable = ("segment_name", "status", "success_rate", "last_synced_at")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """A row is an activation's."""
        return {**super().command_words(), "get": ("activations", "get")}

    def command_of(self, key: str) -> str:
        """The activation's own command."""
        return Pane.command_of(self, key)

    def link_of(self, key: str) -> str:
        """The activation's own place."""
        return f"activation/{key}"

    def make_detail(self) -> HealthDetail:
        """The syncs."""
        return HealthDetail(self.workspace)

    def context(self) -> Context:
        """What formatting a value depends on."""
        return Context(now=self.workspace.now(), names=self.workspace.names)

    async def fetch(self) -> list[ActivationHealth]:
        """Every connector."""
        return [row async for row in self.workspace.client.analytics.activations()]
