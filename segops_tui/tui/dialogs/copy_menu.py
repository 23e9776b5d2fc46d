"""What of a row can be copied, each under a letter.

Knows texts and letters; copying is the asker's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from segops_tui.tui.core.text import crop, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

PREVIEW = 54
"""Cells of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Copyable:
    """One text and the letter that takes it."""

    letter: str
    title: str
    words: str


class CopyMenu(ModalScreen["Copyable | None"]):
    """Answers what shall be copied, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close", id="copy.close", tooltip="Copy nothing."),
        Binding("j", "down", "Down", show=False, id="copy.down"),
        Binding("k", "up", "Up", show=False, id="copy.up"),
        Binding("y", "take", "Copy", show=False, id="copy.take"),
    ]
    DEFAULT_CSS = """
    CopyMenu .dialog { width: 76; padding: 0 1; }
    """

    def __init__(self, choices: Sequence[Copyable], *, about: str) -> None:
        super().__init__()
        self._choices, self._about = list(choices), about

    def compose(self) -> ComposeResult:
        """A line for each."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content.assemble(("Copy ", "bold"), one_line(self._about))
            box.border_subtitle = Content("a letter, or enter   esc closes")
            yield OptionList(*(Option(self._drawn(choice)) for choice in self._choices))

    def on_mount(self) -> None:
        """The first is what most people want."""
        self.query_one(OptionList).highlighted = 0

    def on_key(self, event: events.Key) -> None:
        """A letter takes its line."""
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
        """To the next line."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """To the line before."""
        self.query_one(OptionList).action_cursor_up()

    def action_take(self) -> None:
        """Copy the line under the cursor: `y` twice copies the id."""
        at = self.query_one(OptionList).highlighted
        self.dismiss(None if at is None else self._choices[at])

    def _drawn(self, choice: Copyable) -> Content:
        return Content.assemble(
            (choice.letter, "bold $primary"),
            f"  {choice.title:<10}",
            (crop(one_line(choice.words), PREVIEW), "$text-muted"),
        )
