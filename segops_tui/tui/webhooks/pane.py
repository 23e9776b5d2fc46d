"""The Webhooks pane: addresses that are notified of every recompute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.api.address import checked_address
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.json_text import json_text
from segops_tui.api.record import as_moment
from segops_tui.api.resources.webhooks import Webhook
from segops_tui.api.webhook import HEADER
from segops_tui.nouns import webhooks as nouns
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.marks import active_tone, active_words
from segops_tui.nouns.webhooks import is_signed
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.dialogs.copy_menu import Copyable
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.editing import Editing, Toggling, deleting
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

SIGN: Final = "segops-tui webhooks sign --secret-env HOOK_SECRET"
"""Makes a signed test payload; the secret is read from the environment, never an argument."""
LISTEN: Final = "segops-tui webhooks listen --port 9000"
_SIGNED: Final = {
    True: "✓ yes, each delivery",
    False: "✗ no: set a secret so that a receiver can tell",
    None: "– the server does not say",
}


class WebhookDetail(Detail["Webhook"]):
    """A webhook."""

    first_tab = "facts"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._facts = FactList()
        self._test = PlainText()

    def compose(self) -> ComposeResult:
        """Two tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Facts", id="facts"), Scroll():
                yield self._facts
            with TabPage("Test", id="test"), Scroll():
                yield self._test

    def name_of(self, row: Webhook) -> str:
        """Its address."""
        return row.url

    def is_same(self, before: Webhook, after: Webhook) -> bool:
        """Never: nothing is fetched, so everything is drawn again."""
        return before.id == after.id

    def summary(self, row: Webhook) -> Content:
        """Whether it is told of anything, and what it is for."""
        context = Context(now=self.workspace.now())
        state = (active_words(row.is_active, context), TONES[active_tone(row.is_active)])
        told = "  told of every recompute" if row.is_active else "  told of nothing: t resumes it"
        lines = [Content.assemble(state, (told, "$text-muted"))]
        if row.description:
            lines.append(Content.styled(one_line(row.description), "$text-muted"))
        return Content("\n").join(lines)

    def draw(self, row: Webhook) -> None:
        """Its settings, and how to try it."""
        moments = (("Created", row.created_at), ("Updated", row.updated_at))
        self._facts.facts = [
            ("Id", str(row.id)),
            ("Address", row.url),
            ("Signed", _SIGNED[is_signed(row)]),
            ("Description", row.description or "–"),
            *self._delivery_facts(row),
            *((name, wording.moment(when)) for name, when in moments),
        ]
        self._test.update(trial_content(row, now=wording.iso(self.workspace.now())))

    def _delivery_facts(self, row: Webhook) -> list[tuple[str, str]]:
        last = row.raw.get("last_delivery")
        if not isinstance(last, Mapping):
            return [("Last delivery", format_value(last) if last else "–")]
        when = as_moment(last.get("created_at"))
        words = [format_value(last.get("status"))]
        if last.get("status_code"):
            words.append(f"HTTP {format_value(last['status_code'])}")
        words.append(wording.age(when, now=self.workspace.now()))
        facts = [("Last delivery", ", ".join(words))]
        if last.get("error"):
            facts.append(("Its error", format_value(last["error"])))
        if last.get("segment_id"):
            facts.append(("Its segment", format_value(last["segment_id"])))
        return facts


def trial_content(row: Webhook, *, now: str) -> Content:
    """What a delivery looks like, and the commands to try one."""
    body = {
        "event": "segment.recomputed",
        "tenant_slug": "example",
        "segment_id": 42,
        "segment_name": "High LTV buyers",
        "member_count": 1842,
        "computed_at": now,
    }
    signed = is_signed(row) is not False
    header = f"{HEADER}: sha256=…" if signed else "no signature: the webhook has no secret"
    parts: list[tuple[str, str]] = []
    parts += _named("What is sent after each successful recompute", header)
    parts.append((f"{json_text(body, indent=2)}\n\n", ""))
    parts += _named("A signed one of these (Y copies this)", SIGN)
    parts.append(("\n", ""))
    secret = " --secret-env HOOK_SECRET" if signed else ""
    parts += _named("Receiving deliveries on this machine", f"{LISTEN}{secret}")
    parts.append(("\n", ""))
    parts += _named("What was received", "segops-tui webhooks deliveries")
    return Content.assemble(*parts)


def _named(title: str, words: Any) -> list[tuple[str, str]]:
    return [(f"{title}\n", "$text-muted"), (f"{words}\n", "")]


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
        deleting(
            nouns.DELETE,
            warning=(
                "Deliveries to it stop; its secret is lost for good.",
                "Deliveries to them stop; their secrets are lost for good.",
            ),
        ),
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
