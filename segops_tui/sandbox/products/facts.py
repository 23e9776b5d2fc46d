"""The facts pages and answers show of a product: brand, category, price, picture and text."""

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
"""Attribute names that shops use for each fact, most common first."""
_LARGEST: Final = 1e12
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
_SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_UNFRACTIONED: Final = frozenset({"JPY", "KRW"})


@dataclass(frozen=True, slots=True)
class ProductPrice:
    """An amount in a currency; the currency is "" if unknown."""

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
class ProductFacts:
    """The known facts of one product; "" or None if unknown."""

    sku: str
    name: str
    brand: str = ""
    category: str = ""
    description: str = ""
    image: str = ""
    rating: float | None = None
    price: ProductPrice | None = None

    @property
    def title(self) -> str:
        """The name, or the SKU."""
        return self.name or self.sku


def facts(row: sqlite3.Row, *, currency: str = "") -> ProductFacts:
    """Read the facts from a row of `products`; `currency` is the default for prices."""
    data: dict[str, Any] = json.loads(row["data"])
    image = _text(data, "image")
    return ProductFacts(
        sku=row["sku"],
        name=row["name"],
        brand=_text(data, "brand"),
        category=_text(data, "category"),
        description=_text(data, "description"),
        # A page must not contain an address that is not an image on the web.
        image=image if image.startswith(("https://", "http://")) else "",
        rating=_number(data.get("rating")),
        price=price_in(data, currency=currency),
    )


def price(value: Any, *, currency: str = "") -> ProductPrice | None:
    """Read a price in any of its forms; of several, the first."""
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
    return None if amount is None else ProductPrice(amount, currency)


def price_in(data: Mapping[str, Any], *, currency: str = "") -> ProductPrice | None:
    """Read the price from a product's attributes."""
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
