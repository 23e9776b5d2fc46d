"""Names and values under each other, the values aligned and wrapped beside their names.

Knows words; where they come from is its owner's.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.tui.core.text import crop, one_line, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

WIDEST_NAME = 22


class Facts(Widget):
    """A list of facts."""

    DEFAULT_CSS = "Facts { height: auto; width: 1fr; }"

    facts: reactive[Sequence[tuple[str, str]]] = reactive((), layout=True)
    """Name and value; both may be a server's."""

    def render(self) -> Content:
        """Draw every fact."""
        return Content("\n").join(fact_lines(self.facts, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the width makes of them."""
        return len(fact_lines(self.facts, width))


def fact_lines(facts: Sequence[tuple[str, str]], cells: int) -> list[Content]:
    """The facts wrapped to a width; a name too long for its column is cut."""
    names = [one_line(name) for name, _ in facts]
    column = min(WIDEST_NAME, max(map(width, names), default=0), max(4, cells // 2))
    lines = []
    for name, (_, value) in zip(names, facts, strict=True):
        shown = crop(name, column)
        before = shown + " " * (column - width(shown)) + "  "
        style = "$text-muted" if value in {"–", "never"} else ""
        parts = textwrap.wrap(one_line(value), max(8, cells - column - 2)) or [""]
        lines.append(Content.assemble((before, "$text-muted"), (parts[0], style)))
        lines.extend(Content(" " * (column + 2) + part) for part in parts[1:])
    return lines
