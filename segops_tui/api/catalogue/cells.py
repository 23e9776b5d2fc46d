"""How a CSV cell reads as a value of each field type (contract §4.1 and §4.3, inferred).

The sandbox converts cells with this, and the client predicts with it what a server will take.
Nothing is changed silently: a cell that a number cannot keep digit for digit stays text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.catalogue.prices import (
    are_usual_prices,
    is_price_with_currency,
    parse_price,
)
from segops_tui.api.record import as_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_TRUE: Final = frozenset({"true", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "0"})
_INTEGER: Final = re.compile(r"-?[1-9]\d{0,14}|0", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d*)\.\d*[1-9]", re.ASCII)
_ALL_EXACT: Final = re.compile(
    r"(?:(?:-?[1-9]\d{0,14}|0|-?(?:0|[1-9]\d{0,8})\.(?!0000)\d{0,4}[1-9])?\n)*+", re.ASCII
)
"""Many exact numbers at once; a few rare spellings are left to the test of one."""
_ALL_URLS: Final = re.compile(r"(?:(?:https?://\S++)?\n)*+")
_NUMERIC: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_GROUPED: Final = re.compile(
    r"-?[1-9]\d{0,2}(?:,\d{3})+\.\d+|-?[1-9]\d{0,2}(?:,\d{3}){2,}", re.ASCII
)
_URL: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST: Final = 40


def exact_number(text: str) -> int | float | None:
    """The number that is written exactly like this, or None.

    `7` and `-2.5` are; `007`, `1.10`, `+49`, `8.9E+12` and numbers of more digits than a number
    keeps are not: to and from a number, they would come back as another text.
    """
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and repr(number := float(text)) == text:
        return number
    return None


def trimmed(text: str) -> str:
    """A cell without blanks around it; a blank that is not ASCII is part of a text."""
    return text.strip(" \t\r\n\f\v") if text and not text.isspace() else ""


def parse_cell(text: str, field_type: str, *, currency: str) -> Any:
    """Convert a cell to its field type; `text` is trimmed and not empty.

    Raises:
        ValueError: the text is not of that type.
    """
    convert = _CONVERTERS.get(field_type)
    return text if convert is None else convert(text.strip(), currency)


def cell_error(text: str, field_type: str, *, currency: str) -> str:
    """Why the text is not of that type; empty if it is."""
    try:
        parse_cell(text, field_type, currency=currency)
    except ValueError as error:
        return str(error)
    return ""


def keeps_its_text(text: str, field_type: str) -> bool:
    """Whether a number field keeps the text as it is, since no number is written like that."""
    return field_type == "number" and exact_number(text) is None


def infer_type(texts: Iterable[str]) -> str:
    """Infer the type that fits all cells; blank cells are ignored."""
    tally = TypeTally()
    tally.take(list(texts))
    return tally.inferred


class TypeTally:
    """Finds, batch by batch, which types fit all cells of a column."""

    __slots__ = ("_alive", "has_values")

    def __init__(self) -> None:
        self._alive = set(_TESTS)
        self.has_values = False

    def take(self, cells: Sequence[str]) -> None:
        """Look at a batch; blank cells fit every type."""
        alive = self._alive
        if not alive and self.has_values:
            return
        if alive <= _AT_ONCE and self._fit_at_once("\n".join(cells) + "\n"):
            return
        filled = set(map(str.strip, set(cells)))
        filled.discard("")
        if not filled:
            return
        self.has_values = True
        for name, (test, implied_by) in _TESTS.items():
            if name in alive and not alive & implied_by and not all(map(test, filled)):
                alive.discard(name)

    def _fit_at_once(self, lines: str) -> bool:
        """Whether one match proves that all cells fit what fitted so far."""
        alive = self._alive
        if alive <= _OF_NUMBERS:
            return _ALL_EXACT.fullmatch(lines) is not None or (
                alive <= _OF_PRICES and are_usual_prices(lines)
            )
        if alive <= _OF_PRICES:
            return are_usual_prices(lines, with_currency=True)
        return alive == _OF_URLS and _are_urls(lines)

    @property
    def inferred(self) -> str:
        """The type that a new field of this column gets."""
        if not self.has_values:
            return "string"
        return next((kind for name, kind in _INFERRED.items() if name in self._alive), "string")

    @property
    def misfits(self) -> frozenset[str]:
        """Types of fields that do not take every cell, or not every number digit for digit."""
        if not self.has_values:
            return frozenset()
        return frozenset(kind for kind, name in _FITTING.items() if name not in self._alive)


def _are_urls(lines: str) -> bool:
    """Whether every line, each with its end, is a URL or empty."""
    begun = f"\n{lines}"
    count = begun.count("\nhttps://") + begun.count("\nhttp://")
    if count == lines.count("\n") and "://\n" not in lines:
        # Each begins like one: is one if there is no blank in it.
        return len(lines.split()) == count
    return _ALL_URLS.fullmatch(lines) is not None


def _number(text: str, _currency: str) -> int | float | str:
    number = exact_number(text)
    if number is not None:
        return number
    if _NUMERIC.fullmatch(text):
        return text
    if _GROUPED.fullmatch(text):
        plain = text.replace(",", "")
        found = exact_number(plain.rstrip("0").rstrip(".") if "." in plain else plain)
        if found is not None:
            return found
    raise ValueError(f'"{_short(text)}" is not a number.')


def _boolean(text: str, _currency: str) -> bool:
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f'"{_short(text)}" is not true or false.')


def _array(text: str, _currency: str) -> list[Any]:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return found
    return [part.strip() for part in text.split(",") if part.strip()]


def _price(text: str, currency: str) -> dict[str, Any]:
    price = parse_price(text, default=currency)
    if price is None:
        raise ValueError(f'"{_short(text)}" is not a price.')
    return {"amount": price.number, "currency": price.currency or currency}


def _prices(text: str, currency: str) -> list[Any]:
    return [_price(text, currency)]


def _datetime(text: str, _currency: str) -> str:
    if as_moment(text) is None:
        raise ValueError(f'"{_short(text)}" is not an ISO 8601 time.')
    return text


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _is_exact(text: str) -> bool:
    return exact_number(text) is not None


def _is_date(text: str) -> bool:
    return _DATE.match(text) is not None and as_moment(text) is not None


_CONVERTERS: Final[dict[str, Callable[[str, str], Any]]] = {
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "price": _price,
    "multi_price": _prices,
    "datetime": _datetime,
}
_TESTS: Final[dict[str, tuple[Callable[[str], object], frozenset[str]]]] = {
    "true or false": (lambda text: text.casefold() in {"true", "false"}, frozenset()),
    "exact": (_is_exact, frozenset()),
    "url": (_URL.fullmatch, frozenset()),
    "with currency": (is_price_with_currency, frozenset()),
    "date": (_is_date, frozenset()),
    "boolean": (lambda text: text.casefold() in _TRUE | _FALSE, frozenset({"true or false"})),
    "price": (parse_price, frozenset({"with currency", "exact"})),
    "datetime": (as_moment, frozenset({"date"})),
}
"""Tests of a cell, and the narrower tests that imply each."""
_OF_NUMBERS: Final = frozenset({"exact", "price"})
_OF_PRICES: Final = frozenset({"price", "with currency"})
_OF_URLS: Final = frozenset({"url"})
_AT_ONCE: Final = _OF_NUMBERS | _OF_PRICES | _OF_URLS
"""Tests that one match of many cells can decide."""
_INFERRED: Final = {
    "true or false": "boolean", "exact": "number", "url": "url", "with currency": "price",
    "date": "datetime",
}  # fmt: skip
"""The type of a new field, by the first test that all cells pass."""
_FITTING: Final = {
    "number": "exact", "boolean": "boolean", "price": "price", "multi_price": "price",
    "datetime": "datetime",
}  # fmt: skip
"""The test that cells of a field of each type pass; the others take any text."""
