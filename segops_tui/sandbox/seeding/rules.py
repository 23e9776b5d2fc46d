"""The segments and product segments of the seeded shop: rules, past versions and computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

Definition = dict[str, Any]
Condition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Revision:
    """A saved definition, its author and its age."""

    days_ago: float
    author: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """A segment: its revisions, oldest first, and its computes, if any."""

    name: str
    description: str
    revisions: tuple[Revision, ...]
    computed_hours_ago: float | None = None
    """Age of the last compute; None if it was never computed."""
    earlier: tuple[int, ...] = ()
    """Days between each earlier compute and the last one."""
    segment_type: str = "rule"
    is_active: bool = True


MAYA: Final = "maya@example.com"
IDRIS: Final = "idris@example.com"
TOVE: Final = "tove@example.com"

HIGH_LTV: Final = 1
NEWSLETTER_READERS: Final = 4
WINDOW_SHOPPERS: Final = 6
"""Ids: positions in `SEGMENTS`, from 1."""


def every(*conditions: Condition) -> Definition:
    """A rule that requires all conditions."""
    return {"logic": "AND", "conditions": list(conditions)}


def some(*conditions: Condition) -> Definition:
    """A rule that requires at least one condition."""
    return {"logic": "OR", "conditions": list(conditions)}


def did(event: str, operator: str, value: int, **window: int) -> Condition:
    """How often an event happened."""
    return {
        "type": "event_count", "event_type": event, "operator": operator, "value": value, **window,
    }  # fmt: skip


def last(event: str, operator: str, days: int) -> Condition:
    """How long ago an event last happened."""
    return {"type": "recency", "event_type": event, "operator": operator, "window_days": days}


def spent(metric: str, operator: str, value: float) -> Condition:
    """The amount of the orders."""
    return {
        "type": "monetary", "event_type": "order_placed", "property": "total", "metric": metric,
        "operator": operator, "value": value,
    }  # fmt: skip


def trait(name: str, operator: str, **value: object) -> Condition:
    """A property of the user."""
    return {"type": "user_property", "property": name, "operator": operator, **value}


def latest(event: str, name: str, operator: str, **value: object) -> Condition:
    """A property of the latest event of a type."""
    return {
        "type": "event_property", "event_type": event, "property": name, "operator": operator,
        **value,
    }  # fmt: skip


def member(operator: str, segment_id: int) -> Condition:
    """Membership of another segment."""
    return {"type": "segment_membership", "segment_id": segment_id, "operator": operator}


SEGMENTS: Final = (
    PlannedSegment(
        "High LTV buyers",
        "Bought a lot, bought lately, and reads what we send. First to hear of new products.",
        (
            Revision(151, MAYA, every(spent("sum", "gte", 1000))),
            Revision(120, MAYA, every(spent("sum", "gte", 750), last("order_placed", "lt", 90))),
            Revision(64, IDRIS, every(spent("sum", "gte", 500), last("order_placed", "lt", 60))),
            Revision(33, MAYA, every(
                spent("sum", "gte", 500), last("order_placed", "lt", 30),
                member("in", NEWSLETTER_READERS),
            )),
        ),
        computed_hours_ago=2.1,
        earlier=(21, 7),
    ),
    PlannedSegment(
        "Lapsed VIPs",
        "Used to spend well and stopped. Win-back calls start from this list.",
        (
            Revision(140, IDRIS, every(spent("sum", "gte", 600), last("order_placed", "gt", 45))),
            Revision(3.2, TOVE, every(spent("sum", "gte", 600), last("order_placed", "gt", 60))),
        ),
        computed_hours_ago=9 * 24 + 1.5,
        earlier=(7,),
    ),
    PlannedSegment(
        "Trial never bought",
        "Tried Northwind Plus and never placed an order.",
        (Revision(96, TOVE, every(did("trial_started", "gte", 1), did("order_placed", "eq", 0))),),
        computed_hours_ago=5.6,
        earlier=(28, 21, 14, 7),
    ),
    PlannedSegment(
        "Newsletter readers",
        "Subscribed, and opened at least two of the last month's mails.",
        (
            Revision(170, MAYA, every(trait("newsletter", "is_true"))),
            Revision(133, MAYA, every(
                trait("newsletter", "is_true"), did("email_opened", "gte", 2, window_days=30),
            )),
        ),
        computed_hours_ago=3.0,
        earlier=(21, 7),
    ),
    PlannedSegment(
        "Cart abandoners this week",
        "Something in the cart, no order, seven days. Feeds the reminder mail.",
        (
            Revision(88, TOVE, every(did("checkout_started", "gte", 1, window_days=7))),
            Revision(80, TOVE, every(
                did("added_to_cart", "gte", 1, window_days=3), did("order_placed", "eq", 0),
            )),
            Revision(45, MAYA, every(
                did("added_to_cart", "gte", 1, window_days=7),
                did("order_placed", "lt", 1, window_days=7),
            )),
        ),
        computed_hours_ago=0.6,
        earlier=tuple(range(28, 0, -2)),
    ),
    PlannedSegment(
        "Window shoppers",
        "Look at everything and buy nothing. Not members, who would skew it.",
        (Revision(75, IDRIS, every(
            did("product_viewed", "gte", 10, window_days=60), did("order_placed", "eq", 0),
            did("subscription_started", "lte", 0),
        )),),
        computed_hours_ago=26.0,
    ),
    PlannedSegment(
        "Big baskets",
        "Any sign of a large order: one dear one, a high average, or many pieces.",
        (
            Revision(110, MAYA, some(spent("max", "gt", 900), spent("avg", "gte", 450))),
            Revision(52, IDRIS, some(
                spent("max", "gt", 900), spent("avg", "gte", 450),
                latest("order_placed", "item_count", "gte", value=5),
            )),
        ),
        computed_hours_ago=29.5,
    ),
    PlannedSegment(
        "Nordic hikers",
        "For the hut-to-hut campaign with the Fjellbris shop-in-shop.",
        (
            Revision(61, TOVE, every(
                trait("country", "in", value=["NO", "SE"]),
                trait("interests", "contains", value="hiking"),
            )),
            Revision(57, TOVE, every(
                trait("country", "in", value=["NO", "SE", "DK", "FI"]),
                trait("interests", "contains", value="hiking"),
            )),
        ),
        computed_hours_ago=7.3,
    ),
    PlannedSegment(
        "Bought from a newsletter",
        "Opened a mail, looked at a product and ordered, all within two days.",
        (Revision(40, MAYA, every({
            "type": "event_sequence", "events": ["email_opened", "product_viewed", "order_placed"],
            "window_days": 2, "strict": False,
        })),),
        computed_hours_ago=4.4,
    ),
    PlannedSegment(
        "App before 5.0",
        "Who still had to update. The migration is over; kept for the record.",
        (Revision(130, IDRIS, every(
            latest("app_opened", "version", "matches_regex", value=r"^4\."),
            latest("app_opened", "platform", "is_set"),
        )),),
        computed_hours_ago=62 * 24,
        is_active=False,
    ),
    PlannedSegment(
        "Coupons and gifts",
        "The latest order came with a coupon of 15% or more, or as a gift.",
        (
            Revision(70, TOVE, some(latest("order_placed", "coupon", "starts_with", value="LAST"))),
            Revision(28, TOVE, some(
                latest("order_placed", "coupon", "starts_with", value="LAST"),
                latest("order_placed", "discount", "between", value=15, value2=30),
                latest("order_placed", "shipping.gift", "is_true"),
            )),
        ),
        computed_hours_ago=16 * 24 + 6,
    ),
    PlannedSegment(
        "Plus members going quiet",
        "Pay for Plus and have not come by in three weeks. Drafted with the assistant.",
        (
            Revision(36, IDRIS, every(
                trait("plan", "eq", value="plus"), last("app_opened", "gt", 30),
            )),
            Revision(22, IDRIS, every(
                trait("plan", "eq", value="plus"), last("app_opened", "gt", 21),
                last("page_viewed", "gt", 21), member("not_in", HIGH_LTV),
            )),
        ),
        computed_hours_ago=2.0,
        segment_type="ai",
    ),
    PlannedSegment(
        "Young trail runners",
        "For the Moraine launch. Waiting for the age question to be cleared.",
        (Revision(5, MAYA, every(
            trait("age", "between", value=18, value2=29),
            trait("interests", "contains", value="trail running"),
            trait("acquisition_source", "does_not_contain", value="paid"),
            trait("email", "ends_with", value="@example.com"),
        )),),
    ),
    PlannedSegment("Untitled segment", "", (Revision(1.1, TOVE, {}),)),
)  # fmt: skip
"""Two were never computed; three were computed over a week ago, one of them inactive."""


@dataclass(frozen=True, slots=True)
class PlannedProductSegment:
    """A product segment, and when it was created, updated and computed."""

    name: str
    description: str
    definition: Definition
    created_days_ago: float
    updated_days_ago: float
    computed_hours_ago: float | None = None


def attribute(name: str, operator: str, value_type: str, **value: object) -> Condition:
    """A condition on one attribute."""
    return {
        "type": "product_attribute", "property": name, "operator": operator,
        "value_type": value_type, **value,
    }  # fmt: skip


def signal(word: str, segment_id: int, **further: object) -> Condition:
    """Whether members of a segment bought or viewed the product."""
    return {
        "type": "user_behavior_signal", "signal": word, "segment_id": str(segment_id), **further,
    }  # fmt: skip


PRODUCT_SEGMENTS: Final = (
    PlannedProductSegment(
        "Rain jackets under $250",
        "The wet-weather landing page.",
        every(
            attribute("category", "eq", "string", value="Jackets"),
            attribute("waterproof", "is_true", "boolean"),
            attribute("price", "lt", "price", value=250),
        ),
        140, 38, 30,
    ),
    PlannedProductSegment(
        "Incomplete listings",
        "No picture, no text or no colour: the content team's list of work.",
        some(
            attribute("image", "is_not_set", "url"),
            attribute("description", "is_not_set", "string"),
            attribute("color", "is_not_set", "string"),
        ),
        120, 120, 6.5,
    ),
    PlannedProductSegment(
        "Loved by high LTV buyers",
        "Bought by the best customers and well reviewed.",
        every(
            signal("purchased_by_segment", HIGH_LTV),
            attribute("rating", "gte", "number", value=4.2),
        ),
        74, 20, 2,
    ),
    PlannedProductSegment(
        "Wanted but sold out",
        "Window shoppers look at them and the warehouse has none.",
        every(
            signal("viewed_by_segment", WINDOW_SHOPPERS, product_id_property="product_id"),
            attribute("stock", "lte", "number", value=0),
        ),
        60, 60, 11 * 24,
    ),
    PlannedProductSegment(
        "Small winter gifts",
        "Under $60, tagged for winter, not on sale.",
        every(
            attribute("tags", "contains", "array", value="winter"),
            attribute("price", "between", "price", value=10, value2=60),
            attribute("name", "does_not_contain", "string", value="[SALE]"),
            attribute("brand", "in", "string", value=["Northwind", "Fjellbris", "Tarnwater"]),
        ),
        12, 2, 50,
    ),
    PlannedProductSegment(
        "Own brand for assistants",
        "What AI assistants should mention first. Not computed yet.",
        every(
            {"type": "ai_visibility_metric"},
            attribute("brand", "eq", "string", value="Northwind"),
            attribute("sku", "starts_with", "string", value="NW-"),
        ),
        4, 4,
    ),
)  # fmt: skip
"""With all three types of condition; one was never computed."""
