"""Cells as values: nothing changes on the way, and what does not fit says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.catalogue.cells import TypeTally, exact_number, infer_type, parse_cell


def price(amount: float, currency: str = "USD") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("text", "wanted", "value"),
    [
        ("5", "number", 5),
        ("-5.5", "number", -5.5),
        ("1,234,567.5", "number", 1234567.5),
        ("1,000,000", "number", 1000000),
        ("1,500.00", "number", 1500),
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
def test_a_cell_becomes_a_value_of_its_type(text: str, wanted: str, value: Any) -> None:
    found = parse_cell(text, wanted, currency="USD")

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    ["007", "1.10", "90.750", "+49", "8.90123E+12", "1e3", "-0", "0.00001", "12345678901234567890"],
)
def test_a_number_field_keeps_the_text_of_what_no_number_is_written_like(text: str) -> None:
    assert parse_cell(text, "number", currency="USD") == text


@pytest.mark.parametrize(
    ("text", "wanted", "words"),
    [
        ("abc", "number", '"abc" is not a number.'),
        ("nan", "number", '"nan" is not a number.'),
        ("1_000", "number", '"1_000" is not a number.'),
        ("1,500", "number", '"1,500" is not a number.'),
        ("1,5", "number", '"1,5" is not a number.'),
        ("maybe", "boolean", '"maybe" is not true or false.'),
        ("cheap", "price", '"cheap" is not a price.'),
        ("12 bananas", "price", '"12 bananas" is not a price.'),
        ("1.2.3", "price", '"1.2.3" is not a price.'),
        ("12 kr", "price", '"12 kr" is not a price.'),
        ("soon", "datetime", '"soon" is not an ISO 8601 time.'),
        ("x" * 90, "number", f'"{"x" * 39}…" is not a number.'),
    ],
)
def test_a_cell_that_is_none_of_its_type_says_so(text: str, wanted: str, words: str) -> None:
    with pytest.raises(ValueError, match="is not") as caught:
        parse_cell(text, wanted, currency="USD")

    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "", "2.5", " 3 "], "number"),
        (["007", "12"], "string"),
        (["1.5", "1.10"], "string"),
        (["12345678901234567890"], "string"),
        (["123456789012345", "0.12345"], "number"),
        (["true", "FALSE"], "boolean"),
        (["0", "1"], "number"),
        (["https://example.com/a", "http://example.com"], "url"),
        (["https://example.com", "none"], "string"),
        (["$1", "€2.50"], "price"),
        (["$1", "2.50"], "string"),
        (["2026-01-02", "2026-01-02T03:04:05Z"], "datetime"),
        (["", " "], "string"),
        ([], "string"),
    ],
)
def test_a_column_looks_like_what_every_cell_fits(texts: list[str], kind: str) -> None:
    assert infer_type(texts) == kind


CELLS = st.one_of(
    st.from_regex(r"[-+]?[0-9]{0,17}\.?[0-9]{0,9}([eE][-+]?[0-9]{1,3})?", fullmatch=True),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.integers().map(str),
    st.sampled_from(["", " ", "true", "no", "1", "0", "$5", "1,5", "2026-01-02", "x", "٣"]),
)


@given(CELLS)
def test_a_number_is_read_only_where_it_is_written_like_that(text: str) -> None:
    number = exact_number(text)

    assert number is None or str(number) == text
    if infer_type([text]) == "number":
        assert str(parse_cell(text.strip(), "number", currency="")) == text.strip()


@given(st.lists(st.lists(CELLS, max_size=4), max_size=4))
def test_batches_are_judged_as_every_cell_is(batches: list[list[str]]) -> None:
    tally = TypeTally()
    for batch in batches:
        tally.take(batch)
    filled = [text.strip() for batch in batches for text in batch if text.strip()]

    for kind in ("number", "boolean", "price", "datetime"):
        expected = True
        for text in filled:
            try:
                value = parse_cell(text, kind, currency="")
            except ValueError:
                expected = False
            else:
                is_kept = isinstance(value, int | float) and str(value) == text
                expected = expected and (kind != "number" or is_kept)
        assert (kind not in tally.misfits) == expected, kind
    assert tally.has_values == bool(filled)
    assert tally.inferred == infer_type(filled)
