"""The columns of a CSV file: what their cells and names mean, and which column identifies rows."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from segops_tui.api.catalogue.cells import TypeTally
from segops_tui.api.catalogue.headers import rank
from segops_tui.api.catalogue.prices import parse_price

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


_PLAIN: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_ALL_PLAIN: Final = re.compile(r"(?:(?:[+-]?\d++(?:\.\d++)?)?\n)*+")
_FORMULA: Final = re.compile(r"[=@]|[+-](?![\d.,]+\s*\S{0,4}$)\S")
_PRICE_HEADER: Final = re.compile(
    r"(^|[^a-z])(price|preis|prix|precio|prezzo|cost|msrp|rrp|uvp)([^a-z]|$)"
)
_ID_NAMES: Final = (
    "handle", "id", "slug", "urlkey", "code", "gtin", "ean", "upc", "barcode", "asin", "mpn",
    "variantbarcode", "uniqid", "productname", "title", "name",
)  # fmt: skip


_SHORTENED: Final = re.compile(r"\d[.,]\d+E\+\d\d")
_USUAL_PRICE: Final = (
    r"(?:[+-]?\d++(?:[.,]\d\d?+)?|-?[1-9]\d{0,2}(?:\.\d{3})++,\d\d?|-?[1-9]\d{0,2}(?:,\d{3})++\.\d\d?"
    r"|[+-]?\d++\.\d++)(?: ?(?:€|EUR|USD))?"
)
_ALL_USUAL_PRICES: Final = re.compile(
    rf"(?:(?:{_USUAL_PRICE}|[€$] ?\d++(?:[.,]\d\d?+)?)?\n)*+", re.A
)
"""Many prices at once, in the usual spellings."""
_PLAIN_LINES: Final = re.compile(r"^(?:[+-]?\d++(?:\.\d++)?)?$", re.MULTILINE | re.ASCII)
_COMMA_LINE: Final = re.compile(
    r"(?:^|[^\d.,])\d[\d. ]*,\d\d?(?:$|[^\d,.])", re.MULTILINE | re.ASCII
)
"""A price with a decimal comma, in any line."""
_UNCLEAR_LINES: Final = re.compile(
    r"^[^\d.,\n]{0,4}[1-9]\d{0,2}[.,]\d{3}[^\d.,\n]{0,4}$", re.MULTILINE | re.ASCII
)
"""Prices whose only mark stands before three digits."""


def is_plain_number(text: str) -> bool:
    """Whether every program reads it as the same number."""
    return _PLAIN.fullmatch(text) is not None


def are_plain_numbers(cells: Iterable[str]) -> bool:
    """Whether every cell is a plain number or empty, by one match of all."""
    return _ALL_PLAIN.fullmatch("\n".join(cells) + "\n") is not None


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would evaluate it instead of showing it."""
    return _FORMULA.match(text) is not None


def normalize_header(header: str) -> str:
    """A header without case and punctuation, for comparing spellings."""
    return re.sub(r"[^a-z0-9]", "", header.lower())


def is_price_header(header: str) -> bool:
    """Whether a column of this name holds prices."""
    return _PRICE_HEADER.search(header.lower()) is not None


def identifier_rank(header: str) -> int:
    """How clearly a name means that its column identifies rows, 0 the clearest."""
    name = normalize_header(header)
    if name in _ID_NAMES:
        return _ID_NAMES.index(name)
    return len(_ID_NAMES) - 4 if name.endswith("id") else len(_ID_NAMES)


_EXAMPLES: Final = 3
_LONGEST_EXAMPLE: Final = 80
_MASK: Final = 127
_COUNTED: Final = 4_000_000
"""Values counted exactly, 12 bytes each; beyond, `is_exact` is false."""


@dataclass(frozen=True, slots=True)
class ColumnFault:
    """How often something is wrong in a column, and where first."""

    count: int
    line: int
    example: str


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """One column of a file."""

    header: str
    rows: int
    empty: int
    sampled: int
    """Rows counted for `distinct`, from the top."""
    distinct: int
    """Different values among the sampled rows that have one."""
    examples: tuple[str, ...]
    formulas: ColumnFault | None = None
    odd_prices: ColumnFault | None = None
    """Prices that are not plain numbers (`1.299,00 €`)."""
    bad_prices: ColumnFault | None = None
    """Cells of a price column that are not a price."""
    shortened: ColumnFault | None = None
    """Codes that a spreadsheet turned into `8.90123E+12`; their last digits are lost."""
    unclear_prices: ColumnFault | None = None
    """Prices that a decimal comma makes 1000 times larger or smaller, in a column that has them."""
    kind: str = "string"
    """The type that all its cells fit: what a new field for it becomes."""
    misfits: frozenset[str] = frozenset()
    """Types of fields that do not take every cell as it is written."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a column from JSON."""
        faults = {
            name: ColumnFault(**value) for name, value in data.items() if isinstance(value, dict)
        }
        examples, misfits = tuple(data["examples"]), frozenset(data["misfits"])
        return cls(**{**data, **faults, "examples": examples, "misfits": misfits})

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value."""
        return self.empty == self.rows


@dataclass(frozen=True, slots=True)
class Identifier:
    """How well a column identifies rows, over the whole file."""

    header: str
    rows: int
    empty: int
    distinct: int
    first_empty: int | None = None
    repeats: tuple[tuple[int, int], ...] = ()
    """Pairs of lines that share a value, a few of them."""
    is_exact: bool = True

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an identifier from JSON."""
        return cls(**{**data, "repeats": tuple((first, again) for first, again in data["repeats"])})

    @property
    def repeated(self) -> int:
        """Rows whose value an earlier row already has."""
        return self.rows - self.empty - self.distinct


@dataclass(slots=True)
class _Tally:
    """Counts one kind of fault."""

    count: int = 0
    line: int = 0
    example: str = ""

    def note(self, count: int, line: int, example: str) -> None:
        if not self.count:
            self.line, self.example = line, example[:_LONGEST_EXAMPLE]
        self.count += count

    def fault(self) -> ColumnFault | None:
        return ColumnFault(self.count, self.line, self.example) if self.count else None


@dataclass(slots=True)
class ColumnTally:
    """Counts a column, a batch at a time."""

    header: str
    sample: int
    """Rows to count distinct values over."""
    rows: int = 0
    empty: int = 0
    _seen: set[int] = field(default_factory=set)
    _examples: list[str] = field(default_factory=list)
    _sampled: int = 0
    _formulas: _Tally = field(default_factory=_Tally)
    _odd: _Tally = field(default_factory=_Tally)
    _bad: _Tally = field(default_factory=_Tally)
    _unclear: _Tally = field(default_factory=_Tally)
    _shortened: _Tally = field(default_factory=_Tally)
    _has_commas: bool = False
    _types: TypeTally = field(default_factory=TypeTally)

    def take(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Count a batch; `lines` are the line numbers of its rows."""
        blank = cells.count("")
        self.rows += len(cells)
        self.empty += blank
        if blank == len(cells):
            return
        self._types.take(cells)
        if not self._examples or (len(self._examples) < _EXAMPLES and self.rows <= self.sample):
            self._keep_examples(cells)
        if self._sampled < self.sample:
            self._seen.update(map(hash, cells))
            self._sampled = self.rows
        if is_price_header(self.header):
            self._look_at_prices(cells, lines)
        joined = "\n" + "\n".join(cells)
        if "E+" in joined:
            self._look_for_shortened(cells, lines)
        if "\n=" in joined or "\n@" in joined or "\n+" in joined or "\n-" in joined:
            self._look_for_formulas(cells, lines)

    def column(self) -> CsvColumn:
        """The result."""
        distinct = len(self._seen - {hash("")})
        return CsvColumn(
            self.header,
            self.rows,
            self.empty,
            min(self.rows, max(self._sampled, 0)) or self.rows,
            distinct,
            tuple(self._examples),
            self._formulas.fault(),
            self._odd.fault(),
            self._bad.fault(),
            self._shortened.fault(),
            self._unclear.fault() if self._has_commas else None,
            self._types.inferred,
            self._types.misfits,
        )

    def _keep_examples(self, cells: Sequence[str]) -> None:
        for cell in cells:
            short = cell[:_LONGEST_EXAMPLE]
            if cell and short not in self._examples:
                self._examples.append(short)
                if len(self._examples) == _EXAMPLES:
                    return

    def _look_at_prices(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        text = "\n".join(cells)
        is_usual = text.count("\n") == len(cells) - 1 and _ALL_USUAL_PRICES.fullmatch(text + "\n")
        if not is_usual:
            for cell, line in zip(cells, lines, strict=True):
                if cell and not is_plain_number(cell):
                    tally = self._bad if parse_price(cell) is None else self._odd
                    tally.note(1, line, cell)
        elif odd := len(cells) - len(_PLAIN_LINES.findall(text)):
            if not self._odd.count:
                place = next(n for n, c in enumerate(cells) if c and not is_plain_number(c))
                self._odd.note(0, lines[place], cells[place])
            self._odd.count += odd
        self._has_commas = self._has_commas or _COMMA_LINE.search(text) is not None
        for match in _UNCLEAR_LINES.finditer(text):
            place = text.count("\n", 0, match.start()) if not self._unclear.count else 0
            self._unclear.note(1, lines[place], match[0])

    def _look_for_shortened(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        for cell, line in zip(cells, lines, strict=True):
            if "E+" in cell and _SHORTENED.fullmatch(cell):
                self._shortened.note(1, line, cell)

    def _look_for_formulas(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        for cell, line in zip(cells, lines, strict=True):
            if cell[:1] in "=@+-" and is_formula(cell):
                self._formulas.note(1, line, cell)


class IdentifierTally:
    """Counts a column's values exactly, in 12 bytes a row.

    Hashes are kept in buckets of arrays: a set of a million would be 60 MB and more.
    """

    def __init__(self, header: str) -> None:
        self.header = header
        self._hashes = [array("q") for _ in range(_MASK + 1)]
        self._lines = [array("I") for _ in range(_MASK + 1)]
        self._rows = self._empty = self._kept = 0
        self._first_empty: int | None = None

    def take(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Count a batch."""
        values = list(map(str.strip, cells))
        self._rows += len(values)
        blank = values.count("")
        if blank:
            self._empty += blank
            self._first_empty = self._first_empty or lines[values.index("")]
        if self._kept >= _COUNTED:
            return
        self._kept = self._rows
        keep_hash = [bucket.append for bucket in self._hashes]
        keep_line = [bucket.append for bucket in self._lines]
        marks = map(hash, values) if not blank else (hash(value) for value in values if value)
        where = lines if not blank else [n for n, value in zip(lines, values, strict=True) if value]
        for mark, line in zip(marks, where, strict=True):
            bucket = mark & _MASK
            keep_hash[bucket](mark)
            keep_line[bucket](line)

    def identifier(self) -> Identifier:
        """The result."""
        distinct, repeats = 0, []
        for hashes, lines in zip(self._hashes, self._lines, strict=True):
            different = len(set(hashes))
            distinct += different
            if different < len(hashes):
                repeats += _repeats(hashes, lines)
        repeats.sort(key=lambda pair: pair[1])
        return Identifier(
            self.header,
            self._rows,
            self._empty,
            distinct,
            self._first_empty,
            tuple(repeats[:5]),
            self._kept == self._rows,
        )


def _repeats(hashes: array[int], lines: array[int]) -> list[tuple[int, int]]:
    """A few pairs of lines that share a value."""
    first: dict[int, int] = {}
    found: list[tuple[int, int]] = []
    for mark, line in zip(hashes, lines, strict=True):
        if mark in first and len(found) < 5:
            found.append((first[mark], line))
        first.setdefault(mark, line)
    return found


def sku_column(headers: Iterable[str]) -> str | None:
    """The column whose name means SKU most clearly."""
    ranked = [(found, header) for header in headers if (found := rank(header, "sku")) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def propose_identifier(columns: Iterable[CsvColumn]) -> CsvColumn | None:
    """The column that identifies rows best: never empty, and named like an id or all distinct."""
    fit = [
        column
        for column in columns
        if column.rows
        and not column.empty
        and column.header
        and (column.distinct > 1 or column.rows == 1)
        and (
            identifier_rank(column.header) < identifier_rank("?")
            or column.distinct == column.sampled
        )
    ]
    unnamed = identifier_rank("?")

    def preference(column: CsvColumn) -> tuple[bool, bool, int, int]:
        found = identifier_rank(column.header)
        repeats = column.distinct < column.sampled
        return found == unnamed, repeats, found, -column.distinct

    return min(fit, key=preference, default=None)
