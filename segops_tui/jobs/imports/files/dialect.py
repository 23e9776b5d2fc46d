"""How a file is to be read: what the user chose, and what the head of the file shows.

Where two readings make sense, the user decides; nothing is guessed.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import dropwhile
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.catalogue.headers import is_known
from segops_tui.jobs.imports.errors import BadFile, ReadChoice, ReadingUnclear
from segops_tui.jobs.imports.files.options import BY_EVIDENCE, ReadOptions, TextFormat
from segops_tui.jobs.imports.files.records import Records
from segops_tui.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from segops_tui.jobs.imports.files.options import Quoting

_USUAL: Final = ",;\t|"
_RARE: Final = "^:~"
_LOOKED_AT: Final = 200
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t)"?[;,\t ]*', re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")


def text_format(
    text: str, encoding: str, *, name: str, is_complete: bool, options: ReadOptions = BY_EVIDENCE
) -> TextFormat:
    """How to read a file that begins with `text`.

    Raises:
        BadFile: it is JSON, XML or HTML, or has no line that ends.
        ReadingUnclear: the column names may be in one of several lines, or in none.
    """
    text = text.lstrip("\ufeff")
    _require_a_table(text, name, is_complete=is_complete)
    lines = list(io.StringIO(text, newline=""))
    if not is_complete and len(lines) > 2:
        lines.pop()
    first = 1
    marked = _SEPARATOR_LINE.fullmatch(lines[0].strip("\r\n")) if lines else None
    if marked is not None:
        first = 2
    skipped = first - 1 if options.header_line is None else max(options.header_line - 1, 0)
    below = lines[skipped:]
    if options.header_line is None:
        below = list(dropwhile(lambda line: line.startswith(("# ", "##")), below)) or below
    delimiter = options.delimiter or (marked and marked[1]) or detect_delimiter(below)
    quoting = options.quoting or detect_quoting(below, delimiter)
    found = TextFormat(encoding, delimiter, False, quoting, decimal=options.decimal)
    if options.header_line is None:
        line = _header_line(lines, first, found, name)
    elif options.header_line == 0:
        line = 0
    else:
        line = options.header_line
        if is_complete and line > len(lines):
            raise BadFile(
                f"{name} has {len(lines):,} lines, and so no line {line:,}.",
                hint="--header-line counts lines from 1.",
            )
    return found.with_header(line)


def _require_a_table(text: str, name: str, *, is_complete: bool) -> None:
    start = text.lstrip()[:64]
    if re.match(r"[\[{]\s*[\[{\"\]}]", start):
        raise BadFile(
            f"{name} is JSON, not CSV.",
            hint="Send JSON with: segops-tui products bulk-upsert FILE",
        )
    if start.startswith("{\\rtf"):
        raise BadFile(f"{name} is an RTF document, not CSV.", hint="Export the table as CSV first.")
    if "<Workbook" in text[:2_000] or "mso-application" in text[:2_000]:
        raise BadFile(
            f"{name} is an Excel workbook in XML, not CSV.",
            hint="Save it as .xlsx or as CSV (UTF-8) first.",
        )
    if re.match(r"<(\?xml|!doctype|html|[a-z]+[\s>])", start, re.IGNORECASE):
        kind = "XML" if re.match(r"<\?xml", start, re.IGNORECASE) else "HTML"
        raise BadFile(
            f"{name} is {kind}, not CSV.",
            hint="Was a web page saved instead of the file? Download the CSV itself.",
        )
    if not is_complete and not re.search(r"[\r\n]", text):
        raise BadFile(
            f"{name} has no line break in its first 64 kB: it is not CSV.",
            hint="Export the table as CSV (UTF-8) and import that file.",
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """The first records of a file, read in one way."""

    rows: list[list[str]]
    lines: list[int]
    faults: int

    @property
    def width(self) -> int:
        """Cells of the first record."""
        return len(self.rows[0]) if self.rows else 0

    def agreeing(self, width: int) -> int:
        """Records after the first with that many cells; empty ones beyond do not count."""
        return sum(
            len(row) == width or (len(row) > width and not any(row[width:]))
            for row in self.rows[1:]
        )

    @property
    def uneven(self) -> int:
        """Records that do not have as many cells as the first."""
        return len(self.rows) - 1 - self.agreeing(self.width)


def _read(lines: Sequence[str], delimiter: str, quoting: Quoting = "standard") -> _Reading:
    start = io.StringIO("".join(lines), newline="")
    records = Records(start, TextFormat("utf-8", delimiter, False, quoting), name="")
    rows: list[list[str]] = []
    where: list[int] = []
    for batch in _batches(records):
        for row, line in zip(batch.rows, batch.lines, strict=True):
            if any(map(str.strip, row)):
                records.width = records.width or len(row)
                rows.append(row)
                where.append(line)
    return _Reading(rows[:_LOOKED_AT], where[:_LOOKED_AT], records.watch.faults.count)


def _batches(records: Records) -> Iterator[Any]:
    try:
        batch = records.take(1)
        while batch is not None:
            yield batch
            batch = records.take(_LOOKED_AT)
    except BadFile:
        # A cell that is too long is told by the reading of the whole file.
        return


def detect_delimiter(lines: Sequence[str]) -> str:
    """The character that splits the first line, and most others into as many cells."""
    lines = lines[: _LOOKED_AT * 2]
    for marks in (_USUAL, _RARE):
        readings = {mark: _read(lines, mark) for mark in marks if any(mark in x for x in lines)}
        scores: list[tuple[float, bool, int, str]] = []
        for mark, reading in readings.items():
            others = len(reading.rows) - 1
            share = reading.agreeing(reading.width) / others if others > 0 else 1.0
            if reading.width > 1 and share >= 0.5:
                is_tight = not _follows_prose(reading.rows[0])
                scores.append((round(share, 1), is_tight, reading.width + (mark == ","), mark))
        if scores:
            return max(scores)[-1]
        for mark, reading in readings.items():
            width, times = (
                Counter(map(len, reading.rows)).most_common(1)[0] if reading.rows else (0, 0)
            )
            if width > 1:
                scores.append(
                    (round(times / len(reading.rows), 1), True, width + (mark == ","), mark)
                )
        if scores and marks == _USUAL:
            return max(scores)[-1]
    return ","


def _follows_prose(header: Sequence[str]) -> bool:
    """Whether most names begin with a space, as words after a comma do."""
    return sum(cell.startswith(" ") for cell in header[1:]) * 2 > len(header) - 1


def detect_quoting(lines: Sequence[str], delimiter: str) -> Quoting:
    """How cells are quoted: another way than the standard one where only that makes sense."""
    lines = lines[: _LOOKED_AT * 2]
    text = "".join(lines)
    mark = re.escape(delimiter)
    if re.match(rf"\s*'[^'\"\n]*'{mark}'[^\n]*'\s*$", text, re.MULTILINE) and '"' not in lines[0]:
        single = _read(lines, delimiter, "single")
        if not single.faults and not single.uneven:
            return "single"
    if '"' not in text:
        return "standard"
    standard = _read(lines, delimiter)
    worst = standard.faults + standard.uneven
    if not worst:
        return "standard"
    ways: list[Quoting] = []
    if re.search(rf'{mark} +"|" +{mark}', text):
        ways.append("spaced")
    if '\\"' in text:
        ways.append("backslash")
    for way in ways:
        reading = _read(lines, delimiter, way)
        if not reading.faults and reading.uneven < max(worst, 1):
            return way
    letters = _read(lines, delimiter, "none")
    wrapped = sum(_is_wrapped(cell) for row in letters.rows for cell in row)
    few = standard.faults if delimiter == "\t" else 0
    is_plain = standard.faults and letters.uneven <= standard.uneven and wrapped <= few
    return "none" if is_plain else "standard"


def _is_wrapped(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _header_line(lines: Sequence[str], first: int, text: TextFormat, name: str) -> int:
    """The line of the column names.

    Raises:
        ReadingUnclear: the first line has hardly any, or looks like a row.
    """
    reading = _read(lines[first - 1 :], text.delimiter, text.quoting)
    rows, places = reading.rows, [line + first - 1 for line in reading.lines]
    if not rows:
        return first
    filled = [sum(map(bool, map(str.strip, row))) for row in rows]
    start = 0
    while start + 1 < len(rows) and _is_comment(rows[start], rows[-1]):
        start += 1
    usual = sorted(filled[start + 1 :] or [0])[len(filled[start + 1 :]) // 2]
    if start + 1 >= len(rows) or _is_quoted_header(rows[start], text):
        return places[start] if start else first
    if filled[start] * 2 <= usual:
        _ask_for_header(rows, filled, places, start, usual, name)
    if _looks_like_row(rows[start], rows[start + 1 :]):
        _ask_whether_header(rows[start], places[start], name)
    return places[start] if start else first


def _is_comment(row: Sequence[str], usual: Sequence[str]) -> bool:
    return row[0].lstrip().startswith("#") and len(row) != len(usual)


def _is_quoted_header(row: Sequence[str], text: TextFormat) -> bool:
    return len(row) == 1 and text.delimiter in row[0]


def _ask_for_header(
    rows: Sequence[Sequence[str]],
    filled: Sequence[int],
    places: Sequence[int],
    start: int,
    usual: int,
    name: str,
) -> None:
    later = [n for n in range(start + 1, min(len(rows), start + 30)) if filled[n] * 2 > usual]
    if not later:
        return
    found = later[0]
    shown = listed([f'"{cell.strip()}"' for cell in rows[found] if cell.strip()], most=4)
    few = "one column name" if filled[start] == 1 else f"{filled[start]} column names"
    raise ReadingUnclear(
        f"Line {places[start]:,} of {name} has {few} for {usual} columns; the names seem to be in"
        f" line {places[found]:,}: {shown}.",
        hint=f"Add --header-line {places[found]}, or --header-line {places[start]} if it is right.",
        line=places[start],
        choices=[
            ReadChoice(f"line {line:,}", ReadOptions(header_line=line), tuple(rows[n][:4]))
            for n, line in ((found, places[found]), (start, places[start]))
        ],
    )


def _ask_whether_header(row: Sequence[str], line: int, name: str) -> None:
    shown = listed([f'"{cell.strip()}"' for cell in row if cell.strip()], most=4)
    raise ReadingUnclear(
        f"Line {line:,} of {name} looks like a row, not like column names: {shown}.",
        hint=f"Add --no-header, or --header-line {line} if these are the names.",
        line=line,
        choices=[
            ReadChoice("it is a row; the file has no column names", ReadOptions(header_line=0)),
            ReadChoice("these are the column names", ReadOptions(header_line=line)),
        ],
    )


def _looks_like_row(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether cells with digits look like those beneath them, and no cell is a known name."""
    names = [cell.strip() for cell in first if cell.strip()]
    if not below or not names or any(is_known(name) for name in names):
        return False
    alike = 0
    for index, cell in enumerate(first):
        beneath = [row[index].strip() for row in below if index < len(row) and row[index].strip()]
        shape = _cell_shape(cell.strip())
        if "9" in shape and beneath:
            alike += sum(_cell_shape(other) == shape for other in beneath) * 5 >= 4 * len(beneath)
    return alike >= 2 or (alike == 1 and len(names) <= 3)


def _cell_shape(text: str) -> str:
    """A cell with its digits and letters made alike: `A-12` and `B-7` become `a-9`."""
    return _LETTERS.sub("a", _DIGITS.sub("9", text))
