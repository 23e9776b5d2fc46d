"""Prices in the spellings of catalogues: one table for the check, the comparison, the sandbox."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.catalogue.prices import parse_price

SPELLINGS: dict[str, tuple[float, str] | None] = {
    "4.20": (4.2, "USD"),
    "4,20": (4.2, "USD"),
    "2,4": (2.4, "USD"),
    "4,204.23": (4204.23, "USD"),
    "1.234.567,89": (1234567.89, "USD"),
    "1 234,56": (1234.56, "USD"),
    "1\u00a0234,56": (1234.56, "USD"),
    "1\u202f234,56": (1234.56, "USD"),
    "1\u2009234": (1234, "USD"),
    "1'234.50": (1234.5, "USD"),
    "1’234.50": (1234.5, "USD"),
    "1,23,456.78": (123456.78, "USD"),
    "CHF 1'200.20": (1200.2, "CHF"),
    "1.299,-": (1299, "USD"),
    "5,--": (5, "USD"),
    "₦1,500.00": (1500, "NGN"),
    "12.50 AED": (12.5, "AED"),
    "EUR 12.50": (12.5, "EUR"),
    "12,50 Euro": (12.5, "EUR"),
    "25,000": (25000, "USD"),
    "0,999": (0.999, "USD"),
    "1.299": (1.299, "USD"),
    "-5.00": (-5, "USD"),
    "−3 €": (-3, "EUR"),
    "-$5": (-5, "USD"),
    "US$12.50": (12.5, "USD"),
    "$0.99": (0.99, "USD"),
    ".50": (0.5, "USD"),
    # A mark of several currencies says nothing to a catalogue in dollars.
    "Rs. 1,299.00": None,
    "1 299 kr": None,
    "ab 12.50": None,
    "12 PCS": None,
    "$5 USD": None,
    "#N/A": None,
    "10.00-20.00": None,
    "15%": None,
    "5 50": None,
    "1,29,00": None,
    "1.2.3": None,
    "1.299,50,-": None,
    "12345678901234567": None,
    "": None,
    "€": None,
}


@pytest.mark.parametrize(("text", "price"), SPELLINGS.items())
def test_a_price_is_read_as_people_write_it(text: str, price: tuple[float, str] | None) -> None:
    found = parse_price(text, default="USD")

    assert (found and (found.number, found.currency or "USD")) == price


def test_a_shared_mark_means_the_currency_of_the_catalogue() -> None:
    for mark, default in (("kr", "NOK"), ("Rs.", "INR"), ("$", "CAD"), ("¥", "CNY")):
        found = parse_price(f"{mark} 5", default=default)

        assert found is not None
        assert found.currency == default


def test_without_a_currency_known_a_shared_mark_is_still_a_price() -> None:
    found = parse_price("5 kr")

    assert found is not None
    assert found.currency == ""


@given(
    st.integers(0, 999_999_999),
    st.integers(0, 99),
    st.sampled_from([(",", "."), (".", ","), ("'", "."), (" ", ","), ("\u202f", ","), ("", ".")]),
    st.sampled_from(["", "€", "$", "CHF "]),
)
def test_groups_and_decimals_say_the_same_number(
    whole: int, cents: int, marks: tuple[str, str], currency: str
) -> None:
    group, decimal = marks
    written = f"{currency}{whole:,}".replace(",", group) + f"{decimal}{cents:02}"

    found = parse_price(written)

    assert found is not None
    assert found.number == float(f"{whole}.{cents:02}")
