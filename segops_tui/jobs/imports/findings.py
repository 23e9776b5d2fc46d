"""What a check of a CSV file found: its layout, its columns, and a message for each problem."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from segops_tui.jobs.imports.columns import CsvColumn, Identifier, is_plain_number
from segops_tui.jobs.imports.files.options import TextFormat
from segops_tui.wording import count, listed, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from segops_tui.jobs.imports.files.anomalies import Dropped, LineTally, Watch
    from segops_tui.jobs.imports.files.options import DecimalMark


Level = Literal["error", "warning", "notice"]

MOST_ROWS: Final = 100_000
"""Rows the API takes in one upload (contract §1.4)."""


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
    is_rewritten: bool = False
    """A copy is sent, since the rows differ from what another program would read."""
    prices: tuple[int, ...] = ()
    """Columns, from 0, whose decimal mark the user chose."""
    identifiers: tuple[int, ...] = ()
    """Columns, from 0, without the invisible characters around their values."""

    @property
    def parts(self) -> int:
        """The number of uploads."""
        return len(self.cuts) + 1

    @property
    def is_sent_as_is(self) -> bool:
        """Whether the bytes are sent unchanged."""
        return self.text.is_plain and not self.repaired and not self.is_rewritten

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
        for name in ("headers", "cuts", "prices", "identifiers"):
            fields[name] = tuple(data.get(name, ()))
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

    def to_json(self) -> dict[str, Any]:
        """As JSON for the ledger: a job does not read the file again."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=sorted))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the output of `to_json`."""
        return cls(
            data["name"],
            Layout.from_json(data["layout"]),
            tuple(map(CsvColumn.from_json, data["columns"])),
            {header: Identifier.from_json(d) for header, d in data["identifiers"].items()},
            tuple(Finding(**finding) for finding in data["findings"]),
            data["proposed"],
            tuple(map(tuple, data["samples"])),
        )

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
    _others: list[Finding] = field(default_factory=list)

    def ragged(self, line: int, width: int) -> None:
        """Add a row with more or fewer cells than the header."""
        self._ragged += 1
        if len(self._ragged_lines) < _LINES:
            self._ragged_lines.append((line, width))

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


def row_findings(watch: Watch, dropped: Dropped, trimmed: LineTally) -> Iterator[Finding]:
    """Records with faulty quotes, and those that are no rows."""
    if watch.unclosed is not None:
        yield Finding(
            "error",
            "unclosed-quote",
            f"A cell that begins with a quote in line {watch.unclosed:,} is still open at the end.",
            hint='Double the lone " or close the cell. If quotes are letters, add --quoting none.',
            line=watch.unclosed,
        )
    if watch.faults.count:
        yield _found(
            "warning",
            "quoting",
            watch.faults,
            f"{plural(watch.faults.count, 'row')} with a quote inside a cell that is not doubled",
            hint='A quote inside a quoted cell is written twice: "". Or choose with --quoting.',
        )
    if watch.swallowed.count:
        yield _found(
            "warning",
            "swallowed",
            watch.swallowed,
            f"{plural(watch.swallowed.count, 'row')} with a quoted cell over several lines that"
            " look like rows of their own",
            hint="If quotes are letters in this file, add --quoting none.",
        )
    if dropped.headers.count:
        yield _found(
            "warning",
            "repeated-header",
            dropped.headers,
            f"{plural(dropped.headers.count, 'row')} equal to the column names, not imported",
        )
    if dropped.titles.count:
        yield _found(
            "warning",
            "page-header",
            dropped.titles,
            f"{plural(dropped.titles.count, 'line')} like those above the column names,"
            " not imported",
        )
    if dropped.cells.count:
        yield _found(
            "notice",
            "empty-cells",
            dropped.cells,
            f"{plural(dropped.cells.count, 'row')} with more cells than the header, all of them"
            " empty and left out",
        )
    if trimmed.count:
        yield _found(
            "warning",
            "invisible",
            trimmed,
            f"{plural(trimmed.count, 'SKU')} with invisible characters before or after,"
            " which are left out",
        )


def _found(level: Level, code: str, tally: LineTally, words: str, *, hint: str = "") -> Finding:
    where = listed([f"{line:,}" for line in tally.lines], most=len(tally.lines))
    if tally.count > len(tally.lines):
        where = f"{', '.join(f'{line:,}' for line in tally.lines)} …"
    lines = "line" if tally.count == 1 else "lines"
    return Finding(level, code, f"{words}: {lines} {where}", hint, tally.lines[0], tally.count)


_MARK_NAMES: Final = {
    "\t": "tabs", ";": "semicolons", "|": "bars", "^": "carets", ":": "colons", "~": "tildes",
}  # fmt: skip
_QUOTING_WORDS: Final = {
    "backslash": r"A quote inside a cell is written \"; choose another way with --quoting.",
    "single": "Cells are in single quotes; choose another way with --quoting.",
    "spaced": "Spaces around cells are left out; choose another way with --quoting.",
    "none": "Quotes are read as letters; choose another way with --quoting.",
}


def layout_findings(layout: Layout, name: str, header_line: int) -> Iterator[Finding]:
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
        mark = _MARK_NAMES.get(text.delimiter, f'"{text.delimiter}"')
        yield Finding(
            "notice",
            "delimiter",
            f"Cells are separated by {mark}; commas are sent in their place.",
            hint="Choose another separator with --delimiter.",
        )
    if text.quoting != "standard":
        yield Finding("notice", "dialect", _QUOTING_WORDS[text.quoting])
    if not text.header_line:
        yield Finding("notice", "header", "The columns have no names: Column 1, Column 2 …")
    elif text.header_line > 1:
        yield Finding("notice", "header", f"The column names are in line {header_line:,}.")
    if text.bare_returns:
        yield Finding(
            "notice", "line-ends", "Some lines end with bare carriage returns; a copy is sent."
        )
    if layout.parts > 1:
        yield Finding(
            "notice",
            "parts",
            f"{count(layout.rows)} rows are more than the API takes at once:"
            f" sent in {layout.parts} uploads, as one import.",
        )


def column_findings(
    columns: Sequence[CsvColumn], *, decimal: DecimalMark | None = None
) -> Iterator[Finding]:
    """Prices that cannot be read, and cells that a spreadsheet would evaluate."""
    for column in columns:
        if column.unclear_prices is not None and decimal is None:
            fault = column.unclear_prices
            yield Finding(
                "error",
                "decimal",
                f'"{column.header}" has decimal commas, so {plural(fault.count, "price")} can mean'
                f' two things, first "{fault.example}" in line {fault.line:,}.',
                hint="Add --decimal comma (1.299 is 1299) or --decimal point (1,299 is 1299).",
                line=fault.line,
                count=fault.count,
            )
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
        if column.shortened is not None:
            fault = column.shortened
            yield Finding(
                "warning",
                "shortened",
                f'"{column.header}": {plural(fault.count, "code")} shortened by a spreadsheet,'
                f' first "{fault.example}" in line {fault.line:,}; the digits are lost.',
                hint="Export the column again, formatted as text.",
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
