"""Figures in place of a list: a row of large numbers, and the box that shows a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Digits, Static

from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.list_box import ListBox
from segops_tui.tui.plots.scale import format_short, format_value, to_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from segops_tui.nouns.column import Tone


@dataclass(frozen=True, slots=True)
class BigFigure:
    """One number with its name and note."""

    name: str
    value: int | None
    note: str = ""
    tone: Tone = ""


class BigFigures(Horizontal):
    """Shows large numbers side by side; how many there are is fixed."""

    DEFAULT_CSS = """
    BigFigures {
        height: 5; width: 1fr;
        Vertical { width: 1fr; height: 5; }
        Static { height: 1; width: 1fr; color: $text-muted; }
        Digits { height: 3; width: 1fr; color: $foreground; }
    }
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._figures: Sequence[BigFigure] = [BigFigure(name, None) for name in names]
        self._digits = [Digits("–") for _ in names]
        self._notes = [Static("", markup=False) for _ in names]

    def compose(self) -> ComposeResult:
        """Lay out one column per number."""
        for each, digits, note in zip(self._figures, self._digits, self._notes, strict=True):
            with Vertical():
                yield Static(Content(each.name), markup=False)
                yield digits
                yield note

    def show(self, figures: Sequence[BigFigure]) -> None:
        """Show these numbers."""
        self._figures = figures
        self._draw()

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Shorten numbers that no longer fit."""
        self._draw()

    def _draw(self) -> None:
        room = self.size.width // max(1, len(self._figures)) - 1
        for each, digits, note in zip(self._figures, self._digits, self._notes, strict=True):
            digits.update(large(each.value, room))
            note.update(Content.styled(one_line(each.note), TONES[each.tone] or "$text-muted"))


def large(value: int | None, cells: int) -> str:
    """Format a number for large digits (three cells each), shortened to fit a width."""
    known = to_number(value)
    words = format_value(known, "count")
    if known is None or sum(3 if sign.isdigit() else 1 for sign in words) <= cells:
        return words
    return format_short(known, "count")


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
