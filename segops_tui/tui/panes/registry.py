"""The console's places: which panes there are, under which digit, and how each is made.

A new pane is one line here. Digits are product.md's; what has none is reached by its name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.action import Action
from segops_tui.tui.activations.pane import ActivationsPane
from segops_tui.tui.analytics.pane import AnalyticsPane
from segops_tui.tui.competitors.pane import CompetitorsPane
from segops_tui.tui.core.links import Named
from segops_tui.tui.frame.sidebar import Entry
from segops_tui.tui.jobs.pane import JobsPane
from segops_tui.tui.pages.pane import PagesPane
from segops_tui.tui.products.pane import ProductsPane
from segops_tui.tui.queries.pane import QueriesPane
from segops_tui.tui.schemas.pane import SchemasPane
from segops_tui.tui.segments.pane import SegmentsPane
from segops_tui.tui.segments.product_segments import ProductSegmentsPane
from segops_tui.tui.users.pane import UsersPane
from segops_tui.tui.webhooks.pane import WebhooksPane

if TYPE_CHECKING:
    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.tui.panes.pane import Pane

Count = Callable[["AsyncSegOpsAdmin"], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Place:
    """One pane: its name, its digit, its title, its class."""

    name: str
    digit: str
    """Empty where there is none: ten digits go to the ten panes that people are in most."""
    title: str
    pane: Callable[..., Pane[Any]]
    one: str = ""
    """What a deep link calls one row: `segment/12`. Empty where rows have no link."""
    short: str = ""
    """What the bar calls it."""
    count: Count | None = None
    """Asks cheaply how many there are, for the side bar before the pane was opened."""

    @property
    def entry(self) -> Entry:
        """As the bar of panes names it."""
        return Entry(self.name, self.digit, self.short or self.title)

    @property
    def named(self) -> Named:
        """As links call it."""
        return Named(self.name, self.one)

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


async def _segments(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.segments.list(page_size=1).page()).count


async def _products(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.products.list(page_size=1).page()).count


async def _queries(client: AsyncSegOpsAdmin) -> int | None:
    # An array without pages: counted whole (contract §7.1).
    return len((await client.queries.list().page()).items)


async def _pages(client: AsyncSegOpsAdmin) -> int | None:
    return len((await client.pages.list().page()).items)


async def _users(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.users.search(limit=1).page()).count


async def _activations(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.activations.list(page_size=1).page()).count


async def _schemas(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.schemas.list(page_size=1).page()).count


async def _competitors(client: AsyncSegOpsAdmin) -> int | None:
    return len((await client.competitors.list().page()).items)


async def _webhooks(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.webhooks.list(page_size=1).page()).count


async def _product_segments(client: AsyncSegOpsAdmin) -> int | None:
    return (await client.product_segments.list(page_size=1).page()).count


PLACES: Final = (
    Place("segments", "1", "Segments", SegmentsPane, one="segment", count=_segments),
    Place("products", "2", "Products", ProductsPane, one="product", count=_products),
    Place("queries", "3", "Queries", QueriesPane, one="query", count=_queries),
    Place("pages", "4", "Pages", PagesPane, one="page", count=_pages),
    Place(
        "product-segments",
        "5",
        "Product segments",
        ProductSegmentsPane,
        one="product-segment",
        short="Product segs",
        count=_product_segments,
    ),
    Place("users", "6", "Users", UsersPane, one="user", count=_users),
    Place("activations", "7", "Activations", ActivationsPane, one="activation", count=_activations),
    Place("schemas", "8", "Schemas", SchemasPane, one="schema", count=_schemas),
    Place("analytics", "9", "Analytics", AnalyticsPane),
    Place("jobs", "0", "Jobs", JobsPane, one="job"),
    Place("competitors", "", "Competitors", CompetitorsPane, one="competitor", count=_competitors),
    Place("webhooks", "", "Webhooks", WebhooksPane, one="webhook", count=_webhooks),
)

NAMED: Final = tuple(place.named for place in PLACES)
"""Every pane as links call it."""
