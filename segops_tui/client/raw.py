"""Raw requests: any call the API has and no resource wraps, with the same guard and retries."""

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
        """Send a call and return its decoded JSON; `path` is relative to the base URL.

        Raises:
            ValueError: `path` names a host, climbs with `..`, or has a query or a fragment.
        """
        return Request(method, plain_path(path), parse=raw_json, query=query or {}, body=body)


def plain_path(path: str) -> str:
    """Check that a path stays below the base URL; a missing first slash is added.

    Raises:
        ValueError: it names a host, climbs with `..`, or has a query, a fragment or a space.
    """
    path = "/" + path.removeprefix("/")
    if path.startswith("/api/"):
        path = path.removeprefix("/api")
    if path.startswith("//") or "://" in path or "\\" in path:
        raise ValueError(f"the path must not name a host: {path!r}")
    if any(part in {".", ".."} for part in path.split("/")):
        raise ValueError(f"the path must not contain '.' or '..' segments: {path!r}")
    if any(character in "?#" or not "!" <= character <= "~" for character in path):
        raise ValueError(
            f"the path must be percent-encoded and without a query or fragment: {path!r}"
        )
    return path
