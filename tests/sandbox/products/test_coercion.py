"""Cells as values, and what a column looks like."""

from __future__ import annotations

import pytest

from segops_tui.sandbox.products.columns import infer_type, parse_cell


def price(amount, currency="USD"):
    return {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("text", "wanted", "value"),
    [
        ("5", "number", 5),
        ("-5.50", "number", -5.5),
        ("1e3", "number", 1000),
        ("1,234,567.5", "number", 1234567.5),
        ("123456789012345678901234", "number", 1.2345678901234568e23),
        ("TRUE", "boolean", True),
        ("no", "boolean", False),
        ("a, b,,c", "array", ["a", "b", "c"]),
        ('["a", 1]', "array", ["a", 1]),
        ("[a, b", "array", ["[a", "b"]),
        ("12.50", "price", price(12.5)),
        ("$1,299.00", "price", price(1299)),
        ("1.299,50 €", "price", price(1299.5, "EUR")),
        ("12,5", "price", price(12.5)),
        ("1,234", "price", price(1234)),
        ("R$ 9,90", "price", price(9.9, "BRL")),
        ("9.90 CHF", "price", price(9.9, "CHF")),
        ("7", "multi_price", [price(7)]),
        ("2026-01-02", "datetime", "2026-01-02"),
        ("=1+1", "string", "=1+1"),
        ("anything", "url", "anything"),
        ("anything", "unheard-of", "anything"),
    ],
)
def test_a_cell_becomes_a_value_of_its_type(text, wanted, value):
    found = parse_cell(text, wanted, currency="USD")

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "wanted", "words"),
    [
        ("abc", "number", '"abc" is not a number.'),
        ("nan", "number", '"nan" is not a number.'),
        ("1_000", "number", '"1_000" is not a number.'),
        ("1e999", "number", '"1e999" is not a number.'),
        ("maybe", "boolean", '"maybe" is not true or false.'),
        ("cheap", "price", '"cheap" is not a price.'),
        ("12 bananas", "price", '"12 bananas" is not a price.'),
        ("1.2.3", "price", '"1.2.3" is not a number.'),
        ("soon", "datetime", '"soon" is not an ISO 8601 time.'),
        ("x" * 90, "number", f'"{"x" * 39}…" is not a number.'),
    ],
)
def test_a_cell_that_is_none_of_its_type_says_so(text, wanted, words):
    with pytest.raises(ValueError, match="is not") as caught:
        parse_cell(text, wanted, currency="USD")

    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "", "2.5", " 3 "], "number"),
        (["007", "12"], "string"),
        (["12345678901234567890"], "string"),
        (["true", "FALSE"], "boolean"),
        (["0", "1"], "number"),
        (["https://example.com/a", "http://example.com"], "url"),
        (["https://example.com", "none"], "string"),
        (["$1", "€2.50"], "price"),
        (["2026-01-02", "2026-01-02T03:04:05Z"], "datetime"),
        (["", " "], "string"),
        ([], "string"),
    ],
)
def test_a_column_looks_like_what_every_cell_fits(texts, kind):
    assert infer_type(texts) == kind
