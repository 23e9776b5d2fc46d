"""The Analytics pane: the workspace in figures and plots.

Knows figures; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.api.resources.analytics import Trend
from segops_tui.nouns.analytics import TRENDS
from segops_tui.tui.screens.facts_detail import FactsDetail
from segops_tui.tui.screens.listed import ListedPane

if TYPE_CHECKING:
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.screens.detail import Detail


class AnalyticsPane(ListedPane[Trend]):
    """How memberships went."""

    command = "analytics"
    list_verb = "segments"
    sortable = ("name", "member_count", "change")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """A row is a segment's."""
        return {**super().command_words(), "get": ("segments", "get")}

    @property
    def noun(self) -> Noun[Trend]:
        """Analytics."""
        return TRENDS

    def make_detail(self) -> Detail[Trend]:
        """The detail's widget."""
        return FactsDetail(self.workspace, TRENDS)

    async def fetch(self) -> list[Trend]:
        """All of them.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.analytics.segments()]
