"""Products as lines of a form: types, odd values, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segops_tui.api.resources.products import Product, ProductSchema
from segops_tui.tui.dialogs.form_fields import read
from segops_tui.tui.products.fields import (
    attributes_of,
    bulk_items,
    product_body,
    product_fields,
    product_options,
    read_attribute,
)

FIELDS = [
    {"name": "brand", "type": "string"},
    {"name": "stock", "type": "number"},
    {"name": "new", "type": "boolean"},
    {"name": "tags", "type": "array"},
    {"name": "price", "type": "price"},
    {"name": "prices", "type": "multi_price"},
    {"name": "image", "type": "url"},
]
SCHEMA = ProductSchema({"fields": FIELDS, "default_currency": "EUR"})
SCALAR = st.none() | st.booleans() | st.integers() | st.text(max_size=9)


def in_json(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or a list or an object of a few."""
    names = st.text(max_size=5)
    return SCALAR | st.lists(values, max_size=3) | st.dictionaries(names, values, max_size=3)


JSON = in_json(in_json(SCALAR))
ANY_DATA = st.dictionaries(
    st.sampled_from([*(field["name"] for field in FIELDS), "else", "größe [x]"]), JSON
)


def product(**data: Any) -> Product:
    return Product({"id": 1, "sku": "a", "name": "A", "data": data})


def kinds(row: Product | None) -> dict[str, str]:
    return {field.name: field.kind for field in product_fields(SCHEMA, row)}


def test_a_line_is_of_the_kind_its_type_asks_for():
    assert kinds(None) == {
        "sku": "text", "name": "text", "data.brand": "text", "data.stock": "number",
        "data.new": "choice", "data.tags": "words", "data.price": "text", "data.prices": "json",
        "data.image": "text", "data": "json",
    }  # fmt: skip


def test_a_value_of_another_type_is_shown_as_json_and_a_long_text_in_several_lines():
    odd = kinds(product(stock="many", tags=["a, b"], brand={"x": 1}, image="y" * 300))

    assert odd["data.stock"] == odd["data.tags"] == odd["data.brand"] == "json"
    assert odd["data.image"] == "lines"


@given(ANY_DATA)
@example({"image": "https://example.com/a picture.png"})
@example({"price": "19.90 "})
@example({"stock": 2**53 + 1})
@example({"brand": " x\r", "image": "\n", "tags": ["a "]})
def test_a_form_nobody_touched_changes_nothing(data):
    """Whatever stands in a product, reading its lines as they are gives the same again."""
    row = product(**data)
    values = {f.name: read(f, f.typed) for f in product_fields(SCHEMA, row) if not f.fixed}
    faults = [reading.fault for reading in values.values() if reading.fault]

    body = product_body(SCHEMA, row, {name: reading.value for name, reading in values.items()})

    assert not faults
    assert "data" not in body


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        (None, "19.90", {"amount": 19.9, "currency": "EUR"}),
        (None, "20 usd", {"amount": 20, "currency": "USD"}),
        ("129.99", "119.99", "119.99"),
        (129.99, "119", 119),
        ({"amount": 1, "currency": "USD"}, "2 USD", {"amount": 2, "currency": "USD"}),
    ],
)
def test_a_price_keeps_the_form_it_had(before, typed, after):
    row = product(price=before)

    body = product_body(SCHEMA, row, {"data.price": typed})

    assert body == {"data": {"price": after}}


def test_every_attribute_is_sent_and_an_emptied_one_as_null():
    row = product(brand="Fern", stock=3, other=1)

    body = product_body(SCHEMA, row, {"data.stock": None, "data": {"more": True}})

    assert body == {"data": {"brand": "Fern", "stock": None, "other": None, "more": True}}
    assert product_options(body, is_new=False)[0] == "--set"
    assert product_options(body, is_new=False)[1].startswith('data={"brand": "Fern"')


def test_a_new_product_s_attributes_are_options_of_their_own_where_their_names_allow_it():
    assert product_options({"sku": "a", "data": {"brand": "Fern"}}, is_new=True) == [
        "--set", "sku=a", "--set", "data.brand=Fern",
    ]  # fmt: skip
    assert product_options({"data": {"a.b": 1}}, is_new=True) == ["--set", 'data={"a.b": 1}']


def test_a_schema_that_names_a_field_twice_or_takes_the_product_s_own_asks_once():
    twice = ProductSchema({"fields": [*FIELDS[:1], *FIELDS[:1], {"name": "sku"}, {}, None]})

    assert [field.name for field in attributes_of(twice)] == ["brand"]


@pytest.mark.parametrize(
    ("name", "words", "value", "fault"),
    [
        ("brand", "Fern", "Fern", ""),
        ("stock", "many", None, "This is not a number."),
        ("new", "yes", True, ""),
        ("new", "perhaps", None, "One of not said, yes, no."),
        ("tags", "a, b", ["a", "b"], ""),
        ("tags", "", None, ""),
        ("price", "dear", "dear", "An amount and a currency: 19.90 USD."),
        ("image", "a b", "a b", "An address has no blanks in it."),
    ],
)
def test_words_for_an_attribute_are_read_by_its_type(name, words, value, fault):
    field = next(field for field in attributes_of(SCHEMA) if field.name == name)

    assert read_attribute(field, words, SCHEMA) == (value, fault)


def test_a_bulk_upsert_has_each_product_whole():
    """Nothing is lost where the server replaces what a product had."""
    items = bulk_items([product(brand="Fern", stock=1), Product({})], "brand", "Moss")

    assert items == [{"brand": "Moss", "stock": 1, "sku": "a", "name": "A"}]
