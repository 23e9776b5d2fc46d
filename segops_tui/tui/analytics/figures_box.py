"""A bordered place for figures that are no list: drawn where a table would be.

Knows one drawing; the table behind it holds the record, so that it can be copied and saved like
any row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll

from segops_tui.tui.panes.list_box import ListBox

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class FiguresScroll(VerticalScroll, can_focus=True):
    """Figures that may be longer than their place; vim keys as well."""

    def key_j(self) -> None:
        """Down a line."""
        self.scroll_relative(y=1, animate=False)

    def key_k(self) -> None:
        """Up a line."""
        self.scroll_relative(y=-1, animate=False)


class FiguresBox(ListBox):
    """A drawing, or a notice in its place."""

    DEFAULT_CSS = """
    FiguresBox {
        NounTable { display: none; }
        FiguresScroll { height: 1fr; padding: 1 2 0 2; scrollbar-size-vertical: 1; }
        &.-notice FiguresScroll { display: none; }
    }
    """

    def __init__(self, drawing: Widget) -> None:
        super().__init__(markable=False)
        self.drawing = drawing
        self.scroll = FiguresScroll()

    def compose(self) -> ComposeResult:
        """What every list has, and the drawing."""
        yield from super().compose()
        with self.scroll:
            yield self.drawing

    def focus_inside(self) -> None:
        """Take the focus to what is shown."""
        (self.notice if self.shows_notice else self.scroll).focus()
