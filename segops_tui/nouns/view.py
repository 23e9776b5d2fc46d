"""Rows as a file: CSV and TSV with the columns shown, JSON with the server's own objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.encode import csv_line, flat, harmless, to_json, tsv_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.nouns.column import Column

FORMS: Final = ("csv", "tsv", "json", "ndjson")
"""File endings a view can be saved with."""


class ViewWriter:
    """Turns rows into the text of one file, a few at a time.

    A CSV saved from the console is opened in a spreadsheet, so its cells are no formulas; without
    `safe` they are exact.
    """

    def __init__(self, form: str, columns: Sequence[Column[Any]], *, safe: bool = True) -> None:
        self._form, self._columns = form, columns
        self._cell: Callable[[Any], str] = _harmless_cell if safe else flat
        self._begun = False

    def begin(self) -> str:
        """The text before the first row."""
        match self._form:
            case "csv":
                return csv_line([column.key for column in self._columns]) + "\n"
            case "tsv":
                return tsv_line([column.key for column in self._columns]) + "\n"
            case "json":
                return "["
        return ""

    def rows(self, rows: Sequence[Any]) -> str:
        """The text of some rows."""
        if self._form == "json":
            return "".join(self._item(row) for row in rows)
        line = self._line()
        return "".join(f"{line(row)}\n" for row in rows)

    def end(self) -> str:
        """The text after the last row."""
        if self._form != "json":
            return ""
        return "\n]\n" if self._begun else "]\n"

    def _line(self) -> Callable[[Any], str]:
        if self._form == "ndjson":
            return lambda row: to_json(_object(row), indent=None)
        joined = csv_line if self._form == "csv" else tsv_line
        return lambda row: joined([self._cell(column.value(row)) for column in self._columns])

    def _item(self, row: Any) -> str:
        before = ",\n" if self._begun else "\n"
        self._begun = True
        lines = to_json(_object(row)).splitlines()
        return before + "\n".join(f"  {line}" for line in lines)


def _harmless_cell(value: Any) -> str:
    return harmless(flat(value))


def _object(row: Any) -> Any:
    """The server's own object; a row of our own as its `to_json`."""
    raw = getattr(row, "raw", None)
    if raw is not None:
        return raw
    return row.to_json() if hasattr(row, "to_json") else str(row)


def form_of(ending: str) -> str:
    """The form a file's ending asks for; empty for an unknown one."""
    form = ending.removeprefix(".").lower()
    return form if form in FORMS else ""
