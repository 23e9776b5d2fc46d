"""Fields to choose one of a few words, or several of them, with the arrow keys and space."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import one_line, packed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size


class Choice(Widget, can_focus=True):
    """Chooses one option. Shows all where they fit; `styles_of` colours the sign of some."""

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
        """The user chose another option."""

        def __init__(self, choice: Choice) -> None:
            self.choice = choice
            super().__init__()

        @property
        def control(self) -> Choice:
            """The field."""
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
        """Draw all options, or where they do not fit the chosen one between two arrows."""
        every = Content("  ").join(self._drawn(option) for option in self.options)
        if every.cell_length <= self.size.width:
            return every
        at = self.options.index(self.value) + 1
        count = f"  {at} of {len(self.options)}"
        room = max(1, self.size.width - len(count) - len("‹  ›"))
        chosen = self._drawn(self.value).truncate(room, ellipsis=True)
        return Content.assemble("‹ ", chosen, " ›", (count, "$text-muted"))

    def action_turn(self, step: int) -> None:
        """Choose the next option, or the one before."""
        at = self.options.index(self.value) + step
        self.value = self.options[at % len(self.options)]
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """A click chooses the next option."""
        event.stop()
        self.action_turn(1)

    def _drawn(self, option: str) -> Content:
        is_chosen = option == self.value
        sign = ("● " if is_chosen else "○ ", self._styles_of.get(option, ""))
        option = one_line(option)
        if not is_chosen:
            return Content.assemble(sign, (option, "$text-muted"))
        focused = "bold $block-cursor-foreground on $block-cursor-background"
        return Content.assemble(sign, (option, focused if self.has_focus else "bold"))


class MultiChoice(AutoSized, Widget, can_focus=True):
    """Chooses any number of options, on as many lines as they need."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "go(-1)", "Before", show=False, id="ticks.left"),
        Binding("right,l", "go(1)", "Next", show=False, id="ticks.right"),
        Binding("space", "turn", "Choose", show=False, id="ticks.take"),
    ]
    DEFAULT_CSS = "MultiChoice { height: auto; width: 1fr; }"
    ALLOW_SELECT = False

    at: reactive[int] = reactive(0)
    chosen: reactive[tuple[str, ...]] = reactive(())

    class Changed(Message):
        """The user chose an option, or took one back."""

        def __init__(self, field: MultiChoice) -> None:
            self.field = field
            super().__init__()

        @property
        def control(self) -> MultiChoice:
            """The field."""
            return self.field

    def __init__(self, options: Sequence[str], *, chosen: Sequence[str], id: str) -> None:
        super().__init__(id=id)
        # A value the server already has stays an option, even an unknown one.
        self.options = list(dict.fromkeys([*options, *chosen]))
        self.set_reactive(MultiChoice.chosen, tuple(chosen))

    def render(self) -> Content:
        """Draw all options."""
        return Content("\n").join(self._rows(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as the options need."""
        return max(1, len(self._rows(width)))

    def action_go(self, step: int) -> None:
        """Go to the next option, or the one before."""
        self.at = (self.at + step) % len(self.options)

    def action_turn(self) -> None:
        """Choose the option under the cursor, or take it back."""
        option = self.options[self.at]
        kept = set(self.chosen) ^ {option}
        self.chosen = tuple(each for each in self.options if each in kept)
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """A click chooses the option it is on, or takes it back."""
        event.stop()
        at = event.style.meta.get("at")
        if isinstance(at, int):
            self.at = at
            self.action_turn()

    def _rows(self, cells: int) -> list[Content]:
        return packed([self._drawn(at) for at in range(len(self.options))], cells, gap=2)

    def _drawn(self, at: int) -> Content:
        option = self.options[at]
        is_chosen = option in self.chosen
        sign = ("✓ ", "$success") if is_chosen else ("· ", "$text-muted")
        style = "bold" if is_chosen else "$text-muted"
        if self.has_focus and at == self.at:
            style = "bold $block-cursor-foreground on $block-cursor-background"
        drawn = Content.assemble(sign, (one_line(option), style))
        return drawn.stylize(Style.from_meta({"at": at}))
