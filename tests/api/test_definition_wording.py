"""A rule reads the way a person would say it."""

from __future__ import annotations

from typing import Any

import pytest

from segops_tui.api.definition import RuleLine, condition_label, rule_lines

NAMES = {7: "VIPs", 9: "[/b] “quoted”"}


def event(name: str = "order_placed", **fields: Any) -> dict[str, Any]:
    return {"event_type": name, **fields}


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            {
                "type": "monetary",
                **event(property="total", metric="sum", operator="gte", value=500),
            },
            "sum(order_placed.total) ≥ 500",
        ),
        (
            {"type": "recency", **event("page_viewed", operator="lt", window_days=30)},
            "page_viewed within last 30 days",
        ),
        (
            {"type": "recency", **event(operator="gt", window_days=30)},
            "no order_placed within last 30 days",
        ),
        (
            {"type": "recency", **event(operator="eq", window_days=1)},
            "last order_placed exactly 1 day ago",
        ),
        (
            {"type": "monetary", "operator": "gt", "value": 99.5},
            "sum(order_placed.total) > 99.5",
        ),
        (
            {"type": "event_count", **event(operator="gte", value=3, window_days=90)},
            "order_placed ≥ 3 times within 90 days",
        ),
        ({"type": "event_count", **event(operator="eq", value=0)}, "order_placed never"),
        (
            {"type": "event_count", **event(operator="eq", value=0, window_days=7)},
            "no order_placed within 7 days",
        ),
        ({"type": "event_count", **event(operator="lt", value=1.0)}, "order_placed < 1 time"),
        (
            {"type": "event_property", **event(property="currency", operator="eq", value="EUR")},
            "order_placed.currency is EUR",
        ),
        (
            {"type": "event_property", **event(property="total", operator="neq", value=5)},
            "order_placed.total ≠ 5",
        ),
        (
            {
                "type": "event_property",
                **event(property="total", operator="between", value=5, value2=9),
            },
            "order_placed.total is between 5 and 9",
        ),
        (
            {"type": "user_property", "property": "country", "operator": "in", "value": "DE,AT"},
            "user.country is one of DE, AT",
        ),
        (
            {
                "type": "user_property",
                "property": "n",
                "operator": "not_in",
                "value": list(range(10)),
            },
            "user.n is none of 0, 1, 2, 3, 4, 5, 6, 7 and 2 more",
        ),
        (
            {
                "type": "user_property",
                "property": "email",
                "operator": "matches_regex",
                "value": "@example",
            },
            "user.email matches /@example/",
        ),
        (
            {"type": "user_property", "property": "name", "operator": "contains", "value": "an"},
            "user.name contains “an”",
        ),
        ({"type": "user_property", "property": "x", "operator": "is_set"}, "user.x is set"),
        ({"type": "event_sequence", "events": ["a", "b"], "window_days": 7}, "a → b within 7 days"),
        (
            {"type": "event_sequence", "events": ["a", "b"], "window_days": 7, "strict": True},
            "a → b within 7 days, nothing in between",
        ),
        (
            {"type": "segment_membership", "segment_id": "7", "operator": "in"},
            "in segment “VIPs”",
        ),
        (
            {"type": "segment_membership", "segment_id": 8, "operator": "not_in"},
            "not in segment 8",
        ),
        (
            {"type": "product_attribute", "property": "price", "operator": "lte", "value": 20},
            "price ≤ 20",
        ),
        (
            {"type": "user_behavior_signal", "signal": "viewed_by_segment", "segment_id": "9"},
            "viewed by segment “[/b] “quoted”” (product_viewed.product_id)",
        ),
        ({"type": "ai_visibility_metric"}, "AI visibility (its meaning is not documented)"),
    ],
)
def test_a_condition_is_said_in_words(condition: dict[str, Any], words: str) -> None:
    assert condition_label(condition, segment_names=NAMES) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({}, "unknown condition …"),
        ({"type": "magic"}, "unknown condition magic"),
        ({"type": ["x"]}, "unknown condition […]"),
        ({"type": "event_count"}, "… … … times"),
        ({"type": "monetary", "operator": {}, "value": []}, "sum(order_placed.total) {…} […]"),
        ({"conditions": []}, "nested group (not supported)"),
    ],
)
def test_a_broken_condition_still_shows_what_is_there(
    condition: dict[str, Any], words: str
) -> None:
    assert condition_label(condition) == words


def test_a_rule_is_a_heading_and_a_line_each() -> None:
    definition = {
        "logic": "OR",
        "conditions": [
            {"type": "segment_membership", "segment_id": 7, "operator": "in"},
            "junk",
        ],
    }

    assert rule_lines(definition, segment_names=NAMES) == [
        RuleLine("ANY of", 0),
        RuleLine("in segment “VIPs”", 1),
        RuleLine("not a condition: junk", 1),
    ]


@pytest.mark.parametrize(
    ("definition", "lines"),
    [
        ({}, ["ALL of", "no conditions yet, so no users"]),
        ({"logic": "XOR", "conditions": None}, ["XOR of", "no conditions yet, so no users"]),
        (None, ["not a rule: …"]),
    ],
)
def test_a_rule_that_is_not_finished_says_so(definition: object, lines: list[str]) -> None:
    assert [line.text for line in rule_lines(definition)] == lines


def test_a_condition_on_a_missing_segment_says_so() -> None:
    bought = {"type": "user_behavior_signal", "signal": "purchased_by_segment", "segment_id": "4"}
    definition = {"logic": "AND", "conditions": [bought, {**bought, "segment_id": 5}]}

    lines = rule_lines(definition, kind="product", segment_names={5: "VIPs"}, missing={4})

    assert [line.is_broken for line in lines] == [False, True, False]
    assert lines[1].text == "bought by segment 4 (order_completed.product_id) (missing)"
