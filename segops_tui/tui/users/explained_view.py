"""A rule held against one user: the verdict, then each condition with what it needs and what is.

Knows what was explained; fetches nothing.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.nouns.column import said
from segops_tui.nouns.users import EXPLAINED, actual_words, why_words
from segops_tui.tui.core.text import fit, one_line, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

    from segops_tui.api.resources.users import ConditionResult

WIDE: Final = 76
"""Cells from which on a condition has one line in a table; narrower, it has two."""
_MARKS: Final = {True: ("✓ met    ", "$success"), False: ("✗ not met", "$error")}


class ExplainedView(Widget):
    """A table where there is room for it, else a condition under the other."""

    DEFAULT_CSS = "ExplainedView { height: auto; width: 1fr; }"

    rows: reactive[Sequence[ConditionResult]] = reactive((), layout=True)
    above: reactive[Content] = reactive(Content(""), layout=True)
    """The verdict, or what stands in its place."""

    def render(self) -> Content:
        """Draw it."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the width makes of it."""
        return sum(line.plain.count("\n") + 1 for line in self._lines(width))

    def _lines(self, cells: int) -> list[Content]:
        above = list(self.above.wrap(max(8, cells))) if self.above.plain else []
        if not self.rows:
            return above
        return [*above, Content(""), *explained_lines(self.rows, cells)]


def explained_lines(rows: Sequence[ConditionResult], cells: int) -> list[Content]:
    """Every condition, in a table or in two lines each."""
    return _table(rows, cells) if cells >= WIDE else _stack(rows, cells)


def _stack(rows: Sequence[ConditionResult], cells: int) -> list[Content]:
    lines: list[Content] = []
    room = max(8, cells - 2)
    for row in rows:
        symbol, style = ("✓", "$success") if row.matches else ("✗", "$error")
        label = textwrap.wrap(one_line(row.label), room) or [EXPLAINED.name]
        lines.append(Content.assemble((f"{symbol} ", f"bold {style}"), label[0]))
        lines.extend(Content(f"  {part}") for part in label[1:])
        for part in textwrap.wrap(one_line(why_words(row)), room):
            lines.append(Content.styled(f"  {part}", style))
        lines.append(Content(""))
    return lines[:-1]


def _table(rows: Sequence[ConditionResult], cells: int) -> list[Content]:
    actual = [one_line(actual_words(row)) for row in rows]
    needed = [one_line(_threshold(row)) for row in rows]
    has = min(24, max(len("ACTUAL"), *map(width, actual)))
    needs = min(24, max(len("THRESHOLD"), *map(width, needed)))
    texts = [one_line(words) for row in rows for words in (row.label, why_words(row))]
    room = min(cells - 9 - has - needs - 6, max(len("CONDITION"), *map(width, texts)))
    head = f"{'':9}  {fit('CONDITION', room)}  {fit('ACTUAL', has, 'right')}"
    lines = [Content.styled(f"{head}  {fit('THRESHOLD', needs, 'right')}", "bold $text-muted")]
    for row, is_, wants in zip(rows, actual, needed, strict=True):
        mark, style = _MARKS[bool(row.matches)]
        label = textwrap.wrap(one_line(row.label), room) or [EXPLAINED.name]
        lines.append(
            Content.assemble(
                (mark, f"bold {style}"),
                f"  {fit(label[0], room)}  ",
                (fit(is_, has, "right"), style),
                f"  {fit(wants, needs, 'right')}",
            )
        )
        lines.extend(Content(" " * 11 + part) for part in label[1:])
        lines.append(Content.styled(" " * 11 + fit(one_line(why_words(row)), room), "$text-muted"))
    return lines


def _threshold(row: ConditionResult) -> str:
    threshold = row.raw.get("threshold")
    if row.type == "segment_membership":
        return said(threshold).replace("_", " ")
    if row.type == "recency" and isinstance(threshold, int | float):
        return f"{said(threshold)} days"
    return said(threshold)
