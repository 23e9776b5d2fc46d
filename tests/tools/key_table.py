"""Prints the README's table of keys from the actions themselves; `--write` puts it into the README.

Knows actions, panes and Markdown.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.keys import format_key

from segops_tui.tui.core.actions import (
    APP_ACTIONS,
    HELP_ANYWHERE,
    HISTORY_ACTIONS,
    LIST_ACTIONS,
    PANE_ACTIONS,
)
from segops_tui.tui.panes.registry import PANES
from segops_tui.tui.product_imports.screen import ImportScreen
from segops_tui.tui.rules.editor import RuleEditor
from segops_tui.tui.table.virtual_table import TABLE_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.nouns.action import Action

README = Path(__file__).resolve().parents[2] / "README.md"
PART = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- /keys -->)", re.DOTALL)
"""What of the README is this program's."""

EVERYWHERE = (*APP_ACTIONS, *HISTORY_ACTIONS)
SHARED = (*LIST_ACTIONS, *PANE_ACTIONS)
WORDS = {"escape": "esc", "left_square_bracket": "[", "right_square_bracket": "]"}
MOVES = {
    *("cursor_up", "cursor_down", "top", "bottom", "half_page_up", "half_page_down"),
    *("page_up", "page_down", "columns_left", "columns_right"),
}
PLAIN = {
    "up",
    "down",
    "left",
    "right",
    "space",
    "enter",
    "backspace",
    "home",
    "end",
    "pageup",
    "pagedown",
}


def key_table() -> str:
    """The whole part: what works everywhere, what works in every list, what each pane adds."""
    digits = " ".join(f"`{place.digit}`" for place in PANES if place.digit)
    going = (digits, ", ".join(place.title for place in PANES if place.digit))
    anywhere = (_keys(HELP_ANYWHERE.key), f"{HELP_ANYWHERE.description}: {HELP_ANYWHERE.tooltip}")
    parts = [
        _table(("everywhere", ""), [going, *_described(EVERYWHERE), anywhere]),
        _table(("in every list", ""), [*_described(SHARED), *_of_tables()]),
        _table(("in", "keys of its own"), _of_panes()),
    ]
    return "\n".join(["", "\n\n".join(parts), "", ""])


def _described(actions: Iterable[Action]) -> list[tuple[str, str]]:
    return [(_keys(action.key), f"{action.title}: {action.help}") for action in actions]


def _of_tables() -> list[tuple[str, str]]:
    moving = [each for each in TABLE_BINDINGS if each.action in MOVES]
    others = [each for each in TABLE_BINDINGS if each.action not in MOVES]
    rows = [(_keys(each.key), f"{each.tooltip}.") for each in others]
    return [
        (_keys(",".join(each.key for each in moving)), "Move, as in vim; the mouse too."),
        *rows,
    ]


def _of_panes() -> list[tuple[str, str]]:
    shared = {action.id for action in SHARED}
    rows = [(place.title, _own(place.load().ACTIONS, shared)) for place in PANES]  # type: ignore[attr-defined]
    rows.append(("The editor of a segment", _own(RuleEditor.ACTIONS, shared)))
    rows.append(("An import", _own(ImportScreen.ACTIONS, shared)))
    return [(title, keys) for title, keys in rows if keys]


def _own(actions: Sequence[Action], shared: set[str]) -> str:
    return " · ".join(
        f"{_keys(action.key)} {action.title}"
        for action in actions
        if action.key and action.id not in shared
    )


def _keys(key: str) -> str:
    """Keys as a person calls them, each in a code span."""
    bindings = Binding.make_bindings([Binding(key, "")])
    return " ".join(dict.fromkeys(f"`{spelled(each.key)}`" for each in bindings))


def spelled(key: str) -> str:
    """One key as a person calls it: `ctrl+p`, `?`, `space`."""
    *modifiers, name = key.split("+")
    word = WORDS.get(name) or (name if name in PLAIN else format_key(name))
    return "+".join([*modifiers, word])


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |".replace("|  |", "| |"), "|---|---|"]
    # A bar would end the cell; in a code span Markdown wants it escaped too.
    escaped = ((left.replace("|", r"\|"), right.replace("|", r"\|")) for left, right in rows)
    return "\n".join([*lines, *(f"| {left} | {right} |" for left, right in escaped)])


def main(words: list[str]) -> int:
    """Print it, or write it into the README."""
    if words == ["--write"]:
        text = README.read_text(encoding="utf-8")
        README.write_text(PART.sub(lambda _: key_table(), text), encoding="utf-8")
    else:
        sys.stdout.write(key_table())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
