"""Line plots and bar plots drawn with characters.

Series differ by sign as well as by colour; a missing value is a gap, never a zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widget import Widget

from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, fit, one_line, width
from segops_tui.tui.plots.scale import (
    Scale,
    Unit,
    day_labels,
    format_short,
    format_value,
    meter,
    scale_of,
    to_number,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

NOTHING: Final = "No figures yet."
"""Shown where there is no value at all."""
SIGNS: Final = "●▲■◆○△□◇"
STYLES: Final = ("$primary", "$success", "$warning", "$accent", "$error", "$secondary")
AXIS: Final = "$border-blurred"
FAINT: Final = "$text-muted"
_APART: Final = 12
"""Cells between two signs on a line with many points."""
_LEAST_ROWS: Final = 4
"""With fewer rows for the lines only the legend is drawn."""
_LEAST_CELLS: Final = 8
_MOST_TICKS: Final = 6
_LONGEST_NAME: Final = 32
DOTS_ACROSS: Final = 2
DOTS_DOWN: Final = 4
_BLANK: Final = 0x2800
_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, a value or None per label, and its style (empty: the next of ours)."""

    name: str
    values: Sequence[float | None]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its value, a note after it, and its style (empty: the first of ours)."""

    label: str
    value: float | None
    note: str = ""
    style: str = ""


class LinePlot(Widget):
    """Draws lines over shared labels, usually days."""

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
        """Draw these, or the empty text if there is nothing to draw."""
        self._series, self._labels, self._unit, self._empty = series, labels, unit, empty
        self.refresh()

    def render(self) -> Content:
        """Draw the plot."""
        if not any(to_number(value) is not None for each in self._series for value in each.values):
            return Content.styled(self._empty, FAINT)
        cells, rows = self.size
        return Content("\n").join(
            line_plot(self._series, labels=self._labels, unit=self._unit, cells=cells, rows=rows)
        )


class BarPlot(AutoSized, Widget):
    """Draws horizontal bars, one per line."""

    DEFAULT_CSS = "BarPlot { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._bars: Sequence[Bar] = ()
        self._unit: Unit = "count"
        self._empty = NOTHING

    def show(self, bars: Sequence[Bar], *, unit: Unit = "count", empty: str = NOTHING) -> None:
        """Draw these, or the empty text if there is nothing to draw."""
        self._bars, self._unit, self._empty = bars, unit, empty
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw the plot."""
        if not self._bars:
            return Content.styled(self._empty, FAINT)
        return Content("\n").join(bar_plot(self._bars, unit=self._unit, cells=self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return one line per bar, at least one."""
        return max(1, len(self._bars))


def line_plot(
    series: Sequence[Series], *, labels: Sequence[str], unit: Unit, cells: int, rows: int
) -> list[Content]:
    """Return rows of a terminal: a legend, an axis at the left, the lines, and labels below."""
    lines = [[to_number(value) for value in each.values] for each in series]
    styles = [each.style or STYLES[at % len(STYLES)] for at, each in enumerate(series)]
    legend = _legend(series, lines, styles, unit, cells, rows=max(1, rows - _LEAST_ROWS - 2))
    height = rows - len(legend) - 2
    known = [value for line in lines for value in line if value is not None]
    if not known or height < _LEAST_ROWS:
        return legend[: max(1, rows)]
    scale = scale_of(known, unit, most=min(_MOST_TICKS, height // 2 + 1))
    margin = max(width(format_short(tick, unit)) for tick in scale.ticks)
    across = cells - margin - 2
    if across < _LEAST_CELLS:
        return legend
    canvas = Canvas(across, height)
    ticks = {_down(tick, scale, height) // DOTS_DOWN: tick for tick in scale.ticks}
    for row in ticks:
        canvas.rule(row, AXIS)
    count = max(len(labels), *(len(line) for line in lines))
    # The first series is drawn last, upon the others.
    for at in reversed(range(len(lines))):
        dots = [
            None if value is None else (_across(x, count, across), _down(value, scale, height))
            for x, value in enumerate(lines[at])
        ]
        first = None if len(lines) == 1 else at * 3
        _draw(canvas, dots, SIGNS[at % len(SIGNS)], styles[at], first_sign=first)
    drawn = [
        Content.assemble(
            (fit(format_short(ticks[row], unit), margin, "right") if row in ticks else " " * margin,
             FAINT),
            (" ┤" if row in ticks else " │", AXIS),
            line,
        )
        for row, line in enumerate(canvas.lines())
    ]  # fmt: skip
    return [*legend, *drawn, *_axis(labels, count, across, margin)]


def _across(at: int, count: int, columns: int) -> int:
    most = columns * DOTS_ACROSS - 1
    return round(at / (count - 1) * most) if count > 1 else most // 2


def _down(value: float, scale: Scale, rows: int) -> int:
    return round((1.0 - scale.share(value)) * (rows * DOTS_DOWN - 1))


def _draw(
    canvas: Canvas,
    dots: Sequence[tuple[int, int] | None],
    sign: str,
    style: str,
    *,
    first_sign: int | None,
) -> None:
    """Draw a line between neighbours that both have a value, then signs upon it.

    A line with many points has a sign every few cells from `first_sign` on; without one, only at
    its end.
    """
    for before, after in pairwise(dots):
        if before is not None and after is not None:
            canvas.line(before, after, style)
    last = max((at for at, dot in enumerate(dots) if dot is not None), default=-1)
    is_sparse = len(dots) * 6 <= canvas.columns
    due = None if first_sign is None else first_sign * DOTS_ACROSS
    framed = [None, *dots, None]
    for at, (before, dot, after) in enumerate(zip(framed, dots, framed[2:], strict=False)):
        if dot is None:
            continue
        is_due = due is not None and dot[0] >= due
        if is_sparse or is_due or at == last or (before is None and after is None):
            canvas.sign(dot, sign, style)
        if is_due:
            due = dot[0] + _APART * DOTS_ACROSS


def _legend(
    series: Sequence[Series],
    lines: Sequence[Sequence[float | None]],
    styles: Sequence[str],
    unit: Unit,
    cells: int,
    *,
    rows: int,
) -> list[Content]:
    """Return sign, name and last value of each series, as many on a row as fit."""
    entries = []
    for at, each in enumerate(series):
        last = next((value for value in reversed(lines[at]) if value is not None), None)
        value = format_value(last, unit)
        name = crop(one_line(each.name), max(4, min(_LONGEST_NAME, cells - width(value) - 4)))
        entries.append(
            Content.assemble((SIGNS[at % len(SIGNS)], styles[at]), f" {name} ", (value, "bold"))
        )
    found: list[list[Content]] = [[]]
    for entry in entries:
        used = sum(piece.cell_length + 3 for piece in found[-1])
        if found[-1] and used + entry.cell_length > cells:
            found.append([])
        found[-1].append(entry)
    drawn = [Content("   ").join(row) for row in found]
    if len(found) <= rows:
        return drawn
    left = sum(len(row) for row in found[rows - 1 :])
    return [*drawn[: rows - 1], Content.styled(crop(f"… and {left} more", cells), FAINT)]


def _axis(labels: Sequence[str], count: int, columns: int, margin: int) -> list[Content]:
    """Return the axis below, with a mark over each label there is room for, the newest first."""
    words = [crop(one_line(word), max(4, columns // 2)) for word in day_labels(labels)]
    widest = max(map(width, words), default=0)
    steps = max(1, columns // (widest + 4))
    each = max(1, -(-(count - 1) // steps))
    rule, text = ["─"] * columns, [" "] * columns
    free = columns
    for index in range(len(words) - 1, -1, -each):
        at = _across(index, count, columns) // DOTS_ACROSS
        start = min(max(0, at - width(words[index]) // 2), columns - width(words[index]))
        if start + width(words[index]) > free:
            continue
        rule[at] = "┴"
        # A wide character takes the cell after it as well.
        text[start : start + width(words[index])] = [
            *words[index], *[""] * (width(words[index]) - len(words[index]))
        ]  # fmt: skip
        free = start - 1
    return [
        Content.styled(" " * margin + " └" + "".join(rule), AXIS),
        Content.styled(" " * (margin + 2) + "".join(text).rstrip(), FAINT),
    ]


def bar_plot(bars: Sequence[Bar], *, unit: Unit, cells: int) -> list[Content]:
    """Return a line for each bar: label, bar, value, note; the values aligned."""
    values = [to_number(bar.value) for bar in bars]
    words = [format_value(value, unit) for value in values]
    labels = [one_line(bar.label) for bar in bars]
    notes = [one_line(bar.note) for bar in bars]
    side = max(map(width, words))
    name = min(max(map(width, labels)), max(6, cells // 3))
    note = min(max(map(width, notes)), max(0, cells // 4))
    length = max(4, cells - name - side - note - 3 - (1 if note else 0))
    full = _full_value(values, unit)
    lines = []
    for at, bar in enumerate(bars):
        share = _filled(values[at], full, unit)
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


def _full_value(values: Sequence[float | None], unit: Unit) -> float:
    """Return the value of a full bar."""
    most = max((value for value in values if value is not None), default=0.0)
    return max(100.0, most) if unit == "percent" else most


def _filled(value: float | None, full: float, unit: Unit) -> float | None:
    if value is None:
        return None
    if unit == "position":
        # The best rank has the longest bar, the worst one still has some.
        return 1.0 if full <= 1 else 1.0 - (value - 1) / full
    return value / full if full > 0 else 0.0


class Canvas:
    """Braille dots, eight to a cell; a cell has the style of the line drawn through it last."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._dots: dict[tuple[int, int], int] = {}
        self._signs: dict[tuple[int, int], tuple[str, str]] = {}
        self._styles: dict[tuple[int, int], str] = {}
        self._rules: dict[int, str] = {}

    def rule(self, row: int, style: str) -> None:
        """Draw a faint horizontal line behind everything else."""
        self._rules[row] = style

    def line(self, start: tuple[int, int], end: tuple[int, int], style: str) -> None:
        """Draw a line between two dots, counted from the upper left."""
        (left, upper), (right, lower) = start, end
        steps = max(abs(right - left), abs(lower - upper))
        for at in range(steps + 1):
            part = at / steps if steps else 0.0
            self._dot(
                round(left + (right - left) * part), round(upper + (lower - upper) * part), style
            )

    def sign(self, dot: tuple[int, int], sign: str, style: str) -> None:
        """Put a sign on the cell of a dot."""
        cell = (dot[1] // DOTS_DOWN, dot[0] // DOTS_ACROSS)
        self._signs[cell] = sign, style

    def lines(self) -> list[Content]:
        """Return the drawing, row by row."""
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
