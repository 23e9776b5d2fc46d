"""What a check of a CSV file found: its layout, its columns, and a message for each problem."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from segops_tui.jobs.imports.columns import is_plain_number
from segops_tui.wording import count, listed, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from segops_tui.jobs.imports.columns import CsvColumn, Identifier


Level = Literal["error", "warning", "notice"]

MOST_ROWS: Final = 100_000
"""Rows the API takes in one upload (contract §1.4)."""
_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Latin-1 (Windows-1252)",
    "latin-1": "Latin-1",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a file. An `error` prevents the import."""

    level: Level
    code: str
    """Stable, for scripts: `ragged`, `quoting`, `encoding` …"""
    text: str
    hint: str = ""
    line: int | None = None
    count: int = 1


Quoting = Literal["standard", "backslash", "single", "none"]
"""How cells are quoted: `""` inside quotes, `\\"` inside quotes, `'`, or quotes are letters."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How to read a file as text."""

    encoding: str
    delimiter: str
    bare_returns: bool = False
    """Lines end with a carriage return alone, as on very old computers."""
    quoting: Quoting = "standard"

    @property
    def encoding_name(self) -> str:
        """The usual name of the encoding."""
        return _NAMES.get(self.encoding, self.encoding)

    @property
    def is_plain(self) -> bool:
        """Whether the API can read it unchanged: UTF-8, commas, ordinary line ends."""
        return (
            self.encoding in {"utf-8", "utf-8-sig"}
            and self.delimiter == ","
            and self.quoting == "standard"
            and not self.bare_returns
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything needed to send the same file again without a second check.

    `cuts` are the lines at which a new upload begins; lines and rows are counted from 1.
    """

    text: TextFormat
    headers: tuple[str, ...]
    header_lines: int
    rows: int
    size: int
    modified: int
    checksum: int
    part_rows: int
    cuts: tuple[int, ...] = ()
    repaired: bool = False
    """The header was one quoted cell and is rewritten."""

    @property
    def parts(self) -> int:
        """The number of uploads."""
        return len(self.cuts) + 1

    @property
    def is_sent_as_is(self) -> bool:
        """Whether the bytes are sent unchanged."""
        return self.text.is_plain and not self.repaired

    def rows_of(self, part: int) -> int:
        """Rows of a part, counted from 1."""
        return min(self.part_rows, self.rows - (part - 1) * self.part_rows)

    def to_json(self) -> dict[str, Any]:
        """As JSON for the ledger, with lists instead of tuples."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the output of `to_json`."""
        fields = {**data, "text": TextFormat(**data["text"])}
        fields["headers"], fields["cuts"] = tuple(data["headers"]), tuple(data["cuts"])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class CsvCheck:
    """A file that was checked from end to end."""

    name: str
    layout: Layout
    columns: tuple[CsvColumn, ...]
    identifiers: Mapping[str, Identifier] = field(default_factory=dict)
    """Exact counts of the columns that may identify rows, by header."""
    findings: tuple[Finding, ...] = ()
    proposed: str | None = None
    """The column that identifies rows, if the one named like a SKU does not."""
    samples: tuple[tuple[str, ...], ...] = ()
    """The first few rows."""

    @property
    def rows(self) -> int:
        """Rows, the header and blank lines not counted."""
        return self.layout.rows

    @property
    def errors(self) -> list[Finding]:
        """What prevents the import."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """What the user should know before importing."""
        return [finding for finding in self.findings if finding.level == "warning"]

    @property
    def notices(self) -> list[Finding]:
        """What the import does to the file without asking."""
        return [finding for finding in self.findings if finding.level == "notice"]

    def column(self, header: str) -> CsvColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.header == header), None)


def header_names(cells: list[str]) -> list[str]:
    """Name every column once, as the API does: `Size`, `Size (2)`, `Column 3`."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        wanted = cell.strip() or f"Column {number}"
        name, again = wanted, 1
        while name in names:
            again += 1
            name = f"{wanted} ({again})"
        names.append(name)
    return names


_LINES: Final = 5


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with the shape of a file while it is read."""

    _ragged: int = 0
    _ragged_lines: list[tuple[int, int]] = field(default_factory=list)
    _quoting: int = 0
    _quoting_lines: list[int] = field(default_factory=list)
    _others: list[Finding] = field(default_factory=list)

    def ragged(self, line: int, width: int) -> None:
        """Add a row with more or fewer cells than the header."""
        self._ragged += 1
        if len(self._ragged_lines) < _LINES:
            self._ragged_lines.append((line, width))

    def quoting(self, line: int, words: str) -> None:
        """Add a quote that is not closed, or closed in the middle of a cell."""
        if "unexpected end" in words:
            self._others.append(
                Finding(
                    "error",
                    "unclosed-quote",
                    f"A cell that begins with a quote is still open at the end (line {line:,}).",
                    hint='Look for a lone " in the lines before; double it or close the cell.',
                    line=line,
                )
            )
        elif "field limit" in words:
            self._others.append(
                Finding(
                    "error",
                    "long-cell",
                    f"A cell that ends in line {line:,} is longer than 131,072 characters.",
                    hint='Most often a quote before it was never closed: look for a lone ".',
                    line=line,
                )
            )
        else:
            self._quoting += 1
            if len(self._quoting_lines) < _LINES:
                self._quoting_lines.append(line)

    def quoted_header(self, cell: str, inner: Sequence[str], *, repaired: bool) -> None:
        """Add a header line that is one quoted cell around the real header."""
        text = f"The header line is a single quoted cell that holds {len(inner)} names"
        if repaired:
            self._others.append(
                Finding("notice", "header-repaired", f"{text}; it is split into columns.", line=1)
            )
            return
        short = cell if len(cell) <= 40 else f"{cell[:39]}…"
        self._others.append(
            Finding(
                "error",
                "quoted-header",
                f'{text}: "{short}".',
                hint="Import it all the same with --repair-header; the file is not changed.",
                line=1,
            )
        )

    def header(self, cells: Sequence[str]) -> None:
        """Add column names that are missing, duplicate, or not names."""
        names = [cell.strip() for cell in cells]
        given = [name for name in names if name]
        if not given or all(map(is_plain_number, given)):
            self._others.append(
                Finding(
                    "error",
                    "no-header",
                    "The first line has no column names.",
                    hint="Put a line with the names of the columns at the top.",
                    line=1,
                )
            )
            return
        twice = sorted({name for name in given if given.count(name) > 1})
        if twice:
            words = listed([f'"{name}"' for name in twice])
            again = f"{twice[0]} (2)"
            self._others.append(
                Finding(
                    "warning",
                    "duplicate-header",
                    f"{words} {'names' if len(twice) == 1 else 'name'} more than one column;"
                    f' the second is called "{again}".',
                    line=1,
                    count=len(twice),
                )
            )
        nameless = [number for number, name in enumerate(names, start=1) if not name]
        if nameless:
            words = listed([f'"Column {number}"' for number in nameless])
            text = f"{plural(len(nameless), 'column')} without a name: {words}."
            self._others.append(
                Finding("warning", "empty-header", text, line=1, count=len(nameless))
            )

    def findings(self, *, columns: int) -> Iterator[Finding]:
        """Everything that was found."""
        yield from self._others
        if self._ragged:
            line, _ = self._ragged_lines[0]
            where = listed(
                [f"line {n:,} has {width}" for n, width in self._ragged_lines], most=_LINES
            )
            yield Finding(
                "warning",
                "ragged",
                f"{plural(self._ragged, 'row')} with more or fewer cells than the"
                f" {plural(columns, 'column')} of the header: {where}"
                f"{' …' if self._ragged > _LINES else ''}.",
                hint="Rows with too many values are rejected; missing values count as empty.",
                line=line,
                count=self._ragged,
            )
        if self._quoting:
            where = listed([f"{number:,}" for number in self._quoting_lines], most=_LINES)
            yield Finding(
                "warning",
                "quoting",
                f"{plural(self._quoting, 'row')} with a quote inside a cell: line {where}.",
                hint='A quote inside a quoted cell is written twice: "".',
                line=self._quoting_lines[0],
                count=self._quoting,
            )


def layout_findings(layout: Layout, name: str) -> Iterator[Finding]:
    """What the import does about the format of the file."""
    if not layout.rows:
        yield Finding(
            "error", "no-rows", "There are no rows below the header.", hint="Nothing to import."
        )
    text = layout.text
    if text.encoding not in {"utf-8", "utf-8-sig"}:
        yield Finding(
            "notice",
            "encoding",
            f"{name} is {text.encoding_name}; it is sent as UTF-8, the file is not changed.",
        )
    if text.delimiter != ",":
        mark = {"\t": "tabs", ";": "semicolons", "|": "bars"}.get(text.delimiter, text.delimiter)
        yield Finding(
            "notice", "delimiter", f"Cells are separated by {mark}; commas are sent in their place."
        )
    if text.bare_returns:
        yield Finding(
            "notice", "line-ends", "Lines end with bare carriage returns; ordinary ones are sent."
        )
    if layout.parts > 1:
        yield Finding(
            "notice",
            "parts",
            f"{count(layout.rows)} rows are more than the API takes at once:"
            f" sent in {layout.parts} uploads, as one import.",
        )


def column_findings(columns: Sequence[CsvColumn]) -> Iterator[Finding]:
    """Prices that cannot be read, and cells that a spreadsheet would evaluate."""
    for column in columns:
        if column.bad_prices is not None:
            fault = column.bad_prices
            yield Finding(
                "warning",
                "bad-price",
                f'"{column.header}": {plural(fault.count, "value")} that '
                f"{'is not a price' if fault.count == 1 else 'are not prices'},"
                f' first "{fault.example}"'
                f" in line {fault.line:,}.",
                line=fault.line,
                count=fault.count,
            )
        if column.odd_prices is not None:
            fault = column.odd_prices
            yield Finding(
                "warning",
                "odd-price",
                f'"{column.header}": {plural(fault.count, "price")} not written as a plain number,'
                f' first "{fault.example}" in line {fault.line:,}.',
                hint="Write 1299.00 to be sure of what the server reads.",
                line=fault.line,
                count=fault.count,
            )
        if column.formulas is not None:
            fault = column.formulas
            yield Finding(
                "warning",
                "formula",
                f'"{column.header}": {plural(fault.count, "cell")} a spreadsheet would evaluate'
                f' as a formula, first "{fault.example}" in line {fault.line:,}.',
                hint="They are imported as text; take care when you export them again.",
                line=fault.line,
                count=fault.count,
            )
