"""The Schemas pane: what an event's payload holds.

Knows event types and their properties; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.resources.schemas import EventSchema
from segops_tui.nouns.schemas import SCHEMA_ACTIONS, SCHEMAS
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


class SchemasPane(ListedPane[EventSchema], EditingPane[EventSchema]):
    """Every schema of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *SCHEMA_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SCHEMA_ACTIONS)]

    command = "schemas"
    sortable = ("event_type", "updated_at")

    @property
    def noun(self) -> Noun[EventSchema]:
        """Schemas."""
        return SCHEMAS

    def make_detail(self) -> Detail[EventSchema]:
        """The detail's widget."""
        return FactsDetail(self.workspace, SCHEMAS)

    def resource(self) -> Any:
        """The client's schemas."""
        return self.workspace.client.schemas

    async def fetch(self) -> list[EventSchema]:
        """Every schema.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.schemas.list()]

    def form_fields(self, row: EventSchema | None) -> Sequence[FormField]:
        """What a schema has."""
        raw = {} if row is None else row.raw
        return [
            FormField("event_type", "Event type", value=raw.get("event_type"), required=True),
            FormField("properties", "Properties", "json", value=raw.get("properties") or []),
        ]
