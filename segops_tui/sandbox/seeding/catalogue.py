"""The products of the seeded shop, some awkward to show, and the two imports they came by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.api.catalogue.cells import parse_cell
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.errors import REQUIRED
from segops_tui.sandbox.core.timestamps import SECOND
from segops_tui.sandbox.seeding.assortment import (
    BRANDS,
    CATEGORIES,
    COLOURS,
    SERIES,
    TAGS,
    Category,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from random import Random

    from segops_tui.sandbox.seeding.calendar import Calendar

_JSON: Final = json.JSONEncoder(ensure_ascii=False)

_BY_CODE: Final = {category.code: category for category in CATEGORIES}
CURRENCY: Final = "USD"
IMPORTED_DAYS_AGO: Final = 195
"""When the first catalogue file was imported: before the oldest event."""
ARRIVED_DAYS_AGO: Final = 41
"""When the second file was imported, with new and changed products."""


def _field(name: str, kind: str, description: str) -> dict[str, object]:
    return {"name": name, "type": kind, "required": False, "description": description}


SCHEMA_FIELDS: Final = (
    _field("brand", "string", "Maker of the product"),
    _field("category", "string", "Shelf in the shop"),
    _field("price", "price", "List price with tax"),
    _field("description", "string", "Text for people"),
    _field("color", "string", "Name of the colour"),
    _field("material", "string", "Main material"),
    _field("tags", "array", "Words to find it by"),
    _field("rating", "number", "Mean of reviews, 1 to 5"),
    _field("stock", "number", "Pieces in the warehouse"),
    _field("image", "url", "Address of the main picture"),
    _field("waterproof", "boolean", "Keeps rain out"),
    _field("weight_g", "number", "Weight in grams"),
)


@dataclass(frozen=True, slots=True)
class SeededProduct:
    """One row of `products`, with the fields that events use."""

    sku: str
    name: str
    category: str
    price: float
    data: str
    source: str
    created_at: int
    updated_at: int
    is_arrival: bool


@dataclass(frozen=True, slots=True)
class _Style:
    """What the colour variants of one model have in common."""

    category: Category
    brand: str
    title: str
    material: str
    price: float
    description: str
    tags: tuple[str, ...]
    waterproof: bool
    weight: int


def products(rng: Random, *, count: int, calendar: Calendar) -> Iterator[SeededProduct]:
    """Yield the catalogue, oldest product first."""
    entered_by_hand = count * 3 // 10
    arrivals_from = count - count // 20
    families = _families(rng)
    for index in range(count):
        odd = odd_at(index)
        style, colour = next(families)
        if odd is not None:
            style = _style(rng, _BY_CODE[odd[1]])
        created = _created(index, calendar, entered_by_hand, arrivals_from)
        is_arrival = index >= arrivals_from
        was_changed = entered_by_hand <= index < arrivals_from and rng.random() < 0.17
        yield SeededProduct(
            sku=f"NW-{style.category.code}-{index + 1:05d}",
            name=odd[0] if odd is not None else f"{style.title}, {colour}",
            category=style.category.name,
            price=style.price,
            data=_JSON.encode(_data(rng, style, colour, index)),
            source="api" if index < entered_by_hand else "csv",
            created_at=created,
            updated_at=calendar.ago(days=ARRIVED_DAYS_AGO) if was_changed else created,
            is_arrival=is_arrival,
        )


def _created(index: int, calendar: Calendar, entered_by_hand: int, arrivals_from: int) -> int:
    if index >= arrivals_from:
        return calendar.ago(days=ARRIVED_DAYS_AGO)
    if index >= entered_by_hand:
        return calendar.ago(days=IMPORTED_DAYS_AGO)
    return calendar.ago(days=420 - 210 * index / entered_by_hand)


def _families(rng: Random) -> Iterator[tuple[_Style, str]]:
    """Yield variants without end: two to six colours of a style, then of the next."""
    while True:
        style = _style(rng, rng.choice(CATEGORIES))
        for colour in rng.sample(COLOURS, rng.randint(2, 6)):
            yield style, colour


def _style(rng: Random, category: Category) -> _Style:
    noun, material = rng.choice(category.nouns), rng.choice(category.materials)
    reach = category.dearest - category.cheapest
    waterproof = category.code in {"JKT", "BOO", "TNT"} and rng.random() < 0.7
    return _Style(
        category=category,
        brand=rng.choice(BRANDS),
        title=f"{rng.choice(SERIES)} {noun}",
        material=material,
        price=int(category.cheapest + reach * rng.random() ** 1.6) + rng.choice((0.0, 0.5, 0.95)),
        description=_description(rng, category, noun, material),
        tags=tuple(rng.sample(TAGS, rng.randint(1, 4))),
        waterproof=waterproof,
        weight=rng.randrange(60, 1800, 10),
    )


def _description(rng: Random, category: Category, noun: str, material: str) -> str:
    first, second = rng.sample(category.features, 2)
    opening = f"{noun} in {material.lower()}, made for {category.use}."
    details = f"Comes with {first} and {second}."
    questions = (
        f"Can it be repaired? Yes, free of charge for {rng.randint(2, 10)} years.",
        f"How long does it last? Our testers have used theirs for {rng.randint(2, 9)} seasons.",
        "Can I send it back? Yes, within 60 days, used or not.",
    )
    sentences = (opening, details, rng.choice(questions))
    return " ".join(sentences[: rng.choice((1, 2, 2, 3, 3))])


def _data(rng: Random, style: _Style, colour: str, index: int) -> dict[str, object]:
    """Draw the attributes; each is missing now and then, so that scores differ."""
    data: dict[str, object] = {"brand": style.brand, "category": style.category.name}
    if rng.random() > 0.02:
        data["price"] = {"amount": style.price, "currency": CURRENCY}
    if rng.random() > 0.09:
        data["description"] = style.description
    if rng.random() > 0.05:
        data["color"] = colour
    data["material"] = style.material
    data["tags"] = list(style.tags)
    if rng.random() > 0.12:
        data["rating"] = round(5 - 2.6 * rng.random() ** 2, 1)
    data["stock"] = 0 if rng.random() < 0.06 else int(rng.expovariate(1 / 45))
    if rng.random() > 0.06:
        data["image"] = f"https://img.example.com/{style.category.code.lower()}/{index + 1:05d}.jpg"
    if rng.random() > 0.25:
        data["waterproof"] = style.waterproof
        data["weight_g"] = style.weight
    return data


ODD_PRODUCTS: Final = (
    ("[SALE] Trail Jacket", "JKT"),
    ("[/bold] Socks", "SOC"),
    ("[red]Alert[/red] Headlamp [new]", "LGT"),
    ("🏔️ Summit Mug 🔥 (2-pack)", "BOT"),
    ("👩‍👩‍👧 Family Tent 4P", "TNT"),
    ("מעיל גשם לטיולים", "JKT"),
    ("حذاء المشي الجبلي", "BOO"),
    ('The "Bothy" 18" Tarp', "TNT"),
    ("O'Malley's Wool Cap; DROP TABLE hats", "HAT"),
    ("Crème Brûlée Camp Stöve № 5", "COK"),
    ("Glow \x1b[31mRed\x1b[0m Headlamp", "LGT"),
    ("日和 ウィンターソックス", "SOC"),
    ('=HYPERLINK("https://shop.example.com","Click") Bottle', "BOT"),
    ("<b>Bold</b> & Brave Backpack 25L", "BPK"),
    (
        "Extremely Long Expedition-Grade Four-Season Convertible Double-Wall Geodesic Shelter"
        " System with Detachable Vestibule, Integrated Footprint, Reflective Guylines, Repair Kit,"
        " Colour-Coded Poles and a Name That Nobody Has Ever Read to Its End",
        "TNT",
    ),
    ("Tab\tand\nNewline Gaiters", "TRS"),
    ("   Spacious   Mittens   ", "GLV"),
    ("Reversed \u202eretiaG Gaiter", "TRS"),
    ("x", "POL"),
)
"""Name and category of products that broke screens: markup, emoji, right-to-left text, quotes,
escapes, a formula."""

ODD_EVERY: Final = 97
"""Products between two odd ones, so that they do not fill the first screen."""


def odd_at(index: int) -> tuple[str, str] | None:
    """The odd product at an index of the catalogue, if any."""
    place, offset = divmod(index - 60, ODD_EVERY)
    return ODD_PRODUCTS[place] if offset == 0 and 0 <= place < len(ODD_PRODUCTS) else None


_HEADERS: Final = ("sku", "name", *(str(field["name"]) for field in SCHEMA_FIELDS))
_TYPES: Final = {str(field["name"]): str(field["type"]) for field in SCHEMA_FIELDS}
_MAPPING: Final = {header: header for header in _HEADERS}
_ROWS_PER_SECOND: Final = 4_000

_REJECTED: Final = (
    (14, "", "sku", ""),
    (57, "", "sku", ""),
    (58, "NW-JKT-00X12", "price", "ask us"),
    (90, "NW-TNT-00X07", "price", "1.299,- plus tax"),
    (131, "", "sku", ""),
    (204, "NW-BOO-00X31", "stock", "plenty"),
    (305, "NW-SOC-00X02", "rating", "★★★★"),
)
"""Row, SKU, the wrong field, and its cell."""


def save_imports(connection: sqlite3.Connection, calendar: Calendar) -> None:
    """Write both imports and the column mapping they used."""
    first, second = calendar.ago(days=IMPORTED_DAYS_AGO), calendar.ago(days=ARRIVED_DAYS_AGO)
    brought = _count(connection, "source = 'csv' AND created_at = ?", first)
    _save(connection, "northwind-catalogue.csv", first, created=brought, updated=0, rejected=())
    arrived = _count(connection, "created_at = ?", second)
    changed = _count(connection, "updated_at = ?", second) - arrived
    _save(
        connection,
        "arrivals-and-price-changes.csv",
        second,
        created=arrived,
        updated=changed,
        rejected=_REJECTED,
    )
    connection.executemany(
        "INSERT INTO remembered_columns (header, target) VALUES (?, ?)", sorted(_MAPPING.items())
    )


def _count(connection: sqlite3.Connection, where: str, at: int) -> int:
    row = connection.execute(f"SELECT count(*) FROM products WHERE {where}", (at,)).fetchone()
    return int(row[0])


def _save(
    connection: sqlite3.Connection,
    filename: str,
    done: int,
    *,
    created: int,
    updated: int,
    rejected: tuple[tuple[int, str, str, str], ...],
) -> None:
    total = created + updated + len(rejected)
    errors = [
        {"row": row, "sku": sku, "error": f"{field}: {_error_text(field, cell)}"}
        for row, sku, field, cell in rejected
    ]
    connection.execute(
        "INSERT INTO imports (status, filename, file, headers, sample_rows, suggested_schema,"
        " suggested_mapping, mapping, total_rows, processed_rows, created_count, updated_count,"
        " error_rows, errors, created_at, completed_at)"
        " VALUES ('done', ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            filename,
            dump(_HEADERS),
            dump(_sample(connection, done)),
            dump(SCHEMA_FIELDS),
            dump(_MAPPING),
            dump({"columns": _MAPPING, "fields": SCHEMA_FIELDS}),
            total,
            total,
            created,
            updated,
            len(errors),
            dump(errors),
            done - (total // _ROWS_PER_SECOND + 40) * SECOND,
            done,
        ),
    )


def _error_text(field: str, cell: str) -> str:
    """The error of an import for a cell."""
    if not cell:
        return REQUIRED
    try:
        parse_cell(cell, _TYPES[field], currency=CURRENCY)
    except ValueError as error:
        return str(error)
    raise AssertionError(f"{cell!r} is a valid {field}")


def _sample(connection: sqlite3.Connection, at: int) -> list[dict[str, str]]:
    """Five of an import's products, as rows of its file."""
    found = connection.execute(
        "SELECT sku, name, data FROM products WHERE updated_at = ? ORDER BY id LIMIT 5", (at,)
    ).fetchall()
    rows = []
    for sku, name, data in found:
        row = {"sku": sku, "name": name}
        attributes = json.loads(data)
        for header in _HEADERS[2:]:
            row[header] = _cell(attributes.get(header, ""))
        rows.append(row)
    return rows


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return str(value["amount"])
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
