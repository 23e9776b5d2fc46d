"""The escape hatch: any call the API has and this package does not wrap.

Knows nothing of any endpoint; the guard, retries and idempotency keys apply all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.endpoint import C_co, Resource, endpoint
from segops_tui.api.request import Method, Request, raw_json

if TYPE_CHECKING:
    from collections.abc import Mapping


class Http(Resource[C_co]):
    """Calls by method and path."""

    @endpoint
    def request(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, str | int | float | None] | None = None,
        body: Any = None,
    ) -> Request[Any]:
        """Send a call and answer its decoded JSON; `path` is relative to the base address.

        Raises:
            ValueError: `path` is not a plain path: it names a host, climbs, or has a query.
        """
        return Request(method, plain_path(path), parse=raw_json, query=query or {}, body=body)


def plain_path(path: str) -> str:
    """Check that a path stays below the base address; a missing first slash is added.

    Raises:
        ValueError: it names a host, climbs with `..`, or has a query, a fragment or a blank.
    """
    path = "/" + path.removeprefix("/")
    if path.startswith("/api/"):
        path = path.removeprefix("/api")
    if path.startswith("//") or "://" in path or "\\" in path:
        raise ValueError(f"a path is expected, not an address: {path!r}")
    if any(part in {".", ".."} for part in path.split("/")):
        raise ValueError(f"a path may not climb: {path!r}")
    if any(character in "?#" or not "!" <= character <= "~" for character in path):
        raise ValueError(f"a quoted path without a query is expected: {path!r}")
    return path
