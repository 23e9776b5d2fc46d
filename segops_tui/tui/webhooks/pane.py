"""The Webhooks pane: addresses that are told of every recompute.

Knows addresses; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.message import Message

from segops_tui.api.address import checked_address
from segops_tui.api.errors import SegOpsConfigError, SegOpsError
from segops_tui.api.resources.webhooks import Webhook
from segops_tui.nouns.webhooks import WEBHOOK_ACTIONS, WEBHOOKS, is_signed
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.copy_menu import Copyable
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.old_editing import EditingPane
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.tui.webhooks.detail import SIGN, WebhookDetail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.panes.detail import Detail

DROP: Final = "segops-tui webhooks update {} --set secret="


class WebhooksPane(ListedPane[Webhook], EditingPane[Webhook]):
    """Every webhook of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *WEBHOOK_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(WEBHOOK_ACTIONS)]

    command = "webhooks"
    delete_warning = "It is told of nothing more; its secret is gone for good."
    sortable = ("url", "is_active")

    class Toggled(Message):
        """One was paused or resumed."""

        def __init__(self, webhook: Webhook) -> None:
            self.webhook = webhook
            super().__init__()

    class NotToggled(Message):
        """One would not be; those after it were not tried."""

        def __init__(self, webhook: Webhook, error: SegOpsError) -> None:
            self.webhook, self.error = webhook, error
            super().__init__()

    @property
    def noun(self) -> Noun[Webhook]:
        """Webhooks."""
        return WEBHOOKS

    def make_detail(self) -> Detail[Webhook]:
        """The detail's widget."""
        return WebhookDetail(self.workspace)

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
        """What a webhook has. The secret is only ever written: no server shows it."""
        raw = {} if row is None else row.raw
        return [
            FormField(
                "url",
                "Address",
                value=raw.get("url"),
                required=True,
                longest=2_000,
                check=address_fault,
                hint="https://example.com/hook",
            ),
            secret_field(row),
            FormField("description", "Description", value=raw.get("description") or None),
            FormField("is_active", "Active", "flag", value=raw.get("is_active", True)),
        ]

    def copyables(self, rows: Sequence[Webhook]) -> list[Copyable]:
        """What can be copied, and the command that signs a test payload."""
        return [*super().copyables(rows), Copyable("s", "signing", SIGN)]

    def do_copy_command(self) -> None:
        """Copy the command of what is looked at: on the Test tab the one that signs."""
        if self.detail.tabs.active == "test":
            self.copy_text(SIGN)
        else:
            super().do_copy_command()

    def cannot_toggle(self) -> str:
        """There must be a webhook."""
        return "" if self.chosen else "There is no webhook under the cursor."

    def do_toggle(self) -> None:
        """Pause what is active; where all are paused, resume them."""
        chosen = self.chosen
        active = not any(webhook.is_active for webhook in chosen)
        self.table.clear_marks()
        self._toggle([each for each in chosen if each.is_active != active], active=active)

    @work(group="toggle")
    async def _toggle(self, webhooks: Sequence[Webhook], *, active: bool) -> None:
        flag = "true" if active else "false"
        for webhook in webhooks:
            try:
                changed = await self.resource().update(webhook.id, is_active=active)
            except SegOpsError as error:
                self.post_message(self.NotToggled(webhook, error))
                return
            self.run_command(self.named("toggle").command_line(id=webhook.id, active=flag))
            self.post_message(self.Toggled(changed))

    @on(Toggled)
    def _toggled(self, event: Toggled) -> None:
        event.stop()
        self.rows = [event.webhook if each.id == event.webhook.id else each for each in self.rows]
        self.put_rows()

    @on(NotToggled)
    def _not_toggled(self, event: NotToggled) -> None:
        event.stop()
        title = f"{event.webhook.url} is as it was"
        line = problem_of(event.error).words
        self.notify(line, title=one_line(title)[:80], severity="error", markup=False)


def secret_field(row: Webhook | None) -> FormField:
    """A line that is empty whatever there is; left empty it changes nothing."""
    if row is None:
        note = "Signs each delivery, so that the receiver can tell. It is never shown again."
    elif is_signed(row) is False:
        note = "There is none, so deliveries are not signed."
    else:
        note = f"Empty keeps the one there is. To drop it: {DROP.format(row.id)}"
    return FormField("secret", "Secret", secret=True, check=_mask_fault, note=note, longest=1_000)


def address_fault(url: str) -> str:
    """What is against an address that deliveries are sent to."""
    try:
        checked_address(url)
    except SegOpsConfigError:
        return "Not an https address; http is for this machine only."
    return ""


def _mask_fault(secret: str) -> str:
    return "This is how a secret is hidden, not one." if set(secret) == {"*"} else ""
