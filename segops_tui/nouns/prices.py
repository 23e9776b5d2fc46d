"""Formats a price in any of the forms the API returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.column import format_value

if TYPE_CHECKING:
    from segops_tui.nouns.column import Context

_NO_DECIMALS: Final = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})


def priced(value: Any, _context: Context) -> str:
    """A price with its decimals, so that a column of them lines up; any of its forms (§4.1)."""
    amount, currency = value, ""
    if is_price(value):
        amount, currency = value["amount"], f" {value['currency']}"
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return format_value(value)
    is_whole = currency.strip() in _NO_DECIMALS and float(amount).is_integer()
    return f"{amount:,.{0 if is_whole else 2}f}{currency}"


def is_price(value: Any) -> bool:
    """Whether this is an amount with its currency."""
    return isinstance(value, Mapping) and {"amount", "currency"} <= value.keys()
