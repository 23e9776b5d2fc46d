"""Takes a block of lines apart at once, where it can be told that the records are even.

A record at a time costs several steps of the interpreter; here every step is one for the whole
block. A block that is not told for certain is left to the reader of records, which finds the same
rows. That both agree is tested with random files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELD: Final = "\x01"
"""Stands for a quoted cell."""
_BETWEEN: Final = "\x02"
"""Stands between the cells of a column."""
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


def take_apart(
    text: str, *, mark: str, quote: str | None, width: int, is_faulty: bool = False
) -> Block | None:
    """The cells of whole lines, or None if they have to be read one by one.

    That quotes are faulty is found out sooner if it is expected.
    """
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        return None
    if quote is None or quote not in text:
        columns = _split(text, mark, width)
        return None if columns is None else Block(columns, range(len(columns[0]) + 1))
    if _HELD in text or _BETWEEN in text:
        return None
    ways = (_at_marks, _at_quotes) if is_faulty else (_at_quotes, _at_marks)
    return ways[0](text, mark, quote, width) or ways[1](text, mark, quote, width)


def _split(text: str, mark: str, width: int) -> list[list[str]] | None:
    """The columns, if splitting at every separator gives each line as many cells as the header."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not text.endswith("\n"):
        text += "\n"
    # The ends of lines become cells of their own: each has to be in its place.
    marked = text.replace("\n", f"{mark}\n{mark}")
    lines, step = (len(marked) - len(text)) // 2, width + 1
    flat = marked.split(mark)
    del flat[-1]
    if len(flat) != lines * step or flat[width::step].count("\n") != lines:
        return None
    columns = [flat[place::step] for place in range(width)]
    return None if width == 1 and "" in columns[0] else columns


def _at_quotes(text: str, mark: str, quote: str, width: int) -> Block | None:
    """The cells, if each quote begins a cell, ends one or is doubled inside one."""
    parts = text.split(quote)
    outside, cells = parts[::2], parts[1::2]
    if len(outside) == len(cells):
        return None
    if "" in outside[1:-1]:
        outside, cells = _with_doubled(outside, cells, quote)
    around = set(map(itemgetter(0), outside[1:-1])) | set(map(itemgetter(-1), outside[1:-1]))
    around |= {outside[0][-1:], outside[-1][:1]}
    if not around <= {mark, "\n", "\r", ""}:
        return None
    columns = _split(_HELD.join(outside), mark, width)
    if columns is None:
        return None
    lines = len(columns[0])
    held = _put_back(columns, cells)
    inside = "".join(cells)
    if "\n" not in inside:
        return Block(columns, range(lines + 1))
    heights = [1] * lines
    for column in held:
        heights = [height + cell.count("\n") for height, cell in zip(heights, column, strict=True)]
    spread = []
    if mark in inside:
        several = [n for n, height in enumerate(heights) if height > 1]
        spread = [n for n in several if any(mark in column[n] for column in held)]
    return Block(columns, list(accumulate(heights, initial=0)), spread=spread)


def _with_doubled(outside: list[str], cells: list[str], quote: str) -> tuple[list[str], list[str]]:
    """What is outside and inside of quotes, where nothing outside is a doubled quote inside."""
    begins = [0, *(n for n, part in enumerate(outside[:-1]) if part and n)]
    joined = [quote.join(cells[begin:end]) for begin, end in pairwise([*begins, len(cells)])]
    return [*(outside[begin] for begin in begins), outside[-1]], joined


def _put_back(columns: list[list[str]], cells: list[str]) -> list[list[str]]:
    """Put the quoted cells into their places; the columns that have some."""
    lines, left = len(columns[0]), len(cells)
    places = []
    for place in sorted(range(len(columns)), key=lambda place: columns[place][0] != _HELD):
        count = columns[place].count(_HELD)
        if count:
            places.append(place)
            left -= count
        if not left:
            break
    places.sort()
    if len(cells) < lines * len(places):
        source = iter(cells)
        found = chain.from_iterable(zip(*(columns[place] for place in places), strict=True))
        cells = [next(source) if cell == _HELD else cell for cell in found]
    for number, place in enumerate(places):
        columns[place] = cells[number :: len(places)]
    return [columns[place] for place in places]


def _at_marks(text: str, mark: str, quote: str, width: int) -> Block | None:
    """The cells of lines with faulty quotes, if no quoted cell has a separator in it.

    A quote that is followed by anything but a separator closes nothing: its record is faulty.
    """
    columns = _split(text, mark, width)
    if columns is None:
        return None
    faulty: set[int] = set()
    quotes = text.count(quote)
    # Often all are in a few columns, and then in their first rows, too.
    for place in sorted(range(width), key=lambda place: quote not in columns[place][0]):
        joined = _BETWEEN.join(columns[place])
        count = joined.count(quote)
        if not count:
            continue
        cells = _all_unquoted(joined, quote, len(columns[place]), faulty)
        if cells is None:
            cells = _each_unquoted(columns[place], quote, faulty)
        if cells is None:
            return None
        columns[place] = cells
        quotes -= count
        if not quotes:
            break
    return Block(columns, range(len(columns[0]) + 1), sorted(faulty))


def _all_unquoted(joined: str, quote: str, cells: int, faulty: set[int]) -> list[str] | None:
    """The cells of a column, if each is in quotes; None also if one may not be closed."""
    between, twice = f"{quote}{_BETWEEN}{quote}", quote * 2
    inner = joined[1:-1]
    is_quoted = len(joined) > 1 and joined[0] == quote == joined[-1]
    if not is_quoted or inner.count(between) != cells - 1:
        return None
    text = inner.replace(between, _BETWEEN)
    lone = text.replace(twice, "")
    if lone.endswith(quote) or f"{quote}{_BETWEEN}" in lone:
        return None
    if quote in lone:
        faulty.update(n for n, cell in enumerate(lone.split(_BETWEEN)) if quote in cell)
    return text.replace(twice, quote).split(_BETWEEN)


def _each_unquoted(cells: list[str], quote: str, faulty: set[int]) -> list[str] | None:
    """The cells of a column; None if one is not closed."""
    match, twice = _CLOSED[quote].match, quote * 2
    found = cells.copy()
    for index, cell in enumerate(cells):
        if quote not in cell:
            continue
        inner = cell[1:-1]
        if cell[0] == quote == cell[-1] and quote not in inner and len(cell) > 1:
            found[index] = inner
            continue
        closed = match(cell)
        if closed is None and cell[0] == quote:
            return None
        if closed is None:
            continue
        is_whole = cell[-1] == quote
        found[index] = inner.replace(twice, quote) if is_whole else without_quotes(cell, quote)
        if closed.end() != len(cell):
            faulty.add(index)
    return found


def without_quotes(cell: str, quote: str) -> str:
    """A cell of a faulty record as it was meant."""
    inner = cell.rstrip()
    if len(inner) > 1 and inner[0] == quote == inner[-1]:
        return inner[1:-1].replace(quote * 2, quote)
    return cell
