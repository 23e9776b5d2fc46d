"""A checkbox whose state is a character: some terminals have no colour to tell it by."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """`[✓] label` or `[ ] label`; Textual's own draws the same cross in both states."""

    @property
    def _button(self) -> Content:
        style = self.get_visual_style("toggle--button")
        return Content.assemble((f"[{'✓' if self.value else ' '}]", style))
