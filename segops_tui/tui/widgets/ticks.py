"""Some of a few words: the arrow keys go through them, space takes one or gives it back.

Knows words and which ones are taken; what they mean is its owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from segops_tui.tui.core.text import one_line, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size


class Ticks(Widget, can_focus=True):
    """A line of options, or as many lines as they need."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "go(-1)", "Before", show=False, id="ticks.left"),
        Binding("right,l", "go(1)", "Next", show=False, id="ticks.right"),
        Binding("space", "turn", "Take", show=False, id="ticks.take"),
    ]
    DEFAULT_CSS = "Ticks { height: auto; width: 1fr; }"
    ALLOW_SELECT = False

    at: reactive[int] = reactive(0)
    taken: reactive[tuple[str, ...]] = reactive(())

    class Changed(Message):
        """One was taken, or given back, by hand."""

        def __init__(self, ticks: Ticks) -> None:
            self.ticks = ticks
            super().__init__()

        @property
        def control(self) -> Ticks:
            """Whose it is."""
            return self.ticks

    def __init__(self, options: Sequence[str], *, taken: Sequence[str], id: str) -> None:
        super().__init__(id=id)
        # What is taken already stays on offer, whether we know it or not.
        self.options = list(dict.fromkeys([*options, *taken]))
        self.set_reactive(Ticks.taken, tuple(taken))

    def render(self) -> Content:
        """Draw all of them."""
        return Content("\n").join(self._rows(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as they need."""
        return max(1, len(self._rows(width)))

    def action_go(self, step: int) -> None:
        """Go to the next one, or the one before."""
        self.at = (self.at + step) % len(self.options)

    def action_turn(self) -> None:
        """Take the one under the cursor, or give it back."""
        option = self.options[self.at]
        kept = set(self.taken) ^ {option}
        self.taken = tuple(each for each in self.options if each in kept)
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """A click takes what it is on."""
        event.stop()
        at = event.style.meta.get("at")
        if isinstance(at, int):
            self.at = at
            self.action_turn()

    def _rows(self, cells: int) -> list[Content]:
        return packed([self._drawn(at) for at in range(len(self.options))], cells, gap=2)

    def _drawn(self, at: int) -> Content:
        option = self.options[at]
        taken = option in self.taken
        sign = ("✓ ", "$success") if taken else ("· ", "$text-muted")
        style = "bold" if taken else "$text-muted"
        if self.has_focus and at == self.at:
            style = "bold $block-cursor-foreground on $block-cursor-background"
        drawn = Content.assemble(sign, (one_line(option), style))
        return drawn.stylize(Style.from_meta({"at": at}))
