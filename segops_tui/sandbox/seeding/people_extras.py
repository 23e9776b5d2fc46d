"""What the seeded team set up around its users: schemas, merges, connectors and webhooks.

Nothing is ever sent: both webhooks are inactive, and connectors are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.activations.connectors import refusal_of
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import change, insert
from segops_tui.sandbox.core.timestamps import SECOND
from segops_tui.sandbox.seeding.rules import HIGH_LTV

if TYPE_CHECKING:
    import sqlite3
    from random import Random

    from segops_tui.sandbox.seeding.calendar import Calendar

MERGES: Final = 3
"""Customers with a second account."""

_LAPSED_VIPS: Final = 2
_CART_ABANDONERS: Final = 5
_SYNC_DELAY: Final = 2 * SECOND

# Properties after the bar are optional. Few are required, so that a user's first test event is
# accepted.
_SCHEMAS: Final = (
    (
        "order_placed", "One order, whatever is in it.", 140,
        "total:number | order_id:string currency:string item_count:number product_id:string"
        " payment_method:string coupon:string discount:number",
    ),
    (
        "product_viewed", "A product's own page was opened.", 140,
        "product_id:string | name:string category:string price:number",
    ),
    (
        "context_identified", "What somebody told us about themselves.", 139,
        "| email:string first_name:string last_name:string country:string city:string"
        " signup_date:datetime birthday:datetime age:number interests:array plan:string"
        " newsletter:boolean acquisition_source:string",
    ),
    (
        "review_submitted", "Stars for something they bought.", 96,
        "product_id:string rating:number |",
    ),
    ("search_performed", "The search box of the shop.", 96, "query:string | results:number"),
    (
        "support_ticket_opened", "From the help desk, once a minute.", 41,
        "topic:string | order_id:string priority:string",
    ),
)  # fmt: skip
_BROKEN: Final = (
    ("order_placed", 6.2, '{"order_id": "ORD-TEST-1", "total": "n/a"}', "total", "Not a number."),
    ("order_placed", 6.1, '{"order_id": "ORD-TEST-2"}', "total", "This property is required."),
    ("review_submitted", 0.8, '{"rating": 5}', "product_id", "This property is required."),
)
_CONNECTORS: Final[tuple[tuple[int, str, dict[str, str]], ...]] = (
    (HIGH_LTV, "klaviyo", {"list_id": "Xk3T9a", "api_key": "pk_test_northwind"}),
    (
        _CART_ABANDONERS, "braze",
        {
            "rest_endpoint": "https://rest.braze.example.com",
            "api_key": "test_northwind",
            "segment_id": "cart-abandoners",
        },
    ),
    (
        _LAPSED_VIPS, "talonone",
        {
            "base_url": "https://northwind.talon.example.com",
            "api_key": "bad_test_expired",
            "audience_id": "118",
        },
    ),
)  # fmt: skip
_WEBHOOKS: Final = (
    ("https://hooks.example.com/segops", "whsec_test_northwind", "Warehouse loader", 120),
    ("https://staging.example.com/hooks/segments", "", "Staging. Off since the move.", 77),
)


def link(connection: sqlite3.Connection, *, random: Random, calendar: Calendar) -> None:
    """Write the claims behind the existing identities, and merge some second accounts."""
    connection.execute(
        "INSERT INTO alias_edges (visitor_id, user_id, created_at)"
        " SELECT i.user_id, i.canonical_id, coalesce(min(u.first_seen), ?)"
        " FROM identities AS i LEFT JOIN users AS u ON u.user_id = i.canonical_id"
        " GROUP BY i.user_id",
        (calendar.ago(days=90),),
    )
    known = [
        row[0]
        for row in connection.execute(
            "SELECT user_id FROM users WHERE user_id NOT LIKE 'anon%' ORDER BY user_id"
        )
    ]
    chosen = random.sample(known, min(2 * MERGES, len(known) // 2 * 2))
    for number, (old, new) in enumerate(zip(chosen[::2], chosen[1::2], strict=True)):
        at = calendar.ago(days=9 * number + 4)
        connection.execute("INSERT INTO merges VALUES (?, ?, ?)", (old, new, at))
        connection.execute(
            "UPDATE identities SET canonical_id = ? WHERE canonical_id = ?", (new, old)
        )
        connection.execute("INSERT INTO identities VALUES (?, ?)", (old, new))


def fill(connection: sqlite3.Connection, *, random: Random, calendar: Calendar) -> None:
    """Write schemas, connectors with their sync logs, and webhooks."""
    _schemas(connection, random, calendar)
    for number, (segment_id, connector_type, config) in enumerate(_CONNECTORS, start=1):
        made = calendar.ago(days=60 - 10 * number)
        _add(
            connection, "activations", id=number, segment_id=segment_id, status="active",
            connector_type=connector_type, config=dump(config), created_at=made, updated_at=made,
        )  # fmt: skip
        _syncs(connection, random, number, segment_id, refusal_of(connector_type, config))
    for url, secret, description, days in _WEBHOOKS:
        made = calendar.ago(days=days)
        _add(
            connection, "webhooks", url=url, secret=secret, description=description, is_active=0,
            created_at=made, updated_at=made,
        )  # fmt: skip


def _schemas(connection: sqlite3.Connection, random: Random, calendar: Calendar) -> None:
    for event_type, description, days, text in _SCHEMAS:
        made = calendar.ago(days=days)
        _add(
            connection, "event_schemas", event_type=event_type, description=description,
            properties=dump(_properties(text)), created_at=made, updated_at=made,
        )  # fmt: skip
    people = [
        row[0]
        for row in connection.execute(
            "SELECT user_id FROM users WHERE user_id LIKE 'u%' ORDER BY user_id LIMIT 500"
        )
    ]
    for event_type, days_ago, payload, name, error in _BROKEN:
        _add(
            connection, "schema_errors", event_type=event_type, payload=payload,
            user_id=random.choice(people) if people else "u_00001",
            errors=dump([{"property": name, "error": error}]),
            received_at=calendar.ago(days=days_ago),
        )  # fmt: skip


def _properties(text: str) -> list[dict[str, Any]]:
    required, _, optional = text.partition("|")
    return [
        {"name": name, "type": kind, "required": is_required}
        for part, is_required in ((required, True), (optional, False))
        for name, _, kind in (item.partition(":") for item in part.split())
    ]


def _syncs(
    connection: sqlite3.Connection, random: Random, number: int, segment_id: int, refusal: str
) -> None:
    """Log a sync after each past compute; a `refusal` fails the last one."""
    computes = connection.execute(
        "SELECT computed_at, member_count FROM segment_history WHERE segment_id = ?"
        " ORDER BY computed_at",
        (segment_id,),
    ).fetchall()
    good = computes[:-1] if refusal else computes
    before = 0
    for computed_at, count in good:
        removed = random.randint(before // 20, before // 8) if before else 0
        removed = max(removed, before - count)
        _add(
            connection, "sync_logs", activation_id=number, status="success", user_count=count,
            added=count - before + removed, removed=removed, error_message="",
            synced_at=computed_at + _SYNC_DELAY,
        )  # fmt: skip
        before = count
    connection.execute(
        "INSERT INTO sync_members SELECT ?, user_id FROM segment_members WHERE segment_id = ?"
        " ORDER BY user_id LIMIT ?",
        (number, segment_id, before),
    )
    columns: dict[str, Any] = {"last_synced_at": good[-1][0] + _SYNC_DELAY if good else None}
    if refusal and computes:
        columns |= {"status": "error", "last_error": refusal}
        _add(
            connection, "sync_logs", activation_id=number, status="error", user_count=0, added=0,
            removed=0, error_message=refusal, synced_at=computes[-1][0] + _SYNC_DELAY,
        )  # fmt: skip
    change(connection, "activations", number, columns)


def _add(connection: sqlite3.Connection, table: str, **values: Any) -> None:
    insert(connection, table, values)
