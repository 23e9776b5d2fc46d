"""CSV imports: confirmed rows become products, a slice at each look (contract §4.3).

Knows how far an import is and what is wrong with a row. A slice, its counters and its place in
the file are one transaction: a kill loses no row and doubles none. Row 1 is the first after the
header; blank lines are no rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import Workspace, change
from segops_tui.sandbox.core.worker import Kind, Later, Work
from segops_tui.sandbox.products.catalogue import Row, catalogue_changed, upsert
from segops_tui.sandbox.products.coercion import coerced
from segops_tui.sandbox.products.csv_file import open_records
from segops_tui.sandbox.products.schema import stored_schema

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

SLICE_ROWS: Final = 5_000
SLICE_BYTES: Final = 4 << 20
MOST_ERRORS: Final = 1_000
"""Errors kept with their reasons; `error_rows` counts every one."""
_TIDY: Final = "tidy"


@dataclass(slots=True)
class _Slice:
    """The rows of one look."""

    first: int
    rows: list[Row] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    offset: int = 0
    is_last: bool = True

    @property
    def count(self) -> int:
        """Rows read, good and bad."""
        return len(self.rows) + len(self.errors)


class _Columns:
    """What each column of one import becomes."""

    def __init__(self, headers: Sequence[str], mapping: Mapping[str, Any], currency: str) -> None:
        self.headers, self._currency = headers, currency
        targets: Mapping[str, str] = mapping["columns"]
        self._fields = {f["name"]: f for f in mapping["fields"]}
        self._places = [
            (index, targets[header])
            for index, header in enumerate(headers)
            if targets.get(header) is not None
        ]

    def row(self, record: Sequence[str]) -> Row:
        """A product.

        Raises:
            ValueError: what is wrong with the row.
        """
        if any(cell.strip() for cell in record[len(self.headers) :]):
            raise ValueError(f"{len(record)} values for {len(self.headers)} columns.")
        cells = {
            target: text
            for index, target in self._places
            if index < len(record) and (text := record[index].strip())
        }
        sku = cells.pop("sku", "")
        if not sku:
            raise ValueError("sku: This field is required.")
        if len(sku) > 255:
            raise ValueError("sku: Ensure this field has no more than 255 characters.")
        name = cells.pop("name", "")
        for wanted in self._fields.values():
            if wanted["required"] and wanted["name"] not in cells:
                raise ValueError(f"{wanted['name']}: This field is required.")
        data = {target: self._value(target, text) for target, text in cells.items()}
        return Row(sku, name[:1000], data, dict(zip(self.headers, record, strict=False)))

    def sku(self, record: Sequence[str]) -> str:
        """The SKU of a row that may have nothing else right."""
        for index, target in self._places:
            if target == "sku" and index < len(record):
                return record[index].strip()
        return ""

    def _value(self, target: str, text: str) -> Any:
        try:
            return coerced(text, self._fields[target]["type"], currency=self._currency)
        except ValueError as error:
            raise ValueError(f"{target}: {error}") from error


def _step(workspace: Workspace, work: Work) -> Later | None:
    job = workspace.connection.execute(
        "SELECT * FROM imports WHERE id = ?", (work.subject_id,)
    ).fetchone()
    if work.state == _TIDY:
        (workspace.folder / job["file"]).unlink(missing_ok=True)
        return None
    part = _read(workspace, job)
    created, updated = upsert(workspace, part.rows, source="csv")
    errors = json.loads(job["errors"])
    columns = {
        "processed_rows": job["processed_rows"] + part.count,
        "created_count": job["created_count"] + created,
        "updated_count": job["updated_count"] + updated,
        "error_rows": job["error_rows"] + len(part.errors),
        "file_offset": part.offset,
    }
    if part.errors and len(errors) < MOST_ERRORS:
        columns["errors"] = dump([*errors, *part.errors][:MOST_ERRORS])
    if part.is_last:
        columns |= {"status": "done", "completed_at": workspace.now}
        catalogue_changed(workspace)
    change(workspace.connection, "imports", job["id"], columns)
    # The file goes only after the transaction that ends the import is safe.
    return Later(workspace.now, state=_TIDY if part.is_last else "running", pause=True)


def _fail(workspace: Workspace, work: Work, words: str) -> None:
    columns = {"status": "failed", "error_message": words, "completed_at": workspace.now}
    change(workspace.connection, "imports", work.subject_id, columns)


def _read(workspace: Workspace, job: sqlite3.Row) -> _Slice:
    currency = stored_schema(workspace)["default_currency"]
    columns = _Columns(json.loads(job["headers"]), json.loads(job["mapping"]), currency)
    part = _Slice(first=job["processed_rows"] + 1)
    with (workspace.folder / job["file"]).open("rb") as file:
        _, records = open_records(file, offset=job["file_offset"])
        start = records.offset
        for record in records:
            _take(record, columns, part)
            if part.count >= SLICE_ROWS or records.offset - start >= SLICE_BYTES:
                part.is_last = False
                break
        part.offset = records.offset
    return part


def _take(record: Sequence[str], columns: _Columns, part: _Slice) -> None:
    number = part.first + part.count
    try:
        part.rows.append(columns.row(record))
    except ValueError as error:
        sku = columns.sku(record)
        part.errors.append({"row": number, "sku": sku, "error": str(error)})


IMPORT: Final = Kind(step=_step, fail=_fail)
