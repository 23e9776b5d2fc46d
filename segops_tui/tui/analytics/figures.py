"""The sections of Analytics that are figures: the workspace at a glance, use against the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.analytics import Overview, Usage
from segops_tui.nouns.analytics import (
    OVERVIEW,
    UNLIMITED,
    USAGE,
    change_of,
    used_tone,
)
from segops_tui.tui.analytics.big_figures import BigFigure, BigFigures, FiguresBox
from segops_tui.tui.analytics.section import (
    FIGURES_SECTION,
    ChartDetail,
    Section,
    SectionName,
)
from segops_tui.tui.analytics.usage_meters import UsageMeters
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.panes.pane import BACK
from segops_tui.tui.plots.plots import Bar, BarPlot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.analytics import Trend
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.panes.list_box import ListBox

LARGEST: Final = 40
"""Segments drawn as bars."""


class AllSegments(ChartDetail[Any]):
    """Every segment as a bar."""

    def __init__(self, workspace: Workspace) -> None:
        self.bars = BarPlot()
        self.bars.show([], empty="Loading …")
        super().__init__(workspace, self.bars)

    def name_of(self, row: Any) -> str:  # noqa: ARG002
        """The border's title."""
        return "Members by segment"

    def show_trends(self, trends: Sequence[Trend]) -> None:
        """The largest segments first."""
        known = [trend for trend in trends if trend.member_count is not None]
        largest = sorted(known, key=lambda trend: -(trend.member_count or 0))[:LARGEST]
        self.bars.show(
            [Bar(trend.name, trend.member_count, _changed(trend)) for trend in largest],
            empty="No active segments yet. Pane 1 makes one: n.",
        )


def _changed(trend: Trend) -> str:
    change = change_of(trend)
    return "" if change is None else f"{wording.delta(change)} in 30 days"


class OverviewSection(Section[Overview], inherit_bindings=False):
    """Big figures, and below them every segment as a bar."""

    ACTIONS: ClassVar[Sequence[Action]] = FIGURES_SECTION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS), BACK]

    noun = OVERVIEW
    is_list = False
    place = SectionName("overview", "Overview")
    command = "analytics"
    list_verb = "overview"

    def make_list(self) -> ListBox:
        """The large figures."""
        self._figures = BigFigures(["Segments", "Members", "Events in 30 days", "AI credits used"])
        return FiguresBox(self._figures)

    def make_detail(self) -> AllSegments:
        """The bars."""
        self._bars = AllSegments(self.workspace)
        return self._bars

    async def fetch(self) -> list[Overview]:
        """The one there is."""
        return [await self.workspace.client.analytics.overview()]

    def refetch(self) -> None:
        """Ask for the figures, and for the segments: either may fail alone."""
        super().refetch()
        run_flow(self, self._load_trends, group="trends", exclusive=True)

    async def _load_trends(self) -> None:
        try:
            trends = [trend async for trend in self.workspace.client.analytics.segments()]
        except SegOpsError as error:
            problem = problem_of(error)
            self._bars.bars.show([], empty=f"{problem.symbol} {problem.line}")
        else:
            self._bars.show_trends(trends)

    def draw_rows(self) -> None:
        """Draw the record."""
        super().draw_rows()
        if not self.rows:
            return
        row = self.rows[0]
        limit = row.ai_credits_limit
        self._figures.show(
            [
                BigFigure("Segments", row.segment_count),
                BigFigure("Members", row.total_members, "once per segment"),
                BigFigure("Events in 30 days", row.events_30d),
                BigFigure(
                    "AI credits used",
                    row.ai_credits_used,
                    "no limit" if limit <= UNLIMITED else f"of {wording.count(limit)}",
                    used_tone(row.ai_credits_used, limit),
                ),
            ]
        )


class NoDetail(ChartDetail[Any]):
    """An empty detail: the figures say everything."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, BarPlot())

    def name_of(self, row: Any) -> str:  # noqa: ARG002
        """Nothing."""
        return ""


class UsageSection(Section[Usage], inherit_bindings=False):
    """Bars against the limits of the plan."""

    ACTIONS: ClassVar[Sequence[Action]] = FIGURES_SECTION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS), BACK]

    noun = USAGE
    is_list = False
    place = SectionName("usage", "Usage")
    command = "analytics"
    list_verb = "usage"

    def make_list(self) -> ListBox:
        """The bars."""
        self._meters = UsageMeters()
        return FiguresBox(self._meters)

    def make_detail(self) -> NoDetail:
        """Nothing more."""
        return NoDetail(self.workspace)

    async def fetch(self) -> list[Usage]:
        """The one there is."""
        return [await self.workspace.client.analytics.usage()]

    def draw_rows(self) -> None:
        """Draw the record."""
        super().draw_rows()
        if self.rows:
            self._meters.show(self.rows[0], now=self.workspace.now())
