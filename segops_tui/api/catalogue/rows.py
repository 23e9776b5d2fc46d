"""What an import makes of a row: a product, or the reason why it is rejected (§4.3, inferred).

The sandbox imports with this, and the client forecasts with it what a server will reject.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui.api.catalogue.cells import cell_error, parse_cell, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LONGEST_SKU: Final = 255
LONGEST_NAME: Final = 1000
_REQUIRED: Final = "This field is required."


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A row as a product: what its cells say; an empty name says nothing."""

    sku: str
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowFault:
    """A reason why a row is rejected."""

    code: Literal["width", "sku", "long-sku", "required", "type"]
    target: str
    """The field at fault; empty for the whole row."""
    reason: str
    text: str = ""
    """The cell at fault."""


class RowRules:
    """Reads the records of a file by a mapping of its columns and the types of its fields."""

    def __init__(
        self,
        headers: Sequence[str],
        mapping: Mapping[str, str | None],
        fields: Iterable[Mapping[str, Any]],
        *,
        currency: str,
    ) -> None:
        self._headers, self._currency = headers, currency
        known = {str(field["name"]): field for field in fields}
        self._types = {name: str(field.get("type") or "string") for name, field in known.items()}
        self._places = [
            (index, target)
            for index, header in enumerate(headers)
            if (target := mapping.get(header)) is not None
        ]
        self._required = [name for name, field in known.items() if field.get("required") is True]

    def read(self, record: Sequence[str]) -> CatalogueRow:
        """Read a product from a record.

        Raises:
            ValueError: the row is rejected; the message is its first fault.
        """
        cells = self._cells(record)
        for fault in self._shape_faults(record, cells):
            raise ValueError(fault.reason)
        sku, name = cells.pop("sku").strip(), cells.pop("name", "")
        data = {target: self._value(target, text) for target, text in cells.items()}
        return CatalogueRow(sku, name[:LONGEST_NAME], data)

    def faults(self, record: Sequence[str]) -> list[RowFault]:
        """Every reason why a record is rejected; none if it is read."""
        cells = self._cells(record)
        found = list(self._shape_faults(record, cells))
        for target, text in cells.items():
            kind = self._types.get(target, "string")
            if target in {"sku", "name"} or kind in {"string", "url", "array"}:
                continue
            error = cell_error(text, kind, currency=self._currency)
            if error:
                found.append(RowFault("type", target, f"{target}: {error}", text))
        return found

    def cell(self, record: Sequence[str], target: str) -> str:
        """The cell of a target, trimmed; empty if there is none."""
        for index, name in self._places:
            if name == target and index < len(record):
                return trimmed(record[index])
        return ""

    def _cells(self, record: Sequence[str]) -> dict[str, str]:
        return {
            target: text
            for index, target in self._places
            if index < len(record) and (text := trimmed(record[index]))
        }

    def _shape_faults(self, record: Sequence[str], cells: Mapping[str, str]) -> Iterator[RowFault]:
        """The faults of a row as a whole, before its cells are converted."""
        width = len(self._headers)
        if len(record) > width and any(cell.strip() for cell in record[width:]):
            yield RowFault("width", "", f"{len(record)} values for {width} columns.")
        sku = cells.get("sku", "")
        if not sku:
            yield RowFault("sku", "sku", f"sku: {_REQUIRED}")
        elif len(sku.strip()) > LONGEST_SKU:
            words = f"sku: Ensure this field has no more than {LONGEST_SKU} characters."
            yield RowFault("long-sku", "sku", words, sku)
        for name in self._required:
            if name not in cells:
                yield RowFault("required", name, f"{name}: {_REQUIRED}")

    def _value(self, target: str, text: str) -> Any:
        try:
            return parse_cell(text, self._types.get(target, "string"), currency=self._currency)
        except ValueError as error:
            raise ValueError(f"{target}: {error}") from error
