"""Checks a CSV file before it is uploaded, in one pass and constant memory."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.imports.columns import (
    ColumnTally,
    IdentifierTally,
    propose_identifier,
    sku_column,
)
from segops_tui.jobs.imports.dialect import (
    BY_EVIDENCE,
    HEAD,
    ReadOptions,
    open_file,
    open_text,
    possible_encodings,
    records,
    require_no_mixture,
    text_format,
)
from segops_tui.jobs.imports.errors import BadFile
from segops_tui.jobs.imports.findings import (
    MOST_ROWS,
    CsvCheck,
    Faults,
    Layout,
    TextFormat,
    column_findings,
    header_names,
    layout_findings,
)

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Callable
    from pathlib import Path

_BATCH: Final = 1_000
_SAMPLE: Final = 2_000
"""Rows over which distinct values are counted for every column."""
_PREVIEW: Final = 5


def check_csv(
    path: Path,
    *,
    key: str | None = None,
    read: ReadOptions = BY_EVIDENCE,
    repair: bool = False,
    part_rows: int = MOST_ROWS,
    progress: Callable[[int], None] | None = None,
) -> CsvCheck:
    """Read a file from end to end, as `read` says, and report what it contains.

    `key` is the column that the user chose to identify rows. `repair` splits a header line that
    is one quoted cell. `progress` is called with the number of bytes read.

    Raises:
        BadFile: the file is missing, unreadable, empty, or not CSV at all.
    """
    with open_file(path) as file:
        head = file.read(HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise BadFile(f"{path.name} is empty.", hint="Export the table again, with its header.")
    for encoding in possible_encodings(head, name=path.name, options=read):
        text = text_format(head, encoding, name=path.name, options=read)
        try:
            return _Pass(path, text, key, repair, part_rows, progress).run()
        except UnicodeDecodeError:
            if encoding == "utf-8":
                require_no_mixture(path)
    raise BadFile(
        f"{path.name} is neither UTF-8 nor UTF-16 nor Latin-1.",
        hint="Save it as UTF-8 and import that file.",
    )


@dataclass
class _Pass:
    """One reading of the file, from end to end, in one encoding."""

    path: Path
    text: TextFormat
    key: str | None
    repair: bool
    part_rows: int
    progress: Callable[[int], None] | None
    headers: list[str] = field(default_factory=list)
    header_lines: int = 1
    is_quoted: bool = False
    repaired: bool = False
    rows: int = 0
    cuts: list[int] = field(default_factory=list)
    columns: list[ColumnTally] = field(default_factory=list)
    keys: dict[int, IdentifierTally] = field(default_factory=dict)
    proposed: str | None = None
    samples: list[tuple[str, ...]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def run(self) -> CsvCheck:
        """Read the file and count."""
        stat = self.path.stat()
        source, lines = open_text(self.path, self.text, progress=self.progress)
        with lines:
            reader = records(lines, self.text, strict=True)
            self._take_header(reader)
            self._take_rows(reader)
        layout = Layout(
            self.text,
            tuple(self.headers),
            self.header_lines,
            self.rows,
            source.size,
            stat.st_mtime_ns,
            source.checksum,
            self.part_rows,
            tuple(self.cuts),
            self.repaired,
        )
        return self._checked(layout)

    def _checked(self, layout: Layout) -> CsvCheck:
        columns = tuple(tally.column() for tally in self.columns)
        identifiers = [tally.identifier() for tally in self.keys.values()]
        findings = [
            *self.faults.findings(columns=len(self.headers)),
            *layout_findings(layout, self.path.name),
            *column_findings(columns),
        ]
        return CsvCheck(
            self.path.name,
            layout,
            columns,
            {found.header: found for found in identifiers},
            tuple(findings),
            self.proposed,
            tuple(self.samples),
        )

    def _take_header(self, reader: Reader) -> None:
        cells = self._record(reader)
        while cells is not None and not any(cells):
            cells = self._record(reader)
        if cells is None:
            raise BadFile(f"{self.path.name} has no header line.", line=1)
        self.header_lines = reader.line_num
        if len(cells) == 1:
            inner = next(csv.reader([cells[0]], delimiter=self.text.delimiter), [])
            if len(inner) > 1:
                self.is_quoted, self.repaired = True, self.repair
                self.faults.quoted_header(cells[0], inner, repaired=self.repair)
                cells = inner
        self.headers = header_names(cells)
        self.faults.header(cells)
        self.columns = [ColumnTally(header, _SAMPLE) for header in self.headers]

    def _record(self, reader: Reader) -> list[str] | None:
        try:
            return next(reader, None)
        except csv.Error as error:
            raise BadFile(
                f"{self.path.name}: the header line cannot be read: {error}.", line=1
            ) from error

    def _take_rows(self, reader: Reader) -> None:
        room = self.part_rows
        while True:
            before = reader.line_num
            batch: list[list[str]] = []
            is_over = self._fill(batch, reader, min(_BATCH, room))
            rows, lines = self._numbered(batch, before, reader.line_num)
            if rows:
                if self.is_quoted and not self.rows:
                    self._require_cells(rows)
                if room == self.part_rows and self.rows:
                    self.cuts.append(before + 1)
                self._tally(rows, lines)
                self.rows += len(rows)
                room = room - len(rows) or self.part_rows
            if is_over:
                return

    def _fill(self, batch: list[list[str]], reader: Reader, wanted: int) -> bool:
        """Read more rows; returns whether the file has ended. Rows before an error are kept."""
        try:
            batch.extend(islice(reader, wanted))
        except csv.Error as error:
            self.faults.quoting(reader.line_num, str(error))
            if "unexpected end" in str(error):
                return True
            # The faulty record still counts as one row, of unknown content.
            batch.append([*[""] * (len(self.headers) - 1), "?"])
            return False
        return len(batch) < wanted

    def _require_cells(self, rows: list[list[str]]) -> None:
        if all(len(row) == 1 for row in rows):
            raise BadFile(
                f"Every line of {self.path.name} is a single quoted cell.",
                hint="Export the table again without quotes around whole lines.",
                line=1,
            )

    def _numbered(
        self, batch: list[list[str]], before: int, after: int
    ) -> tuple[list[list[str]], list[int] | range]:
        """The rows that are not blank, and the line on which each begins."""
        lines: list[int] | range = range(before + 1, before + 1 + len(batch))
        if after - before != len(batch):
            numbers, line = [], before + 1
            for row in batch:
                numbers.append(line)
                line += 1 + sum(cell.count("\n") for cell in row)
            lines = numbers
        if all(map(any, batch)):
            return batch, lines
        kept = [(row, line) for row, line in zip(batch, lines, strict=True) if any(row)]
        return [row for row, _ in kept], [line for _, line in kept]

    def _tally(self, rows: list[list[str]], lines: list[int] | range) -> None:
        width = len(self.headers)
        if set(map(len, rows)) != {width}:
            rows = [self._evened(row, line, width) for row, line in zip(rows, lines, strict=True)]
        if len(self.samples) < _PREVIEW:
            self.samples += [tuple(row) for row in rows[: _PREVIEW - len(self.samples)]]
        columns = list(zip(*rows, strict=True))
        for tally, cells in zip(self.columns, columns, strict=True):
            tally.take(cells, lines)
        if not self.rows:
            self._choose_keys()
        for index, keys in self.keys.items():
            keys.take(columns[index], lines)

    def _evened(self, row: list[str], line: int, width: int) -> list[str]:
        if len(row) == width:
            return row
        self.faults.ragged(line, len(row))
        return row[:width] + [""] * (width - len(row))

    def _choose_keys(self) -> None:
        """Choose from the first rows which columns to count exactly; all would be too many."""
        named = self.key if self.key in self.headers else sku_column(self.headers)
        columns = [tally.column() for tally in self.columns]
        index = None if named is None else self.headers.index(named)
        chosen = set() if index is None else {index}
        if index is None or columns[index].is_empty:
            others = [column for column in columns if column.header != named]
            proposal = propose_identifier(others)
            if proposal is not None:
                self.proposed = proposal.header
                chosen.add(self.headers.index(proposal.header))
        self.keys = {number: IdentifierTally(self.headers[number]) for number in sorted(chosen)}


def recheck_key(
    path: Path, layout: Layout, key: str | None, *, read: ReadOptions = BY_EVIDENCE
) -> CsvCheck:
    """Check again, counting `key` exactly.

    Raises:
        BadFile: the file can no longer be read.
    """
    return check_csv(path, key=key, read=read, repair=layout.repaired, part_rows=layout.part_rows)


def require_importable(check: CsvCheck) -> None:
    """Accept a file that can be imported.

    Raises:
        BadFile: it cannot be imported; the message is its first error.
    """
    for finding in check.errors:
        raise BadFile(f"{check.name}: {finding.text}", hint=finding.hint or None, line=finding.line)
