"""What the keys do where the focus is, those that cannot be used now with the reason.

Knows bindings in force; a key that is rebound shows as it is bound.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import App
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static, TextArea

from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.core.text import fit, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.dom import DOMNode

KEYS: Final = (6, 16)
"""Cells for the keys of one action, at least and at most."""
TITLES: Final = (8, 20)
"""Cells for what it is called."""
WIDTH: Final = 100
"""Cells of the dialog where there is room (`.dialog.-tall`)."""
TYPED: Final = "it is typed into the field; esc leaves the field"


@dataclass(frozen=True, slots=True)
class Row:
    """One action: whose it is, its keys, its name, what it does or why it cannot be done."""

    whose: str
    keys: str
    title: str
    words: str
    works: bool = True

    def holds(self, wanted: str) -> bool:
        """Whether every word that is looked for is in it."""
        everything = f"{self.whose} {self.keys} {self.title} {self.words}".casefold()
        return all(word in everything for word in wanted.casefold().split())


FIELD: Final = (
    Row("Field", "tab", "Next field", "Go on; shift+tab goes back."),
    Row("Field", "^a ^e", "Ends", "Go to the first letter or past the last; home and end too."),
    Row("Field", "^w ^u", "Rub out", "The word before, or all up to the first letter."),
)
"""What Textual's own fields can do; they name none of it."""


class HelpScreen(ModalScreen[None]):
    """A list of keys, by whose they are; `/` looks for one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "Search", id="help.seek", tooltip="Look for a key or a word."),
        Binding("escape", "leave", "Close", id="help.leave", tooltip="Go back."),
        Binding("q,question_mark", "dismiss", "Close", id="help.close", tooltip="Go back."),
        Binding("j,down", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="help.up"),
    ]
    DEFAULT_CSS = """
    HelpScreen .dialog #words, HelpScreen .dialog #words:focus {
        border: none; height: 1; padding: 0; display: none; margin-bottom: 1;
    }
    HelpScreen .dialog #words.-open { display: block; }
    """

    def __init__(self, below: Screen[object], *, complaints: Sequence[str] = ()) -> None:
        super().__init__()
        self._below, self._complaints = below, list(complaints)
        self._rows: list[Row] = []

    def compose(self) -> ComposeResult:
        """A scrolling list."""
        self._rows = self._found()
        with Vertical(classes="dialog -tall") as box:
            box.border_title = Content.styled("Keys", "bold")
            box.border_subtitle = Content("/ searches   esc closes")
            yield Input(placeholder="search", id="words", compact=True)
            with VerticalScroll():
                yield Static(self._drawn(self._rows), id="rows", markup=False)

    def on_mount(self) -> None:
        """The list has the focus, not the search."""
        self.query_one(VerticalScroll).focus()

    @on(Input.Changed)
    def _sought(self, event: Input.Changed) -> None:
        event.stop()
        rows = [row for row in self._rows if row.holds(event.value)]
        drawn = self._drawn(rows) if rows else Content("No key has these words.")
        self.query_one("#rows", Static).update(drawn)

    @on(Input.Submitted)
    def _seek_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VerticalScroll).focus()

    def action_seek(self) -> None:
        """Look for a key or a word."""
        words = self.query_one("#words", Input)
        words.add_class("-open")
        words.focus()

    def action_leave(self) -> None:
        """Leave the search, then the list."""
        words = self.query_one("#words", Input)
        if not words.has_class("-open"):
            self.dismiss()
            return
        words.clear()
        words.remove_class("-open")
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        """Move the list."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _found(self) -> list[Row]:
        """Every key: the pane's own actions first, then the table's, then what works everywhere."""
        keys: dict[tuple[DOMNode, str], list[Binding]] = {}
        for active in self._below.active_bindings.values():
            if active.binding.description and active.binding.id:
                keys.setdefault((active.node, active.binding.id), []).append(active.binding)
        rows = [self._row(node, keys[node, name]) for node, name in sorted(keys, key=_order)]
        return [*rows, *FIELD] if isinstance(self._below.focused, Input) else rows

    def _row(self, node: DOMNode, bindings: list[Binding]) -> Row:
        first = bindings[0]
        displays = list(dict.fromkeys(self.app.get_key_display(each) for each in bindings))
        reason = ""
        if isinstance(node, ActionOwner) and first.action.startswith("run(") and first.id:
            reason = node.unavailable(node.action(first.id))
        field = self._below.focused
        if isinstance(field, Input | TextArea) and all(len(shown) == 1 for shown in displays):
            reason = reason or TYPED
        words = f"not now: {reason}" if reason else first.tooltip or ""
        return Row(_whose(node), " ".join(displays), first.description, words, not reason)

    def _drawn(self, rows: Sequence[Row]) -> Content:
        lines = [Content.styled(f"! {one_line(words)}", "$warning") for words in self._complaints]
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(row.whose, []).append(row)
        for title, its in groups.items():
            if lines:
                lines.append(Content(""))
            lines.append(Content.styled(title, "bold $primary"))
            lines.extend(self._line(row) for row in its)
        return Content("\n").join(lines)

    def _line(self, row: Row) -> Content:
        keys = _between(KEYS, (len(each.keys) for each in self._rows))
        title = _between(TITLES, (len(each.title) for each in self._rows))
        indent = keys + title + 4
        # Two borders, two of padding, two for the scroll bar, two for good.
        room = min(WIDTH, self.app.size.width * 92 // 100) - indent - 8
        parts = textwrap.wrap(row.words, max(20, room)) or [""]
        style = "$text-muted" if row.works else "$warning"
        head = Content.assemble(
            (fit(row.keys, keys), "bold" if row.works else "$text-muted"),
            "  ",
            (fit(row.title, title), "" if row.works else "$text-muted"),
            "  ",
            (parts[0], style),
        )
        below = [Content.styled(f"{' ' * indent}{part}", style) for part in parts[1:]]
        return Content("\n").join([head, *below])


def _between(limits: tuple[int, int], lengths: Iterable[int]) -> int:
    least, most = limits
    return max(least, min(most, max(lengths, default=least)))


def _order(key: tuple[DOMNode, str]) -> tuple[int, int]:
    """The focused pane, then what has no actions of its own, then what works everywhere."""
    node, action_id = key
    if isinstance(node, App):
        return 3, 0
    if isinstance(node, Screen) and not isinstance(node, ModalScreen):
        return 2, 0
    if not isinstance(node, ActionOwner):
        return 1, 0
    ids = [action.id for action in node.ACTIONS]
    return 0, ids.index(action_id) if action_id in ids else len(ids)


def _whose(node: DOMNode) -> str:
    titles = {
        "NounTable": "Table",
        "VirtualTable": "Table",
        "Scroll": "Text",
        "MainScreen": "Panes",
        "Console": "Everywhere",
        "FilterInput": "Filter",
        "Input": "Field",
        "TextInput": "Field",
        "Confirm": "Question",
    }
    name = type(node).__name__
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Pane").removesuffix("Screen"))
    return titles.get(name, words.capitalize())
