"""The one reader of CSV files: the check, the copy, the comparison and the rejected rows share it.

A record with faulty quotes is read as it was meant: a quote closes a cell only before a separator
or the end of the line. The same file and format give the same rows, lines and cells every time.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import chain, compress, islice
from typing import TYPE_CHECKING, Any, Final

from segops_tui.jobs.imports.errors import BadFile
from segops_tui.jobs.imports.files.anomalies import Watch
from segops_tui.jobs.imports.files.blocks import take_apart, without_quotes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

    from segops_tui.jobs.imports.files.options import Quoting, TextFormat

_BLOCK: Final = 64 * 1024
"""Characters taken at a time."""
_MOST_OPEN: Final = 64
"""Lines added to a block that seems to end inside quotes."""
_QUOTING: Final[Mapping[Quoting, dict[str, Any]]] = {
    "standard": {"strict": True},
    "backslash": {"strict": True, "escapechar": "\\"},
    "single": {"strict": True, "quotechar": "'"},
    "spaced": {"skipinitialspace": True},
    "none": {"quoting": csv.QUOTE_NONE, "quotechar": None},
}
_QUOTES: Final[Mapping[Quoting, str | None]] = {"single": "'", "none": None}
"""Quotes where they are not the usual ones."""
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BACKSLASH: Final = re.compile(r'\\(["\\])?')


class Batch:
    """Records, with the lines on which each begins and the next one would."""

    def __init__(
        self,
        rows: list[list[str]],
        lines: Sequence[int],
        ends: Sequence[int],
        raw: list[str] | str,
        first: int,
        columns: list[list[str]] | None = None,
    ) -> None:
        self._rows, self._raw = rows, raw
        self.lines, self.ends = lines, ends
        self.first = first
        """The line number of the first of `raw`."""
        self.columns = columns
        """The cells of each column, where the records came apart at once."""

    @property
    def rows(self) -> list[list[str]]:
        """The cells of each record."""
        if self.columns is not None and not self._rows:
            self._rows = list(map(list, zip(*self.columns, strict=True)))
        return self._rows

    @property
    def raw(self) -> list[str]:
        """The lines they were read from, with their ends."""
        if isinstance(self._raw, str):
            self._raw = list(io.StringIO(self._raw, newline=""))
        return self._raw

    def text(self, index: int) -> str:
        """A record as it is in the file."""
        return "".join(self.raw[self.lines[index] - self.first : self.ends[index] - self.first])

    def only(self, kept: Sequence[bool]) -> Batch:
        """The records that are marked."""
        return Batch(
            list(compress(self.rows, kept)),
            list(compress(self.lines, kept)),
            list(compress(self.ends, kept)),
            self._raw,
            self.first,
        )


class Records:
    """Reads records in batches; blank lines are records without cells."""

    def __init__(self, lines: TextIO, text: TextFormat, *, name: str, first: int = 1) -> None:
        self._lines, self._text, self._name = lines, text, name
        self._line = first
        self.watch = Watch()
        self.width = 0
        """Cells of the header, by which a faulty record is judged."""
        self._prepare = _escaped if text.quoting == "backslash" else None
        self._quote = _QUOTES.get(text.quoting, '"')
        self._was_faulty = False
        """Whether the last block had faulty quotes."""

    def take(self, size: int) -> Batch | None:
        """The next records, about `size` of them; None at the end of the file.

        Raises:
            BadFile: a cell is too long to be one.
        """
        return self._read(list(islice(self._lines, size)))

    def take_block(self, size: int = _BLOCK) -> Batch | None:
        """The next records, about `size` characters of them; None at the end of the file.

        Raises:
            BadFile: a cell is too long to be one.
        """
        text = self._lines.read(size)
        if text and not text.endswith("\n"):
            text += self._lines.readline()
        batch = self._at_once(text)
        if batch is None and self._quote is not None and text.count(self._quote) % 2:
            text += self._until_closed(self._quote)
            batch = self._at_once(text)
        return batch or self._read(list(io.StringIO(text, newline="")))

    def _until_closed(self, quote: str) -> str:
        """The next lines up to one with an odd number of quotes, a few at most."""
        found = []
        for line in islice(self._lines, _MOST_OPEN):
            found.append(line)
            if line.count(quote) % 2:
                break
        return "".join(found)

    def _at_once(self, text: str) -> Batch | None:
        """The records of a block, if they come apart at once."""
        quoting = self._text.quoting
        is_usual = quoting != "spaced" and not (quoting == "backslash" and "\\" in text)
        if not text or not is_usual or len(text) > csv.field_size_limit():
            return None
        found = take_apart(
            text,
            mark=self._text.delimiter,
            quote=self._quote,
            width=self.width,
            is_faulty=self._was_faulty,
        )
        if found is None:
            return None
        self._was_faulty = bool(found.faulty)
        first = self._line
        self.watch.faults.add_all([first + index for index in found.faulty])
        for index in found.spread:
            row = [cells[index] for cells in found.columns]
            if _swallows(row, self._text.delimiter, self.width):
                self.watch.swallowed.add(first + found.starts[index])
        self._line += found.starts[-1]
        starts: Sequence[int] = range(first, self._line + 1)
        if not isinstance(found.starts, range):
            starts = [first + line for line in found.starts]
        return Batch([], starts[:-1], starts[1:], text, first, found.columns)

    def _read(self, raw: list[str]) -> Batch | None:
        """The records that begin in some lines."""
        if not raw:
            return None
        first = self._line
        rows, heights = self._parsed(raw)
        self._line += len(raw)
        lines: Sequence[int] = range(first, first + len(rows))
        ends: Sequence[int] = range(first + 1, first + 1 + len(rows))
        if len(rows) != len(raw):
            lines = self._starts(rows, heights, first)
            ends = [*lines[1:], first + len(raw)]
        if self._text.quoting == "spaced":
            rows = [[cell.rstrip() for cell in row] for row in rows]
        return Batch(rows, lines, ends, raw, first)

    def _starts(self, rows: list[list[str]], heights: Mapping[int, int], first: int) -> list[int]:
        """The lines on which records begin, of which some take several."""
        mark, width = self._text.delimiter, self.width
        starts, line = [], first
        for index, row in enumerate(rows):
            starts.append(line)
            text = mark.join(row)
            if "\n" not in text and "\r" not in text:
                line += heights.get(index, 1)
                continue
            if text.count(mark) >= len(row) and _swallows(row, mark, width):
                self.watch.swallowed.add(line)
            line += heights.get(index) or _height(row)
        return starts

    def _parsed(self, raw: list[str]) -> tuple[list[list[str]], dict[int, int]]:
        """The records of some lines; `raw` grows by the lines that the last record needs."""
        wanted, first = len(raw), self._line
        prepare = self._prepare
        begun: Iterator[str] = iter(raw[:]) if prepare is None else map(prepare, raw[:])
        reader = csv.reader(
            chain(begun, self._further(raw)),
            delimiter=self._text.delimiter,
            **_QUOTING[self._text.quoting],
        )
        rows: list[list[str]] = []
        heights: dict[int, int] = {}
        while reader.line_num < wanted:
            done, before = len(rows), reader.line_num
            try:
                rows.extend(islice(reader, wanted - before))
            except csv.Error as error:
                if len(rows) - done == reader.line_num - before - 1 and "expected after" in str(
                    error
                ):
                    # The usual fault, in a record of one line.
                    self.watch.faults.add(first + reader.line_num - 1)
                    rows.append(self._lenient(raw[reader.line_num - 1]))
                    continue
                start = before + _total_height(rows[done:], reader.line_num - before - 1)
                found = self._mended(raw[start : reader.line_num], first + start, error)
                for row, height in found:
                    heights[len(rows)] = height
                    rows.append(row)
        return rows, heights

    def _further(self, raw: list[str]) -> Iterator[str]:
        """Lines of a record that goes on after the batch."""
        for line in self._lines:
            raw.append(line)
            yield line if self._prepare is None else self._prepare(line)

    def _mended(
        self, lines: list[str], number: int, error: csv.Error
    ) -> list[tuple[list[str], int]]:
        """Records with faulty quotes, and the lines that each takes."""
        words = str(error)
        if "field limit" in words:
            raise BadFile(
                f"A cell of {self._name} that begins in line {number:,} is longer than"
                f" {csv.field_size_limit():,} characters.",
                hint='Most often a quote before it was never closed: look for a lone ".',
                line=number,
            )
        if "unexpected end" in words:
            self.watch.unclosed = number
        else:
            self.watch.faults.add(number)
        if len(lines) > 1:
            each = [self._lenient(line) for line in lines]
            if all(len(row) == self.width for row in each):
                return [(row, 1) for row in each]
        return [(self._lenient("".join(lines)), len(lines))]

    def _lenient(self, text: str) -> list[str]:
        body, mark = text.rstrip("\r\n"), self._text.delimiter
        if not body:
            return []
        quote = self._quote or '"'
        cells = body.split(mark)
        if len(cells) != self.width:
            cells = _cells(cells, mark, quote)
        return [without_quotes(cell, quote) if quote in cell else cell for cell in cells]


def _cells(parts: list[str], mark: str, quote: str) -> list[str]:
    """The cells of a line that was split at every separator, quotes included.

    Only a separator or the end of the line closes a quote.
    """
    closing = [number for number, part in enumerate(parts) if part.rstrip(" ")[-1:] == quote]
    cells, place, next_close = [], 0, 0
    while place < len(parts):
        part, end = parts[place], place
        if part[:1] == quote:
            is_lone = len(part.rstrip(" ")) == 1
            while next_close < len(closing) and closing[next_close] < place + is_lone:
                next_close += 1
            if next_close < len(closing):
                end = closing[next_close]
        cells.append(part if end == place else mark.join(parts[place : end + 1]))
        place = end + 1
    return cells


def _escaped(line: str) -> str:
    """A line in which a backslash before anything but a quote or a backslash is a letter."""
    if "\\" not in line:
        return line
    return _BACKSLASH.sub(lambda match: match[0] if match[1] else r"\\", line)


def _swallows(row: list[str], mark: str, width: int) -> bool:
    """Whether the lines of a cell would be records of as many cells as the header."""
    for index, cell in enumerate(row):
        if "\n" not in cell or mark not in cell:
            continue
        if mark == "\t":
            return True
        first, *middle, last = [part.count(mark) + 1 for part in _BREAK.split(cell)]
        after = len(row) - 1 - index
        if index + first == width == last + after and all(cells == width for cells in middle):
            return width > 1
    return False


def _height(row: list[str]) -> int:
    """The lines that a record takes."""
    text = "|".join(row)
    return 1 + text.count("\n") + text.count("\r") - text.count("\r\n")


def _total_height(rows: list[list[str]], lines: int) -> int:
    """The lines that records take, of which there may be `lines`."""
    return lines if len(rows) == lines else sum(map(_height, rows))
