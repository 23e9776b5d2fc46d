"""OpenAPI 3.1, made of the table of routes, the handlers' docstrings and the bodies they take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from segops_tui._version import __version__
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.routes import ROUTES, handler
from segops_tui.sandbox.openapi.bodies import COMPONENTS, QUERIES, body_of

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.core.routes import Route
    from segops_tui.sandbox.openapi.bodies import Schema

_TEXTS: Final = {
    "explorer": ("user_id",),
    "ingestion": ("tenant_slug",),
    "ai-pages": ("tenant_slug", "page_slug"),
}
"""The names of the text parameters of a path, by its first word."""
_ERRORS: Final = {"400": "Refused: see the body.", "404": "No such object."}
_REFUSALS: Final = {"401": "No key, or an unknown one.", "403": "The key does not allow this."}
_FILE: Final = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
_ACCEPTED: Final = ("/compute/", "/sync/", "/regenerate/", "/bulk-generate/", "/score-all/")


def get(_context: SandboxContext, _call: Call) -> Answer:
    """Return this description."""
    return answer(document())


def document() -> dict[str, Any]:
    """Return the description of the sandbox's API."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        path, parameters = _path(route)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, path, parameters)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SegOps sandbox",
            "version": __version__,
            "description": "The API of the local server that segops-tui ships with.",
        },
        "servers": [{"url": "/"}],
        "security": [{"ApiKey": []}, {"Bearer": []}, {"XApiKey": []}],
        "paths": paths,
        "components": {
            "schemas": COMPONENTS,
            "securitySchemes": {
                "ApiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`ApiKey sk_…`",
                },
                "XApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _path(route: Route) -> tuple[str, list[dict[str, Any]]]:
    """Return the path with a name for each of its parameters, and the parameters."""
    words = route.path.removeprefix("/api/").split("/")
    texts = iter(_TEXTS.get(words[0], ()))
    parameters: list[dict[str, Any]] = []

    def name(found: re.Match[str]) -> str:
        is_text = found[0] == "{text}"
        named = next(texts) if is_text else "segment_id" if "{text}" in route.path else "id"
        schema: Schema = {"type": "string", "minLength": 1}
        if not is_text:
            schema = {"type": "integer", "minimum": 1}
        parameters.append({"name": named, "in": "path", "required": True, "schema": schema})
        return f"{{{named}}}"

    return re.sub(r"\{(id|text)\}", name, route.path), parameters


def _operation(route: Route, path: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    arguments = QUERIES.get(route.path, {}) if route.method == "GET" else {}
    asked = [
        {
            "name": name.removesuffix("!"),
            "in": "query",
            "required": name.endswith("!"),
            "schema": schema,
        }
        for name, schema in arguments.items()
    ]
    steps = [step.strip("{}") for step in path.removeprefix("/api/").strip("/").split("/")]
    operation: dict[str, Any] = {
        "operationId": "_".join([route.method.lower(), *steps]).replace("-", "_").replace(".", "_"),
        "summary": (handler(route.handler).__doc__ or "").partition("\n")[0].rstrip("."),
        "tags": [steps[0]],
        "parameters": [*parameters, *asked],
        "responses": _responses(route),
    }
    body = body_of(route)
    if route.path.endswith("/import/csv/"):
        operation["requestBody"] = {"content": {"multipart/form-data": {"schema": _FILE}}}
    elif body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    if route.public:
        operation["security"] = []
    return operation


def _responses(route: Route) -> dict[str, Any]:
    status = "204" if route.method == "DELETE" else "200"
    is_new = route.method == "POST" and f"{route.path}{{id}}/" in _PATHS
    if is_new or route.path.endswith("/csv/"):
        status = "201"
    elif route.method == "POST" and (
        route.path.endswith((*_ACCEPTED, "/export/", "/score/", "/build/", "/confirm/"))
        or "/track/" in route.path
    ):
        status = "202"
    problems = _ERRORS if route.public else {**_ERRORS, **_REFUSALS}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    media = "*/*" if route.path.endswith("/download/") else "application/json"
    good: dict[str, Any] = {"description": "Done."}
    if status != "204":
        good["content"] = {media: {"schema": {}}}
    return {
        status: good,
        **{code: {"description": said, "content": error} for code, said in problems.items()},
    }


_PATHS: Final = {route.path for route in ROUTES}
