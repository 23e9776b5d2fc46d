"""Columns of a table: how wide they are, and which of them fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rich.text import Text

from segops_tui.tui.core.text import one_line, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


__all__ = [
    "Arrangement",
    "ColumnLayout",
    "ColumnWidths",
    "Placed",
    "TableColumn",
    "arrange",
    "spread",
]

Fit = Literal["drop", "scroll"]
"""Whether columns without room are left out, or scrolled to."""

GAP = 2
"""Cells between two columns."""

SHRUNK = 12
"""Text is shrunk to this much, or to the column's least width, before columns are dropped."""

EXTRA = 4
"""Columns of this priority or more are dropped before text is shrunk below its ample width."""

TEXT_FLOOR = 8
"""Text columns are not shrunk below this."""

LONGEST_MEASURED = 512
"""Characters of a cell which are measured; no column may be that wide."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """How one column of a table is drawn."""

    key: str
    """Identifies the column in messages and in the sort indicator."""

    title: str
    """Shown in the header."""

    cell: Callable[[Any], Text | str]
    """Returns what to show of a row; a string is data and never markup."""

    width: int | None = None
    """Cells, or None to measure the title and the rows seen so far."""

    min_width: int = 4
    """Cells a measured column has at least."""

    max_width: int = 40
    """Cells a measured column has at most, unless it is flexible."""

    align: Literal["left", "right"] = "left"
    """Numbers are aligned right; they are never truncated to make room."""

    flex: bool = False
    """Fills the remaining room."""

    ample_width: int = 0
    """Cells a text has before extra columns are shown beside it; else its least width."""

    priority: int = 0
    """If there is too little room, columns with the largest number are dropped first."""

    sort_key: Callable[[Any], Any] | None = None
    """Returns what to sort a row by; None if the console cannot sort by this column."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with its position on the line."""

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
        """Cells of the line, including one after the last column."""
        return self.placed[-1].x + self.placed[-1].width + 1 if self.placed else 0

    def at(self, x: int) -> TableColumn | None:
        """Return the column drawn at a cell, the gap after it included."""
        for placed in self.placed:
            if placed.x <= x < placed.x + placed.width + GAP:
                return placed.column
        return None


class ColumnWidths:
    """Measured widths of columns; they only grow, so that columns do not jump while scrolling."""

    def __init__(self, columns: Iterable[TableColumn]) -> None:
        self.columns = tuple(columns)
        self._measured = {column.key: width(one_line(column.title)) for column in self.columns}

    def measure(self, rows: Iterable[Any]) -> bool:
        """Measure rows; return whether a column became wider."""
        open_ended = [column for column in self.columns if column.width is None]
        before = sum(map(self.natural, open_ended))
        for row in rows:
            for column in open_ended:
                if self._measured[column.key] < column.max_width:
                    seen = _cells(column.cell(row))
                    self._measured[column.key] = max(self._measured[column.key], seen)
        return sum(map(self.natural, open_ended)) != before

    def natural(self, column: TableColumn) -> int:
        """Return the width which shows all that was measured, within the column's limits."""
        if column.width is not None:
            return column.width
        return max(column.min_width, min(self._measured[column.key], column.max_width))

    def least(self, column: TableColumn) -> int:
        """Return the width below which other columns are dropped instead.

        Text gives way; a number or a fixed width does not.
        """
        natural = self.natural(column)
        if column.width is not None or (column.align == "right" and not column.flex):
            return natural
        return max(column.min_width, min(natural, SHRUNK))

    def ample(self, column: TableColumn) -> int:
        """Return the width below which extra columns are dropped instead."""
        return max(self.least(column), min(self.natural(column), column.ample_width))


class ColumnLayout:
    """Places the columns of a table in the room it has.

    With fit "drop", columns without room are left out until `show_dropped`; with "scroll", none is.
    """

    def __init__(self, columns: Iterable[TableColumn], *, fit: Fit) -> None:
        self.widths = ColumnWidths(columns)
        self.arrangement = Arrangement()
        self._fit = fit
        self._revealed = False
        self.sorted_by: str | None = None
        """The column that the rows are sorted by: it is not left out."""

    @property
    def scrolls(self) -> bool:
        """The line may be wider than the screen."""
        return self._fit == "scroll" or self._revealed

    def replace(self, columns: Iterable[TableColumn]) -> None:
        """Lay out other columns, or the same ones measured from the start."""
        self.widths = ColumnWidths(columns)

    def place(self, room: int) -> None:
        """Place the columns in so many cells."""
        if self.scrolls:
            self.arrangement = spread(self.widths, room)
            return
        self.arrangement = arrange(self.widths, room, keep=self.sorted_by)
        if self.arrangement.dropped:
            # One cell for the sign `›`.
            self.arrangement = arrange(self.widths, room - 1, keep=self.sorted_by)

    def hides_columns(self, room: int, *, scrolled: int) -> bool:
        """Whether columns are hidden at the right."""
        beyond = self.arrangement.width - scrolled > room
        return self.arrangement.dropped > 0 or (self.scrolls and beyond)

    def show_dropped(self) -> bool:
        """Let dropped columns be scrolled to; return whether there are any."""
        dropped = self.arrangement.dropped > 0
        self._revealed = self._revealed or dropped
        return dropped

    def drop_columns(self) -> bool:
        """Drop again what does not fit; return whether that changes the layout."""
        revealed, self._revealed = self._revealed, False
        return revealed

    def left_of(self, x: int) -> int | None:
        """Return where the nearest column left of a cell starts."""
        return max((each.x for each in self.arrangement.placed if each.x < x), default=None)

    def right_of(self, x: int) -> int | None:
        """Return where the nearest column right of a cell starts."""
        return min((each.x for each in self.arrangement.placed if each.x > x), default=None)


def spread(widths: ColumnWidths, room: int) -> Arrangement:
    """Place every column at its natural width, however long the line becomes."""
    wanted = {column.key: widths.natural(column) for column in widths.columns}
    return _place(widths.columns, _fill(widths.columns, wanted, room))


def arrange(widths: ColumnWidths, room: int, *, keep: str | None = None) -> Arrangement:
    """Drop extra columns, shrink text, drop columns by priority, then the last ones, until it fits.

    More room never shows fewer columns. The column `keep` stays longest, but for
    the first one.
    """
    kept = list(widths.columns)
    for cells, lowest in ((widths.ample, EXTRA), (widths.least, 1)):
        while _line(map(cells, kept)) > room:
            others = (each for each in reversed(kept[1:]) if each.key != keep)
            first = max(others, key=lambda each: each.priority, default=None)
            if first is None or first.priority < lowest:
                break
            kept.remove(first)
    wanted = _shrink(widths, kept, room)
    while len(kept) > 1 and _line(wanted.values()) > room:
        kept.remove(next((each for each in reversed(kept[1:]) if each.key != keep), kept[-1]))
        wanted = _shrink(widths, kept, room)
    if len(kept) == 1:
        wanted[kept[0].key] = max(1, min(wanted[kept[0].key], room - 1))
    arranged = _place(kept, _fill(kept, wanted, room))
    return Arrangement(arranged.placed, dropped=len(widths.columns) - len(kept))


def _line(cells: Iterable[int]) -> int:
    """Cells of a line: the columns, the gaps between them, one cell after the last."""
    return sum(column + GAP for column in cells) - GAP + 1


def _shrink(widths: ColumnWidths, columns: Sequence[TableColumn], room: int) -> dict[str, int]:
    """Take cells from the widest text columns; a truncated number would be wrong."""
    wanted = {column.key: widths.natural(column) for column in columns}
    texts = [column for column in columns if column.align == "left" and column.width is None]
    ample = {column.key: widths.ample(column) for column in texts}
    least = {column.key: widths.least(column) for column in texts}
    floors = {c.key: max(c.min_width, min(wanted[c.key], TEXT_FLOOR)) for c in texts}
    for lowest in (ample, least, floors):
        for _ in range(_line(wanted.values()) - room):
            shrinkable = [key for key, floor in lowest.items() if wanted[key] > floor]
            if not shrinkable:
                break
            wanted[max(shrinkable, key=wanted.__getitem__)] -= 1
    return wanted


def _fill(columns: Sequence[TableColumn], wanted: dict[str, int], room: int) -> dict[str, int]:
    """Share the remaining cells among the flexible columns."""
    flexible = [column for column in columns if column.flex]
    spare = room - _line(wanted.values())
    if flexible and spare > 0:
        share, odd = divmod(spare, len(flexible))
        for at, column in enumerate(flexible):
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
