"""Checks a CSV file before it is uploaded, in one pass and constant memory."""

from __future__ import annotations

import codecs
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from segops_tui.api.catalogue.headers import rank
from segops_tui.jobs.imports.columns import (
    ColumnTally,
    IdentifierTally,
    is_price_header,
    propose_identifier,
    sku_column,
)
from segops_tui.jobs.imports.errors import BadFile, ReadChoice, ReadingUnclear
from segops_tui.jobs.imports.files.containers import (
    HEAD,
    checksum,
    is_packed,
    open_content,
    open_file,
)
from segops_tui.jobs.imports.files.dialect import text_format
from segops_tui.jobs.imports.files.encoding import (
    encoding_name,
    guesses,
    is_certain,
    other_cells,
    wide_encoding,
)
from segops_tui.jobs.imports.files.options import BY_EVIDENCE, ReadOptions, TextFormat
from segops_tui.jobs.imports.findings import (
    MOST_ROWS,
    CsvCheck,
    Faults,
    Layout,
    column_findings,
    layout_findings,
    row_findings,
)
from segops_tui.jobs.imports.rows import Rows, open_lines, open_rows
from segops_tui.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from segops_tui.jobs.imports.files.containers import CheckedReader
    from segops_tui.jobs.imports.files.records import Batch

_SAMPLE: Final = 2_000
"""Rows over which distinct values are counted for every column."""
_PREVIEW: Final = 5
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT: Final = (
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PAR1", "a Parquet file"),
)
_EVIDENCE: Final = 16 * 1024
"""Bytes of lines beyond ASCII that an encoding is judged by."""


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
        ReadingUnclear: only the user can tell how to read it.
    """
    with open_file(path) as file:
        packed = is_packed(file.read(8))
    with closing(open_content(path, sheet=read.sheet)) as content:
        head = content.read(HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x1a"):
        raise BadFile(f"{path.name} is empty.", hint="Export the table again, with its header.")
    encoding = read.encoding or _likely_encoding(head, path.name)
    plan = _Plan(path, head, packed, key, repair, part_rows, progress)
    if encoding is not None:
        try:
            return plan.carried_out(encoding, read)
        except UnicodeDecodeError as error:
            if encoding != "utf-8" or read.encoding is not None:
                raise _undecodable(
                    path, encoding, error, is_chosen=read.encoding is not None
                ) from error
    return plan.carried_out(_proved_encoding(path, read), read)


def _likely_encoding(head: bytes, name: str) -> str | None:
    """The encoding by the first bytes: `utf-8` unless they say otherwise; None if it is another.

    Raises:
        BadFile: it is not text.
    """
    for magic, words in _NOT_TEXT:
        if head.startswith(magic):
            raise BadFile(f"{name} is {words}, not CSV.", hint="Export the table as CSV first.")
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        wide = wide_encoding(head)
        if wide is not None:
            return wide
        line = head[: head.index(b"\0")].count(b"\n") + 1
        share = sum(byte < 32 and byte not in b"\t\r\n" for byte in head) / len(head)
        what = "is binary, not CSV" if share > 0.05 else "has a NUL byte in it"
        raise BadFile(
            f"{name} {what} (line {line:,}).",
            hint="Export the table as CSV (UTF-8) and import that file.",
            line=line,
        )
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _undecodable(
    path: Path, encoding: str, error: UnicodeDecodeError, *, is_chosen: bool
) -> BadFile:
    octets = " ".join(f"{byte:02x}" for byte in error.object[error.start : error.start + 4])
    hint = "Give another --encoding." if is_chosen else "The file is damaged; save it again."
    return BadFile(
        f"{path.name} is not {encoding_name(encoding)}: the bytes {octets} are no letter in it.",
        hint=hint,
    )


def _proved_encoding(path: Path, read: ReadOptions) -> str:
    """The encoding of a file that is not UTF-8, by the letters of the whole file.

    Raises:
        BadFile: text before the first other letter is UTF-8, or no encoding fits.
        ReadingUnclear: several encodings make sense.
    """
    sample = _foreign_lines(path, read.sheet)
    found = guesses(sample)
    if is_certain(found):
        return found[0].encoding
    if not found:
        raise BadFile(
            f"{path.name} is not UTF-8, and no other encoding fits all of it.",
            hint="Save it as UTF-8 and import that file.",
        )
    choices = [
        ReadChoice(
            encoding_name(guess.encoding),
            ReadOptions(encoding=guess.encoding),
            other_cells(guess.text),
        )
        for guess in found
    ]
    shown = "; ".join(
        f"{choice.label}: {listed([chr(34) + cell + chr(34) for cell in choice.cells])}"
        for choice in choices
    )
    names = " or ".join(f"--encoding {guess.encoding}" for guess in found[:2])
    raise ReadingUnclear(
        f"{path.name} is not UTF-8, and its encoding is not certain: {shown}.",
        hint=f"Add the right one, for example {names}.",
        choices=choices,
    )


def _foreign_lines(path: Path, sheet: str | None) -> bytes:
    """Lines with bytes beyond ASCII, some from the whole file.

    Raises:
        BadFile: earlier lines are UTF-8, which any other encoding would garble.
    """
    found = bytearray()
    is_mixed = False
    with open_content(path, sheet=sheet) as content:
        for number, line in enumerate(content, start=1):
            if line.isascii():
                continue
            try:
                line.decode()
            except UnicodeDecodeError:
                if is_mixed:
                    raise BadFile(
                        f"Line {number:,} of {path.name} is not UTF-8, though text before it is.",
                        hint="The file is damaged or mixes encodings; save it as UTF-8 again.",
                        line=number,
                    ) from None
                found += line
                is_mixed = False
            else:
                is_mixed = is_mixed or not found
            if len(found) > _EVIDENCE:
                break
    return bytes(found)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to check, whatever its encoding turns out to be."""

    path: Path
    head: bytes
    is_packed: bool
    key: str | None
    repair: bool
    part_rows: int
    progress: Callable[[int], None] | None

    def carried_out(self, encoding: str, read: ReadOptions) -> CsvCheck:
        """Read the file in an encoding.

        Raises:
            UnicodeDecodeError: it is another.
        """
        is_complete = len(self.head) < HEAD
        decoder = codecs.getincrementaldecoder(encoding)(
            "strict" if encoding != "utf-8" else "replace"
        )
        start = decoder.decode(self.head.rstrip(b"\x1a"), final=False)
        text = text_format(
            start, encoding, name=self.path.name, is_complete=is_complete, options=read
        )
        text = replace(text, sheet=read.sheet)
        return _Pass(self, text).run()


@dataclass
class _Pass:
    """One reading of the file, from end to end, in one encoding."""

    plan: _Plan
    text: TextFormat
    headers: list[str] = field(default_factory=list)
    rows: int = 0
    cuts: list[int] = field(default_factory=list)
    columns: list[ColumnTally] = field(default_factory=list)
    keys: dict[int, IdentifierTally] = field(default_factory=dict)
    proposed: str | None = None
    samples: list[tuple[str, ...]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def run(self) -> CsvCheck:
        """Read the file and count."""
        path = self.plan.path
        stat = path.stat()
        with open_lines(path, self.text, progress=self.plan.progress) as (source, lines):
            rows = Rows(lines, self.text, name=path.name, repair=self.plan.repair)
            self._take_header(rows)
            for batch in rows.batches():
                if rows.quoted_header and not self.rows:
                    self._require_cells(batch.rows)
                self._cut(batch.lines)
                self._tally(batch)
                self.rows += len(batch.lines)
        return self._checked(
            Layout(
                replace(self.text, bare_returns=source.has_bare_returns),
                tuple(self.headers),
                rows.header_lines,
                self.rows,
                stat.st_size,
                stat.st_mtime_ns,
                checksum(path) if self.plan.is_packed else source.checksum,
                self.plan.part_rows,
                tuple(self.cuts),
                rows.quoted_header is not None and self.plan.repair,
                self._is_rewritten(rows, source),
                self._prices(),
                tuple(rows.identifiers) if rows.trimmed.count else (),
            ),
            rows,
        )

    def _is_rewritten(self, rows: Rows, source: CheckedReader) -> bool:
        """Whether another program would read other rows than we do."""
        watch = rows.records.watch
        return bool(
            self.plan.is_packed
            or source.has_dos_end
            or rows.has_second_mark
            or watch.faults.count
            or watch.unclosed
            or rows.dropped
            or rows.trimmed.count
            or (self.text.delimiter == "," and _misleads(rows.header_text))
        )

    def _prices(self) -> tuple[int, ...]:
        return tuple(index for index, header in enumerate(self.headers) if is_price_header(header))

    def _checked(self, layout: Layout, rows: Rows) -> CsvCheck:
        columns = tuple(tally.column() for tally in self.columns)
        identifiers = [tally.identifier() for tally in self.keys.values()]
        findings = [
            *self.faults.findings(columns=len(self.headers)),
            *row_findings(rows.records.watch, rows.dropped, rows.trimmed),
            *layout_findings(layout, self.plan.path.name, rows.header_line),
            *column_findings(columns, decimal=self.text.decimal),
        ]
        return CsvCheck(
            self.plan.path.name,
            layout,
            columns,
            {found.header: found for found in identifiers},
            tuple(findings),
            self.proposed,
            tuple(self.samples),
        )

    def _take_header(self, rows: Rows) -> None:
        if rows.quoted_header is not None:
            self.faults.quoted_header(
                rows.header_text.strip().strip('"'), rows.quoted_header, repaired=self.plan.repair
            )
        self.headers = rows.names
        if self.text.header_line:
            self.faults.header(rows.quoted_header or rows.cells)
        self.columns = [ColumnTally(header, _SAMPLE) for header in self.headers]
        rows.identifiers = [
            index
            for index, header in enumerate(self.headers)
            if rank(header, "sku") is not None or header == self.plan.key
        ]

    def _require_cells(self, rows: list[list[str]]) -> None:
        if all(len(row) == 1 for row in rows):
            raise BadFile(
                f"Every line of {self.plan.path.name} is a single quoted cell.",
                hint="Export the table again without quotes around whole lines.",
                line=1,
            )

    def _cut(self, lines: Sequence[int]) -> None:
        """Note the lines at which a part begins."""
        size = self.plan.part_rows
        for index in range(-self.rows % size, len(lines), size):
            if self.rows + index:
                self.cuts.append(lines[index])

    def _tally(self, batch: Batch) -> None:
        lines, columns = batch.lines, batch.columns or self._columns(batch)
        if len(self.samples) < _PREVIEW:
            some = [column[: _PREVIEW - len(self.samples)] for column in columns]
            self.samples += zip(*some, strict=True)
        for tally, cells in zip(self.columns, columns, strict=True):
            tally.take(cells, lines)
        if not self.rows:
            self._choose_keys()
        for index, keys in self.keys.items():
            keys.take(columns[index], lines)

    def _columns(self, batch: Batch) -> Sequence[Sequence[str]]:
        """The columns of a batch, whose rows are made as long as the header."""
        rows, width = batch.rows, len(self.headers)
        if set(map(len, rows)) != {width}:
            pairs = zip(rows, batch.lines, strict=True)
            rows = [self._evened(row, line, width) for row, line in pairs]
        return list(zip(*rows, strict=True))

    def _evened(self, row: list[str], line: int, width: int) -> list[str]:
        if len(row) == width:
            return row
        self.faults.ragged(line, len(row))
        return row[:width] + [""] * (width - len(row))

    def _choose_keys(self) -> None:
        """Choose from the first rows which columns to count exactly; all would be too many."""
        key = self.plan.key
        named = key if key in self.headers else sku_column(self.headers)
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


def _misleads(header: str) -> bool:
    """Whether another program may take another character of the header for the separator."""
    plain = "".join(header.split('"')[::2])
    return any(plain.count(mark) >= max(plain.count(","), 1) for mark in ";\t|")


def recheck_key(
    path: Path, layout: Layout, key: str | None, *, read: ReadOptions = BY_EVIDENCE
) -> CsvCheck:
    """Check again, counting `key` exactly.

    Raises:
        BadFile: the file can no longer be read.
    """
    return check_csv(path, key=key, read=read, repair=layout.repaired, part_rows=layout.part_rows)


def with_identifier(path: Path, check: CsvCheck, header: str) -> CsvCheck:
    """The same check, with the values of a further column counted exactly.

    Raises:
        BadFile: the file can no longer be read.
    """
    index, tally = check.layout.headers.index(header), IdentifierTally(header)
    with open_rows(path, check.layout) as rows:
        for batch in rows.batches():
            cells = [row[index] if index < len(row) else "" for row in batch.rows]
            tally.take(cells, batch.lines)
    return replace(check, identifiers={**check.identifiers, header: tally.identifier()})


def require_importable(check: CsvCheck) -> None:
    """Accept a file that can be imported.

    Raises:
        BadFile: it cannot be imported; the message is its first error.
        ReadingUnclear: only the user can tell what its prices mean.
    """
    for finding in check.errors:
        if finding.code == "decimal":
            raise ReadingUnclear(
                f"{check.name}: {finding.text}",
                hint=finding.hint,
                line=finding.line,
                choices=[
                    ReadChoice("a comma: 1.299 is 1299", ReadOptions(decimal="comma")),
                    ReadChoice("a point: 1,299 is 1299", ReadOptions(decimal="point")),
                ],
            )
        raise BadFile(f"{check.name}: {finding.text}", hint=finding.hint or None, line=finding.line)
