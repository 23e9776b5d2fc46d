"""A detail that is one drawing: no tabs, as large as there is room.

Knows how it is shown and entered; what is drawn is its heirs'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.content import Content

from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Detail, Scroll

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from segops_tui.tui.core.workspace import Workspace

R = TypeVar("R")


class Picture(Detail[R]):
    """Heirs make the drawing, and draw a row of their pane into it."""

    first_tab = ""

    def __init__(self, workspace: Workspace, drawing: Widget) -> None:
        super().__init__(workspace)
        self.drawing = drawing
        self.scroll = Scroll()

    def compose(self) -> ComposeResult:
        """The drawing, which may be longer than its place."""
        with self.scroll:
            yield self.drawing

    def show(self, row: R) -> None:
        """Draw a row."""
        self.row = row
        self.border_title = Content.styled(one_line(self.name_of(row)), "bold")
        self.draw(row)

    def enter(self) -> None:
        """Take the focus to it."""
        self.scroll.focus()

    def turn(self, step: int) -> None:
        """There is but one."""
