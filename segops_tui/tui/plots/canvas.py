"""A drawing of dots, eight to a cell: lines, and signs put upon them.

Knows dots, cells and whose they are; knows no values and no axes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Sequence

DOTS_ACROSS: Final = 2
DOTS_DOWN: Final = 4
_BLANK: Final = 0x2800
_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """Cells with dots; a cell has the style of whoever drew into it last, a sign its own."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._dots: dict[tuple[int, int], int] = {}
        self._signs: dict[tuple[int, int], tuple[str, str]] = {}
        self._styles: dict[tuple[int, int], str] = {}
        self._rules: dict[int, str] = {}

    def rule(self, row: int, style: str) -> None:
        """Lay a faint line behind everything."""
        self._rules[row] = style

    def line(self, start: tuple[int, int], end: tuple[int, int], style: str) -> None:
        """Draw from dot to dot; dots are counted from the upper left."""
        (left, upper), (right, lower) = start, end
        steps = max(abs(right - left), abs(lower - upper))
        for at in range(steps + 1):
            part = at / steps if steps else 0.0
            self._dot(
                round(left + (right - left) * part), round(upper + (lower - upper) * part), style
            )

    def sign(self, dot: tuple[int, int], sign: str, style: str) -> None:
        """Put a sign upon the cell of a dot."""
        cell = (dot[1] // DOTS_DOWN, dot[0] // DOTS_ACROSS)
        self._signs[cell] = sign, style

    def lines(self) -> list[Content]:
        """What was drawn, row by row."""
        return [self._row(row) for row in range(self.rows)]

    def _dot(self, across: int, down: int, style: str) -> None:
        cell = (down // DOTS_DOWN, across // DOTS_ACROSS)
        bit = _BITS[down % DOTS_DOWN][across % DOTS_ACROSS]
        self._dots[cell] = self._dots.get(cell, 0) | bit
        self._styles[cell] = style

    def _row(self, row: int) -> Content:
        pieces: list[tuple[str, str]] = []
        for column in range(self.columns):
            sign, style = self._cell(row, column)
            if pieces and pieces[-1][1] == style:
                pieces[-1] = (pieces[-1][0] + sign, style)
            else:
                pieces.append((sign, style))
        return Content.assemble(*pieces)

    def _cell(self, row: int, column: int) -> tuple[str, str]:
        cell = (row, column)
        if cell in self._signs:
            return self._signs[cell]
        if cell in self._dots:
            return chr(_BLANK | self._dots[cell]), self._styles[cell]
        return ("┈", self._rules[row]) if row in self._rules else (" ", "")


def joined(lines: Sequence[Content]) -> Content:
    """Lines under each other."""
    return Content("\n").join(lines)
