"""The sample catalogue that ships with the package: a CSV to try an import on.

It has a season of new products, some that the seeded shop sells already, and three bad rows.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.seeding.calendar import Calendar
from segops_tui.sandbox.seeding.catalogue import SeededProduct, products

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER: Final = (
    "sku",
    "name",
    "brand",
    "category",
    "price",
    "description",
    "color",
    "tags",
    "image",
    "stock",
    "rating",
)
FRESH: Final = 228
"""Products that the seeded shop does not sell."""
KNOWN: Final = 20
"""Products it sells, with another price and stock."""

_SEEDED: Final = 2_104
_FIRST_KNOWN: Final = 700
_BAD: Final = (
    {"sku": "", "name": "Juniper Camp Shirt, Moss", "price": "49.00"},
    {"sku": "NW-BOO-F9001", "name": "Wren Winter Boot, Ink", "price": "on request"},
    {"sku": "NW-HAT-F9002", "name": "Tarn Beanie, Rust", "price": "24.50", "stock": "plenty"},
)
"""An empty SKU, a price that is no price, and a number that is no number."""

# Only dates of products depend on the day, and no column holds one.
_ANY_DAY: Final = datetime(2025, 1, 1, tzinfo=UTC)


def sample_csv() -> bytes:
    """Return the catalogue as UTF-8 CSV, always the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_rows())
    return text.getvalue().encode()


def write_sample(path: Path) -> int:
    """Write the catalogue to a new file and return its size in bytes.

    Raises:
        FileExistsError: the file exists.
    """
    with path.open("xb") as file:
        return file.write(sample_csv())


def _rows() -> Iterator[dict[str, str]]:
    """Yield the good rows with the bad ones among them."""
    good = [*_fresh(), *_known()]
    bad = dict(zip((41, 133, 190), _BAD, strict=True))
    for index, row in enumerate(good):
        if index in bad:
            yield bad[index]
        yield row


def _fresh() -> Iterator[dict[str, str]]:
    season = products(Random("sample"), count=FRESH, calendar=Calendar(_ANY_DAY))
    for number, product in enumerate(season, start=1):
        shelf = product.sku.split("-")[1]
        yield _row(product, sku=f"NW-{shelf}-F{number:04d}")


def _known() -> Iterator[dict[str, str]]:
    """Yield some products of the default seed, with another price and stock."""
    seeded = list(products(Random("1/products"), count=_SEEDED, calendar=Calendar(_ANY_DAY)))
    rng = Random("sale")
    for product in seeded[_FIRST_KNOWN : _FIRST_KNOWN + KNOWN]:
        row = _row(product, sku=product.sku)
        row["price"] = f"{product.price * 0.8:.2f}"
        row["stock"] = str(rng.randint(20, 90))
        yield row


def _row(product: SeededProduct, *, sku: str) -> dict[str, str]:
    """A product as a row of cells."""
    data = json.loads(product.data)
    cells = {name: _cell(data[name]) for name in HEADER if name in data}
    return {"sku": sku, "name": product.name, **cells}


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return f"{value['amount']:.2f}"
    if isinstance(value, list):
        return ", ".join(value)
    # 5, not 5.0: as a number is written.
    return f"{value:g}" if isinstance(value, float) else str(value)
