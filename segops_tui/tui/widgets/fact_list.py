"""Names and values as two columns; long values wrap beside their names."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, one_line, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

WIDEST_NAME = 22


class FactList(AutoSized, Widget):
    """Shows names and values, one pair under the other."""

    DEFAULT_CSS = "FactList { height: auto; width: 1fr; }"

    facts: reactive[Sequence[tuple[str, str]]] = reactive((), layout=True)
    """Pairs of name and value; both may come from the server."""

    def render(self) -> Content:
        """Draw every pair."""
        return Content("\n").join(fact_lines(self.facts, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of wrapped lines."""
        return len(fact_lines(self.facts, width))


def fact_lines(facts: Sequence[tuple[str, str]], cells: int) -> list[Content]:
    """Wrap the pairs to a width; a name too long for its column is truncated."""
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
