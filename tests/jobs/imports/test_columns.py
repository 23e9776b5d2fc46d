"""Cells that mean something: prices, formulas and names that identify."""

from __future__ import annotations

import pytest

from segops_tui.jobs.imports.columns import (
    are_plain_numbers,
    identifier_rank,
    is_formula,
    is_plain_number,
    is_price_header,
    sku_column,
)


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
    assert sku_column(["Title", "product_id", "Variant SKU"]) == "Variant SKU"
    assert sku_column(["Titel", "Artikel-Nr."]) == "Artikel-Nr."
    assert sku_column(["Handle", "Title"]) is None
    assert identifier_rank("Handle") < identifier_rank("Title") < identifier_rank("Colour")
