"""What a page or an answer says of a product: its maker, price, picture and text.

Knows the names shops give these attributes and the three forms of a price (contract §4.1);
knows no store.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "description": ("description", "body_html", "body"),
    "brand": ("brand", "vendor", "manufacturer"),
    "category": ("category", "product_type", "type", "product_category_name"),
    "price": ("price", "variant_price"),
    "image": ("image", "image_url", "image_src", "image_link"),
}
"""Attribute names that shops use for each fact, most usual first."""
_LARGEST: Final = 1e12
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
_SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_UNFRACTIONED: Final = frozenset({"JPY", "KRW"})


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in a currency; the currency is "" where none is known."""

    amount: float
    currency: str = ""

    def __str__(self) -> str:
        number = f"{self.amount:,.0f}" if self._is_whole else f"{self.amount:,.2f}"
        sign = _SIGNS.get(self.currency)
        return f"{sign}{number}" if sign else f"{number} {self.currency}".strip()

    @property
    def _is_whole(self) -> bool:
        return self.currency in _UNFRACTIONED


@dataclass(frozen=True, slots=True)
class Facts:
    """One product, as far as it is known; "" and None where it is not."""

    sku: str
    name: str
    brand: str = ""
    category: str = ""
    description: str = ""
    image: str = ""
    rating: float | None = None
    price: Price | None = None

    @property
    def title(self) -> str:
        """Its name, or its SKU."""
        return self.name or self.sku


def facts(row: sqlite3.Row, *, currency: str = "") -> Facts:
    """The facts in a row of `products`; `currency` is that of prices which say none."""
    data: dict[str, Any] = json.loads(row["data"])
    image = _text(data, "image")
    return Facts(
        sku=row["sku"],
        name=row["name"],
        brand=_text(data, "brand"),
        category=_text(data, "category"),
        description=_text(data, "description"),
        # An address that is no picture on the web must not get into a page.
        image=image if image.startswith(("https://", "http://")) else "",
        rating=_number(data.get("rating")),
        price=price_in(data, currency=currency),
    )


def price(value: Any, *, currency: str = "") -> Price | None:
    """Read a price in any of its forms, the first of several."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        currency = str(value.get("currency") or currency)
        value = value.get("amount")
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    amount = _number(value)
    return None if amount is None else Price(amount, currency)


def price_in(data: Mapping[str, Any], *, currency: str = "") -> Price | None:
    """The price among a product's attributes."""
    return price(_first(data, "price"), currency=currency)


def _first(data: Mapping[str, Any], fact: str) -> Any:
    for name in FACTS[fact]:
        if data.get(name) not in _EMPTY:
            return data[name]
    return None


def _text(data: Mapping[str, Any], fact: str) -> str:
    value = _first(data, fact)
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < _LARGEST else None
