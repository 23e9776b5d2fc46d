"""What the keys do where the focus is, those that cannot be used now with the reason.

Knows bindings in force; a key that is rebound shows as it is bound.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from segops_tui.tui.actions import Actor, action_of
from segops_tui.tui.text import fit

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.dom import DOMNode

KEY = 10
"""Cells for the keys of one action."""
TITLE = 17
"""Cells for what it is called."""
WIDTH = 100
"""Cells of the dialog where there is room (`.dialog.-tall`)."""


class HelpScreen(ModalScreen[None]):
    """A list of keys, by whose they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "Close", id="help.close", tooltip="Go back."),
        Binding("j,down", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="help.up"),
    ]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        """A scrolling list."""
        with Vertical(classes="dialog -tall") as box:
            box.border_title = Content.styled("Keys", "bold")
            box.border_subtitle = Content("esc closes")
            with VerticalScroll():
                yield Static(Content("\n").join(self._lines()), markup=False)

    def action_scroll(self, lines: int) -> None:
        """Move the list."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _lines(self) -> list[Content]:
        lines: list[Content] = []
        for title, rows in self._groups().items():
            if lines:
                lines.append(Content(""))
            lines.append(Content.styled(title, "bold $primary"))
            lines.extend(rows)
        return lines

    def _groups(self) -> dict[str, list[Content]]:
        """The rows by whose they are: the pane's own actions first, then the table's keys."""
        keys: dict[tuple[DOMNode, str], list[Binding]] = {}
        for active in self._below.active_bindings.values():
            if active.binding.description and active.binding.id:
                keys.setdefault((active.node, active.binding.id), []).append(active.binding)
        groups: dict[str, list[Content]] = {}
        for node, action_id in sorted(keys, key=lambda key: _place(*key)):
            row = self._row(node, keys[node, action_id])
            groups.setdefault(_whose(node), []).append(row)
        return groups

    def _row(self, node: DOMNode, bindings: list[Binding]) -> Content:
        first = bindings[0]
        shown = " ".join(dict.fromkeys(self.app.get_key_display(each) for each in bindings))
        reason = ""
        if isinstance(node, Actor) and first.action.startswith("run(") and first.id:
            reason = node.why_not(action_of(node, first.id))
        words = f"not now: {reason}" if reason else first.tooltip or ""
        room = min(WIDTH, self.app.size.width * 92 // 100) - KEY - TITLE - 5
        parts = textwrap.wrap(words, max(20, room)) or [""]
        style = "$warning" if reason else "$text-muted"
        head = Content.assemble(
            (fit(shown, KEY), "$text-muted" if reason else "bold"),
            (fit(first.description, TITLE), "$text-muted" if reason else ""),
            (parts[0], style),
        )
        indent = " " * (KEY + TITLE)
        below = [Content.styled(f"{indent}{part}", style) for part in parts[1:]]
        return Content("\n").join([head, *below])


def _place(node: DOMNode, action_id: str) -> tuple[int, int]:
    """The focused pane, then what has no actions of its own, then what works everywhere."""
    if isinstance(node, Screen | App):
        return 2, 0
    if not isinstance(node, Actor):
        return 1, 0
    ids = [action.id for action in node.ACTIONS]
    return 0, ids.index(action_id) if action_id in ids else len(ids)


def _whose(node: DOMNode) -> str:
    titles = {
        "NounTable": "Table",
        "Scroll": "Text",
        "MainScreen": "Panes",
        "Console": "Everywhere",
        "FilterInput": "Filter",
        "Input": "Field",
    }
    name = type(node).__name__
    return titles.get(name, name.removesuffix("Pane").removesuffix("Screen"))
