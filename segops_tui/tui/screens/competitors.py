"""The Competitors pane: brands the own one is compared with.

Knows brands; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.resources.competitors import Competitor
from segops_tui.nouns.competitors import COMPETITOR_ACTIONS, COMPETITORS
from segops_tui.tui.actions import FILTER, bindings
from segops_tui.tui.form_fields import FormField
from segops_tui.tui.screens.editing import EditingPane
from segops_tui.tui.screens.facts_detail import FactsDetail
from segops_tui.tui.screens.listed import ListedPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.screens.detail import Detail


class CompetitorsPane(ListedPane[Competitor], EditingPane[Competitor]):
    """Every competitor of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *COMPETITOR_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(COMPETITOR_ACTIONS)]

    command = "competitors"
    sortable = ("name", "domain", "is_active")

    @property
    def noun(self) -> Noun[Competitor]:
        """Competitors."""
        return COMPETITORS

    def make_detail(self) -> Detail[Competitor]:
        """The detail's widget."""
        return FactsDetail(self.workspace, COMPETITORS)

    def resource(self) -> Any:
        """The client's competitors."""
        return self.workspace.client.competitors

    async def fetch(self) -> list[Competitor]:
        """Every competitor.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.competitors.list()]

    def form_fields(self, row: Competitor | None) -> Sequence[FormField]:
        """What a competitor has."""
        raw = {} if row is None else row.raw
        return [
            FormField("name", "Name", value=raw.get("name"), required=True),
            FormField("domain", "Domain", value=raw.get("domain"), hint="example.com"),
            FormField(
                "brand_aliases",
                "Also called",
                "words",
                value=raw.get("brand_aliases"),
                hint="Fern & Co, FernCo",
            ),
            FormField("is_active", "Compared with", "flag", value=raw.get("is_active", True)),
        ]
