"""What a client can tell of the products of a product segment, and what it cannot."""

from __future__ import annotations

from itertools import product as pairs
from typing import Any

import pytest

from segops_tui.api.catalogue.product_rules import (
    UNDOCUMENTED,
    ProductRule,
    References,
    Signal,
    references_in,
    signals_of,
)
from segops_tui.api.resources.products import Product

TENT = Product({"id": 7, "sku": "TENT-1", "name": "Tent", "data": {"color": "pine", "price": 199}})
YES = {"type": "product_attribute", "property": "color", "operator": "eq", "value": "pine"}
NO = {**YES, "value": "red"}
CANNOT_TELL = {"type": "ai_visibility_metric"}
BOUGHT = {"type": "user_behavior_signal", "signal": "purchased_by_segment", "segment_id": "3"}
SIGNAL = Signal(3, "order_completed", "product_id")


def rule(*conditions: Any, logic: str = "AND", **more: Any) -> ProductRule:
    return ProductRule({"logic": logic, "conditions": list(conditions)}, {}, **more)


@pytest.mark.parametrize(("one", "other"), list(pairs((True, False, None), repeat=2)))
def test_what_cannot_be_told_decides_nothing_by_itself(one: bool | None, other: bool | None):
    condition = {True: YES, False: NO, None: CANNOT_TELL}
    values = (one, other)
    every = False if False in values else None if None in values else True
    some = True if True in values else None if None in values else False

    assert rule(condition[one], condition[other]).verdict(TENT) is every
    assert rule(condition[one], condition[other], logic="OR").verdict(TENT) is some


def test_an_undocumented_condition_is_named_and_never_taken_for_true():
    found = rule(YES, CANNOT_TELL)

    assert found.verdict(TENT) is None
    assert found.doubts == [f"conditions[1]: {UNDOCUMENTED}"]


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ({"type": "stock_level"}, "conditions[0].type"),
        ({**YES, "operator": "resembles"}, "conditions[0].operator"),
        ("color = pine", "conditions[0]: must be an object."),
    ],
)
def test_a_condition_of_a_newer_server_cannot_be_told(condition: Any, fault: str):
    found = rule(condition, YES)

    assert found.verdict(TENT) is None
    assert found.doubts[0].startswith(fault)
    assert rule(condition, NO).verdict(TENT) is False


@pytest.mark.parametrize(
    "definition",
    [
        {"logic": "XOR", "conditions": [YES]},
        {"conditions": [YES]},
        {"logic": "AND", "conditions": [YES], "exclude": [NO]},
    ],
)
def test_a_rule_that_is_combined_in_an_unknown_way_tells_of_no_product(definition: Any):
    found = ProductRule(definition, {})

    assert found.verdict(TENT) is None
    assert len(found.doubts) == 1


@pytest.mark.parametrize("definition", [{}, None, "?", {"logic": "AND", "conditions": []}])
def test_a_rule_without_conditions_has_no_products(definition: object):
    found = ProductRule(definition, {})

    assert (found.is_empty, found.verdict(TENT), found.doubts) == (True, False, [])


def test_a_signal_names_products_by_sku_or_by_id():
    for named, verdict in (("TENT-1", True), ("7", True), ("TENT-2", False)):
        known = {SIGNAL: References(frozenset({named}), "")}
        assert rule(BOUGHT, known=known).verdict(TENT) is verdict


def test_a_product_that_some_events_do_not_name_may_be_named_by_others():
    in_part = References(frozenset({"TENT-1"}), "100 of 900 users were read")
    other = Product({"id": 8, "sku": "MUG-1", "name": "Mug", "data": {}})
    found = rule(BOUGHT, known={SIGNAL: in_part})

    assert (found.verdict(TENT), found.verdict(other)) == (True, None)
    assert found.doubts == ["conditions[0]: 100 of 900 users were read"]


def test_a_signal_is_read_with_the_defaults_of_its_rule():
    viewed = {**BOUGHT, "signal": "viewed_by_segment", "product_id_property": "item.sku"}
    definition = {"logic": "OR", "conditions": [BOUGHT, viewed, BOUGHT, YES, {"type": "?"}]}

    assert signals_of(definition) == [SIGNAL, Signal(3, "product_viewed", "item.sku")]


def test_events_name_products_as_the_server_reads_them():
    payloads = [
        {"product_id": 7},
        {"product_id": ["MUG"]},
        {"item": {"sku": "A"}},
        {"item.sku": 2.5},
    ]

    assert list(references_in(payloads, "product_id")) == ["7"]
    assert list(references_in(payloads, "item.sku")) == ["A", "2.5"]
