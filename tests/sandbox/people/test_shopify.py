"""Shopify's webhooks: the signature is the key, topics become events."""

from __future__ import annotations

import json

import pytest

from segops_tui.api.webhook import sign_shopify
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.people.ingestion import DEFAULT_SHOPIFY_KEY

ORDER = {
    "id": 450789469,
    "email": "ann@example.com",
    "created_at": "2026-05-30T10:00:00-04:00",
    "cancelled_at": "2026-05-31T10:00:00Z",
    "total_price": "199.95",
    "currency": "EUR",
    "financial_status": "paid",
    "line_items": [{"quantity": 2}, {"quantity": 1}, {"title": "no quantity"}],
    "customer": {"id": 207119551, "email": "other@example.com"},
}


def send(ask, topic, payload, *, slug="sandbox", key=DEFAULT_SHOPIFY_KEY, **headers):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = {"x_shopify_topic": topic, "x_shopify_hmac_sha256": sign_shopify(raw, key)} | headers
    return ask("POST", f"/api/ingestion/shopify/{slug}/", raw=raw, **headers)


def events(ask, user_id):
    return ask.ok("GET", f"/api/explorer/users/{user_id}/events/")["results"]


def test_an_order_becomes_an_event_of_who_ordered(ask):
    answer = send(ask, "orders/create", ORDER)

    assert (answer.status, answer.body) == (200, b'{"queued":true}')
    assert events(ask, "ann@example.com") == [
        {
            "event_type": "order_placed",
            "occurred_at": "2026-05-30T14:00:00Z",
            "payload": {
                "order_id": 450789469,
                "total": 199.95,
                "currency": "EUR",
                "item_count": 4,
                "email": "ann@example.com",
                "financial_status": "paid",
            },
        }
    ]


@pytest.mark.parametrize(
    ("topic", "event_type"),
    [
        ("orders/create", "order_placed"),
        ("orders/paid", "order_paid"),
        ("orders/cancelled", "order_cancelled"),
        ("customers/create", "customer_created"),
        ("checkouts/create", "checkout_started"),
        ("checkouts/delete", "checkout_abandoned"),
    ],
)
def test_each_topic_has_its_event_type(ask, topic, event_type):
    send(ask, topic, ORDER)

    assert [event["event_type"] for event in events(ask, "ann@example.com")] == [event_type]


def test_a_cancelled_order_happened_when_it_was_cancelled(ask):
    send(ask, "orders/cancelled", ORDER)

    assert events(ask, "ann@example.com")[0]["occurred_at"] == "2026-05-31T10:00:00Z"


@pytest.mark.parametrize(
    ("topic", "payload", "user_id"),
    [
        ("orders/create", {"customer": {"id": 7}}, "7"),
        ("orders/create", {"email": "", "customer": {"email": "b@example.com"}}, "b@example.com"),
        ("customers/create", {"id": 8}, "8"),
    ],
)
def test_without_an_address_the_customer_s_number_is_the_user(ask, topic, payload, user_id):
    send(ask, topic, payload)

    assert len(events(ask, user_id)) == 1


@pytest.mark.parametrize(
    ("topic", "payload"),
    [("orders/create", {"id": 1}), ("products/update", ORDER), ("orders/create", {"customer": []})],
)
def test_what_means_nothing_is_taken_and_ignored(ask, topic, payload):
    """Shopify sends again whatever is not answered with success."""
    answer = send(ask, topic, payload)

    assert (answer.status, answer.body) == (200, b'{"queued":false}')
    assert ask.ok("GET", "/api/explorer/users/")["count"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"x_shopify_hmac_sha256": sign_shopify(b"another body", DEFAULT_SHOPIFY_KEY)},
        {"x_shopify_hmac_sha256": ""},
        {"x_shopify_hmac_sha256": "é"},
    ],
)
def test_a_wrong_signature_is_refused_and_stores_nothing(ask, headers):
    answer = send(ask, "orders/create", ORDER, **headers)

    assert (answer.status, answer.body) == (401, b'{"detail":"Invalid HMAC."}')
    assert ask.ok("GET", "/api/explorer/users/")["count"] == 0


def test_the_workspace_s_own_key_signs(ask, sandbox):
    sandbox.store.connection().execute("INSERT INTO settings VALUES ('shopify_key', 'shpss_own')")

    assert send(ask, "orders/create", ORDER).status == 401
    assert send(ask, "orders/create", ORDER, key="shpss_own").status == 200


def test_another_workspace_is_not_found(ask):
    assert send(ask, "orders/create", ORDER, slug="elsewhere").status == 404


def test_malformed_bodies_and_missing_topics_are_refused(ask):
    assert send(ask, "orders/create", b"{").status == 400
    assert send(ask, "orders/create", b"[1]").status == 400
    assert send(ask, "", ORDER).status == 400


def test_no_api_key_is_asked_for(sandbox_path, clock):
    raw = json.dumps(ORDER).encode()
    headers = {
        "x-shopify-topic": "orders/create",
        "x-shopify-hmac-sha256": sign_shopify(raw, DEFAULT_SHOPIFY_KEY),
    }
    from segops_tui.sandbox.core.app import Call

    with Sandbox(sandbox_path, clock=clock, keys=frozenset({"sk_test_1"})) as keyed:
        path = "/api/ingestion/shopify/sandbox/"
        assert keyed.answer(Call("POST", path, (), headers, raw)).status == 200
        assert keyed.answer(Call("GET", "/api/segments/")).status == 401


def test_an_order_is_held_to_its_schema(ask):
    properties = [{"name": "coupon", "type": "string", "required": True}]
    ask.ok("POST", "/api/schemas/", {"event_type": "order_placed", "properties": properties})

    assert send(ask, "orders/create", ORDER).body == b'{"queued":false}'
