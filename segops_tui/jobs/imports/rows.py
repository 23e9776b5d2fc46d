"""The header and the rows of a file: what is checked, sent, compared and reported as rejected.

Blank records, repeated headers and the lines that a report prints on top of each page are no
rows. Rows are numbered alike wherever they are read, since they are read here: the first below the
header is 1. Lines are those that a text editor shows.
"""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.imports.errors import BadFile
from segops_tui.jobs.imports.files.anomalies import Dropped, LineTally
from segops_tui.jobs.imports.files.containers import CheckedReader, open_text
from segops_tui.jobs.imports.files.records import Batch, Records
from segops_tui.jobs.imports.findings import header_names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

    from segops_tui.jobs.imports.files.options import DecimalMark, TextFormat
    from segops_tui.jobs.imports.findings import Layout

_DIGITS: Final = re.compile(r"\d+")
INVISIBLE: Final = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u00a0\u202f"
"""Invisible characters around a value: an identifier is another with them."""
_AMBIGUOUS: Final = re.compile(r"(?<![\d.,])([1-9]\d{0,2})([.,])(\d{3})(?![\d.,])", re.ASCII)


class Rows:
    """The rows of an open file, in batches.

    Raises:
        BadFile: there is no header, or a cell is too long to be one.
    """

    def __init__(
        self,
        lines: TextIO,
        text: TextFormat,
        *,
        name: str,
        repair: bool = False,
        prices: Sequence[int] = (),
        identifiers: Sequence[int] = (),
    ) -> None:
        self._name, self._text = name, text
        self._prices, self.identifiers = prices, identifiers
        above = list(islice(lines, max(text.header_line - 1, 0)))
        self._titles = {_title(line) for line in above if line.strip()}
        self._has_comments = any(line.lstrip().startswith("#") for line in above)
        self.records = Records(lines, text, name=name, first=len(above) + 1)
        self.dropped = Dropped()
        self.trimmed = LineTally()
        """Identifiers that had invisible characters around them."""
        self._as_in_file: list[str] = []
        self.has_second_mark = False
        """A byte order mark is left in the first name."""
        self.header_text = ""
        """The header as it is in the file."""
        self.header_lines = len(above)
        """Lines up to the end of the header."""
        self.header_line = self.header_lines + 1
        """The line on which the header begins."""
        self.quoted_header: list[str] | None = None
        """The names in a header that is one quoted cell."""
        self._waiting: Batch | None = None
        self.cells = self._header(repair=repair)
        """The header, cell by cell."""
        self.names = header_names(self.cells)
        self.records.width = len(self.cells)

    def _header(self, *, repair: bool) -> list[str]:
        while (batch := self.records.take(1)) is not None:
            for index, row in enumerate(batch.rows):
                if not any(row):
                    continue
                if not self._text.header_line:
                    self._waiting = batch
                    return [""] * len(row)
                self.header_text, self.header_lines = batch.text(index), batch.ends[index] - 1
                self.header_line = batch.lines[index]
                if row[0].startswith("\ufeff"):
                    row[0], self.has_second_mark = row[0].lstrip("\ufeff"), True
                return self._taken_apart(row, repair=repair)
        raise BadFile(f"{self._name} has no header line.", line=self.header_lines + 1)

    def _taken_apart(self, row: list[str], *, repair: bool) -> list[str]:
        self._as_in_file = row
        if len(row) == 1:
            inner = next(csv.reader([row[0]], delimiter=self._text.delimiter), [])
            if len(inner) > 1:
                self.quoted_header = inner
                if repair:
                    return inner
        return row

    def batches(self) -> Iterator[Batch]:
        """All rows, a batch at a time; a batch is never empty."""
        batch = self._waiting or self.records.take_block()
        while batch is not None:
            batch = self._rows_of(batch)
            if batch.lines:
                yield batch
            batch = self.records.take_block()

    def __iter__(self) -> Iterator[list[str]]:
        for batch in self.batches():
            yield from batch.rows

    def _rows_of(self, batch: Batch) -> Batch:
        if batch.columns is not None:
            if self._are_all_rows(batch.columns):
                return batch
            batch = batch.only([True] * len(batch.lines))
        rows = batch.rows
        if not all(map(any, rows)):
            batch = batch.only([any(row) for row in rows])
            rows = batch.rows
        if self._text.header_line:
            batch = self._without_headers(batch)
            rows = batch.rows
        width = self.records.width
        if rows and max(map(len, rows)) > width:
            for row, line in zip(rows, batch.lines, strict=True):
                if len(row) > width and not any(row[width:]):
                    del row[width:]
                    self.dropped.cells.add(line)
        self._convert(batch)
        return batch

    def _are_all_rows(self, columns: list[list[str]]) -> bool:
        """Whether all records of a block are rows that stay as they are."""
        first = columns[0]
        return not (
            self._titles
            or (self._as_in_file and self._as_in_file[0] in first)
            or ("" in first and not all(map(any, zip(*columns, strict=True))))
            or (self._prices and self._text.decimal is not None)
            or not all("".join(columns[index]).isascii() for index in self.identifiers)
        )

    def _without_headers(self, batch: Batch) -> Batch:
        rows = batch.rows
        if self._as_in_file in rows and len(self._as_in_file) > 1:
            kept = [row != self._as_in_file for row in rows]
            for line, is_kept in zip(batch.lines, kept, strict=True):
                if not is_kept:
                    self.dropped.headers.add(line)
            batch = batch.only(kept)
        if self._titles:
            kept = [not self._is_title(batch, index) for index in range(len(batch.rows))]
            if not all(kept):
                batch = batch.only(kept)
        return batch

    def _is_title(self, batch: Batch, index: int) -> bool:
        row = batch.rows[index]
        if (self._has_comments and row[0].startswith("#") and not any(row[1:])) or (
            sum(map(bool, row)) * 2 <= len(self.cells) and _title(batch.text(index)) in self._titles
        ):
            self.dropped.titles.add(batch.lines[index])
            return True
        return False

    def _convert(self, batch: Batch) -> None:
        rows, lines = batch.rows, batch.lines
        is_ascii = not self.identifiers or all(map(str.isascii, batch.raw))
        for index in () if is_ascii else self.identifiers:
            for row, line in zip(rows, lines, strict=True):
                if index < len(row) and not row[index].isascii():
                    visible = row[index].strip(f"{INVISIBLE} ")
                    if visible != row[index].strip(" "):
                        self.trimmed.add(line)
                        row[index] = visible
        if self._text.decimal is not None:
            for index in self._prices:
                for row in rows:
                    if index < len(row) and ("." in row[index] or "," in row[index]):
                        row[index] = with_decimal(row[index], self._text.decimal)


def with_decimal(text: str, decimal: DecimalMark) -> str:
    """A price whose only mark stands before three digits, written so that it means one thing."""
    match = _AMBIGUOUS.search(text)
    if match is None or sum(map(str.isdigit, text)) != len(match[1]) + 3:
        return text
    is_fraction = match[2] == ("," if decimal == "comma" else ".")
    plain = f"{match[1]}.{match[3]}" if is_fraction else f"{match[1]}{match[3]}"
    return f"{text[: match.start()]}{plain}{text[match.end() :]}"


def is_ambiguous(text: str) -> bool:
    """Whether a price changes by a factor of 1000 with the decimal mark: `1.299` or `1,299`."""
    return with_decimal(text, "comma") != with_decimal(text, "point")


@contextmanager
def open_rows(
    path: Path, layout: Layout, *, progress: Callable[[int], None] | None = None
) -> Iterator[Rows]:
    """The rows of a checked file.

    Raises:
        BadFile: the file can no longer be read.
    """
    with open_lines(path, layout.text, progress=progress) as (_, lines):
        try:
            yield Rows(
                lines,
                layout.text,
                name=path.name,
                repair=layout.repaired,
                prices=layout.prices,
                identifiers=layout.identifiers,
            )
        except UnicodeDecodeError as error:
            raise BadFile(
                f"{path.name} can no longer be read as {layout.text.encoding_name}.",
                hint="Import it again.",
            ) from error


@contextmanager
def open_lines(
    path: Path, text: TextFormat, *, progress: Callable[[int], None] | None = None
) -> Iterator[tuple[CheckedReader, TextIO]]:
    """The lines of a file, and what reads its bytes.

    Raises:
        BadFile: the file cannot be read, or is not in that encoding.
    """
    source, lines = open_text(path, text, progress=progress)
    with lines:
        yield source, lines


@dataclass(frozen=True, slots=True)
class FileRow:
    """One record of a file; the header is row 0."""

    number: int
    line: int
    """The line on which it begins, from 1."""
    cells: list[str]
    text: str
    """As it is in the file, quotes and line end included."""


@contextmanager
def file_rows(
    path: Path, layout: Layout, *, progress: Callable[[int], None] | None = None
) -> Iterator[Iterator[FileRow]]:
    """Open a file and go through its rows, the header first.

    Raises:
        BadFile: the file can no longer be read.
    """
    with open_rows(path, layout, progress=progress) as rows:
        yield _numbered(rows)


def _numbered(rows: Rows) -> Iterator[FileRow]:
    yield FileRow(0, rows.header_line, rows.names, rows.header_text)
    number = 0
    for batch in rows.batches():
        for index, (cells, line) in enumerate(zip(batch.rows, batch.lines, strict=True)):
            number += 1
            yield FileRow(number, line, cells, batch.text(index))


def lines_of(
    path: Path,
    layout: Layout,
    numbers: Collection[int],
    *,
    progress: Callable[[int], None] | None = None,
) -> dict[int, int]:
    """The lines of some rows, by their numbers; reads no further than the last of them.

    Raises:
        BadFile: the file can no longer be read.
    """
    wanted = set(numbers)
    last = max(wanted, default=0)
    found: dict[int, int] = {}
    if last <= 0:
        return found
    with file_rows(path, layout, progress=progress) as rows:
        for row in rows:
            if row.number in wanted:
                found[row.number] = row.line
            if row.number >= last:
                break
    return found


def _title(line: str) -> str:
    """A line by which its repetition is known: the page number may be another."""
    return _DIGITS.sub("9", line.strip())
