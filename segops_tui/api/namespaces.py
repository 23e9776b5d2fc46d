"""The namespaces of a client; a new noun is two lines here and one module in `resources`.

A namespace is imported at its first use, so a command loads one noun and not thirteen.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Generic

from segops_tui.api.endpoint import C_co

if TYPE_CHECKING:
    from segops_tui.api.resources.activations import Activations
    from segops_tui.api.resources.analytics import Analytics
    from segops_tui.api.resources.competitors import Competitors
    from segops_tui.api.resources.events import Events
    from segops_tui.api.resources.identity import Identity
    from segops_tui.api.resources.pages import Pages
    from segops_tui.api.resources.product_segments import ProductSegments
    from segops_tui.api.resources.products import Products
    from segops_tui.api.resources.queries import Queries
    from segops_tui.api.resources.schemas import Schemas
    from segops_tui.api.resources.segments import Segments
    from segops_tui.api.resources.users import Users
    from segops_tui.api.resources.webhooks import Webhooks

NAMESPACES: Final = {
    "segments": "Segments",
    "product_segments": "ProductSegments",
    "products": "Products",
    "schemas": "Schemas",
    "activations": "Activations",
    "users": "Users",
    "identity": "Identity",
    "queries": "Queries",
    "competitors": "Competitors",
    "pages": "Pages",
    "analytics": "Analytics",
    "webhooks": "Webhooks",
    "events": "Events",
}
"""Namespace to its class, in the module of the same name in `resources`."""


class Namespaces(Generic[C_co]):
    """The namespaces of a workspace, bound to the client that sends their calls."""

    if TYPE_CHECKING:
        segments: Segments[C_co]
        product_segments: ProductSegments[C_co]
        products: Products[C_co]
        schemas: Schemas[C_co]
        activations: Activations[C_co]
        users: Users[C_co]
        identity: Identity[C_co]
        queries: Queries[C_co]
        competitors: Competitors[C_co]
        pages: Pages[C_co]
        analytics: Analytics[C_co]
        webhooks: Webhooks[C_co]
        events: Events[C_co]

    def __getattr__(self, name: str) -> Any:
        if name not in NAMESPACES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        module = import_module(f"segops_tui.api.resources.{name}")
        resource = getattr(module, NAMESPACES[name])(self)
        setattr(self, name, resource)
        return resource

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *NAMESPACES})
