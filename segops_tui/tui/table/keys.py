"""The keys of a table, each with the name a keymap calls it by.

Knows no widget; leaves `/`, `r`, `s` and the digits to the panes.
"""

from __future__ import annotations

from textual.binding import Binding

__all__ = ["TABLE_BINDINGS"]


def _key(keys: str, action: str, title: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(keys, action, title, show=show, tooltip=tooltip, id=f"table.{action}")


TABLE_BINDINGS = [
    _key("up,k", "cursor_up", "Up", "Go up a row"),
    _key("down,j", "cursor_down", "Down", "Go down a row"),
    _key("g,home", "top", "Top", "Go to the first row"),
    _key("G,end", "bottom", "Bottom", "Go to the last row"),
    _key("ctrl+u", "half_page_up", "Half page up", "Go up half a screen"),
    _key("ctrl+d", "half_page_down", "Half page down", "Go down half a screen"),
    _key("pageup", "page_up", "Page up", "Go up a screen"),
    _key("pagedown", "page_down", "Page down", "Go down a screen"),
    _key("left,h", "columns_left", "Columns left", "Go back to the columns on the left"),
    _key("right,l", "columns_right", "Columns right", "Show the columns there is no room for"),
    _key("enter", "select", "Open", "Open the row under the cursor"),
    _key("space", "mark", "Mark", "Mark or unmark the row and go down", show=True),
    _key("v", "mark_range", "Mark range", "Start a range here; again, or space, marks it"),
    _key("escape", "drop_range", "Drop range", "Leave the range unmarked"),
    _key("ctrl+a", "mark_all", "Mark all", "Mark every loaded row, or unmark all of them"),
    _key("asterisk", "invert_marks", "Invert marks", "Mark what is unmarked and the reverse"),
]
"""Bindings by action; a keymap names them `table.cursor_down` and so on."""
