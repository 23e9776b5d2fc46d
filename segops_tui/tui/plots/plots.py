"""Figures to look at: lines over days, and bars under each other.

Knows figures, cells and theme variables; what is measured is its owner's. Series differ by sign as
well as by colour, and a value that is missing is a gap, never a zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widget import Widget

from segops_tui.tui.core.text import fit, one_line, width
from segops_tui.tui.plots.canvas import joined
from segops_tui.tui.plots.lines import FAINT, STYLES, line_plot
from segops_tui.tui.plots.scale import Unit, figure, value_words
from segops_tui.tui.widgets.meter import meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

NOTHING: Final = "No figures yet."
"""What stands where there is no value at all."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, a value (or none) at each label, its style (one of ours where empty)."""

    name: str
    values: Sequence[float | None]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value, words after it, its style (the first of ours where empty)."""

    label: str
    value: float | None
    note: str = ""
    style: str = ""


class LinePlot(Widget):
    """Lines over the same labels, which are days more often than not."""

    DEFAULT_CSS = "LinePlot { height: 1fr; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._series: Sequence[Series] = ()
        self._labels: Sequence[str] = ()
        self._unit: Unit = "count"
        self._empty = NOTHING

    def show(
        self,
        series: Sequence[Series],
        *,
        labels: Sequence[str],
        unit: Unit = "count",
        empty: str = NOTHING,
    ) -> None:
        """Draw these, or say that there is nothing to draw."""
        self._series, self._labels, self._unit, self._empty = series, labels, unit, empty
        self.refresh()

    def render(self) -> Content:
        """Draw what was shown last."""
        if not any(figure(value) is not None for each in self._series for value in each.values):
            return Content.styled(self._empty, FAINT)
        cells, rows = self.size
        return joined(
            line_plot(self._series, labels=self._labels, unit=self._unit, cells=cells, rows=rows)
        )


class BarPlot(Widget):
    """Bars under each other, a line each."""

    DEFAULT_CSS = "BarPlot { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._bars: Sequence[Bar] = ()
        self._unit: Unit = "count"
        self._empty = NOTHING

    def show(self, bars: Sequence[Bar], *, unit: Unit = "count", empty: str = NOTHING) -> None:
        """Draw these, or say that there is nothing to draw."""
        self._bars, self._unit, self._empty = bars, unit, empty
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw what was shown last."""
        if not self._bars:
            return Content.styled(self._empty, FAINT)
        return joined(bar_plot(self._bars, unit=self._unit, cells=self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line for each bar, or for the words that there is none."""
        return max(1, len(self._bars))


def bar_plot(bars: Sequence[Bar], *, unit: Unit, cells: int) -> list[Content]:
    """A line for each bar: label, bar, value, note; the values aligned."""
    values = [figure(bar.value) for bar in bars]
    words = [value_words(value, unit) for value in values]
    labels = [one_line(bar.label) for bar in bars]
    notes = [one_line(bar.note) for bar in bars]
    side = max(map(width, words))
    name = min(max(map(width, labels)), max(6, cells // 3))
    note = min(max(map(width, notes)), max(0, cells // 4))
    length = max(4, cells - name - side - note - 3 - (1 if note else 0))
    whole = _whole(values, unit)
    lines = []
    for at, bar in enumerate(bars):
        share = _filled(values[at], whole, unit)
        drawn = (
            Content(" " * length)
            if share is None
            else meter(share, length, style=bar.style or STYLES[0])
        )
        pieces = [Content(fit(labels[at], name)), Content(" "), drawn, Content("  ")]
        pieces.append(Content.styled(fit(words[at], side, "right"), "" if share else FAINT))
        if note:
            pieces.append(Content.styled(" " + fit(notes[at], note), FAINT))
        lines.append(Content("").join(pieces))
    return lines


def _whole(values: Sequence[float | None], unit: Unit) -> float:
    """What a full bar stands for."""
    most = max((value for value in values if value is not None), default=0.0)
    return max(100.0, most) if unit == "percent" else most


def _filled(value: float | None, whole: float, unit: Unit) -> float | None:
    if value is None:
        return None
    if unit == "position":
        # The best rank has the longest bar, the worst one still has some.
        return 1.0 if whole <= 1 else 1.0 - (value - 1) / whole
    return value / whole if whole > 0 else 0.0
