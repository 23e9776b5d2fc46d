"""What a count did from day to day, in figures: first and last, lowest and highest, the change.

Knows days and counts; where they come from is its owner's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.core.text import crop, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size


@dataclass(frozen=True, slots=True)
class Day:
    """How many there were on a day, as the server names it."""

    day: str
    count: int


class HistoryFigures(Widget):
    """A line a figure, or two side by side."""

    DEFAULT_CSS = "HistoryFigures { height: auto; width: 1fr; }"

    days: reactive[Sequence[Day]] = reactive((), layout=True)

    def render(self) -> Content:
        """Draw every line."""
        return Content("\n").join(figure_lines(self.days, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as there are."""
        return len(figure_lines(self.days, width))


def figure_lines(days: Sequence[Day], width: int) -> list[Content]:
    """First, last, lowest, highest, each with its day; the change with its sign."""
    if not days:
        return []
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
