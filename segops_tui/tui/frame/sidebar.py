"""The panes with their digits and counts: a column at the side, or one line where it is narrow.

Knows titles and numbers; which pane is shown is decided by whoever hears the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.core.text import fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events

_CURRENT = "bold $block-cursor-foreground on $block-cursor-background"


@dataclass(frozen=True, slots=True)
class Entry:
    """One pane as the bar names it."""

    name: str
    digit: str
    title: str


class PaneBar(Widget):
    """Shows where one is and how to get elsewhere; not focusable, the digits work everywhere."""

    DEFAULT_CSS = "PaneBar { width: 1fr; height: 1; }"
    ALLOW_SELECT = False

    current: reactive[str] = reactive("")
    counts: reactive[Mapping[str, int | None]] = reactive(dict)

    class Chosen(Message):
        """A pane was clicked."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self, entries: Sequence[Entry], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries = tuple(entries)

    def render(self) -> Content:
        """Draw a column or a line, by the shape there is."""
        if self.size.height > 1:
            return Content("\n").join(self._row(entry) for entry in self._entries)
        return Content.assemble(
            *(
                (cell, _CURRENT if entry.name == self.current else "$text-muted")
                for entry, cell in self._line()
            )
        )

    def on_click(self, event: events.Click) -> None:
        """Choose the pane clicked on."""
        where = event.get_content_offset(self)
        if where is None:
            return
        column = self.size.height > 1
        for entry in self._entries[where.y : where.y + 1] if column else self._under(where.x):
            self.post_message(self.Chosen(entry.name))

    def _row(self, entry: Entry) -> Content:
        width = self.size.width
        number = self._count(entry)
        title = fit(f" {entry.digit or '·'} {entry.title}", max(0, width - len(number) - 1))
        if entry.name == self.current:
            return Content.styled(f"{title}{number} ", _CURRENT)
        return Content.assemble((title[:2], "$primary"), title[2:], (f"{number} ", "$text-muted"))

    def _count(self, entry: Entry) -> str:
        count = self.counts.get(entry.name)
        return "" if count is None else wording.count(count)

    def _full(self, entry: Entry) -> str:
        number = self._count(entry)
        return f" {entry.digit or '·'} {entry.title}{' ' if number else ''}{number} "

    def _named(self, entry: Entry) -> str:
        return f" {entry.digit or '·'} {entry.title} "

    def _bare(self, entry: Entry) -> str:
        if entry.name == self.current:
            return self._named(entry)
        return f" {entry.digit} " if entry.digit else ""

    def _line(self) -> list[tuple[Entry, str]]:
        """Each pane's cell of the line: with counts, else names, else digits, as there is room."""
        cells: list[str] = []
        for form in (self._full, self._named, self._bare):
            cells = [form(entry) for entry in self._entries]
            if sum(map(len, cells)) <= self.size.width:
                break
        return list(zip(self._entries, cells, strict=True))

    def _under(self, x: int) -> tuple[Entry, ...]:
        for entry, cell in self._line():
            x -= len(cell)
            if x < 0:
                return (entry,)
        return ()
