"""What is known of a product: every attribute, and how readable it is for AI assistants.

Fetches the score when its tab is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.content import Content
from textual.message import Message
from textual.widgets import TabPane

from segops_tui import wording
from segops_tui.api.errors import NotFound, SegOpsError
from segops_tui.nouns.column import Context, said
from segops_tui.nouns.products import attribute_said, score_tone
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.products.score_view import ScoreView
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.products import Product, ProductScore
    from segops_tui.tui.core.workspace import Workspace

SETTLE: Final = 0.15


class ProductDetail(Detail["Product"]):
    """A product."""

    class Scored(Message):
        """The score has come; none means it was never scored."""

        def __init__(self, product_id: int, score: ProductScore | None) -> None:
            self.product_id, self.score = product_id, score
            super().__init__()

    class Failed(Message):
        """The score could not be had."""

        def __init__(self, product_id: int, error: SegOpsError) -> None:
            self.product_id, self.error = product_id, error
            super().__init__()

    first_tab = "attributes"
    order: Sequence[str] = ()
    """The schema's fields; what stands in none of them comes after."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._facts = FactList()
        self._score = ScoreView()

    def compose(self) -> ComposeResult:
        """Two tabs."""
        yield self.head
        with self.tabs:
            with TabPane("Attributes", id="attributes"), Scroll():
                yield self._facts
            with TabPane("Score", id="score"), Scroll():
                yield self._score

    def name_of(self, row: Product) -> str:
        """Its name."""
        return row.name or row.sku

    def is_same(self, before: Product, after: Product) -> bool:
        """The same product, not changed since."""
        return before.raw == after.raw

    def summary(self, row: Product) -> Content:
        """SKU and score."""
        score = row.ai_readability_score
        tone = TONES[score_tone(score)]
        scored = "never scored" if score is None else f"score {score:.0f} of 100"
        return Content.assemble((one_line(row.sku), "bold"), "   ", (scored, tone))

    def draw(self, row: Product) -> None:
        """Every attribute, as the server has it."""
        fixed = [("sku", row.sku), ("name", row.name)]
        named = [name for name in self.order if name in row.data]
        names = [*named, *(name for name in row.data if name not in self.order)]
        context = Context(now=self.workspace.now())
        data = [(str(name), attribute_said(row.data[name], context)) for name in names]
        times = [
            ("source", said(row.source)),
            ("created", wording.moment(row.created_at)),
            ("updated", wording.moment(row.updated_at)),
        ]
        self._facts.facts = (*fixed, *data, *times)

    def forget(self) -> None:
        """Drop the score of the product before."""
        self._score.note = Content.styled("Loading …", "$text-muted")

    def fill(self, tab: str) -> None:
        """Fetch the score."""
        if tab == "score" and self.row is not None:
            self._fetch_score(self.row.id)

    @work(exclusive=True, group="score")
    async def _fetch_score(self, product_id: int) -> None:
        await self.workspace.client.sleep(SETTLE)
        try:
            score = await self.workspace.client.products.get_score(product_id)
        except NotFound:
            self.post_message(self.Scored(product_id, None))
        except SegOpsError as error:
            self.post_message(self.Failed(product_id, error))
        else:
            self.post_message(self.Scored(product_id, score))

    @on(Scored)
    def _scored(self, event: Scored) -> None:
        event.stop()
        if self.row is not None and event.product_id == self.row.id:
            self._score.show(event.score)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        if self.row is not None and event.product_id == self.row.id:
            problem = problem_of(event.error)
            words = one_line(f"{problem.symbol} {problem.line}")
            self._score.note = Content.styled(words, "$error")
