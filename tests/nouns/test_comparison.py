"""Comparing values with what was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.nouns.comparison import OPERATORS, holds, read_operand

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
MAY_2 = datetime(2026, 5, 2, 14, 32, tzinfo=UTC)


def _holds(value: object, operator: str, typed: str) -> bool:
    return holds(value, operator, read_operand(typed), now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "operator", "typed"),
    [
        (501, ">", "500"),
        (1200, "=", "1,200"),
        (10_000, ">=", "10k"),
        ("12.50", "<", "13"),
        ("0012", "=", "0012"),
        ({"amount": "129.99", "currency": "USD"}, "<", "130"),
        (0.1, "=", "0.1"),
        (MAY_2, "=", "2026-05-02"),
        (MAY_2, ":", "2026-05"),
        (MAY_2, ">", "2026-05-01"),
        (MAY_2, ">=", "2026-05-02"),
        (MAY_2, "<=", "2026-05-02"),
        (MAY_2, "=", "2026-05-02T14:32"),
        ("2026-05-02T14:32:00Z", ">", "2026-05-02T14:00:00+00:00"),
        (MAY_2, ">", "7d"),
        (NOW - timedelta(minutes=3), "<", "5min"),
        (True, "=", "yes"),
        (False, ":", "false"),
        ("Stale", ":", "stal"),
        ("stale", "=", "stale"),
        ("Fern", "<", "moss"),
        (["red", "Blue"], ":", "blue"),
        (["red", "blue"], "=", "blue"),
        ("red", "!=", "blue"),
        (None, "!=", "blue"),
        (None, "=", ""),
        ([], "=", ""),
    ],
)
def test_a_value_holds(value: object, operator: str, typed: str) -> None:
    assert _holds(value, operator, typed)


@pytest.mark.parametrize(
    ("value", "operator", "typed"),
    [
        (500, ">", "500"),
        (1500, ":", "500"),
        ("0012", "=", "12"),
        ("10k", "=", "10000"),
        (MAY_2, ">", "2026-05-02"),
        (MAY_2, "<", "2026-05-02"),
        (MAY_2, "<", "7d"),
        (None, "<", "5"),
        (None, ">", "5"),
        (None, ":", "x"),
        (0, "=", ""),
        ("Stale", "=", "stale"),
        ("tent", "<", "5"),
        ("tent", ">", "5"),
        (["red", "blue"], "!=", "blue"),
        (float("nan"), "=", "1"),
    ],
)
def test_a_value_does_not_hold(value: object, operator: str, typed: str) -> None:
    assert not _holds(value, operator, typed)


@given(st.decimals(-(10**9), 10**9, places=3), st.decimals(-(10**9), 10**9, places=3))
def test_exactly_one_of_less_equal_greater_holds(one: Decimal, other: Decimal) -> None:
    typed = f"{other:f}"

    assert [_holds(one, operator, typed) for operator in "<=>"].count(True) == 1
    assert _holds(one, "<=", typed) == (not _holds(one, ">", typed))
    assert _holds(one, ">=", typed) == (not _holds(one, "<", typed))


@given(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.datetimes()),
    st.sampled_from(OPERATORS),
    st.text(),
)
def test_any_value_compares_with_any_text(value: object, operator: str, typed: str) -> None:
    assert _holds(value, operator, typed) in {True, False}
    assert _holds(value, "=", typed) != _holds(value, "!=", typed)
