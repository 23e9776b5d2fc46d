"""Takes a block of lines apart at once, where it can be told that the records are even.

A record at a time costs several steps of the interpreter; here every step is one for the whole
block. A block that is not told for certain is left to the reader of records, which finds the same
rows. That both agree is tested with random files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK, _LF, _CRLF, _BETWEEN = "\x01", "\x02", "\x03", "\x04"
"""Stand for a separator and the ends of lines inside quotes, and between cells."""
_CLOSED: Final = {
    quote: re.compile(f"{quote}(?:[^{quote}]++|{quote}{quote})*+{quote}(?!{quote})")
    for quote in "\"'"
}
"""A quoted cell up to the quote that closes it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Records of equally many cells."""

    columns: list[list[str]]
    starts: Sequence[int]
    """The line on which each begins, from 0, and at last the number of lines."""
    faulty: Sequence[int] = ()
    """Records with a quote inside a quoted cell that is not doubled."""
    spread: Sequence[int] = ()
    """Records of several lines that have a separator inside quotes."""


def take_apart(text: str, *, mark: str, quote: str | None, width: int) -> Block | None:
    """The cells of whole lines, or None if they have to be read one by one."""
    if "\r" in text:
        if text.count("\r") != text.count("\r\n"):
            return None
        plain = text.replace("\r\n", "\n")
    else:
        plain = text
    columns = _split(plain, mark, width)
    if columns is not None:
        if quote is None or quote not in plain:
            return Block(columns, range(len(columns[0]) + 1))
        faulty: set[int] = set()
        if all(_unquote(cells, quote, faulty) for cells in columns):
            return Block(columns, range(len(columns[0]) + 1), sorted(faulty))
    if quote is None or quote not in text or any(sign in text for sign in "\x01\x02\x03\x04"):
        return None
    return _taken_apart_at_quotes(text, mark, quote, width)


def _split(text: str, mark: str, width: int) -> list[list[str]] | None:
    """The columns, if splitting at every separator gives each line as many cells as the header."""
    if not text.endswith("\n"):
        text += "\n"
    lines, step = text.count("\n"), width + 1
    if text.count(mark) != lines * (width - 1):
        return None
    # The ends of lines become cells of their own: each has to be in its place.
    flat = text.replace("\n", f"{mark}\n{mark}").split(mark)
    del flat[-1]
    if flat[width::step].count("\n") != lines:
        return None
    columns = [flat[place::step] for place in range(width)]
    return None if width == 1 and "" in columns[0] else columns


def _unquote(cells: list[str], quote: str, faulty: set[int] | None = None) -> bool:
    """Take the quotes off the cells of a column; False if that cannot be done.

    A quote that is followed by anything but a separator closes nothing: its record is faulty.
    Without a set of `faulty` records, no quote may be where none belongs.
    """
    joined = "\n".join(cells)
    if quote not in joined:
        return True
    inner, between = joined[1:-1], f"{quote}\n{quote}"
    if (
        len(joined) > 1
        and joined[0] == quote == joined[-1]
        and inner.count(quote) == 2 * (len(cells) - 1) == 2 * inner.count(between)
    ):
        cells[:] = inner.split(between)
        return True
    for index, cell in enumerate(cells):
        if quote not in cell:
            continue
        if cell[0] != quote:
            if faulty is None:
                return False
            continue
        match = _CLOSED[quote].match(cell)
        if match is None:
            return False
        if match.end() == len(cell):
            cells[index] = cell[1:-1].replace(quote * 2, quote)
        elif faulty is None:
            return False
        else:
            faulty.add(index)
            cells[index] = without_quotes(cell, quote)
    return True


def _taken_apart_at_quotes(text: str, mark: str, quote: str, width: int) -> Block | None:
    """The cells of records with separators and ends of lines inside quotes."""
    parts = text.split(quote)
    if len(parts) % 2 == 0:
        return None
    inside = quote.join(parts[1::2]).replace("\r\n", _CRLF).replace("\n", _LF).replace(mark, _MARK)
    parts[1::2] = inside.split(quote)
    plain = quote.join(parts).replace("\r\n", "\n")
    columns = _split(plain, mark, width)
    if columns is None or not all(_unquote(cells, quote) for cells in columns):
        return None
    for place, cells in enumerate(columns):
        joined = _BETWEEN.join(cells)
        if any(sign in joined for sign in (_MARK, _LF, _CRLF)):
            joined = joined.replace(_MARK, mark).replace(_LF, "\n").replace(_CRLF, "\r\n")
            columns[place] = joined.split(_BETWEEN)
    lines = len(columns[0])
    if _LF not in inside and _CRLF not in inside:
        return Block(columns, range(lines + 1))
    records = plain.split("\n")[:lines]
    further = [record.count(_LF) + record.count(_CRLF) for record in records]
    return Block(
        columns,
        list(accumulate((1 + number for number in further), initial=0)),
        spread=[n for n, more in enumerate(further) if more and _MARK in records[n]],
    )


def without_quotes(cell: str, quote: str) -> str:
    """A cell of a faulty record as it was meant."""
    inner = cell.rstrip()
    if len(inner) > 1 and inner[0] == quote == inner[-1]:
        return inner[1:-1].replace(quote * 2, quote)
    return cell
