"""Texts that several nouns share: active or paused, yes or no, sparklines, meters and prices.

A symbol always has a word beside it: no meaning rests on a symbol or a colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.record import as_number
from segops_tui.nouns.column import format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.nouns.column import Context, Tone

_BARS: Final = "▁▂▃▄▅▆▇█"


def active_words(value: Any, _context: Context) -> str:
    """`● active` or `○ paused`."""
    return "● active" if value else "○ paused"


def active_tone(value: bool) -> Tone:
    """The colour of active or paused."""
    return "good" if value else "muted"


def ticked(value: Any, _context: Context) -> str:
    """`✓ yes` or `✗ no`."""
    return "✓ yes" if value else "✗ no"


def spark(values: Sequence[Any], *, width: int = 30) -> str:
    """The latest `width` figures as bars, the lowest of them at the bottom; `–` for none.

    Equal figures are a line in the middle.
    """
    numbers = [n for value in values if (n := as_number(value)) is not None][-width:]
    if not numbers:
        return "–"
    low, high = min(numbers), max(numbers)
    # Halves, since the distance between two figures may be more than a figure can be.
    span = high / 2 - low / 2
    if not span:
        return _BARS[3] * len(numbers)
    most = len(_BARS) - 1
    return "".join(_BARS[round((n / 2 - low / 2) / span * most)] for n in numbers)


def meter(share: float | None, *, width: int = 10) -> str:
    """A share of 1 as a bar of `width` cells; a dash for None."""
    if share is None:
        return "–"
    full = round(min(max(share, 0.0), 1.0) * width)
    return "█" * full + "░" * (width - full)


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
