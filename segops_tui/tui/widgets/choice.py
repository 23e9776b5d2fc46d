"""One of a few words, turned through with the arrow keys; all of them in sight where they fit.

Knows words and which one is taken; what it means is its owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.binding import BindingType


class Choice(Widget, can_focus=True):
    """A line of options. `styles_of` gives some of them a colour, beside their word."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Before", show=False, id="choice.left"),
        Binding("right,l,space", "turn(1)", "Next", show=False, id="choice.right"),
    ]
    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; }
    """
    ALLOW_SELECT = False

    value: reactive[str] = reactive("")

    class Changed(Message):
        """Another one was taken by hand."""

        def __init__(self, choice: Choice) -> None:
            self.choice = choice
            super().__init__()

        @property
        def control(self) -> Choice:
            """Whose it is."""
            return self.choice

    def __init__(
        self,
        options: Sequence[str],
        *,
        value: str,
        id: str,
        styles_of: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(id=id)
        self.options, self._styles_of = list(options), styles_of or {}
        self.set_reactive(Choice.value, value)

    def render(self) -> Content:
        """Draw all of them, else the one that is taken between two arrows."""
        every = Content("  ").join(self._drawn(option) for option in self.options)
        if every.cell_length <= self.size.width:
            return every
        at = self.options.index(self.value) + 1
        count = f"  {at} of {len(self.options)}"
        room = max(1, self.size.width - len(count) - len("‹  ›"))
        taken = self._drawn(self.value).truncate(room, ellipsis=True)
        return Content.assemble("‹ ", taken, " ›", (count, "$text-muted"))

    def action_turn(self, step: int) -> None:
        """Take the next one, or the one before."""
        at = self.options.index(self.value) + step
        self.value = self.options[at % len(self.options)]
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """A click takes the next one."""
        event.stop()
        self.action_turn(1)

    def _drawn(self, option: str) -> Content:
        taken = option == self.value
        sign = ("● " if taken else "○ ", self._styles_of.get(option, ""))
        option = one_line(option)
        if not taken:
            return Content.assemble(sign, (option, "$text-muted"))
        focused = "bold $block-cursor-foreground on $block-cursor-background"
        return Content.assemble(sign, (option, focused if self.has_focus else "bold"))
