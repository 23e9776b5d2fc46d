"""The help screen: the keys that work where the focus is, and why others are unavailable."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import App
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from segops_tui.nouns.filters import SYNTAX
from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.core.text import fit, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.panes.list_box import FilterInput
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.dom import DOMNode

KEYS: Final = (6, 16)
"""Least and most cells for the keys of an action."""
TITLES: Final = (8, 20)
"""Least and most cells for its title."""
WIDTH: Final = 100
"""Cells of the dialog where there is room (`.dialog.-tall`)."""
TYPED: Final = "the field takes this key as text; esc leaves the field"


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One action: its group, its keys, its title, and what it does or why it is unavailable."""

    group: str
    keys: str
    title: str
    text: str
    available: bool = True

    def matches(self, query: str) -> bool:
        """Whether it contains every word of a query."""
        text = f"{self.group} {self.keys} {self.title} {self.text}".casefold()
        return all(word in text for word in query.casefold().split())


FIELD: Final = (
    HelpRow("Field", "tab", "Next field", "Next field; shift+tab for the previous one."),
    HelpRow("Field", "^a ^e", "Ends", "Start and end of the text; home and end too."),
    HelpRow("Field", "^w ^u", "Delete back", "The previous word, or all text before the cursor."),
)
"""Keys of Textual's own inputs, whose bindings have no description."""


class HelpScreen(Dialog[None]):
    """A list of keys in groups; `/` searches it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "Search", id="help.seek", tooltip="Search keys and descriptions."),
        Binding("escape", "leave", "Close", id="help.leave", tooltip="Close search, then help."),
        Binding("q,question_mark", "dismiss", "Close", id="help.close", tooltip="Close help."),
        Binding("j,down", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="help.up"),
    ]
    DEFAULT_CSS = """
    HelpScreen .dialog #words, HelpScreen .dialog #words:focus {
        border: none; height: 1; padding: 0; display: none; margin-bottom: 1;
    }
    HelpScreen .dialog #words.-open { display: block; }
    """

    def __init__(self, below: Screen[object], *, problems: Sequence[str] = ()) -> None:
        super().__init__("Keys", subtitle="/ searches   esc closes", box="-tall")
        self._below, self._problems = below, list(problems)
        self._rows: list[HelpRow] = []

    def body(self) -> ComposeResult:
        """A search field and a scrolling list."""
        self._rows = self._find_rows()
        yield Input(placeholder="search", id="words", compact=True)
        with VerticalScroll():
            yield PlainText(self._draw(self._rows), id="rows")

    def on_mount(self) -> None:
        """Focus the list, not the search."""
        self.query_one(VerticalScroll).focus()

    @on(Input.Changed)
    def _search_changed(self, event: Input.Changed) -> None:
        event.stop()
        rows = [row for row in self._rows if row.matches(event.value)]
        drawn = self._draw(rows) if rows else Content("No matching keys.")
        self.query_one("#rows", PlainText).update(drawn)

    @on(Input.Submitted)
    def _search_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VerticalScroll).focus()

    def action_seek(self) -> None:
        """Open the search."""
        words = self.query_one("#words", Input)
        words.add_class("-open")
        words.focus()

    def action_leave(self) -> None:
        """Close the search, then help."""
        words = self.query_one("#words", Input)
        if not words.has_class("-open"):
            self.dismiss()
            return
        words.clear()
        words.remove_class("-open")
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll the list."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _find_rows(self) -> list[HelpRow]:
        """Every key: the pane's actions first, then the table's, then global ones."""
        keys: dict[tuple[DOMNode, str], list[Binding]] = {}
        for active in self._below.active_bindings.values():
            if active.binding.description and active.binding.id:
                keys.setdefault((active.node, active.binding.id), []).append(active.binding)
        rows = [self._row(node, keys[node, name]) for node, name in sorted(keys, key=_order)]
        field = self._below.focused
        if isinstance(field, Input):
            rows += FIELD
        if any(row.title == "Filter" for row in rows) or isinstance(field, FilterInput):
            rows += (HelpRow("Filter language", example, "", text) for example, text in SYNTAX)
        return rows

    def _row(self, node: DOMNode, bindings: list[Binding]) -> HelpRow:
        first = bindings[0]
        displays = list(dict.fromkeys(self.app.get_key_display(each) for each in bindings))
        reason = ""
        if isinstance(node, ActionOwner) and first.action.startswith("run(") and first.id:
            reason = node.unavailable(node.action(first.id))
        field = self._below.focused
        if isinstance(field, Input | TextArea) and all(len(shown) == 1 for shown in displays):
            reason = reason or TYPED
        text = f"Not available: {reason}" if reason else first.tooltip or ""
        return HelpRow(_group(node), " ".join(displays), first.description, text, not reason)

    def _draw(self, rows: Sequence[HelpRow]) -> Content:
        lines = [Content.styled(f"! {one_line(text)}", "$warning") for text in self._problems]
        groups: dict[str, list[HelpRow]] = {}
        for row in rows:
            groups.setdefault(row.group, []).append(row)
        for title, its in groups.items():
            if lines:
                lines.append(Content(""))
            lines.append(Content.styled(title, "bold $primary"))
            lines.extend(self._line(row) for row in its)
        return Content("\n").join(lines)

    def _line(self, row: HelpRow) -> Content:
        keys = _between(KEYS, (len(each.keys) for each in self._rows))
        title = _between(TITLES, (len(each.title) for each in self._rows))
        indent = keys + title + 4
        # Two cells each for borders, padding, the scroll bar and a gap.
        room = min(WIDTH, self.app.size.width * 92 // 100) - indent - 8
        parts = textwrap.wrap(row.text, max(20, room)) or [""]
        style = "$text-muted" if row.available else "$warning"
        head = Content.assemble(
            (fit(row.keys, keys), "bold" if row.available else "$text-muted"),
            "  ",
            (fit(row.title, title), "" if row.available else "$text-muted"),
            "  ",
            (parts[0], style),
        )
        below = [Content.styled(f"{' ' * indent}{part}", style) for part in parts[1:]]
        return Content("\n").join([head, *below])


def _between(limits: tuple[int, int], lengths: Iterable[int]) -> int:
    least, most = limits
    return max(least, min(most, max(lengths, default=least)))


def _order(key: tuple[DOMNode, str]) -> tuple[int, int]:
    """The focused pane, then widgets without actions, then the screen, then the app."""
    node, action_id = key
    if isinstance(node, App):
        return 3, 0
    if isinstance(node, Screen) and not isinstance(node, ModalScreen):
        return 2, 0
    if not isinstance(node, ActionOwner):
        return 1, 0
    ids = [action.id for action in node.ACTIONS]
    return 0, ids.index(action_id) if action_id in ids else len(ids)


def _group(node: DOMNode) -> str:
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
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Pane").removesuffix("Screen"))
    return titles.get(name, split.capitalize())
