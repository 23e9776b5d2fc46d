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

_SIGNS: Final = ("\x01", "\x02", "\x03", "\x04")
_MARK, _LF, _CRLF, _BETWEEN = _SIGNS
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
    has_quotes = quote is not None and quote in plain
    if has_quotes and any(sign in plain for sign in _SIGNS):
        return None
    columns = _split(plain, mark, width)
    if quote is None or not has_quotes:
        return None if columns is None else Block(columns, range(len(columns[0]) + 1))
    faulty: set[int] = set()
    if columns is not None and _unquote(columns, mark, quote, plain.count(quote), faulty):
        return Block(columns, range(len(columns[0]) + 1), sorted(faulty))
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


def _unquote(
    columns: list[list[str]], mark: str, quote: str, quotes: int, faulty: set[int] | None = None
) -> bool:
    """Take the quotes off all cells, and put back what was hidden in them; False if one is odd.

    A quote that is followed by anything but a separator closes nothing: its record is faulty.
    Without a set of `faulty` records, no quote may be where none belongs.
    """
    # Often all quotes are in a few columns, and then in their first cells, too.
    for place in sorted(range(len(columns)), key=lambda place: quote not in columns[place][0]):
        joined = _BETWEEN.join(columns[place])
        count = joined.count(quote)
        if not count:
            continue
        cells = _all_unquoted(joined, mark, quote, len(columns[place]), faulty)
        if cells is None:
            cells = _each_unquoted(columns[place], mark, quote, faulty)
        if cells is None:
            return False
        columns[place] = cells
        quotes -= count
        if not quotes:
            break
    return True


def _all_unquoted(
    joined: str, mark: str, quote: str, cells: int, faulty: set[int] | None
) -> list[str] | None:
    """The cells of a column, if each is in quotes; None also if one may not be closed."""
    between, twice = f"{quote}{_BETWEEN}{quote}", quote * 2
    inner = joined[1:-1]
    is_quoted = len(joined) > 1 and joined[0] == quote == joined[-1]
    if not is_quoted or inner.count(between) != cells - 1:
        return None
    text = inner.replace(between, _BETWEEN)
    if quote in text:
        lone = text.replace(twice, "")
        if quote in lone:
            if faulty is None or lone.endswith(quote) or f"{quote}{_BETWEEN}" in lone:
                return None
            faulty.update(n for n, cell in enumerate(lone.split(_BETWEEN)) if quote in cell)
        text = text.replace(twice, quote)
    return _shown(text, mark).split(_BETWEEN)


def _each_unquoted(
    cells: list[str], mark: str, quote: str, faulty: set[int] | None
) -> list[str] | None:
    """The cells of a column; None if one is not closed, or faulty and may not be."""
    match, twice = _CLOSED[quote].match, quote * 2
    found = cells.copy()
    odd: list[int] = []
    for index, cell in enumerate(cells):
        if quote not in cell:
            continue
        inner = cell[1:-1]
        if cell[0] == quote == cell[-1] and quote not in inner and len(cell) > 1:
            found[index] = inner if faulty is not None else _shown(inner, mark)
            continue
        closed = match(cell)
        if closed is not None and closed.end() == len(cell):
            found[index] = _shown(inner.replace(twice, quote), mark)
        elif faulty is None or (closed is None and cell[0] == quote):
            return None
        elif closed is not None:
            odd.append(index)
            is_whole = cell[-1] == quote
            found[index] = inner.replace(twice, quote) if is_whole else without_quotes(cell, quote)
    if faulty is not None:
        faulty.update(odd)
    return found


def _shown(text: str, mark: str) -> str:
    """Text from inside quotes with what was hidden in it."""
    return text.replace(_MARK, mark).replace(_LF, "\n").replace(_CRLF, "\r\n")


def _taken_apart_at_quotes(text: str, mark: str, quote: str, width: int) -> Block | None:
    """The cells of records with separators and ends of lines inside quotes."""
    parts = text.split(quote)
    if len(parts) % 2 == 0:
        return None
    inside = quote.join(parts[1::2]).replace("\r\n", _CRLF).replace("\n", _LF).replace(mark, _MARK)
    parts[1::2] = inside.split(quote)
    plain = quote.join(parts).replace("\r\n", "\n")
    columns = _split(plain, mark, width)
    if columns is None or not _unquote(columns, mark, quote, len(parts) - 1):
        return None
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
