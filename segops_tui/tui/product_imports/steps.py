"""Where in a sequence of steps one is: `1 File › 2 Columns › 3 Import`.

Knows titles and one number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence


class Steps(Widget):
    """One line."""

    DEFAULT_CSS = "Steps { height: 1; width: 1fr; padding: 0 1; }"

    at: reactive[int] = reactive(0)

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self._titles = titles

    def render(self) -> Content:
        """Past steps are ticked, the present one stands out."""
        parts: list[Content] = []
        for place, title in enumerate(self._titles):
            if place < self.at:
                parts.append(Content.styled(f"✓ {title}", "$success"))
            elif place == self.at:
                parts.append(Content.styled(f"{place + 1} {title}", "bold $primary"))
            else:
                parts.append(Content.styled(f"{place + 1} {title}", "$text-muted"))
        return Content.styled("  ›  ", "$border-blurred").join(parts)
