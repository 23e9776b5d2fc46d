"""The columns of a CSV file: what their cells and names mean, and which column identifies rows."""

from __future__ import annotations

import re
import sys
from array import array
from dataclasses import dataclass, field
from itertools import chain, compress
from typing import TYPE_CHECKING, Any, Final, Self

from segops_tui.api.catalogue.cells import TypeTally
from segops_tui.api.catalogue.headers import rank
from segops_tui.api.catalogue.prices import are_usual_prices, parse_price

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


_PLAIN: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_ALL_PLAIN: Final = re.compile(r"(?:(?:[+-]?\d++(?:\.\d++)?)?\n)*+")
_ALL_SIMPLE: Final = re.compile(r"(?:(?:\d++(?:\.\d\d?)?)?\n)*+", re.ASCII)
"""Prices that mean one thing to everyone."""
_FORMULA: Final = re.compile(r"[=@]|[+-](?![\d.,]+\s*\S{0,4}$)\S")
_PRICE_HEADER: Final = re.compile(
    r"(^|[^a-z])(price|preis|prix|precio|prezzo|cost|msrp|rrp|uvp)([^a-z]|$)"
)
_ID_NAMES: Final = (
    "handle", "id", "slug", "urlkey", "code", "gtin", "ean", "upc", "barcode", "asin", "mpn",
    "variantbarcode", "uniqid", "productname", "title", "name",
)  # fmt: skip


_SHORTENED: Final = re.compile(r"\d[.,]\d+E\+\d\d")
_REMEMBERED: Final = 2_000
_THOUSANDTHS: Final = re.compile(r"[.,]\d{3}(?![\d.,])", re.ASCII)
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


def _has_formulas(text: str) -> bool:
    """Whether a line may be a formula."""
    return any(mark in text and (text[0] == mark or f"\n{mark}" in text) for mark in "=@+-")


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
_SHARE: Final = 200_000
"""Values counted at a time."""
_COUNTED: Final = 4_000_000
"""Values counted exactly, 8 to 12 bytes each; beyond, `is_exact` is false."""


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
    _verdicts: dict[str, str] = field(default_factory=dict)
    """Whether a cell is an odd price, a bad one or neither (empty), for those met before."""
    _types: TypeTally = field(default_factory=TypeTally)
    _is_price: bool = False
    _usual: set[str] | None = field(default_factory=set)
    """Values met before in which nothing is wrong; None in a column of too many values."""

    def __post_init__(self) -> None:
        self._is_price = is_price_header(self.header)

    def take(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Count a batch; `lines` are the line numbers of its rows."""
        blank = cells.count("")
        self.rows += len(cells)
        self.empty += blank
        if blank == len(cells):
            return
        if not self._examples or (len(self._examples) < _EXAMPLES and self.rows <= self.sample):
            self._keep_examples(cells)
        if self._sampled < self.sample:
            self._seen.update(map(hash, cells))
            self._sampled = self.rows
        usual = self._usual
        if usual is None:
            self._types.take(cells)
            self._look_for_faults(cells, lines)
            return
        new = list(set(cells).difference(usual))
        if not new:
            return
        self._types.take(new)
        if not self._has_faults(new):
            usual.update(new)
            if len(usual) > _REMEMBERED:
                self._usual = None
        else:
            self._look_for_faults(cells, lines)

    def _has_faults(self, values: Sequence[str]) -> bool:
        """Whether something may be wrong with one of some values."""
        text = "\n".join(values)
        return (
            (self._is_price and _ALL_SIMPLE.fullmatch(f"{text}\n") is None)
            or "E+" in text
            or _has_formulas(text)
        )

    def _look_for_faults(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        text = "\n".join(cells)
        if self._is_price:
            self._look_at_prices(text, cells, lines)
        # A search for one character is much faster than one for two.
        if "E+" in text:
            self._look_for_shortened(cells, lines)
        if _has_formulas(text):
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

    def _look_at_prices(self, text: str, cells: Sequence[str], lines: Sequence[int]) -> None:
        if _ALL_SIMPLE.fullmatch(f"{text}\n"):
            return
        if text.count("\n") != len(cells) - 1:
            # A cell of several lines is no price, but would be taken for some.
            text = "\n".join(cell.replace("\n", " ") for cell in cells)
        if _THOUSANDTHS.search(text):
            for match in _UNCLEAR_LINES.finditer(text):
                place = text.count("\n", 0, match.start()) if not self._unclear.count else 0
                self._unclear.note(1, lines[place], match[0])
        if _ALL_PLAIN.fullmatch(f"{text}\n"):
            return
        if not are_usual_prices(f"{text}\n"):
            self._judge_prices(cells, lines)
        elif odd := len(cells) - len(_PLAIN_LINES.findall(text)):
            if not self._odd.count:
                place = next(n for n, c in enumerate(cells) if c and not is_plain_number(c))
                self._odd.note(0, lines[place], cells[place])
            self._odd.count += odd
        self._has_commas = self._has_commas or _COMMA_LINE.search(text) is not None

    def _judge_prices(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        known = self._verdicts
        for cell, line in zip(cells, lines, strict=True):
            if not cell:
                continue
            verdict = known.get(cell)
            if verdict is None:
                verdict = "" if is_plain_number(cell) else "odd" if parse_price(cell) else "bad"
                if len(known) < _REMEMBERED:
                    known[cell] = verdict
            if verdict:
                (self._bad if verdict == "bad" else self._odd).note(1, line, cell)

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

    Hashes are kept in an array, and counted a share at a time: a set of a million would be 60 MB
    and more. The lines are kept as ranges where they follow each other.
    """

    def __init__(self, header: str) -> None:
        self.header = header
        self._hashes = array("q")
        self._lines: list[Sequence[int]] = []
        self._rows = self._empty = 0
        self._is_exact = True
        self._first_empty: int | None = None

    def take(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Count a batch."""
        values = list(map(str.strip, cells))
        self._rows += len(values)
        blank = values.count("")
        if blank:
            self._empty += blank
            self._first_empty = self._first_empty or lines[values.index("")]
            lines = [n for n, value in zip(lines, values, strict=True) if value]
            values = [value for value in values if value]
        if len(self._hashes) >= _COUNTED:
            self._is_exact = False
            return
        self._hashes.extend(map(hash, values))
        self._lines.append(lines if isinstance(lines, range) else array("I", lines))

    def identifier(self) -> Identifier:
        """The result."""
        # As many shares, by the lowest bits of the hashes, as keep a set of one small.
        bits = min((len(self._hashes) // _SHARE).bit_length(), 8)
        place = 0 if sys.byteorder == "little" else self._hashes.itemsize - 1
        low = self._hashes.tobytes()[place :: self._hashes.itemsize]
        distinct = 0
        crowded: list[bytes] = []
        for share in range(1 << bits):
            chosen = low.translate(bytes(byte % (1 << bits) == share for byte in range(256)))
            different = len(set(compress(self._hashes, chosen)))
            distinct += different
            if different < chosen.count(1):
                crowded.append(chosen)
        repeats = [pair for chosen in crowded for pair in self._repeats(chosen)]
        repeats.sort(key=lambda pair: pair[1])
        return Identifier(
            self.header,
            self._rows,
            self._empty,
            distinct,
            self._first_empty,
            tuple(repeats[:5]),
            self._is_exact,
        )

    def _repeats(self, chosen: bytes) -> list[tuple[int, int]]:
        """A few pairs of lines that share a value, among the chosen ones."""
        first: dict[int, int] = {}
        found: list[tuple[int, int]] = []
        lines = chain.from_iterable(self._lines)
        for mark, line in compress(zip(self._hashes, lines, strict=True), chosen):
            if mark in first:
                found.append((first[mark], line))
                if len(found) == 5:
                    break
            else:
                first[mark] = line
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
