"""Reads an uploaded CSV file as a stream and knows the byte offset of each record.

Memory stays constant whatever the size of the file.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import IO, TYPE_CHECKING, Final

from segops_tui.api.catalogue.cells import TypeTally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST_ROWS: Final = 100_000
PREVIEW_ROWS: Final = 5
_BATCH: Final = 1000
"""Rows whose types are looked at together."""
_LONGEST_LINE: Final = 1 << 20
_MOST_COLUMNS: Final = 2_000
_CHUNK: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = ",;\t|"
_NUMBER: Final = re.compile(r"\s*[-+]?[\d.,]+\s*")


class NotCsv(ValueError):
    """The file cannot be imported; the message explains why."""


@dataclass(slots=True)
class Scan:
    """The contents of a file, found in one pass."""

    headers: list[str]
    rows: int = 0
    preview: list[dict[str, str]] = field(default_factory=list)
    types: list[TypeTally] = field(init=False)
    """The types that all cells of each column fit."""

    def __post_init__(self) -> None:
        self.types = [TypeTally() for _ in self.headers]

    @property
    def filled(self) -> set[int]:
        """Columns with a value in at least one row."""
        return {index for index, tally in enumerate(self.types) if tally.has_values}

    def take(self, records: Sequence[Sequence[str]]) -> None:
        """Look at a batch of records; cells that a short record lacks are empty."""
        columns = zip_longest(*records, fillvalue="")
        for tally, cells in zip(self.types, columns, strict=False):
            tally.take(cells)


class Reader:
    """The records of a file from an offset on; blank lines are skipped.

    Raises:
        NotCsv: while reading, at the first line that is not UTF-8 or not CSV.
    """

    def __init__(self, file: IO[bytes], delimiter: str, *, offset: int) -> None:
        self._file, self._delimiter = file, delimiter
        self.offset = offset
        """Where the next record begins."""

    def __iter__(self) -> Iterator[list[str]]:
        self._file.seek(self.offset)
        try:
            for record in csv.reader(self._lines(), delimiter=self._delimiter):
                if any(record):
                    yield record
        except csv.Error as error:
            raise NotCsv(f"The file cannot be read as CSV: {error}.") from error

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(_LONGEST_LINE + 1):
            if len(line) > _LONGEST_LINE:
                raise NotCsv("The file is not CSV: a line is longer than 1 MB.")
            if b"\0" in line:
                raise NotCsv("The file is not CSV: it contains binary data.")
            self.offset += len(line)
            try:
                yield line.decode()
            except UnicodeDecodeError as error:
                place = f"byte {self.offset - len(line) + error.start}"
                raise NotCsv(f"The file is not UTF-8 ({place}).") from error


def spool(source: IO[bytes], target: Path) -> bytes:
    """Copy an upload to disk and return its digest; lines end in `\\n` afterwards.

    A byte order mark is dropped; a file whose lines end in a bare `\\r` is converted.
    """
    import hashlib  # noqa: PLC0415  # 4 ms, needed only by an upload

    digest = hashlib.blake2b(digest_size=16)
    with target.open("wb") as file:
        chunk = source.read(_CHUNK)
        is_old_mac = b"\r" in chunk and b"\n" not in chunk
        digest.update(chunk)
        chunk = chunk.removeprefix(_BOM)
        while chunk:
            file.write(chunk.replace(b"\r", b"\n") if is_old_mac else chunk)
            chunk = source.read(_CHUNK)
            digest.update(chunk)
    return digest.digest()


def scan(path: Path) -> Scan:
    """Read a file once from end to end.

    Raises:
        NotCsv: it has no header, no text, or more rows than an import takes.
    """
    with path.open("rb") as file:
        headers, reader = open_records(file)
        found = Scan(headers)
        records = iter(reader)
        while batch := list(islice(records, _BATCH)):
            found.rows += len(batch)
            if found.rows > MOST_ROWS:
                raise NotCsv(f"The file has more than {MOST_ROWS:,} rows.")
            if not found.preview:
                found.preview = [_sample(headers, record) for record in batch[:PREVIEW_ROWS]]
            found.take(batch)
    return found


def open_records(file: IO[bytes], *, offset: int = 0) -> tuple[list[str], Reader]:
    """Return the column names, and the records after the header or from `offset` on.

    Raises:
        NotCsv: there is no header.
    """
    file.seek(0)
    while not (first := file.readline(_LONGEST_LINE)).strip() and first:
        pass
    delimiter = _delimiter(first.decode("utf-8", "replace"))
    header = Reader(file, delimiter, offset=0)
    names = next(iter(header), [])
    headers = _headers(names)
    return headers, Reader(file, delimiter, offset=offset or header.offset)


def _headers(names: list[str]) -> list[str]:
    """Make column names unique: the second `Size` is `Size (2)`, an unnamed one `Column 3`."""
    trimmed = [name.strip() for name in names]
    named = [name for name in trimmed if name]
    if not named:
        raise NotCsv("The file has no header row.")
    if all(_NUMBER.fullmatch(name) for name in named):
        raise NotCsv("The file has no header row: the first line holds only numbers.")
    if len(trimmed) > _MOST_COLUMNS:
        raise NotCsv(f"The file has more than {_MOST_COLUMNS:,} columns.")
    headers: list[str] = []
    for number, name in enumerate(trimmed, start=1):
        wanted_name = name or f"Column {number}"
        unique, again = wanted_name, 1
        while unique in headers:
            again += 1
            unique = f"{wanted_name} ({again})"
        headers.append(unique)
    return headers


def _delimiter(line: str) -> str:
    """Return the separator that splits the header into most columns; by default a comma."""
    unquoted = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=unquoted.count)


def _sample(headers: Sequence[str], record: Sequence[str]) -> dict[str, str]:
    cells = [*record, *[""] * (len(headers) - len(record))]
    return dict(zip(headers, cells, strict=False))
