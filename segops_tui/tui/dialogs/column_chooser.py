"""ColumnChooser: which columns a table shows, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


class ColumnChooser(Dialog[list[str]]):
    """Answers the keys of the columns to show, in order; an empty list resets to the default."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Show or hide", id="columns.turn", tooltip="Show or hide it."),
        Binding("J,shift+down", "move(1)", "Further right", id="columns.right"),
        Binding("K,shift+up", "move(-1)", "Further left", id="columns.left"),
        Binding("j", "down", "Down", show=False, id="columns.down"),
        Binding("k", "up", "Up", show=False, id="columns.up"),
        Binding(
            "enter,ctrl+s",
            "keep",
            "Keep",
            id="columns.keep",
            tooltip="Remember it.",
        ),
        Binding("d", "restore", "Reset", id="columns.restore", tooltip="Show the default columns."),
        Binding("escape,q", "cancel", "Cancel", id="columns.cancel"),
    ]
    DEFAULT_CSS = """
    ColumnChooser OptionList { max-height: 24; }
    ColumnChooser PlainText { margin-top: 1; padding: 0 1; }
    """

    def __init__(self, title: str, columns: Sequence[tuple[str, str]], shown: Sequence[str]):
        super().__init__(Content.assemble(("Columns ", "bold"), one_line(title)))
        titles = dict(columns)
        order = [key for key in shown if key in titles]
        self._titles = titles
        self._order = [*order, *(key for key in titles if key not in order)]
        self._shown = set(order)

    def body(self) -> ComposeResult:
        """A line for each column, the shown ones first."""
        yield OptionList(*self._options())
        yield PlainText(_KEYS)

    def on_mount(self) -> None:
        """Start at the top."""
        self.query_one(OptionList).highlighted = 0

    def action_turn(self) -> None:
        """Show the column under the cursor or hide it; the last one stays."""
        key = self._order[self._at]
        if self._shown == {key}:
            self.notify("A table needs at least one column.", severity="warning", markup=False)
            return
        self._shown ^= {key}
        self._redraw(self._at)

    def action_move(self, step: int) -> None:
        """Move the column under the cursor."""
        at, to = self._at, self._at + step
        if 0 <= to < len(self._order):
            self._order[at], self._order[to] = self._order[to], self._order[at]
            self._redraw(to)

    def action_down(self) -> None:
        """Go to the next line."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Go to the line before."""
        self.query_one(OptionList).action_cursor_up()

    def action_keep(self) -> None:
        """Answer the shown columns."""
        self.dismiss([key for key in self._order if key in self._shown])

    def action_restore(self) -> None:
        """Answer the default columns."""
        self.dismiss([])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter and a click answer too."""
        event.stop()
        self.action_keep()

    @property
    def _at(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def _options(self) -> list[Option]:
        return [Option(self._drawn(key)) for key in self._order]

    def _redraw(self, at: int) -> None:
        options = self.query_one(OptionList)
        options.set_options(self._options())
        options.highlighted = at

    def _drawn(self, key: str) -> Content:
        is_shown = key in self._shown
        sign = ("✓ ", "$success") if is_shown else ("· ", "$text-muted")
        title = one_line(self._titles[key]) or key
        return Content.assemble(sign, (title, "" if is_shown else "$text-muted"))


_KEYS = key_hints(
    ("space", "show or hide"),
    ("J K", "move"),
    ("d", "reset"),
    ("enter", "keep"),
    ("esc", "cancel"),
)
