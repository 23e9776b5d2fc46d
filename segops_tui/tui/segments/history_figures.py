"""A summary of a daily count: first and last, lowest and highest, and the change."""

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
    """The count on a day; the day is the server's text."""

    day: str
    count: int


class HistoryFigures(Widget):
    """Shows the summary, two values side by side where they fit."""

    DEFAULT_CSS = "HistoryFigures { height: auto; width: 1fr; }"

    days: reactive[Sequence[Day]] = reactive((), layout=True)

    def render(self) -> Content:
        """Draw the summary."""
        return Content("\n").join(figure_lines(self.days, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of lines."""
        return len(figure_lines(self.days, width))


def figure_lines(days: Sequence[Day], width: int) -> list[Content]:
    """Return first, last, lowest and highest with their days, and the change with its sign."""
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
