"""The Webhooks pane: addresses that are told of every recompute.

Knows addresses; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.resources.webhooks import Webhook
from segops_tui.nouns.webhooks import WEBHOOK_ACTIONS, WEBHOOKS
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


class WebhooksPane(ListedPane[Webhook], EditingPane[Webhook]):
    """Every webhook of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *WEBHOOK_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(WEBHOOK_ACTIONS)]

    command = "webhooks"
    sortable = ("url", "is_active")

    @property
    def noun(self) -> Noun[Webhook]:
        """Webhooks."""
        return WEBHOOKS

    def make_detail(self) -> Detail[Webhook]:
        """The detail's widget."""
        return FactsDetail(self.workspace, WEBHOOKS)

    def resource(self) -> Any:
        """The client's webhooks."""
        return self.workspace.client.webhooks

    async def fetch(self) -> list[Webhook]:
        """Every webhook.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.webhooks.list()]

    def form_fields(self, row: Webhook | None) -> Sequence[FormField]:
        """What a webhook has."""
        raw = {} if row is None else row.raw
        return [
            FormField(
                "url",
                "Address",
                value=raw.get("url"),
                required=True,
                hint="https://example.com/hook",
            ),
            FormField("secret", "Secret", secret=True, hint="signs each delivery"),
            FormField("description", "Description", value=raw.get("description")),
            FormField("is_active", "Active", "flag", value=raw.get("is_active", True)),
        ]
