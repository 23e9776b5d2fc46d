"""The Queries pane: questions put to AI assistants.

Knows questions and their answers; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.resources.queries import AIQuery
from segops_tui.nouns.queries import QUERIES, QUERY_ACTIONS
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


class QueriesPane(ListedPane[AIQuery], EditingPane[AIQuery]):
    """Every query of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *QUERY_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(QUERY_ACTIONS)]

    command = "queries"
    sortable = ("query_text", "category", "is_active", "last_run_at")

    @property
    def noun(self) -> Noun[AIQuery]:
        """Queries."""
        return QUERIES

    def make_detail(self) -> Detail[AIQuery]:
        """The detail's widget."""
        return FactsDetail(self.workspace, QUERIES)

    def resource(self) -> Any:
        """The client's queries."""
        return self.workspace.client.queries

    async def fetch(self) -> list[AIQuery]:
        """Every query.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.queries.list()]

    def form_fields(self, row: AIQuery | None) -> Sequence[FormField]:
        """What a query has."""
        raw = {} if row is None else row.raw
        return [
            FormField("query_text", "Question", value=raw.get("query_text"), required=True),
        ]
