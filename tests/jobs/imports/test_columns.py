"""Cells that mean something: prices, formulas and names that identify."""

from __future__ import annotations

import pytest

from segops_tui.jobs.imports.columns import (
    ParsedPrice,
    are_plain_numbers,
    identifier_rank,
    is_formula,
    is_plain_number,
    is_price_header,
    parse_price,
    sku_rank,
)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("1.299,00 €", ParsedPrice("1299.00", "EUR")),
        ("$1,299.00", ParsedPrice("1299.00", "USD")),
        ("1 299", ParsedPrice("1299")),
        ("1'299.50 CHF", ParsedPrice("1299.50", "CHF")),
        ("12.345.678,90", ParsedPrice("12345678.90")),
        ("12,5", ParsedPrice("12.5")),
        ("1,299", ParsedPrice("1299")),
        ("0,999", ParsedPrice("0.999")),
        ("5,-", ParsedPrice("5")),
        ("−3 €", ParsedPrice("-3", "EUR")),
        ("EUR 12.50", ParsedPrice("12.50", "EUR")),
        ("1299.00", ParsedPrice("1299.00")),
    ],
)
def test_a_price_is_read_as_people_write_it(text: str, price: ParsedPrice) -> None:
    assert parse_price(text) == price


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "1,29,00", "12-15", "$5 USD", "on request", "1.2.3,4", "€"]
)
def test_what_is_no_price_is_none(text: str) -> None:
    assert parse_price(text) is None


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-cmd|' /C calc'!A0", "+SUM(A1)"])
def test_a_cell_a_spreadsheet_would_run_is_a_formula(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize("text", ["-5", "-5.00 €", "+49", "a=b", "", "-", "user@example.com"])
def test_an_ordinary_cell_is_no_formula(text: str) -> None:
    assert not is_formula(text)


def test_many_numbers_are_judged_as_each_is() -> None:
    for cells in (["1", "", "2.50"], ["1", "1,5"], ["-3", "+4.0"], ["1."], ["x"], []):
        assert are_plain_numbers(cells) == all(not c or is_plain_number(c) for c in cells)


def test_a_price_is_known_by_its_header() -> None:
    assert is_price_header("Variant Compare At Price")
    assert is_price_header("preis")
    assert not is_price_header("Priceless notes")


def test_names_that_identify_are_ranked() -> None:
    assert sku_rank("SKU") == 0
    assert sku_rank("Variant SKU") == 1
    assert sku_rank("product_id") is not None
    assert sku_rank("Handle") is None
    assert identifier_rank("Handle") < identifier_rank("Title") < identifier_rank("Colour")
