"""How readable a product is: the total, a bar for each dimension, and what would raise it.

Knows a score record; fetches nothing.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.api.record import as_number
from segops_tui.nouns.column import said
from segops_tui.nouns.products import score_tone
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.plots.meter import meter

if TYPE_CHECKING:
    from textual.geometry import Size

    from segops_tui.api.resources.products import ProductScore

FULL: Final = 25
"""Each of the four dimensions counts so much (contract §4.4)."""
WIDEST: Final = 44


class ScoreView(Widget):
    """Draws a score, or the note in its place."""

    DEFAULT_CSS = "ScoreView { height: auto; width: 1fr; }"

    note: reactive[Content] = reactive(Content(""), layout=True)
    """Said while there is no score."""
    score: reactive[ProductScore | None] = reactive(None, layout=True)

    def show(self, score: ProductScore | None) -> None:
        """Draw a score; none was never made."""
        self.note = Content.styled("Never scored. c scores it.", "$text-muted")
        self.score = score

    def watch_note(self) -> None:
        """A note is about a product whose score is not known."""
        self.score = None

    def render(self) -> Content:
        """Draw it."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the width makes of it."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        if self.score is None or self.score.score is None:
            return [self.note]
        return score_lines(self.score, max(16, width))


def score_lines(score: ProductScore, width: int) -> list[Content]:
    """The score in a width."""
    total = score.score or 0.0
    cells = min(width, WIDEST)
    lines = [
        Content.assemble((f"{total:.0f}", f"bold {TONES[score_tone(total)]}"), " of 100"),
        meter(total / 100, cells, style=TONES[score_tone(total)]),
        Content(""),
    ]
    for name, worth in _dimensions(score):
        share = worth / FULL
        figure = f"{worth:.0f}/{FULL}"
        lines.append(Content.assemble(f"{name:<{cells - len(figure)}}", (figure, "$text-muted")))
        lines.append(meter(share, cells, style=TONES[score_tone(share * 100)]))
    if score.recommendations:
        lines.extend([Content(""), Content.styled("What would raise it", "bold")])
        for place, item in enumerate(sorted(score.recommendations, key=_rank), 1):
            lines.extend(_advice(place, item, width))
    return lines


def _dimensions(score: ProductScore) -> list[tuple[str, float]]:
    found = []
    for name, worth in score.dimension_scores.items():
        number = as_number(worth.get("score") if isinstance(worth, dict) else worth)
        found.append((_named(name), number or 0.0))
    return found


def _rank(item: Any) -> float:
    """The server's own order of importance; what has none comes last, in the order it came in."""
    priority = as_number(item.get("priority")) if isinstance(item, dict) else None
    return float("inf") if priority is None else priority


def _advice(place: int, item: Any, width: int) -> list[Content]:
    words, impact = said(item), ""
    if isinstance(item, dict):
        told = (item.get(name) for name in ("action", "message", "text", "recommendation"))
        words = next((said(each) for each in told if each), words)
        impact = one_line(said(item.get("estimated_impact") or item.get("impact") or ""))
    number = f"{place}. "
    parts = textwrap.wrap(one_line(words), max(8, width - len(number))) or [""]
    lines = [Content.assemble((number, "$primary"), parts[0])]
    lines += [Content(" " * len(number) + part) for part in parts[1:]]
    if impact not in {"", "–"}:
        sign, style = _IMPACTS.get(impact.lower(), ("·", "$text-muted"))
        words = f"{' ' * len(number)}{sign} {impact} impact{_about(item)}"
        lines.append(Content.styled(crop(words, width), style))
    return lines


def _about(item: dict[str, Any]) -> str:
    dimension = item.get("dimension")
    return f" · {_named(dimension)}" if isinstance(dimension, str) and dimension else ""


def _named(dimension: str) -> str:
    return one_line(dimension).replace("_", " ").capitalize().replace("Ai ", "AI ")


_IMPACTS: Final = {
    "high": ("▲", "$success"),
    "medium": ("△", "$warning"),
    "low": ("·", "$text-muted"),
}
