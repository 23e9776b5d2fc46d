"""One of many, found by typing a part of its name.

Knows titles and notes; what is chosen from, and what follows, is the asker's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from segops_tui.tui.core.text import crop, fit, one_line, width
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

MOST: Final = 200
"""Lines shown at once; typing finds the others."""
_ROOM: Final = 66


@dataclass(frozen=True, slots=True)
class Choosable:
    """One of them; `value` is what the asker gets back."""

    value: Any
    title: str
    note: str = ""
    """Said at the right, more quietly."""
    group: str = ""
    """Those of one group stand under its name."""


class Chooser(ModalScreen["Choosable | None"]):
    """Answers what was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", id="chooser.close", tooltip="Choose nothing."),
        Binding("down,ctrl+n,tab", "move(1)", "Down", show=False, id="chooser.down"),
        Binding("up,ctrl+p,shift+tab", "move(-1)", "Up", show=False, id="chooser.up"),
        Binding("pagedown", "move(10)", "Page down", show=False, id="chooser.page_down"),
        Binding("pageup", "move(-10)", "Page up", show=False, id="chooser.page_up"),
    ]
    DEFAULT_CSS = """
    Chooser OptionList { max-height: 16; }
    Chooser #rest { color: $text-muted; height: auto; }
    """

    def __init__(
        self, title: str, choices: Sequence[Choosable], *, at: Any = None, empty: str = "Nothing."
    ) -> None:
        super().__init__()
        self._title, self._choices, self._at, self._empty = title, list(choices), at, empty
        self._shown: list[Choosable] = []

    def compose(self) -> ComposeResult:
        """A line to type in, and what it finds."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content.styled(one_line(self._title), "bold")
            box.border_subtitle = Content("↑ ↓ enter   type to find   esc closes")
            yield TextInput(placeholder="part of a name", compact=True)
            found = OptionList()
            found.can_focus = False
            yield found
            yield Static("", id="rest", markup=False)

    def on_mount(self) -> None:
        """Show all of them, the one that holds now under the cursor."""
        self._show("")
        self.query_one(Input).focus()

    def action_move(self, step: int) -> None:
        """Up or down, past the names of groups."""
        options = self.query_one(OptionList)
        at, last = options.highlighted, options.option_count - 1
        if at is None:
            return
        to = min(max(at + step, 0), last)
        while 0 <= to <= last and options.get_option_at_index(to).disabled:
            to += 1 if step > 0 or to == 0 else -1
        options.highlighted = min(to, last)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self._take(options.get_option_at_index(options.highlighted))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option)

    def _take(self, option: Option) -> None:
        if option.id is not None:
            self.dismiss(self._shown[int(option.id)])

    def _show(self, typed: str) -> None:
        words = typed.casefold().split()
        found = [each for each in self._choices if _has(each, words)]
        self._shown = found[:MOST]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._lines())
        at = next((n for n, each in enumerate(self._shown) if each.value == self._at), 0)
        if self._shown:
            options.highlighted = options.get_option_index(str(at if not words else 0))
        self.query_one("#rest", Static).update(Content(self._rest(len(found), typed)))

    def _lines(self) -> list[Option]:
        lines, group = [], ""
        for number, each in enumerate(self._shown):
            if each.group and each.group != group:
                group = each.group
                heading = Content.styled(one_line(group), "bold $text-muted")
                lines.append(Option(heading, disabled=True))
            lines.append(Option(_drawn(each), id=str(number)))
        return lines

    def _rest(self, found: int, typed: str) -> str:
        if not self._choices:
            return one_line(self._empty)
        if not found:
            return f"Nothing has “{one_line(typed)[:40]}” in its name."
        return f"… {found - MOST:,} more: type to find them" if found > MOST else ""


def _has(choice: Choosable, words: Sequence[str]) -> bool:
    title = choice.title.casefold()
    return all(word in title for word in words)


def _drawn(choice: Choosable) -> Content:
    note = crop(one_line(choice.note), 24)
    room = _ROOM - width(note) - (2 if note else 0)
    indent = "  " if choice.group else ""
    title = fit(indent + one_line(choice.title), room)
    return Content.assemble(title, ("  " if note else "", ""), (note, "$text-muted"))
