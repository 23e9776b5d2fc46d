"""The two past catalogue imports of the seeded shop, for its import history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.errors import REQUIRED
from segops_tui.sandbox.core.timestamps import SECOND
from segops_tui.sandbox.products.columns import parse_cell
from segops_tui.sandbox.seeding.catalogue import (
    ARRIVED_DAYS_AGO,
    CURRENCY,
    IMPORTED_DAYS_AGO,
    SCHEMA_FIELDS,
)

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.seeding.calendar import Calendar

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
