"""The table of all routes; finds the route of a call and imports its handler by name on use."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from segops_tui.named_tuple import NamedTuple
from segops_tui.sandbox.core.errors import ApiRefusal, not_found, wrong_method

if TYPE_CHECKING:
    from collections.abc import Iterator


_ROOMS: Final = "segops_tui.sandbox."


class Route(NamedTuple):
    """One method of one path; `{id}` and `{text}` are its parameters.

    `handler` is `module:attribute` within `segops_tui.sandbox`. It is called with the context,
    the call, the result of `prepare` (if there is one) and the parameters in order.
    """

    method: str
    path: str
    handler: str
    reads: bool = False
    """A POST that changes nothing: it needs no lock and no idempotency key."""
    prepare: str = ""
    """A context manager for slow work before the lock is taken."""
    locks: bool = False
    """A read that also writes: it counts a view, or updates the search index."""
    public: bool = False
    """Needs no key."""
    replays: bool = True
    """Repeats its stored answer for an idempotency key; not where the answer is a secret."""

    @property
    def is_read(self) -> bool:
        """Whether the call changes nothing in its caller's view."""
        return self.reads or self.method == "GET"


def objects(path: str, module: str, name: str = "OBJECTS") -> tuple[Route, ...]:
    """The six routes of an `Objects`, which is called `name` in its module."""
    one = path + "{id}/"
    return (
        Route("GET", path, f"{module}:{name}.list"),
        Route("POST", path, f"{module}:{name}.create"),
        Route("GET", one, f"{module}:{name}.get"),
        Route("PATCH", one, f"{module}:{name}.update"),
        Route("PUT", one, f"{module}:{name}.replace"),
        Route("DELETE", one, f"{module}:{name}.delete"),
    )


def without_replace(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """Drop the PUT route."""
    return tuple(route for route in routes if route.method != "PUT")


ROUTES: Final[tuple[Route, ...]] = (
    *objects("/api/segments/", "segments.handlers"),
    Route("POST", "/api/segments/preview/", "segments.handlers:preview", reads=True),
    Route("POST", "/api/segments/{id}/estimate/", "segments.handlers:estimate", reads=True),
    Route("GET", "/api/segments/{id}/versions/", "segments.handlers:versions"),
    Route("POST", "/api/segments/{id}/compute/", "segments.handlers:compute"),
    Route("GET", "/api/segments/{id}/members/", "segments.handlers:members"),
    Route("GET", "/api/segments/membership/", "segments.handlers:membership"),
    Route("POST", "/api/segments/{id}/export/", "segments.exports:start"),
    Route("GET", "/api/segments/{id}/export/", "segments.exports:status"),
    Route("GET", "/api/segments/exports/{id}/download/", "segments.exports:download"),
    *objects("/api/product-segments/", "segments.handlers", "PRODUCT_SEGMENTS"),
    Route(
        "POST", "/api/product-segments/{id}/compute/", "segments.handlers:compute_product_segment"
    ),
    *objects("/api/pim/products/", "products.handlers"),
    Route("POST", "/api/pim/products/bulk/", "products.handlers:bulk_upsert"),
    Route("GET", "/api/pim/schema/", "products.schema:get"),
    Route("PUT", "/api/pim/schema/", "products.schema:replace"),
    Route("GET", "/api/pim/facets/", "products.schema:facets"),
    Route("GET", "/api/pim/import/", "products.imports:list_all"),
    Route(
        "POST",
        "/api/pim/import/csv/",
        "products.imports:upload",
        prepare="products.imports:receive_upload",
    ),
    Route("GET", "/api/pim/import/{id}/", "products.imports:get"),
    Route("POST", "/api/pim/import/{id}/confirm/", "products.imports:confirm"),
    Route("POST", "/api/pim/products/{id}/score/", "products.scoring:start"),
    Route("GET", "/api/pim/products/{id}/score/", "products.scoring:get"),
    Route("POST", "/api/pim/score-all/", "products.scoring:start_all"),
    *objects("/api/ai-reach/queries/", "queries.handlers"),
    Route("POST", "/api/ai-reach/queries/{id}/run/", "queries.runs:run"),
    Route("GET", "/api/ai-reach/queries/{id}/results/", "queries.runs:results"),
    Route("POST", "/api/ai-reach/simulate/", "queries.runs:simulate", reads=True, locks=True),
    Route("GET", "/api/ai-reach/dashboard/", "queries.visibility:dashboard"),
    Route("GET", "/api/ai-reach/win-rate/", "queries.visibility:win_rate"),
    *without_replace(objects("/api/ai-reach/competitors/", "queries.brands")),
    Route("GET", "/api/ai-pages/query", "products.search:find", locks=True),
    *objects("/api/ai-pages/pages/", "pages.handlers"),
    Route("POST", "/api/ai-pages/pages/bulk-generate/", "pages.handlers:bulk_generate"),
    Route("POST", "/api/ai-pages/pages/{id}/regenerate/", "pages.handlers:regenerate"),
    Route("POST", "/api/ai-pages/pages/{id}/build/", "pages.handlers:build"),
    Route("POST", "/api/ai-pages/pages/{id}/publish/", "pages.handlers:publish"),
    Route("POST", "/api/ai-pages/pages/{id}/export/", "pages.exports:start"),
    Route("GET", "/api/ai-pages/pages/{id}/export/", "pages.exports:status"),
    Route("GET", "/api/ai-pages/exports/{id}/download/", "pages.exports:download"),
    Route(
        "GET",
        "/api/ai-pages/public/pages/{text}/{text}/",
        "pages.handlers:get_public",
        locks=True,
        public=True,
    ),
    Route("GET", "/api/openapi.json", "openapi.document:get", public=True),
    Route("POST", "/api/auth/token/", "access.handlers:token", public=True, replays=False),
    Route(
        "POST", "/api/auth/token/refresh/", "access.handlers:refresh", public=True, replays=False
    ),
    Route("GET", "/api/auth/api-keys/", "access.handlers:list_keys"),
    Route("POST", "/api/auth/api-keys/", "access.handlers:create_key", replays=False),
    Route("DELETE", "/api/auth/api-keys/{id}/", "access.handlers:delete_key"),
    Route("POST", "/api/auth/session/", "access.handlers:session", replays=False),
    Route("POST", "/api/ingestion/track/", "people.ingestion:track"),
    Route("POST", "/api/ingestion/track/batch/", "people.ingestion:track_batch"),
    *objects("/api/schemas/", "schemas.event_schemas"),
    Route("POST", "/api/schemas/infer/", "schemas.event_schemas:infer", reads=True),
    Route("POST", "/api/schemas/validate/", "schemas.event_schemas:validate", reads=True),
    Route(
        "POST", "/api/ingestion/shopify/{text}/", "people.ingestion:receive_shopify", public=True
    ),
    Route("GET", "/api/analytics/overview/", "analytics.handlers:overview"),
    Route("GET", "/api/analytics/segments/", "analytics.handlers:segments"),
    Route("GET", "/api/analytics/overlap/", "analytics.handlers:overlap"),
    Route("GET", "/api/analytics/activations/", "analytics.handlers:activations"),
    Route("GET", "/api/analytics/usage/", "analytics.handlers:usage"),
    *objects("/api/activations/", "activations.handlers"),
    Route("POST", "/api/activations/{id}/sync/", "activations.handlers:sync"),
    *without_replace(objects("/api/webhooks/", "webhooks.handlers")),
    Route("POST", "/api/identity/alias/", "people.users:alias"),
    Route("POST", "/api/identity/merge/", "people.users:merge"),
    Route("GET", "/api/explorer/users/", "people.users:search"),
    Route("GET", "/api/explorer/users/{text}/", "people.users:get"),
    Route("GET", "/api/explorer/users/{text}/events/", "people.users:events"),
    Route("GET", "/api/explorer/users/{text}/segments/", "people.users:segments"),
    Route(
        "GET",
        "/api/explorer/users/{text}/segments/{id}/explain/",
        "people.explain:explain",
    ),
    Route("POST", "/api/explorer/sandbox/publish/", "people.explain:publish", reads=True),
)


class Match(NamedTuple):
    """A route and the decoded parameters of the path."""

    route: Route
    params: tuple[Any, ...]


def find(method: str, path: str) -> Match:
    """Find the route of a call; the path is split before it is decoded.

    Raises:
        ApiRefusal: 404, there is no such path; 405, the path does not allow this method.
    """
    methods, params = _methods(path)
    route = methods.get(method)
    if route is None:
        raise wrong_method(method, ", ".join(sorted(methods)))
    return Match(route, params)


def allowed(path: str) -> list[str]:
    """Return the methods a path allows.

    Raises:
        ApiRefusal: 404, there is no such path.
    """
    return sorted(_methods(path)[0])


def is_open(method: str, path: str) -> bool:
    """Whether a call needs no key."""
    try:
        return find(method, path).route.public
    except ApiRefusal:
        return False


def handler(name: str) -> Any:
    """Import a handler by its name in the table."""
    module, _, attribute = name.partition(":")
    return attrgetter(attribute)(import_module(_ROOMS + module))


def _methods(path: str) -> tuple[dict[str, Route], tuple[Any, ...]]:
    parts = [unquote(part) for part in _split(path)]
    for shape, methods in _table().get(len(parts), {}).items():
        params = tuple(_params(shape, parts))
        if None not in params:
            return methods, params
    raise not_found()


def _params(shape: tuple[str, ...], parts: list[str]) -> Iterator[Any]:
    """Yield each parameter's value, or None if a part does not match."""
    for expected, text in zip(shape, parts, strict=True):
        if expected == "{id}":
            is_id = text.isascii() and text.isdigit() and len(text) < 19
            yield int(text) if is_id else None
        elif expected == "{text}":
            yield text or None
        elif expected != text:
            yield None
            return


@cache
def _table() -> dict[int, dict[tuple[str, ...], dict[str, Route]]]:
    """Routes by the number of parts, then by shape, then by method.

    Shapes are in the order to try: a fixed word takes precedence over `{id}` (contract §2.2,
    preview).
    """
    table: dict[int, dict[tuple[str, ...], dict[str, Route]]] = {}
    for route in sorted(ROUTES, key=lambda route: route.path.count("{")):
        shape = _split(route.path)
        table.setdefault(len(shape), {}).setdefault(shape, {})[route.method] = route
    return table


def _split(path: str) -> tuple[str, ...]:
    """Split a path; a trailing slash makes no difference."""
    return tuple(path.removeprefix("/").removesuffix("/").split("/"))
