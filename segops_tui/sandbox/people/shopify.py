"""Receive Shopify's webhooks as events (contract §12).

Calls are authenticated by an HMAC of the raw body with the setting `shopify_key`, not by API key.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import number_of
from segops_tui.api.webhook import sign_shopify
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.context import setting
from segops_tui.sandbox.core.errors import invalid, not_found, refused
from segops_tui.sandbox.core.timestamps import parse
from segops_tui.sandbox.people.ingestion import store_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

EVENT_TYPES: Final[Mapping[str, str]] = {
    "orders/create": "order_placed",
    "orders/paid": "order_paid",
    "orders/cancelled": "order_cancelled",
    "customers/create": "customer_created",
    "checkouts/create": "checkout_started",
    "checkouts/delete": "checkout_abandoned",
}
"""Event types by topic; other topics are accepted and ignored, or Shopify would retry them."""

DEFAULT_KEY: Final = "shpss_test_sandbox"
"""The key without a setting; a test value."""

_TIMES: Final[Mapping[str, str]] = {
    "orders/paid": "processed_at",
    "orders/cancelled": "cancelled_at",
    "checkouts/delete": "updated_at",
}
"""The field with the time of the event; `created_at` for the other topics."""


def receive(context: SandboxContext, call: Call, tenant_slug: str) -> Answer:
    """Store one webhook as an event; without a customer it is ignored."""
    if tenant_slug != setting(context.connection, "tenant_slug", "sandbox"):
        raise not_found()
    key = setting(context.connection, "shopify_key", DEFAULT_KEY)
    given = call.headers.get("x-shopify-hmac-sha256", "").strip()
    if not compare_digest(sign_shopify(call.body, key).encode(), given.encode()):
        raise refused("Invalid HMAC.", status=401)
    topic = call.headers.get("x-shopify-topic", "").strip().lower()
    if not topic:
        raise invalid("x-shopify-topic", "This header is required.")
    payload = call.json()
    if not isinstance(payload, dict):
        raise invalid("non_field_errors", "Invalid data. Expected a dictionary.")
    event = _event(topic, payload, context.now)
    return answer({"queued": event is not None and store_events(context, [event]) == 1})


def _event(topic: str, payload: dict[str, Any], now: int) -> dict[str, Any] | None:
    """The event of a payload, or None for another topic or without a customer."""
    event_type, user_id = EVENT_TYPES.get(topic), _user_id(topic, payload)
    if event_type is None or user_id is None:
        return None
    occurred_at = parse(payload.get(_TIMES.get(topic, ""))) or parse(payload.get("created_at"))
    describe = _customer if topic.startswith("customers/") else _purchase
    return {
        "user_id": user_id,
        "event_type": event_type,
        "occurred_at": occurred_at or now,
        "anonymous_id": "",
        "payload": describe(topic, payload),
    }


def _user_id(topic: str, payload: dict[str, Any]) -> str | None:
    """The customer's e-mail address, else their id."""
    customer = payload.get("customer")
    customer = customer if isinstance(customer, dict) else {}
    own_id = payload.get("id") if topic.startswith("customers/") else None
    for value in (payload.get("email"), customer.get("email"), own_id, customer.get("id")):
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()[:255]
    return None


def _customer(_topic: str, payload: dict[str, Any]) -> dict[str, Any]:
    found = {"customer_id": payload.get("id")}
    for name in ("email", "first_name", "last_name"):
        found[name] = payload.get(name)
    return found


def _purchase(topic: str, payload: dict[str, Any]) -> dict[str, Any]:
    items = payload.get("line_items")
    quantities = [
        number_of(item.get("quantity", 1)) or 0
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]
    id_name = "order_id" if topic.startswith("orders/") else "checkout_id"
    found = {
        id_name: payload.get("id"),
        "total": number_of(payload.get("total_price")),
        "currency": payload.get("currency"),
        "item_count": int(sum(quantities)),
        "email": payload.get("email"),
    }
    if topic.startswith("orders/"):
        found["financial_status"] = payload.get("financial_status")
    return found
