"""The Webhooks pane: addresses that are notified of every recompute."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from segops_tui.api.address import checked_address
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.resources.webhooks import Webhook
from segops_tui.nouns import webhooks as nouns
from segops_tui.nouns.webhooks import is_signed
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.dialogs.copy_menu import Copyable
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.editing import Editing, Toggling, deleting
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.webhooks.detail import SIGN, WebhookDetail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.nouns.action import Action

UNSIGN_COMMAND: Final = "segops-tui webhooks update {} --set secret="


def webhook_fields(_pane: Pane[Webhook], row: Webhook | None) -> Sequence[FormField]:
    """The form's fields. The secret is only ever written: no server shows it."""
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


def secret_field(row: Webhook | None) -> FormField:
    """The secret's field: it starts empty, and left empty it changes nothing."""
    if row is None:
        note = "Signs each delivery, so the receiver can verify it. It is never shown again."
    elif is_signed(row) is False:
        note = "No secret is set, so deliveries are not signed."
    else:
        note = f"Leave empty to keep the present one. To remove it: {UNSIGN_COMMAND.format(row.id)}"
    return FormField("secret", "Secret", secret=True, check=_mask_fault, note=note, longest=1_000)


def address_fault(url: str) -> str:
    """What is wrong with an address for deliveries; empty if nothing is."""
    try:
        checked_address(url)
    except SegOpsConfigError:
        return "Not an https address; http is for this machine only."
    return ""


def _mask_fault(secret: str) -> str:
    return "This is a masked secret; enter the secret itself." if set(secret) == {"*"} else ""


EDITING = Editing(nouns.CREATE, nouns.EDIT, webhook_fields)
TOGGLING = Toggling(
    nouns.TOGGLE,
    is_on=lambda webhook: webhook.is_active,
    body=lambda on: {"is_active": on},
    command_values=lambda on: {"active": "true" if on else "false"},
)


class WebhooksPane(Pane[Webhook]):
    """Every webhook of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        TOGGLING.bound,
        *EDITING.actions,
        deleting(nouns.DELETE, warning="Deliveries to it stop; its secret is lost for good."),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.WEBHOOKS
    command = "webhooks"
    sortable = ("url", "is_active")

    def make_detail(self) -> WebhookDetail:
        """Make the detail's widget."""
        return WebhookDetail(self.workspace)

    def extra_copyables(self, rows: Sequence[Webhook]) -> Sequence[Copyable]:  # noqa: ARG002
        """The command that signs a test payload."""
        return [Copyable("s", "signing", SIGN)]

    def current_command(self) -> str:
        """On the Test tab, the command that signs a test payload."""
        return SIGN if self.detail.tabs.active == "test" else super().current_command()
