"""CopyMenu: the texts of a row that can be copied, each under a letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from segops_tui.tui.core.text import crop, fit, one_line, width
from segops_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

LINE = 67
"""Cells of a line: letter, title, and as much of the text as there is room for."""


@dataclass(frozen=True, slots=True)
class Copyable:
    """A text and the letter that copies it."""

    letter: str
    title: str
    words: str


class CopyMenu(Dialog[Copyable]):
    """Answers what to copy, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Close", id="copy.close", tooltip="Copy nothing."),
        Binding("j", "down", "Down", show=False, id="copy.down"),
        Binding("k", "up", "Up", show=False, id="copy.up"),
        Binding("y", "take", "Copy", show=False, id="copy.take"),
    ]

    def __init__(self, choices: Sequence[Copyable], *, about: str) -> None:
        title = Content.assemble(("Copy ", "bold"), one_line(about))
        super().__init__(title, subtitle="a letter, or enter   esc closes")
        self._choices = list(choices)

    def body(self) -> ComposeResult:
        """A line for each text."""
        yield OptionList(*(Option(self._drawn(choice)) for choice in self._choices))

    def on_mount(self) -> None:
        """Start at the first, the id."""
        self.query_one(OptionList).highlighted = 0

    def on_key(self, event: events.Key) -> None:
        """Answer the text of that letter."""
        for choice in self._choices:
            if event.character == choice.letter:
                event.stop()
                self.dismiss(choice)
                return

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._choices[event.option_index])

    def action_down(self) -> None:
        """Go to the next line."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Go to the line before."""
        self.query_one(OptionList).action_cursor_up()

    def action_take(self) -> None:
        """Copy the line under the cursor: `y` twice copies the id."""
        at = self.query_one(OptionList).highlighted
        self.dismiss(None if at is None else self._choices[at])

    def _drawn(self, choice: Copyable) -> Content:
        titles = max(width(one_line(each.title)) for each in self._choices) + 2
        room = LINE - 3 - titles
        return Content.assemble(
            (choice.letter, "bold $primary"),
            f"  {fit(one_line(choice.title), titles)}",
            (crop(one_line(choice.words), room), "$text-muted"),
        )
