"""The Activations pane: connectors that push a segment to a marketing tool.

Knows connectors; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.resources.activations import Activation
from segops_tui.nouns.activations import ACTIVATION_ACTIONS, ACTIVATIONS
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


class ActivationsPane(ListedPane[Activation], EditingPane[Activation]):
    """Every activation of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *ACTIVATION_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIVATION_ACTIONS)]

    command = "activations"
    sortable = ("status", "last_synced_at")

    @property
    def noun(self) -> Noun[Activation]:
        """Activations."""
        return ACTIVATIONS

    def make_detail(self) -> Detail[Activation]:
        """The detail's widget."""
        return FactsDetail(self.workspace, ACTIVATIONS)

    def resource(self) -> Any:
        """The client's activations."""
        return self.workspace.client.activations

    async def fetch(self) -> list[Activation]:
        """Every activation.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.activations.list()]

    def form_fields(self, row: Activation | None) -> Sequence[FormField]:
        """What a activation has."""
        raw = {} if row is None else row.raw
        return [
            FormField(
                "connector_type", "Connector", value=raw.get("connector_type"), required=True
            ),
        ]
