"""Reads a sheet of a workbook as CSV (UTF-8, commas), through python-calamine."""

from __future__ import annotations

import csv
import datetime
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from segops_tui.jobs.imports.errors import BadFile, ReadChoice, ReadingUnclear
from segops_tui.jobs.imports.files.options import ReadOptions
from segops_tui.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

_ROWS: Final = 500
_DIGITS: Final = 15
"""What a spreadsheet keeps of a number, and shows."""


def open_sheet(path: Path, sheet: str | None) -> io.RawIOBase:
    """The rows of a sheet as CSV.

    Raises:
        BadFile: it is no workbook, has no such sheet, or the extra `excel` is not installed.
        ReadingUnclear: several sheets have rows, and none was chosen.
    """
    try:
        import python_calamine  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise BadFile(
            f"{path.name} is an Excel workbook; reading it needs the extra excel.",
            hint='Install it: pip install "segops-tui[excel]". Or save the sheet as CSV (UTF-8).',
        ) from error
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        names = list(workbook.sheet_names)
        name = _chosen(path, names, sheet) or _only_filled(path, workbook, names)
        rows = workbook.get_sheet_by_name(name).iter_rows()
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise BadFile(
            f"{path.name} cannot be read as a workbook: {error}.",
            hint="Save the sheet as CSV (UTF-8) first.",
        ) from error
    return _Lines(rows)


def _chosen(path: Path, names: list[str], sheet: str | None) -> str | None:
    if sheet is None:
        return names[0] if len(names) == 1 else None
    found = [name for name in names if name == sheet] or [
        name for name in names if name.strip().casefold() == sheet.strip().casefold()
    ]
    if len(found) != 1:
        raise BadFile(
            f'{path.name} has no sheet "{sheet}".',
            hint=f"Its sheets are {listed(names, most=12)}.",
        )
    return found[0]


def _only_filled(path: Path, workbook: Any, names: list[str]) -> str:
    filled = [name for name in names if workbook.get_sheet_by_name(name).height]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise BadFile(f"{path.name} has no sheet with rows.")
    raise ReadingUnclear(
        f"{path.name} has {len(filled)} sheets: {listed(filled, most=12)}.",
        hint=f'Choose one: --sheet "{filled[0]}"',
        choices=[ReadChoice(name, ReadOptions(sheet=name)) for name in filled],
    )


def cell_text(value: Any) -> str:
    """A cell as it is shown: dates as ISO 8601, numbers with at most 15 digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(timespec="seconds" if not value.microsecond else "milliseconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 10**_DIGITS:
        return str(int(value))
    # Not in powers of ten, which a catalogue would keep as text.
    return f"{Decimal(f'{value:.{_DIGITS}g}'):f}"


class _Lines(io.RawIOBase):
    """Rows as the bytes of a CSV file, made as they are read."""

    def __init__(self, rows: Iterable[list[Any]]) -> None:
        self._rows: Iterator[list[Any]] = iter(rows)
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer)
        while not self._ready:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\r\n")
            number = 0
            for number, row in enumerate(self._rows, start=1):
                writer.writerow(map(cell_text, row))
                if number == _ROWS:
                    break
            if not number:
                return 0
            self._ready = text.getvalue().encode("utf-8", "replace")
        chunk, self._ready = self._ready[: len(room)], self._ready[len(room) :]
        room[: len(chunk)] = chunk
        return len(chunk)
