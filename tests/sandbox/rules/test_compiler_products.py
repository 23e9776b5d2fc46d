"""Each condition of a product segment selects the SKUs the contract says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from segops_tui.sandbox.rules.compiler import compile_products, register_functions
from tests.sandbox.empty import empty_workspace


class Catalogue:
    """A sandbox database with products, and what the tests ask of it."""

    def __init__(self) -> None:
        self.connection = empty_workspace()
        register_functions(self.connection)

    def product(self, sku: str, name: str = "A thing", /, **data: Any) -> None:
        self.connection.execute(
            "INSERT INTO products (sku, name, data, source, created_at, updated_at)"
            " VALUES (?, ?, ?, 'api', 0, 0)",
            (sku, name, json.dumps(data)),
        )

    def event(self, user: str, event_type: str, /, **payload: Any) -> None:
        self.connection.execute(
            "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
            " VALUES (?, ?, 0, 0, ?)",
            (user, event_type, json.dumps(payload)),
        )

    def select(
        self, *conditions: dict[str, Any], logic: str = "AND", aliases: bool = False, **types: str
    ) -> list[str]:
        definition = {"logic": logic, "conditions": list(conditions)}
        query = compile_products(definition, field_types=types, has_aliases=aliases, now=0)
        rows = self.connection.execute(query.sql, query.params).fetchall()
        assert rows == self.connection.execute(query.inlined()).fetchall()
        return [sku for (sku,) in rows]


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    made = Catalogue()
    yield made
    made.connection.close()


def attribute(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "product_attribute",
        "property": name,
        "operator": operator,
        "value": value,
        **more,
    }


def signal(name: str, segment_id: str = "7", **more: Any) -> dict[str, Any]:
    return {"type": "user_behavior_signal", "signal": name, "segment_id": segment_id, **more}


@pytest.mark.parametrize(
    ("operator", "value", "value2", "expected"),
    [
        ("eq", 129.99, None, ["number", "object", "several", "text"]),
        ("neq", "129.99", None, ["cheap", "junk", "none"]),
        ("lt", 100, None, ["cheap"]),
        ("between", 100, 130, ["number", "object", "several", "text"]),
        ("not_between", 100, 130, ["cheap", "junk", "none"]),
        ("in", [129.99, 5], None, ["cheap", "number", "object", "several", "text"]),
        ("is_set", None, None, ["cheap", "junk", "number", "object", "several", "text"]),
        ("is_not_set", None, None, ["none"]),
    ],
)
def test_a_price_is_compared_by_its_amount_in_every_form(
    catalogue: Catalogue, operator: str, value: Any, value2: Any, expected: list[str]
) -> None:
    """As an object, as text, as a number; declared in the condition or in the schema."""
    catalogue.product("object", price={"amount": 129.99, "currency": "USD"})
    catalogue.product("text", price="129.99")
    catalogue.product("number", price=129.99)
    catalogue.product("several", price=[{"amount": "129.99", "locale": "en_US"}, {"amount": 1}])
    catalogue.product("cheap", price={"amount": 5})
    catalogue.product("junk", price="call us")
    catalogue.product("none", price={"currency": "USD"})

    condition = attribute("price", operator, value, value2=value2)

    assert catalogue.select(condition | {"value_type": "price"}) == expected
    assert catalogue.select(condition, price="price") == expected
    assert catalogue.select(condition, price="multi_price") == expected


def test_an_array_may_be_stored_as_a_list_or_as_text_with_commas(catalogue: Catalogue) -> None:
    catalogue.product("list", tags=["red", "wool"])
    catalogue.product("text", tags="red , cotton")
    catalogue.product("near", tags="reddish")
    catalogue.product("empty", tags=[])
    catalogue.product("blank", tags=" , ")

    declared = {"value_type": "array"}

    assert catalogue.select(attribute("tags", "contains", "red") | declared) == ["list", "text"]
    assert catalogue.select(attribute("tags", "contains", "red"), tags="array") == ["list", "text"]
    assert catalogue.select(attribute("tags", "contains", "red")) == ["list", "near", "text"]
    assert catalogue.select(attribute("tags", "is_not_set") | declared) == ["blank", "empty"]
    assert catalogue.select(attribute("tags", "does_not_contain", "red") | declared) == [
        "blank",
        "empty",
        "near",
    ]


def test_sku_and_name_are_columns_whatever_the_data_says(catalogue: Catalogue) -> None:
    catalogue.product("A-1", "Wool socks", sku="B-2", name="Hat")
    catalogue.product("B-2", "Hat")

    assert catalogue.select(attribute("sku", "starts_with", "A")) == ["A-1"]
    assert catalogue.select(attribute("name", "contains", "Hat")) == ["B-2"]
    assert catalogue.select(attribute("name", "is_not_set")) == []


def test_other_attributes_follow_the_common_rules(catalogue: Catalogue) -> None:
    """Truths, numbers in text, nested names, names full of quotes, and what is unset."""
    catalogue.product("a", active=True, stock="12", specs={"weight": 2}, **{'we"ird': "x"})
    catalogue.product("b", active="false", stock=3, url="https://example.com/b")
    catalogue.product("c")

    assert catalogue.select(attribute("active", "is_true", value_type="boolean")) == ["a"]
    assert catalogue.select(attribute("active", "is_false", value_type="boolean")) == ["b"]
    assert catalogue.select(attribute("stock", "gt", 5, value_type="number")) == ["a"]
    assert catalogue.select(attribute("specs.weight", "lte", 2)) == ["a"]
    assert catalogue.select(attribute('we"ird', "eq", "x")) == ["a"]
    assert catalogue.select(attribute("url", "is_not_set", value_type="url")) == ["a", "c"]
    assert catalogue.select(attribute("stock", "neq", 12)) == ["b", "c"]
    assert catalogue.select(attribute("'; DROP TABLE products; --", "is_set")) == []


def test_a_signal_matches_what_members_events_name(catalogue: Catalogue) -> None:
    """By SKU or by the product's number, through aliases, for the right event type only."""
    for sku in ("A-1", "B-2", "C-3", "D-4"):
        catalogue.product(sku)
    catalogue.connection.execute("INSERT INTO segment_members VALUES (7, 'ann')")
    catalogue.connection.execute("INSERT INTO identities VALUES ('anon_1', 'ann')")
    catalogue.event("ann", "order_completed", product_id="A-1")
    catalogue.event("ann", "order_completed", product_id=2)
    catalogue.event("anon_1", "order_completed", product_id="C-3")
    catalogue.event("bob", "order_completed", product_id="D-4")
    catalogue.event("ann", "product_viewed", product_id="D-4", item={"sku": "B-2"})

    catalogue.connection.execute("INSERT INTO segment_members VALUES (9, 'anon_1')")

    bought, viewed = signal("purchased_by_segment"), signal("viewed_by_segment")

    assert catalogue.select(bought) == ["A-1", "B-2"]
    assert catalogue.select(bought, aliases=True) == ["A-1", "B-2", "C-3"]
    assert catalogue.select(signal("purchased_by_segment", "9"), aliases=True) == [
        "A-1",
        "B-2",
        "C-3",
    ]
    assert catalogue.select(viewed) == ["D-4"]
    assert catalogue.select(viewed | {"product_id_property": "item.sku"}) == ["B-2"]
    assert catalogue.select(bought | {"event_type": "product_viewed"}) == ["D-4"]
    assert catalogue.select(signal("purchased_by_segment", "8")) == []


def test_conditions_combine_and_ai_visibility_is_always_true(catalogue: Catalogue) -> None:
    catalogue.product("a", brand="Acme", stock=1)
    catalogue.product("b", brand="Acme", stock=9)
    catalogue.product("c", brand="Other", stock=9)
    acme, stocked = attribute("brand", "eq", "Acme"), attribute("stock", "gt", 5)
    always = {"type": "ai_visibility_metric"}

    assert catalogue.select(acme, stocked, always) == ["b"]
    assert catalogue.select(acme, stocked, logic="OR") == ["a", "b", "c"]
    assert catalogue.select(always) == ["a", "b", "c"]
    assert catalogue.select() == []
