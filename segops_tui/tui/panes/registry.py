"""The panes of the console by name: key, title, class, and how to count their rows.

Holds names: a pane is imported when it is first opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from segops_tui.nouns.action import Action
from segops_tui.tui.core.links import PaneName

if TYPE_CHECKING:
    from segops_tui.api.listing import AsyncListing
    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.panes.pane import Pane


class RowListing(Protocol):
    """Lists a pane's rows; `size` is for servers that page, and may be ignored."""

    def __call__(self, client: AsyncSegOpsAdmin, **size: int) -> AsyncListing[Any]:
        """The listing."""


@dataclass(frozen=True, slots=True)
class PaneEntry:
    """One pane: its name, its digit, its title, its class."""

    name: str
    digit: str
    """Its key: the ten digits go to the panes that are used most; empty where there is none."""
    title: str
    target: str
    """`module:class` below `segops_tui.tui`."""
    row_kind: str = ""
    """What a deep link calls one row: `segment/12`. Empty where rows have no link."""
    short_title: str = ""
    """The sidebar's title, where the whole one is too long."""
    listing: RowListing | None = None
    """Counts the rows before the pane is opened, and finds them by name in the palette."""
    noun: str = ""
    """`module:noun` below `segops_tui.nouns`, where the palette lists the rows by name."""

    def load(self) -> type[Pane[Any]]:
        """Import the pane's class."""
        module, _, name = self.target.partition(":")
        loaded: type[Pane[Any]] = getattr(import_module(f"segops_tui.tui.{module}"), name)
        return loaded

    def load_noun(self) -> Noun[Any]:
        """Import the noun."""
        module, _, name = self.noun.partition(":")
        loaded: Noun[Any] = getattr(import_module(f"segops_tui.nouns.{module}"), name)
        return loaded

    async def count(self, client: AsyncSegOpsAdmin) -> int | None:
        """How many rows the server has.

        An array without pages (contract §7.1) is counted whole.
        """
        if self.listing is None:
            return None
        page = await self.listing(client, page_size=1).page()
        return len(page.items) if page.count is None else page.count

    @property
    def link_name(self) -> PaneName:
        """The pane's and its rows' names in links."""
        return PaneName(self.name, self.row_kind)

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


PANES: Final = (
    PaneEntry("health", "H", "Health", "health.pane:HealthPane"),
    PaneEntry(
        "segments", "1", "Segments", "segments.pane:SegmentsPane", "segment",
        listing=lambda client, **size: client.segments.list(**size), noun="segments:SEGMENTS",
    ),
    PaneEntry(
        "products", "2", "Products", "products.pane:ProductsPane", "product",
        listing=lambda client, **size: client.products.list(**size),
    ),
    PaneEntry(
        "queries", "3", "Queries", "queries.pane:QueriesPane", "query",
        listing=lambda client, **_size: client.queries.list(), noun="queries:QUERIES",
    ),
    PaneEntry(
        "pages", "4", "Pages", "pages.pane:PagesPane", "page",
        listing=lambda client, **_size: client.pages.list(), noun="pages:PAGES",
    ),
    PaneEntry(
        "product-segments", "5", "Product segments",
        "segments.pane:ProductSegmentsPane", "product-segment", "Product segs",
        listing=lambda client, **size: client.product_segments.list(**size),
        noun="segments:PRODUCT_SEGMENTS",
    ),
    PaneEntry(
        "users", "6", "Users", "users.pane:UsersPane", "user",
        listing=lambda client, **_size: client.users.search(limit=1),
    ),
    PaneEntry(
        "activations", "7", "Activations", "activations.pane:ActivationsPane", "activation",
        listing=lambda client, **size: client.activations.list(**size),
        noun="activations:ACTIVATIONS",
    ),
    PaneEntry(
        "schemas", "8", "Schemas", "schemas.pane:SchemasPane", "schema",
        listing=lambda client, **size: client.schemas.list(**size), noun="schemas:SCHEMAS",
    ),
    PaneEntry("analytics", "9", "Analytics", "analytics.pane:AnalyticsPane"),
    PaneEntry("jobs", "0", "Jobs", "jobs.pane:JobsPane", "job"),
    PaneEntry(
        "competitors", "", "Competitors", "competitors.pane:CompetitorsPane", "competitor",
        listing=lambda client, **_size: client.competitors.list(), noun="competitors:COMPETITORS",
    ),
    PaneEntry(
        "webhooks", "", "Webhooks", "webhooks.pane:WebhooksPane", "webhook",
        listing=lambda client, **size: client.webhooks.list(**size), noun="webhooks:WEBHOOKS",
    ),
)  # fmt: skip

LINK_NAMES: Final = tuple(entry.link_name for entry in PANES)
"""Every pane as links call it."""
