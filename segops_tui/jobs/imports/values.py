"""Cells that mean something: prices as people write them, formulas, names that identify.

Knows single values and header names; knows no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_ALL_PLAIN: Final = re.compile(r"(?:(?:[+-]?\d++(?:\.\d++)?)?\n)*+")
_MONEY: Final = re.compile(
    r"(?P<before>[^\d\s.,+−-]{0,4})\s*(?P<sign>[+−-]?)\s*"
    r"(?P<digits>\d[\d.,'’  ]*\d|\d)(?:,-|,--|\.-)?\s*(?P<after>[^\d\s.,]{0,4})"
)
_FORMULA: Final = re.compile(r"[=@]|[+-](?![\d.,]+\s*\S{0,4}$)\S")
_CURRENCIES: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "kr": "SEK", "R$": "BRL"}
_PRICE_HEADER: Final = re.compile(
    r"(^|[^a-z])(price|preis|prix|precio|prezzo|cost|msrp|rrp|uvp)([^a-z]|$)"
)
_SKU_NAMES: Final = (
    "sku", "variantsku", "productsku", "itemsku", "skuid", "skucode", "articlenumber",
    "artikelnummer", "artikelnr", "itemnumber", "itemno", "partnumber", "productcode",
    "productid", "itemid", "articleid", "stockcode",
)  # fmt: skip
_ID_NAMES: Final = (
    "handle", "id", "slug", "urlkey", "code", "gtin", "ean", "upc", "barcode", "asin", "mpn",
    "variantbarcode", "uniqid", "productname", "title", "name",
)  # fmt: skip
_NAME_NAMES: Final = ("name", "title", "productname", "producttitle", "itemname", "bezeichnung")


@dataclass(frozen=True, slots=True)
class Price:
    """An amount as a plain number, and its currency where it was written."""

    amount: str
    currency: str = ""


def is_plain_number(text: str) -> bool:
    """Whether every reader takes it for the same number."""
    return _PLAIN.fullmatch(text) is not None


def are_plain_numbers(cells: Iterable[str]) -> bool:
    """Whether every cell is a plain number or empty; one look at all of them."""
    return _ALL_PLAIN.fullmatch("\n".join(cells) + "\n") is not None


def parse_price(text: str) -> Price | None:
    """Read a price as people write it (`1.299,00 €`, `$1,299.00`, `1 299`), or None."""
    match = _MONEY.fullmatch(text.strip())
    if match is None or (match["before"] and match["after"]):
        return None
    digits = re.sub(r"['’  ]", "", match["digits"])
    amount = _amount(digits)
    if amount is None:
        return None
    mark = match["before"] or match["after"]
    sign = "-" if match["sign"] in {"-", "−"} else ""
    return Price(sign + amount, _CURRENCIES.get(mark, mark.upper()))


def _amount(digits: str) -> str | None:
    last = max(digits.rfind(","), digits.rfind("."))
    if last < 0:
        return digits
    mark, other = digits[last], "," if digits[last] == "." else "."
    whole, fraction = digits[:last], digits[last + 1 :]
    groups = whole.split(other)
    is_grouping = mark in whole or (len(fraction) == 3 and other not in whole and whole != "0")
    if mark in whole:
        # The last mark occurs before as well: all of them group thousands.
        groups, fraction = [*whole.split(mark), fraction], ""
    elif is_grouping and mark == ",":
        groups, fraction = [whole, fraction], ""
    if any(len(group) != 3 for group in groups[1:]) or not all(g.isdigit() for g in groups):
        return None
    if len(groups[0]) > 3 and len(groups) > 1:
        return None
    return "".join(groups) + (f".{fraction}" if fraction else "")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run it in place of showing it."""
    return _FORMULA.match(text) is not None


def normal(header: str) -> str:
    """A header reduced to what two spellings of it have in common."""
    return re.sub(r"[^a-z0-9]", "", header.lower())


def is_price_header(header: str) -> bool:
    """Whether a column of this name holds prices."""
    return _PRICE_HEADER.search(header.lower()) is not None


def sku_rank(header: str) -> int | None:
    """How well a name says "SKU", 0 the best; None where it does not."""
    name = normal(header)
    return _SKU_NAMES.index(name) if name in _SKU_NAMES else None


def identifier_rank(header: str) -> int:
    """How well a name says that its column tells rows apart, 0 the best."""
    name = normal(header)
    if name in _ID_NAMES:
        return _ID_NAMES.index(name)
    return len(_ID_NAMES) - 4 if name.endswith("id") else len(_ID_NAMES)


def is_name_header(header: str) -> bool:
    """Whether a column of this name holds product names."""
    return normal(header) in _NAME_NAMES
