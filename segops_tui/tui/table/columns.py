"""How wide a table's columns are and which of them there is room for.

Knows numbers of cells; draws nothing and knows no row but to measure it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rich.text import Text

from segops_tui.tui.core.text import one_line, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Arrangement", "ColumnWidths", "Placed", "TableColumn", "arrange", "spread"]

GAP = 2
"""Cells between two columns."""

FLEX_FLOOR = 12
"""A column which takes the rest is worth at least this much before others are dropped for it."""

TEXT_FLOOR = 8
"""Text is not shrunk below this; a column which shows less is better left out."""

LONGEST_MEASURED = 512
"""Characters looked at to measure a cell; no column may be that wide."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """How one column of a table is drawn."""

    key: str
    """Names the column in messages and in the sort indicator."""

    title: str
    """Stands in the header."""

    cell: Callable[[Any], Text | str]
    """What to show of a row; a string is data and never markup."""

    width: int | None = None
    """Cells, or None to measure the title and the rows seen so far."""

    min_width: int = 4
    """Cells below which a measured column is not taken."""

    max_width: int = 40
    """Cells above which a measured column does not grow, unless it takes the rest."""

    align: Literal["left", "right"] = "left"
    """Numbers stand on the right; they are never cut to make room."""

    flex: bool = False
    """Takes the room which is left."""

    priority: int = 0
    """Where there is too little room, columns with the largest number go first."""

    sort_key: Callable[[Any], Any] | None = None
    """What the column is sorted by; None where sorting makes no sense or is the server's."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with its place on the line."""

    column: TableColumn
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The columns there is room for, from left to right."""

    placed: tuple[Placed, ...] = ()
    dropped: int = 0
    """How many columns there was no room for."""

    @property
    def width(self) -> int:
        """Cells of the line, one behind the last column included."""
        return self.placed[-1].x + self.placed[-1].width + 1 if self.placed else 0

    def at(self, x: int) -> TableColumn | None:
        """Return the column drawn at a cell, the gap behind it counted in."""
        for placed in self.placed:
            if placed.x <= x < placed.x + placed.width + GAP:
                return placed.column
        return None


class ColumnWidths:
    """What was measured of each column so far; widths only grow, so nothing jumps about."""

    def __init__(self, columns: Iterable[TableColumn]) -> None:
        self.columns = tuple(columns)
        self._measured = {column.key: width(one_line(column.title)) for column in self.columns}

    def see(self, rows: Iterable[Any]) -> bool:
        """Measure rows; return whether a column has become wider."""
        open_ended = [column for column in self.columns if column.width is None]
        before = sum(map(self.natural, open_ended))
        for row in rows:
            for column in open_ended:
                if self._measured[column.key] < column.max_width:
                    seen = _cells(column.cell(row))
                    self._measured[column.key] = max(self._measured[column.key], seen)
        return sum(map(self.natural, open_ended)) != before

    def natural(self, column: TableColumn) -> int:
        """Return the width a column would like to have."""
        if column.width is not None:
            return column.width
        return max(column.min_width, min(self._measured[column.key], column.max_width))

    def least(self, column: TableColumn) -> int:
        """Return the width below which others should rather go."""
        if not column.flex:
            return self.natural(column)
        return max(column.min_width, min(self.natural(column), FLEX_FLOOR))


def spread(widths: ColumnWidths, room: int) -> Arrangement:
    """Place every column at its natural width, however long the line gets."""
    wanted = {column.key: widths.natural(column) for column in widths.columns}
    return _place(widths.columns, _give_the_rest(widths.columns, wanted, room))


def arrange(widths: ColumnWidths, room: int) -> Arrangement:
    """Place what fits: the least wanted columns go, then text shrinks, then the last ones go."""
    kept = list(widths.columns)
    while _line(map(widths.least, kept)) > room and any(column.priority > 0 for column in kept[1:]):
        kept.remove(max(reversed(kept[1:]), key=lambda column: column.priority))
    wanted = _shrink(widths, kept, room)
    while len(kept) > 1 and _line(wanted.values()) > room:
        kept.pop()
        wanted = _shrink(widths, kept, room)
    if len(kept) == 1:
        wanted[kept[0].key] = max(1, min(wanted[kept[0].key], room - 1))
    arranged = _place(kept, _give_the_rest(kept, wanted, room))
    return Arrangement(arranged.placed, dropped=len(widths.columns) - len(kept))


def _line(cells: Iterable[int]) -> int:
    """Cells of a line: the columns, the gaps between them, one cell behind the last."""
    return sum(column + GAP for column in cells) - GAP + 1


def _shrink(widths: ColumnWidths, columns: Sequence[TableColumn], room: int) -> dict[str, int]:
    """Take cells from the widest text columns; a number which is cut would be a lie."""
    wanted = {column.key: widths.least(column) for column in columns}
    floors = {
        column.key: max(column.min_width, min(wanted[column.key], TEXT_FLOOR))
        for column in columns
        if column.align == "left" and column.width is None
    }
    missing = _line(wanted.values()) - room
    for _ in range(missing):
        able = [key for key, floor in floors.items() if wanted[key] > floor]
        if not able:
            break
        wanted[max(able, key=wanted.__getitem__)] -= 1
    return wanted


def _give_the_rest(
    columns: Sequence[TableColumn], wanted: dict[str, int], room: int
) -> dict[str, int]:
    """Share out what is left among the columns which take it."""
    takers = [column for column in columns if column.flex]
    spare = room - _line(wanted.values())
    if takers and spare > 0:
        share, odd = divmod(spare, len(takers))
        for at, column in enumerate(takers):
            wanted[column.key] += share + (1 if at < odd else 0)
    return wanted


def _place(columns: Sequence[TableColumn], cells: dict[str, int]) -> Arrangement:
    x = 0
    placed = []
    for column in columns:
        placed.append(Placed(column, x=x, width=cells[column.key]))
        x += cells[column.key] + GAP
    return Arrangement(tuple(placed))


def _cells(shown: Text | str) -> int:
    plain = shown.plain if isinstance(shown, Text) else shown
    return width(one_line(plain[:LONGEST_MEASURED]))
