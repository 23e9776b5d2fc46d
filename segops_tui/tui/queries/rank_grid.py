"""Ranks as a grid: an assistant a line, a day a column, the newest at the right.

Knows days, names and ranks; where they come from is its owner's. A day on which nobody was asked is
left empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.nouns.queries import PROVIDERS, position_tone
from segops_tui.tui.core.text import fit, one_line, width
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.plots.scale import day_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.geometry import Size

CELL: Final = 8
"""Cells of a day: `May 31`, or `absent`, and a gap."""
_LONGEST_NAME: Final = 12


class RankGrid(Widget):
    """As many of the last days as there is room for."""

    DEFAULT_CSS = "RankGrid { height: auto; width: 1fr; }"

    lines: reactive[int] = reactive(1, layout=True)

    def __init__(self) -> None:
        super().__init__()
        self._days: Sequence[str] = ()
        self._ranks: Mapping[str, Mapping[str, int | None]] = {}
        self._empty = ""

    def show(
        self, days: Sequence[str], ranks: Mapping[str, Mapping[str, int | None]], *, empty: str
    ) -> None:
        """Draw these, days as `2026-05-31`; or say that there are none."""
        self._days, self._ranks, self._empty = days, ranks, empty
        self.lines = max(1, len(ranks) + bool(ranks))
        self.refresh()

    def render(self) -> Content:
        """Draw every line."""
        if not self._ranks:
            return Content.styled(self._empty, "$text-muted")
        return Content("\n").join(grid_lines(self._days, self._ranks, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line for the days and one for each assistant."""
        return self.lines


def grid_lines(
    days: Sequence[str], ranks: Mapping[str, Mapping[str, int | None]], cells: int
) -> list[Content]:
    """The grid in a width."""
    names = {provider: one_line(PROVIDERS.get(provider, provider)) for provider in ranks}
    side = min(_LONGEST_NAME, max(map(width, names.values())))
    shown = max(1, (cells - side - 1) // CELL)
    days = days[-shown:]
    head = "".join(fit(word, CELL, "right") for word in day_labels(days))
    lines = [Content.styled(" " * side + head, "$text-muted")]
    for provider, found in ranks.items():
        parts = [_rank(found, day) for day in days]
        lines.append(Content("").join([Content(fit(names[provider], side)), *parts]))
    return lines


def _rank(found: Mapping[str, int | None], day: str) -> Content:
    if day not in found:
        return Content(" " * CELL)
    rank = found[day]
    words = "absent" if rank is None else f"#{rank}"
    tone = "muted" if rank is None else position_tone(rank)
    return Content.styled(fit(words, CELL, "right"), TONES[tone])
