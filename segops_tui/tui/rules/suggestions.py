"""A list of what can be written, under the cursor of a text.

Knows offers and how to go through them; the keys are the text's, which keeps the focus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.tui.core.text import crop, fit, one_line, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.geometry import Offset

    from segops_tui.tui.rules.completion import Offer

MOST: Final = 8
"""Rows shown at once."""
WIDEST: Final = 64
LABEL: Final = 26
_KEYS: Final = "↑↓ choose  tab takes  esc closes"


class Suggestions(Widget):
    """Shown where it is told to, above everything else."""

    DEFAULT_CSS = """
    Suggestions {
        layer: popup; position: absolute; display: none; width: auto; height: auto;
        background: $panel; padding: 0 1; border: none;
    }
    """
    ALLOW_SELECT = False

    offers: reactive[Sequence[Offer]] = reactive((), layout=True)
    at: reactive[int] = reactive(0)

    class Taken(Message):
        """A row was clicked."""

        def __init__(self, offer: Offer) -> None:
            self.offer = offer
            super().__init__()

    @property
    def current(self) -> Offer | None:
        """What would be taken now; None while nothing is shown."""
        return self.offers[self.at] if self.display and self.offers else None

    def show(self, offers: Sequence[Offer], cursor: Offset, *, back: int) -> None:
        """Show offers below a cursor, or above it where there is no room; `back` cells to its left.

        The one that was chosen stays chosen, where it is still there.
        """
        chosen = self.current
        self.offers = offers
        self.at = next((n for n, each in enumerate(offers) if each == chosen), 0)
        room = self.screen.size
        cells, rows = self._cells, min(MOST, len(offers)) + 1
        x = max(0, min(cursor.x - back - 1, room.width - cells - 2))
        below = cursor.y + 1
        y = below if below + rows <= room.height else max(0, cursor.y - rows)
        self.styles.offset = (x, y)
        self.styles.width, self.styles.height = cells + 2, rows
        self.display = True

    def hide(self) -> None:
        """Show nothing."""
        self.display = False
        self.offers = ()

    def move(self, step: int) -> None:
        """Go to the next one or back, round and round."""
        if self.offers:
            self.at = (self.at + step) % len(self.offers)

    def render(self) -> Content:
        """The rows round the chosen one."""
        cells, first = self._cells, self._first
        lines = []
        for number, offer in enumerate(self.offers[first : first + MOST], start=first):
            label = fit(one_line(offer.label), self._labels)
            hint = crop(one_line(offer.hint), max(0, cells - self._labels - 2))
            line = Content.assemble(label, "  ", (hint, "" if number == self.at else "$text-muted"))
            line = line.pad_right(max(0, cells - line.cell_length))
            chosen = "$block-cursor-foreground on $block-cursor-background"
            lines.append(line.stylize(chosen) if number == self.at else line)
        more = f"{self.at + 1} of {len(self.offers)}   " if len(self.offers) > MOST else ""
        lines.append(Content.styled(crop(f"{more}{_KEYS}", cells), "$text-disabled"))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Take the row."""
        event.stop()
        place = self._first + event.y
        if event.y < MOST and place < len(self.offers):
            self.post_message(self.Taken(self.offers[place]))

    @property
    def _first(self) -> int:
        """The row at the top, so that the chosen one is in sight."""
        return max(0, min(self.at - MOST // 2, len(self.offers) - MOST))

    @property
    def _labels(self) -> int:
        return min(LABEL, max((width(one_line(each.label)) for each in self.offers), default=0))

    @property
    def _cells(self) -> int:
        hints = max((width(one_line(each.hint[:WIDEST])) for each in self.offers), default=0)
        wanted = max(len(_KEYS), self._labels + 2 + hints)
        return min(WIDEST, wanted, max(10, self.screen.size.width - 4))
