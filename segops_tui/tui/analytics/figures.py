"""The sections of Analytics that are figures: the workspace at a glance, use against the plan.

Knows two records and how they are drawn; that each is fetched by itself is `section`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.message import Message

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
from segops_tui.tui.analytics.big_figures import BigFigure, BigFigures
from segops_tui.tui.analytics.chart_detail import Picture
from segops_tui.tui.analytics.figures_box import FiguresBox
from segops_tui.tui.analytics.section import R, Section, SectionName
from segops_tui.tui.analytics.usage_meters import UsageMeters
from segops_tui.tui.core.actions import LIST_ACTIONS, bindings
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.panes.old_pane import BACK
from segops_tui.tui.plots.plots import Bar, BarPlot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.analytics import Trend
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.dialogs.copy_menu import Copyable
    from segops_tui.tui.panes.list_box import ListBox

_OF_LISTS: Final = {"pane.columns", *(action.id for action in LIST_ACTIONS)}
_OF_ROWS: Final = {"i", "n"}
"""Letters of the copy menu that are about a row's id and name."""
LARGEST: Final = 40
"""Segments drawn as bars."""


class FiguresSection(Section[R], inherit_bindings=False):
    """One record, drawn."""

    ACTIONS: ClassVar[Sequence[Action]] = tuple(
        action for action in Section.ACTIONS if action.id not in _OF_LISTS
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS), BACK]

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """There is one record, which the command that lists shows."""
        words = super().command_words()
        return {**words, "get": words["list"]}

    def copyables(self, rows: Sequence[R]) -> list[Copyable]:
        """Everything but an id and a name, which figures have not."""
        return [choice for choice in super().copyables(rows) if choice.letter not in _OF_ROWS]

    def counts(self) -> tuple[int | None, int | None]:
        """They are no list."""
        return None, None


class AllSegments(Picture[Any]):
    """Every segment as a bar."""

    def __init__(self, workspace: Workspace) -> None:
        self.bars = BarPlot()
        self.bars.show([], empty="Loading …")
        super().__init__(workspace, self.bars)

    def name_of(self, row: Any) -> str:  # noqa: ARG002
        """What the border says."""
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


class OverviewSection(FiguresSection[Overview]):
    """Big figures, and below them every segment as a bar."""

    place = SectionName("overview", "Overview")
    command = "analytics"
    list_verb = "overview"

    class TrendsLoaded(Message):
        """The segments have come."""

        def __init__(self, trends: Sequence[Trend]) -> None:
            self.trends = trends
            super().__init__()

    class TrendsFailed(Message):
        """They have not."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    @property
    def noun(self) -> Noun[Overview]:
        """The overview."""
        return OVERVIEW

    def make_list(self) -> ListBox:
        """The large figures."""
        self._figures = BigFigures(["Segments", "Members", "Events in 30 days", "AI credits used"])
        return FiguresBox(self._figures)

    def make_detail(self) -> AllSegments:
        """The bars."""
        self._bars = AllSegments(self.workspace)
        return self._bars

    async def fetch(self) -> list[Overview]:
        """The one there is.

        Raises:
            SegOpsError: it cannot be had.
        """
        return [await self.workspace.client.analytics.overview()]

    def refetch(self) -> None:
        """Ask for the figures, and for the segments: either may fail alone."""
        super().refetch()
        self._load_trends()

    @work(exclusive=True, group="trends")
    async def _load_trends(self) -> None:
        try:
            trends = [trend async for trend in self.workspace.client.analytics.segments()]
        except SegOpsError as error:
            self.post_message(self.TrendsFailed(error))
        else:
            self.post_message(self.TrendsLoaded(trends))

    @on(TrendsLoaded)
    def _trends_loaded(self, event: TrendsLoaded) -> None:
        event.stop()
        self._bars.show_trends(event.trends)

    @on(TrendsFailed)
    def _trends_failed(self, event: TrendsFailed) -> None:
        event.stop()
        problem = problem_of(event.error)
        self._bars.bars.show([], empty=f"{problem.symbol} {problem.line}")

    def put_rows(self) -> None:
        """Draw the record."""
        super().put_rows()
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


class NoMore(Picture[Any]):
    """The place of a detail where there is nothing more to say."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, BarPlot())

    def name_of(self, row: Any) -> str:  # noqa: ARG002
        """Nothing."""
        return ""


class UsageSection(FiguresSection[Usage]):
    """Bars against the limits of the plan."""

    place = SectionName("usage", "Usage")
    command = "analytics"
    list_verb = "usage"

    @property
    def noun(self) -> Noun[Usage]:
        """The use of this period."""
        return USAGE

    def make_list(self) -> ListBox:
        """The bars."""
        self._meters = UsageMeters()
        return FiguresBox(self._meters)

    def make_detail(self) -> NoMore:
        """Nothing more."""
        return NoMore(self.workspace)

    async def fetch(self) -> list[Usage]:
        """The one there is.

        Raises:
            SegOpsError: it cannot be had.
        """
        return [await self.workspace.client.analytics.usage()]

    def put_rows(self) -> None:
        """Draw the record."""
        super().put_rows()
        if self.rows:
            self._meters.show(self.rows[0], now=self.workspace.now())
