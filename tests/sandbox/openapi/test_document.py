"""The description the sandbox publishes has every route, and every field of the contract."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from segops_tui.sandbox.core.routes import ROUTES
from segops_tui.sandbox.openapi.bodies import BODIES, QUERIES, body_of
from segops_tui.sandbox.openapi.document import document

ENDPOINTS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "contract" / "endpoints.json").read_text(encoding="utf-8")
)
DOCUMENT = document()
BODYLESS = (
    "/estimate/", "/compute/", "/score/", "/score-all/", "/run/", "/regenerate/", "/sync/",
    "pages/{id}/publish/", "/import/csv/",
)  # fmt: skip
"""How the paths of POSTs end that take no JSON body."""


def bare(path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "{}", path)


OPERATIONS = {
    (method, bare(path)): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def test_every_route_is_described_once_with_words_and_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(OPERATIONS) == len(ROUTES) == len(set(names))
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
    assert all(operation["summary"] for operation in OPERATIONS.values())


def test_every_route_that_may_take_a_body_says_which() -> None:
    for route in ROUTES:
        takes_none = route.method in {"GET", "DELETE"} or route.path.endswith(BODYLESS)

        assert (body_of(route) is None) is takes_none, f"{route.method} {route.path}"


def test_no_body_or_query_is_described_that_no_route_takes() -> None:
    assert BODIES.keys() <= {f"{route.method} {route.path}" for route in ROUTES}
    assert QUERIES.keys() <= {route.path for route in ROUTES if route.method == "GET"}


def test_the_contracts_fields_and_arguments_are_described() -> None:
    for entry in ENDPOINTS:
        name = f"{entry['method']} {entry['path']}"
        operation = OPERATIONS[entry["method"].lower(), bare(entry["path"])]
        asked = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
        assert {query for query in entry["query"] if not query.startswith("<")} <= asked, name
        if isinstance(entry["body"], dict):
            content = operation["requestBody"]["content"]
            [schema] = [each["schema"] for each in content.values()]
            if "$ref" in schema:
                schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            assert entry["body"].keys() <= schema["properties"].keys(), name
            assert set(entry["success"]) & {int(code) for code in operation["responses"]}, name


def test_it_is_served_to_anybody(ask: Any) -> None:
    assert ask.ok("GET", "/api/openapi.json") == DOCUMENT
