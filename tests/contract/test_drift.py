"""The endpoint list, the clients, the sandbox's routes and the commands, held against each other.

`endpoints.json` is the project's own list of what the API has, without the dashboard's log-in.
"""

from __future__ import annotations

import inspect
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segops_tui.api.endpoint import Resource, download, endpoint, listing
from segops_tui.api.errors import ServerFailed
from segops_tui.api.exchange import Attempt, Reply
from segops_tui.api.namespaces import NAMESPACES, Namespaces
from segops_tui.api.request import Request, Upload
from segops_tui.cli.commands.commands import ANY, program_reference
from segops_tui.cli.core.program import Root
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.sandbox.core import routes

LINKS = {("GET", "/api/ai-pages/exports/{id}/download/")}
"""PolledWork from a link an answer gave; the contract names no address for them (§8.2)."""

HERE = Path(__file__).resolve().parent
ENDPOINTS: list[dict[str, Any]] = json.loads((HERE / "endpoints.json").read_text(encoding="utf-8"))
SHARED = HERE.parents[2] / "shared" / "contract" / "endpoints.json"

READING_POSTS = {
    "/api/segments/preview/",
    "/api/segments/{id}/estimate/",
    "/api/schemas/infer/",
    "/api/schemas/validate/",
    "/api/ai-reach/simulate/",
    "/api/explorer/sandbox/publish/",
}
"""POSTs that leave the workspace as it was; a guard lets them pass."""

FILL: dict[str, Any] = {
    "file": Upload(open=lambda: io.BytesIO(b""), filename="x.csv"),
    "definition": {},
    "payload": {},
    "config": {},
    "schema": {},
    **dict.fromkeys(("products", "events", "fields", "properties"), ()),
}


class Unsent(Namespaces[Any]):
    """A client that is only asked what it would send."""

    is_async = False


def declared() -> Iterator[tuple[str, Any, Resource[Any]]]:
    """Every endpoint of every namespace."""
    client = Unsent()
    for noun in NAMESPACES:
        resource = getattr(client, noun)
        for verb, value in inspect.getmembers(type(resource)):
            if isinstance(value, endpoint | listing | download):
                yield f"{noun}.{verb}", value, resource


def build(value: Any, resource: Resource[Any], text: str) -> Request[Any]:
    """The request an endpoint makes of arguments that fit, `text` being every id."""
    subjects: list[Any] = []
    named: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(value.build).parameters.items())[1:]:
        if parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[name] = FILL.get(name, text)
        else:
            subjects.append(FILL.get(name, text))
    request: Request[Any] = value.build(resource, *subjects, **named)
    return request


CALLS = {name: build(value, resource, "7") for name, value, resource in declared()}


def matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", template), path) is not None


def test_every_namespace_with_a_list_iterates() -> None:
    lists = {name.partition(".")[0] for name in CALLS if name.endswith(".list")}

    assert len(lists) == 9
    assert {f"{noun}.iterate" for noun in lists} <= CALLS.keys()


async def test_iterating_walks_every_page(caller: Any) -> None:
    """Five segments in pages of two."""
    for number in range(5):
        await caller(lambda c, n=number: c.segments.create(name=f"s{n}"))

    segments = await caller.all(lambda c: c.segments.iterate(page_size=2))

    assert [segment.name for segment in segments] == ["s0", "s1", "s2", "s3", "s4"]


def test_every_endpoint_has_a_client_method() -> None:
    sent = {(request.method, "/api" + request.path) for request in CALLS.values()}

    assert without(sent) == []


def without(calls: set[tuple[str, str]]) -> list[str]:
    """The endpoints of the list that none of the calls (method, path) asks for."""
    return [
        f"{entry['method']} {entry['path']}"
        for entry in ENDPOINTS
        if not any(m == entry["method"] and matches(entry["path"], p) for m, p in calls)
    ]


def test_every_client_method_is_in_the_list_and_reads_exactly_where_it_should() -> None:
    for name, request in CALLS.items():
        if any(request.method == m and matches(p, "/api" + request.path) for m, p in LINKS):
            continue

        templates = {
            e["path"]
            for e in ENDPOINTS
            if e["method"] == request.method and matches(e["path"], "/api" + request.path)
        }

        assert templates, f"{name}: the list has no such endpoint"
        if request.method == "POST":
            assert request.reads == bool(READING_POSTS & templates), name


def test_every_endpoint_has_a_route_in_the_sandbox_with_and_without_the_last_slash() -> None:
    for entry in ENDPOINTS:
        path = re.sub(r"\{[a-z_]+\}", "7", entry["path"])
        for spelling in (path.removesuffix("/"), path.removesuffix("/") + "/"):
            found = routes.find(entry["method"], spelling)
            assert callable(routes.handler(found.route.handler)), spelling


NAMED_ROUTES = [
    route
    for route in routes.ROUTES
    if (route.method, route.path) not in LINKS
    and not route.path.startswith(("/api/auth/", "/api/openapi.json"))
]


def test_every_route_is_in_the_list() -> None:
    for route in NAMED_ROUTES:
        path = re.sub(r"\{(id|text)\}", "7", route.path)

        assert any(e["method"] == route.method and matches(e["path"], path) for e in ENDPOINTS), (
            f"{route.method} {route.path}"
        )


def test_a_route_that_is_only_followed_exists() -> None:
    assert {(route.method, route.path) for route in routes.ROUTES} >= LINKS


def test_client_and_sandbox_agree_on_what_only_reads() -> None:
    """The guard lets pass what the sandbox takes no lock for, and nothing else."""
    for name, request in CALLS.items():
        route = routes.find(request.method, f"/api{request.path}").route

        assert route.is_read is not request.mutates, name


def test_every_endpoint_has_a_command() -> None:
    sent = {
        (call["method"], "/api" + call["path"])
        for command in program_reference(Root())["commands"]
        for call in command["endpoints"]
        if call["call"] != ANY
    }

    assert without(sent) == []


class Refusing:
    """A transport that remembers what it was given and says no."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    def send(self, attempt: Attempt) -> Reply:
        self.attempts.append(attempt)
        return Reply(500, {}, b"", 0.0)


class AsyncRefusing(Refusing):
    """The same, awaited."""

    async def send(self, attempt: Attempt) -> Reply:  # type: ignore[override]
        return super().send(attempt)


async def test_every_mutation_and_nothing_else_carries_an_idempotency_key() -> None:
    pipeline = Pipeline(Policy(max_retries=0))
    for name, request in CALLS.items():
        blocking, awaited = Refusing(), AsyncRefusing()

        with pytest.raises(ServerFailed):
            SegOpsAdmin(transport=blocking, pipeline=pipeline).send(request)  # type: ignore[arg-type]
        with pytest.raises(ServerFailed):
            await AsyncSegOpsAdmin(transport=awaited, pipeline=pipeline).send(request)  # type: ignore[arg-type]

        for [attempt] in (blocking.attempts, awaited.attempts):
            key = attempt.headers.get("Idempotency-Key")
            assert (key is not None and len(key) == 36) is request.mutates, name


def test_a_method_is_there_in_both_colours() -> None:
    for client in (SegOpsAdmin, AsyncSegOpsAdmin):
        opened = client(transport=Refusing(), pipeline=Pipeline(Policy()))  # type: ignore[arg-type]
        for name in CALLS:
            noun, _, verb = name.partition(".")
            assert callable(getattr(getattr(opened, noun), verb)), name


def with_an_id() -> list[tuple[str, Any, Resource[Any]]]:
    """Every endpoint whose path has an argument in it."""
    found = [each for each in declared() if "7" in CALLS[each[0]].path]
    assert len(found) > 50
    return found


def test_every_path_quotes_its_arguments() -> None:
    for name, value, resource in with_an_id():
        for text in ("../x", "a/b", "%2F", "a?b#c", "é [x]"):
            quoted = build(value, resource, text).path

            assert quoted.count("/") == CALLS[name].path.count("/"), (name, text)
            assert not set(quoted) & set("?# []é"), (name, text)


def test_an_empty_id_is_refused_before_anything_is_sent() -> None:
    for _, value, resource in with_an_id():
        with pytest.raises(ValueError, match="not a valid id"):
            build(value, resource, "")


@pytest.mark.skipif(not SHARED.exists(), reason="the maintainers' copy is not here")
def test_the_list_is_the_contracts_but_for_the_dashboards_log_in() -> None:
    shared = json.loads(SHARED.read_text(encoding="utf-8"))

    assert [e for e in shared if e["resource"] not in {"auth", "api_keys"}] == ENDPOINTS
