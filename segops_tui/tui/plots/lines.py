"""Lines over labels as rows of a terminal: a legend, an axis at the left, the lines, one below.

Knows figures, cells and theme variables; knows no widget. Lines differ by sign as well as by
colour, and where a value is missing the line is broken.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from textual.content import Content

from segops_tui.tui.core.text import crop, fit, one_line, width
from segops_tui.tui.plots.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas
from segops_tui.tui.plots.scale import (
    Scale,
    Unit,
    day_words,
    figure,
    scale_of,
    short_words,
    value_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.tui.plots.plots import Series

SIGNS: Final = "●▲■◆○△□◇"
STYLES: Final = ("$primary", "$success", "$warning", "$accent", "$error", "$secondary")
AXIS: Final = "$border-blurred"
FAINT: Final = "$text-muted"
_APART: Final = 12
"""Cells between two signs of a line with many points."""
_LEAST_ROWS: Final = 4
"""Rows the lines have, or the legend stands alone."""
_LEAST_CELLS: Final = 8
_MOST_TICKS: Final = 6
_LONGEST_NAME: Final = 32


def line_plot(
    series: Sequence[Series], *, labels: Sequence[str], unit: Unit, cells: int, rows: int
) -> list[Content]:
    """A legend, an axis at the left, the lines, an axis below with labels: so many rows."""
    lines = [[figure(value) for value in each.values] for each in series]
    styles = [each.style or STYLES[at % len(STYLES)] for at, each in enumerate(series)]
    legend = _legend(series, lines, styles, unit, cells, rows=max(1, rows - _LEAST_ROWS - 2))
    height = rows - len(legend) - 2
    known = [value for line in lines for value in line if value is not None]
    if not known or height < _LEAST_ROWS:
        return legend[: max(1, rows)]
    scale = scale_of(known, unit, most=min(_MOST_TICKS, height // 2 + 1))
    margin = max(width(short_words(tick, unit)) for tick in scale.ticks)
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
            (fit(short_words(ticks[row], unit), margin, "right") if row in ticks else " " * margin,
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
    """The line between neighbours that are both there, then its signs upon it.

    A line with many points bears a sign now and then from `first_sign` (in cells) on; one that
    stands by itself bears it at its end alone.
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
    """Sign, name and last value of each series, as many to a row as fit."""
    entries = []
    for at, each in enumerate(series):
        last = next((value for value in reversed(lines[at]) if value is not None), None)
        said = value_words(last, unit)
        name = crop(one_line(each.name), max(4, min(_LONGEST_NAME, cells - width(said) - 4)))
        entries.append(
            Content.assemble((SIGNS[at % len(SIGNS)], styles[at]), f" {name} ", (said, "bold"))
        )
    found: list[list[Content]] = [[]]
    for entry in entries:
        used = sum(piece.cell_length + 3 for piece in found[-1])
        if found[-1] and used + entry.cell_length > cells:
            found.append([])
        found[-1].append(entry)
    if len(found) > rows:
        left = sum(len(row) for row in found[rows - 1 :])
        return [
            *(Content("   ").join(row) for row in found[: rows - 1]),
            Content.styled(crop(f"… and {left} more", cells), FAINT),
        ]
    return [Content("   ").join(row) for row in found]


def _axis(labels: Sequence[str], count: int, columns: int, margin: int) -> list[Content]:
    """The line below, with a mark over each label there is room for, the newest first."""
    words = [crop(one_line(word), max(4, columns // 2)) for word in day_words(labels)]
    widest = max(map(width, words), default=0)
    steps = max(1, columns // (widest + 4))
    each = max(1, -(-(count - 1) // steps))
    rule, said = ["─"] * columns, [" "] * columns
    free = columns
    for index in range(len(words) - 1, -1, -each):
        at = _across(index, count, columns) // DOTS_ACROSS
        start = min(max(0, at - width(words[index]) // 2), columns - width(words[index]))
        if start + width(words[index]) > free:
            continue
        rule[at] = "┴"
        # A wide character takes the cell after it as well.
        said[start : start + width(words[index])] = [
            *words[index], *[""] * (width(words[index]) - len(words[index]))
        ]  # fmt: skip
        free = start - 1
    return [
        Content.styled(" " * margin + " └" + "".join(rule), AXIS),
        Content.styled(" " * (margin + 2) + "".join(said).rstrip(), FAINT),
    ]
