"""Draws a landing page for reading, or the note in its place.

Knows a preview; fetches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.tui.pages.preview import PagePreview, preview_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from textual.geometry import Size


class PageView(Widget):
    """A page as lines."""

    DEFAULT_CSS = "PageView { height: auto; width: 1fr; }"

    preview: reactive[PagePreview | None] = reactive(None, layout=True)
    note: reactive[Content] = reactive(Content(""), layout=True)
    """Said below what there is: what is waited for, or what went wrong."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def render(self) -> Content:
        """Draw it."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the width makes of it."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        page = self.preview
        lines = [] if page is None else preview_lines(page, width, now=self._now())
        return [*lines, *([Content(""), self.note] if self.note.plain else [])]
