"""How a count went from day to day: a line between its lowest and its highest, and what they were.

Knows days and counts; where they come from is its owner's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.text import crop, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

ROWS: Final = 7
"""Lines the plot is high."""
WIDEST_DAY: Final = 3
"""Cells of one day, where there is room."""


@dataclass(frozen=True, slots=True)
class Day:
    """How many there were on a day, as the server names it."""

    day: str
    count: int


class HistoryPlot(Widget):
    """A line with an axis; below it the figures in words."""

    DEFAULT_CSS = "HistoryPlot { height: auto; width: 1fr; }"

    days: reactive[Sequence[Day]] = reactive((), layout=True)

    def render(self) -> Content:
        """Draw every line."""
        return Content("\n").join(plotted(self.days, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as there are."""
        return len(plotted(self.days, width))


def plotted(days: Sequence[Day], width: int) -> list[Content]:
    """The line, its axis and its figures, for a width; nothing for no days."""
    if not days:
        return []
    low, high = min(each.count for each in days), max(each.count for each in days)
    axis = max(len(wording.count(low)), len(wording.count(high)))
    room = max(1, width - axis - 3)
    cells = max(1, min(WIDEST_DAY, room // len(days)))
    shown = days[-(room // cells) :]
    labels = {0: wording.count(high), ROWS - 1: wording.count(low)}
    if low == high:
        labels = {ROWS // 2: wording.count(low)}
    lines = []
    for row, dots in enumerate(_line([each.count for each in shown], cells, low, high)):
        tick = "┤" if row in labels else "│"
        label = f"{labels.get(row, '').rjust(axis)} {tick}"
        lines.append(Content.assemble((label, "$text-muted"), (dots, "$primary")))
    lines.append(_days_below(shown, axis, cells))
    return [*lines, Content(""), *_figures(days, width)]


def _line(counts: Sequence[int], cells: int, low: int, high: int) -> list[str]:
    """Steps from day to day, the highest above."""
    span = high - low
    levels = [round((high - count) / span * (ROWS - 1)) if span else ROWS // 2 for count in counts]
    grid = [[" "] * (len(counts) * cells) for _ in range(ROWS)]
    for day, level in enumerate(levels):
        first = day * cells
        for across in range(first, first + cells):
            grid[level][across] = "─"
        before = levels[day - 1] if day else level
        if before == level:
            continue
        for down in range(min(before, level) + 1, max(before, level)):
            grid[down][first] = "│"
        leaves, arrives = ("╮", "╰") if level > before else ("╯", "╭")
        grid[before][first], grid[level][first] = leaves, arrives
    return ["".join(row) for row in grid]


def _days_below(days: Sequence[Day], axis: int, cells: int) -> Content:
    first, last = _short(days[0].day), _short(days[-1].day)
    gap = len(days) * cells - len(first) - len(last)
    words = f"{first}{' ' * gap}{last}" if gap > 0 else last
    return Content.styled(f"{' ' * (axis + 2)}{words}", "$text-muted")


def _figures(days: Sequence[Day], width: int) -> list[Content]:
    """First, last, lowest, highest, each with its day; the change with its sign."""
    first, last = days[0], days[-1]
    low = min(days, key=lambda each: each.count)
    high = max(days, key=lambda each: each.count)
    cells = max(len(wording.count(each.count)) for each in days)
    ends = [_figure("First", first, cells), _figure("Last", last, cells)]
    bounds = [_figure("Lowest", low, cells), _figure("Highest", high, cells)]
    change = last.count - first.count
    share = f" ({abs(change) / first.count:.0%})" if first.count and change else ""
    style = "$success" if change > 0 else "$warning" if change < 0 else "$text-muted"
    arrow = "▲" if change > 0 else "▼" if change < 0 else "="
    changed = (f"{arrow} {wording.delta(change)}{share}", style)
    below = Content.assemble(("Change   ", "$text-muted"), changed)
    if ends[0].cell_length + bounds[0].cell_length + 4 > width:
        return [*ends, *bounds, below]
    side_by_side = [one + Content("    ") + other for one, other in zip(ends, bounds, strict=True)]
    return [*side_by_side, below]


def _figure(name: str, day: Day, cells: int) -> Content:
    return Content.assemble(
        (f"{name:<9}", "$text-muted"),
        (wording.count(day.count).rjust(cells), "bold"),
        (f"  {_short(day.day):<10}", "$text-muted"),
    )


def _short(day: str) -> str:
    return crop(one_line(day), 10)
