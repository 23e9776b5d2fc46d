"""Ingestion: check events, store them, and link the ids they name (contract §5, §9.2).

Shopify's webhooks are received as events too (§12): authenticated not by an API key, but by an HMAC
of the raw body with the setting `shopify_key`.
"""

from __future__ import annotations

import json
from contextlib import suppress
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import number_of
from segops_tui.api.webhook import sign_shopify
from segops_tui.sandbox.core.body_fields import BodyForm
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import setting
from segops_tui.sandbox.core.errors import REQUIRED, ApiRefusal, invalid, not_found, refused
from segops_tui.sandbox.core.identities import OwnDescendant, claim
from segops_tui.sandbox.core.timestamps import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

BATCH_LIMIT: Final = 500


def track(context: SandboxContext, call: Call) -> Answer:
    """Store one event; a malformed one is refused, one that breaks its schema is dropped."""
    store_events(context, [read_event(_pinned(call, call.json()), context.now)])
    return answer({"queued": True}, status=202)


def track_batch(context: SandboxContext, call: Call) -> Answer:
    """Store up to 500 events; malformed ones and those that break their schema are skipped."""
    body = call.json()
    listed = body.get("events") if isinstance(body, dict) else body
    if listed is None:
        raise invalid("events", REQUIRED)
    if not isinstance(listed, list):
        raise invalid("events", f"Expected a list of items but got {type(listed).__name__}.")
    if len(listed) > BATCH_LIMIT:
        raise invalid("events", f"At most {BATCH_LIMIT} events are taken, not {len(listed)}.")
    good = []
    for item in listed:
        try:
            good.append(read_event(_pinned(call, item), context.now))
        except ApiRefusal:
            continue
    queued = store_events(context, good)
    return answer({"queued": queued, "skipped": len(listed) - queued}, status=202)


def _pinned(call: Call, item: Any) -> Any:
    """The event, as one of the session's user if the call is a session's."""
    uid = call.caller.user_id
    return {**item, "user_id": uid} if uid is not None and isinstance(item, dict) else item


_LONGEST: Final = 255
_KEPT_ERRORS: Final = 10_000

Event = dict[str, Any]
"""An event to store: all fields are present, `occurred_at` is in microseconds."""


def read_event(item: Any, now: int) -> Event:
    """Parse one event; a 400 names every missing or invalid field."""
    form = BodyForm(item, intent="create")
    form.text("user_id", required=True, longest=_LONGEST, opaque=True)
    form.text("event_type", required=True, longest=_LONGEST, opaque=True)
    if form.body.get("anonymous_id") is not None:
        form.text("anonymous_id", longest=_LONGEST, opaque=True)
    if form.body.get("payload") is not None:
        form.mapping("payload")
    occurred_at: int | None = now
    if form.body.get("occurred_at") is not None:
        occurred_at = parse(form.body["occurred_at"])
        if occurred_at is None:
            words = "Use ISO 8601, in UTC in the years 1 to 9999."
            form.refuse("occurred_at", f"Datetime has wrong format. {words}")
    return {"payload": {}, "anonymous_id": "", **form.check(), "occurred_at": occurred_at}


def store_events(context: SandboxContext, events: Iterable[Event]) -> int:
    """Store the events that match their schema, log the others, and count the stored ones."""
    good = _matching_events(context, events)
    _store(context, good)
    for event in good:
        if event["anonymous_id"]:
            _link(context, event["anonymous_id"], event["user_id"])
    return len(good)


def _matching_events(context: SandboxContext, events: Iterable[Event]) -> list[Event]:
    """The events that match their schema, with their values converted."""
    rows = context.connection.execute("SELECT event_type, properties FROM event_schemas")
    schemas = {row["event_type"]: row["properties"] for row in rows}
    if not schemas:
        return list(events)
    # 10 ms that a workspace without schemas need not pay.
    from segops_tui.sandbox.schemas.event_schemas import check_payload  # noqa: PLC0415

    properties = {name: json.loads(text) for name, text in schemas.items()}
    good = []
    for event in events:
        payload, breaches = check_payload(event["payload"], properties.get(event["event_type"], ()))
        if breaches:
            _log(context, event, [breach.wire() for breach in breaches])
        else:
            good.append({**event, "payload": payload})
    return good


def _log(context: SandboxContext, event: Event, breaches: list[dict[str, str]]) -> None:
    row = (event["event_type"], event["user_id"], dump(breaches), dump(event["payload"]))
    newest = context.connection.execute(
        "INSERT INTO schema_errors (event_type, user_id, errors, payload, received_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (*row, context.now),
    ).lastrowid
    context.connection.execute(
        "DELETE FROM schema_errors WHERE id <= ?", ((newest or 0) - _KEPT_ERRORS,)
    )


def _store(context: SandboxContext, events: list[Event]) -> None:
    context.connection.executemany(
        "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (
                event["user_id"],
                event["event_type"],
                event["occurred_at"],
                context.now,
                dump(event["payload"]),
            )
            for event in events
        ],
    )
    context.connection.executemany(
        "INSERT INTO users (user_id, event_count, first_seen, last_seen)"
        " VALUES (:user_id, 1, :occurred_at, :occurred_at)"
        " ON CONFLICT (user_id) DO UPDATE SET event_count = event_count + 1,"
        " first_seen = min(first_seen, :occurred_at), last_seen = max(last_seen, :occurred_at)",
        [{"user_id": event["user_id"], "occurred_at": event["occurred_at"]} for event in events],
    )


def _link(context: SandboxContext, anonymous_id: str, user_id: str) -> None:
    """Link a visitor to a user, unless it is linked already."""
    with suppress(OwnDescendant):
        claim(context, anonymous_id, user_id)


SHOPIFY_EVENT_TYPES: Final[Mapping[str, str]] = {
    "orders/create": "order_placed",
    "orders/paid": "order_paid",
    "orders/cancelled": "order_cancelled",
    "customers/create": "customer_created",
    "checkouts/create": "checkout_started",
    "checkouts/delete": "checkout_abandoned",
}
"""Event types by topic; other topics are accepted and ignored, or Shopify would retry them."""

DEFAULT_SHOPIFY_KEY: Final = "shpss_test_sandbox"
"""The key without a setting; a test value."""

_SHOPIFY_TIMES: Final[Mapping[str, str]] = {
    "orders/paid": "processed_at",
    "orders/cancelled": "cancelled_at",
    "checkouts/delete": "updated_at",
}
"""The field with the time of the event; `created_at` for the other topics."""


def receive_shopify(context: SandboxContext, call: Call, tenant_slug: str) -> Answer:
    """Store one webhook as an event; without a customer it is ignored."""
    if tenant_slug != setting(context.connection, "tenant_slug", "sandbox"):
        raise not_found()
    key = setting(context.connection, "shopify_key", DEFAULT_SHOPIFY_KEY)
    given = call.headers.get("x-shopify-hmac-sha256", "").strip()
    if not compare_digest(sign_shopify(call.body, key).encode(), given.encode()):
        raise refused("Invalid HMAC.", status=401)
    topic = call.headers.get("x-shopify-topic", "").strip().lower()
    if not topic:
        raise invalid("x-shopify-topic", "This header is required.")
    payload = call.json()
    if not isinstance(payload, dict):
        raise invalid("non_field_errors", "Invalid data. Expected a dictionary.")
    event = _shopify_event(topic, payload, context.now)
    return answer({"queued": event is not None and store_events(context, [event]) == 1})


def _shopify_event(topic: str, payload: dict[str, Any], now: int) -> dict[str, Any] | None:
    """The event of a payload, or None for another topic or without a customer."""
    event_type, user_id = SHOPIFY_EVENT_TYPES.get(topic), _user_id(topic, payload)
    if event_type is None or user_id is None:
        return None
    given = (payload.get(_SHOPIFY_TIMES.get(topic, "")), payload.get("created_at"))
    occurred_at = next((moment for moment in map(parse, given) if moment is not None), now)
    describe = _customer if topic.startswith("customers/") else _purchase
    return {
        "user_id": user_id,
        "event_type": event_type,
        "occurred_at": occurred_at,
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
    given = [
        number_of(item.get("quantity", 1))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]
    quantities = [number for number in given if isinstance(number, int)]
    id_name = "order_id" if topic.startswith("orders/") else "checkout_id"
    found = {
        id_name: payload.get("id"),
        "total": number_of(payload.get("total_price")),
        "currency": payload.get("currency"),
        "item_count": sum(quantities),
        "email": payload.get("email"),
    }
    if topic.startswith("orders/"):
        found["financial_status"] = payload.get("financial_status")
    return found
