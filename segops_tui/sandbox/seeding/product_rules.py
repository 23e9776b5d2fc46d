"""The product segments: sets of the catalogue that merchandisers would want.

Knows definitions and times before now; how many match is computed from the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segops_tui.sandbox.seeding.rules import (
    HIGH_LTV,
    WINDOW_SHOPPERS,
    Condition,
    Definition,
    every,
    some,
)


@dataclass(frozen=True, slots=True)
class PlannedProductSegment:
    """A product segment, and when it was made, changed and computed."""

    name: str
    description: str
    definition: Definition
    created_days_ago: float
    updated_days_ago: float
    computed_hours_ago: float | None = None


def attribute(name: str, operator: str, value_type: str, **value: object) -> Condition:
    """A test of one attribute."""
    return {
        "type": "product_attribute", "property": name, "operator": operator,
        "value_type": value_type, **value,
    }  # fmt: skip


def signal(word: str, segment_id: int, **further: object) -> Condition:
    """Whether members of a user segment bought or viewed it."""
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
"""All three condition types; one was never computed."""
