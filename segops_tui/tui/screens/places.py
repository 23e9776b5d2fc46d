"""The console's places: which panes there are, under which digit, and how each is made.

A new pane is one line here. Digits are product.md's, kept free for the panes that come later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.action import Action
from segops_tui.tui.screens.jobs import JobsPane
from segops_tui.tui.screens.product_segments import ProductSegmentsPane
from segops_tui.tui.screens.products import ProductsPane
from segops_tui.tui.screens.segments import SegmentsPane
from segops_tui.tui.widgets.pane_bar import Entry

if TYPE_CHECKING:
    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.tui.screens.pane import Pane

Count = Callable[["AsyncSegOpsAdmin"], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Place:
    """One pane: its name, its digit, its title, its class."""

    name: str
    digit: str
    title: str
    pane: Callable[..., Pane[Any]]
    short: str = ""
    """What the bar calls it."""
    count: Count | None = None
    """Asks cheaply how many there are, for the side bar before the pane was opened."""

    @property
    def entry(self) -> Entry:
        """As the bar of panes names it."""
        return Entry(self.name, self.digit, self.short or self.title)

    @property
    def action(self) -> Action:
        """Going there."""
        return Action(
            f"go.{self.name}",
            self.title,
            self.digit,
            "app",
            f"open {self.name}",
            help=f"Go to {self.title}.",
        )


async def _products(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.products.list(page_size=1).page()).count


async def _product_segments(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.product_segments.list(page_size=1).page()).count


PLACES: Final = (
    Place("segments", "1", "Segments", SegmentsPane),
    Place("products", "2", "Products", ProductsPane, count=_products),
    Place(
        "product-segments",
        "5",
        "Product segments",
        ProductSegmentsPane,
        short="Product segs",
        count=_product_segments,
    ),
    Place("jobs", "0", "Jobs", JobsPane),
)
