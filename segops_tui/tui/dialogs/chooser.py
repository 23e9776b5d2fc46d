"""Chooser: pick one of many, found by typing a part of its name or by a letter of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from segops_tui.tui.core.text import crop, fit, one_line, width
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

MOST: Final = 200
"""Lines shown at once; typing finds the others."""
_ROOM: Final = 66
_NOTE: Final = 24
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Choosable(Generic[V]):
    """One of the choices, and the value it stands for."""

    value: V
    title: str
    note: str = ""
    """Shown at the right, muted."""
    group: str = ""
    """Choices of one group are listed under its name."""


class Chooser(Dialog[Choosable[V]], Generic[V]):
    """Answers the choice, or None.

    With `new`, text that is no choice's title can become one: it returns the choice a text makes,
    or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="chooser.close", tooltip="Choose nothing."),
        Binding("ctrl+s", "choose", "Choose", show=False, id="chooser.choose"),
        Binding("down,ctrl+n,tab", "move(1)", "Down", show=False, id="chooser.down"),
        Binding("up,ctrl+p,shift+tab", "move(-1)", "Up", show=False, id="chooser.up"),
        Binding("pagedown", "move(10)", "Page down", show=False, id="chooser.page_down"),
        Binding("pageup", "move(-10)", "Page up", show=False, id="chooser.page_up"),
    ]
    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    Chooser OptionList { max-height: 16; }
    Chooser #rest { color: $text-muted; height: auto; }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choosable[V]],
        *,
        current: V | None = None,
        empty: str = "Nothing.",
        placeholder: str = "part of a name",
        new: Callable[[str], Choosable[V] | None] | None = None,
    ) -> None:
        super().__init__(title, subtitle="↑ ↓ enter   type to find   esc closes")
        self._choices, self._current, self._empty = list(choices), current, empty
        self._placeholder, self._new = placeholder, new
        self._shown: list[Choosable[V]] = []

    def body(self) -> ComposeResult:
        """The field to type in, and the choices that match."""
        yield TextInput(placeholder=self._placeholder, compact=True)
        found = OptionList()
        found.can_focus = False
        yield found
        yield PlainText(id="rest")

    def on_mount(self) -> None:
        """Show every choice, the cursor on the current one."""
        self._show("")

    def action_move(self, step: int) -> None:
        """Move the cursor, past the names of groups."""
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
        self.action_choose()

    def action_choose(self) -> None:
        """Answer the choice under the cursor."""
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self._choose(options.get_option_at_index(options.highlighted))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose(event.option)

    def _choose(self, option: Option) -> None:
        if option.id is not None:
            self.dismiss(self._shown[int(option.id)])

    def _show(self, typed: str) -> None:
        words = typed.casefold().split()
        found = [each for each in self._choices if _matches(each, words)]
        self._shown = found[:MOST]
        new = None if self._new is None or not words else self._new(typed)
        if new is not None:
            self._shown.append(new)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._lines())
        at = next((n for n, each in enumerate(self._shown) if each.value == self._current), 0)
        if self._shown:
            options.highlighted = options.get_option_index(str(at if not words else 0))
        self.query_one("#rest", PlainText).update(Content(self._rest(len(found), typed)))

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
        if not self._shown:
            return f"Nothing has “{one_line(typed)[:40]}” in its name."
        return f"… {found - MOST:,} more: type to find them" if found > MOST else ""


def _matches(choice: Choosable[Any], words: Sequence[str]) -> bool:
    title = choice.title.casefold()
    return all(word in title for word in words)


def _drawn(choice: Choosable[Any]) -> Content:
    note = crop(one_line(choice.note), _NOTE)
    room = _ROOM - width(note) - (2 if note else 0)
    indent = "  " if choice.group else ""
    title = fit(indent + one_line(choice.title), room)
    return Content.assemble(title, ("  " if note else "", ""), (note, "$text-muted"))
