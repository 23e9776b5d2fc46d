"""The detail of a product: its attributes, how readable assistants find it, what relies on it."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.api.errors import NotFound, SegOpsError
from segops_tui.api.record import as_number
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.products import attribute_said, score_tone
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.panes.uses import Uses, UsesTab
from segops_tui.tui.plots.scale import meter
from segops_tui.tui.products.uses import PagesRead, uses_of
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from textual.app import ComposeResult
    from textual.geometry import Size

    from segops_tui.api.resources.products import Product, ProductScore
    from segops_tui.tui.core.workspace import Workspace

FULL: Final = 25
"""The most each of the four dimensions can score (contract §4.4)."""
WIDEST: Final = 44
SETTLE: Final = 0.15
"""Seconds the cursor rests on a row before its score is fetched."""


class ProductDetail(Detail["Product"]):
    """A product."""

    first_tab = "attributes"
    order: Sequence[str] = ()
    """The schema's fields; other attributes come after them."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._facts = FactList()
        self._score = ScoreView()
        self._pages = PagesRead()
        self._uses = UsesTab(workspace, self._fetch_uses)

    def compose(self) -> ComposeResult:
        """Lay out three tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Attributes", id="attributes"), Scroll():
                yield self._facts
            with TabPage("Score", id="score"), Scroll():
                yield self._score
            with TabPage("Used by", id="used-by"):
                yield self._uses

    def name_of(self, row: Product) -> str:
        """The product's name."""
        return row.name or row.sku

    def is_same(self, before: Product, after: Product) -> bool:
        """Whether it is the same product, unchanged."""
        return before.raw == after.raw

    def summary(self, row: Product) -> Content:
        """SKU and score."""
        score = row.ai_readability_score
        tone = TONES[score_tone(score)]
        scored = "never scored" if score is None else f"score {score:.0f} of 100"
        return Content.assemble((one_line(row.sku), "bold"), "   ", (scored, tone))

    def draw(self, row: Product) -> None:
        """Show every attribute, as the server has it."""
        fixed = [("sku", row.sku), ("name", row.name)]
        named = [name for name in self.order if name in row.data]
        names = [*named, *(name for name in row.data if name not in self.order)]
        context = Context(now=self.workspace.now())
        data = [(str(name), attribute_said(row.data[name], context)) for name in names]
        times = [
            ("source", format_value(row.source)),
            ("created", wording.moment(row.created_at)),
            ("updated", wording.moment(row.updated_at)),
        ]
        self._facts.facts = (*fixed, *data, *times)

    def forget(self) -> None:
        """Drop what was fetched for the previous product."""
        self._score.note = Content.styled("Loading …", "$text-muted")
        self._uses.forget()

    def fill(self, tab: str) -> None:
        """Fetch the score, or what relies on the product."""
        if self.row is None:
            return
        if tab == "score":
            run_flow(self, self._fetch_score, self.row.id, group="score", exclusive=True)
        elif tab == "used-by":
            self._uses.show(self.row)

    def _fetch_uses(self, row: Product) -> AsyncGenerator[Uses, None]:
        return uses_of(row.sku, self.workspace.client, self._pages)

    async def _fetch_score(self, product_id: int) -> None:
        await self.workspace.client.sleep(SETTLE)
        score, note = None, Content("")
        try:
            # A product that was never scored has no score to get.
            with suppress(NotFound):
                score = await self.workspace.client.products.get_score(product_id)
        except SegOpsError as error:
            problem = problem_of(error)
            note = Content.styled(one_line(f"{problem.symbol} {problem.line}"), "$error")
        if self.row is None or self.row.id != product_id:
            return
        if note.plain:
            self._score.note = note
        else:
            self._score.show(score)


class ScoreView(AutoSized, Widget):
    """A score, or the note in its place."""

    DEFAULT_CSS = "ScoreView { height: auto; width: 1fr; }"

    note: reactive[Content] = reactive(Content(""), layout=True)
    """Shown while there is no score."""
    score: reactive[ProductScore | None] = reactive(None, layout=True)

    def show(self, score: ProductScore | None) -> None:
        """Draw a score; None means never scored."""
        self.note = Content.styled("Never scored. Press c to score it.", "$text-muted")
        self.score = score

    def watch_note(self) -> None:
        """Drop the score: a note is about a product whose score is not known."""
        self.score = None

    def render(self) -> Content:
        """Draw the lines."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """The number of lines at this width."""
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
    words, impact = format_value(item), ""
    if isinstance(item, dict):
        told = (item.get(name) for name in ("action", "message", "text", "recommendation"))
        words = next((format_value(each) for each in told if each), words)
        impact = one_line(format_value(item.get("estimated_impact") or item.get("impact") or ""))
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
