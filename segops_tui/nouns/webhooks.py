"""How webhooks, and the deliveries `webhooks listen` received, look to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.record import Record, as_moment
from segops_tui.nouns.action import Action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, format_value
from segops_tui.nouns.marks import active_tone, active_words, ticked

if TYPE_CHECKING:
    from segops_tui.api.resources.webhooks import Webhook


def is_signed(webhook: Webhook) -> bool | None:
    """Whether there is a secret; a server may never say."""
    secret = webhook.raw.get("secret")
    return None if secret is None else bool(secret)


def _last_delivery(webhook: Webhook) -> Any:
    last = webhook.raw.get("last_delivery")
    return last.get("status") if isinstance(last, Mapping) else last


WEBHOOKS: Final[Noun[Webhook]] = Noun(
    name="webhook",
    plural="webhooks",
    title="Webhooks",
    key=lambda webhook: webhook.id,
    label=lambda webhook: webhook.url,
    empty="No webhooks yet. Add one: segops-tui webhooks create --set url=https://…",
    columns=(
        Column("id", "ID", lambda w: w.id, align="right", min_width=2, priority=5),
        Column(
            "url", "ADDRESS", lambda w: w.url, flex=True,
            min_width=34, ample_width=60, max_width=80,
        ),
        Column(
            "is_active", "STATE", lambda w: w.is_active, active_words,
            lambda w, _: active_tone(w.is_active), min_width=8,
        ),
        Column(
            "signed", "SIGNED", is_signed,
            lambda v, c: format_value(None) if v is None else ticked(v, c), priority=4,
        ),
        Column(
            "last_delivery", "LAST", _last_delivery, priority=6,
            wide_only=True,
        ),
        Column(
            "description", "DESCRIPTION", lambda w: w.description,
            max_width=50, priority=4,
        ),
        Column("updated_at", "UPDATED", lambda w: w.updated_at, aged, priority=8, wide_only=True),
    ),
)  # fmt: skip

VERDICTS: Final = {"verified": "✓", "unsigned": "○", "unchecked": "·", "forged": "✗"}
"""What a signature was found to be, each with its symbol."""


def verdict_tone(verdict: Any) -> Tone:
    """How a verdict is coloured."""
    tones: dict[Any, Tone] = {
        "verified": "good", "unsigned": "warn", "unchecked": "muted", "forged": "bad",
    }  # fmt: skip
    return tones.get(str(verdict), "")


def verdict_words(value: Any, _context: Context) -> str:
    """A verdict with its symbol."""
    return f"{VERDICTS.get(str(value), '·')} {format_value(value)}"


def _told(row: Record) -> Mapping[str, Any]:
    told = row.raw.get("payload")
    return told if isinstance(told, Mapping) else {}


DELIVERIES: Final[Noun[Record]] = Noun(
    name="delivery",
    plural="deliveries",
    title="Deliveries",
    key=lambda row: row.raw.get("id"),
    label=lambda row: f"delivery {row.raw.get('id')}",
    empty="Nothing was received yet. Receive: segops-tui webhooks listen",
    columns=(
        Column("id", "ID", lambda r: r.raw.get("id"), align="right", min_width=2),
        Column(
            "verdict", "SIGNATURE", lambda r: r.raw.get("verdict"), verdict_words,
            lambda r, _: verdict_tone(r.raw.get("verdict")), min_width=11,
        ),
        Column("received_at", "RECEIVED", lambda r: as_moment(r.raw.get("received_at")), aged),
        Column("event", "EVENT", lambda r: _told(r).get("event"), priority=3),
        Column(
            "segment_name", "SEGMENT", lambda r: _told(r).get("segment_name"), flex=True,
            min_width=10,
        ),
        Column(
            "member_count", "MEMBERS", lambda r: _told(r).get("member_count"),
            align="right", priority=1,
        ),
        Column(
            "forwarded", "FORWARDED",
            lambda r: r.raw.get("forward_error") or r.raw.get("forwarded"),
            tone=lambda r, _: "bad" if r.raw.get("forward_error") else "", max_width=40, priority=4,
        ),
    ),
)  # fmt: skip

TOGGLE: Final = Action(
    "webhooks.toggle", "Pause or resume", "t", "marked",
    "webhooks update {id} --set is_active={active}",
    help="Stop deliveries to this address, or resume them.", changes=True,
)  # fmt: skip
CREATE: Final = create_action("webhooks", "webhook")
EDIT: Final = edit_action("webhooks", "webhook")
DELETE: Final = delete_action("webhooks")

WEBHOOK_ACTIONS: Final = (TOGGLE, CREATE, EDIT, DELETE)
