"""A rule as a readable tree: what must hold, one branch a condition, long ones hanging in.

Knows lines with a depth; what they say is `api.rule_wording`'s.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

    from segops_tui.api.definition import RuleLine


class RuleView(Widget):
    """Draws the tree to the width there is."""

    DEFAULT_CSS = "RuleView { height: auto; width: 1fr; }"

    lines: reactive[Sequence[RuleLine]] = reactive((), layout=True)

    def render(self) -> Content:
        """Draw every line."""
        return Content("\n").join(rule_content(self.lines, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the width makes of them."""
        return len(rule_content(self.lines, width))


def rule_content(lines: Sequence[RuleLine], width: int) -> list[Content]:
    """The tree, wrapped; the sign before a line tells whether another of its depth follows."""
    drawn: list[Content] = []
    for place, line in enumerate(lines):
        words = one_line(line.text)
        if line.depth == 0:
            drawn.append(Content.styled(words, "bold $primary"))
            continue
        follows = any(later.depth == line.depth for later in lines[place + 1 :])
        indent = "  " * (line.depth - 1)
        sign, below = (f"{indent}├ ", f"{indent}│ ") if follows else (f"{indent}└ ", f"{indent}  ")
        for number, part in enumerate(textwrap.wrap(words, max(8, width - len(sign))) or [""]):
            before = below if number else sign
            drawn.append(Content.assemble((before, "$text-muted"), part))
    return drawn
