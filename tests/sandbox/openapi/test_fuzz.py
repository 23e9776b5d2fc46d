"""No input breaks the sandbox: calls made of its own description, and of what it rules out.

`tests/tools/fuzz.py` does the same with schemathesis, over HTTP and for minutes.
"""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from segops_tui.sandbox.core.app import Call, Sandbox
from segops_tui.sandbox.openapi.document import document

DOCUMENT = document()
COMPONENTS = DOCUMENT["components"]["schemas"]
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
ODD: list[Any] = [
    None, True, 0, -1, 2**63, -(2**70), 10**400, 1e308, -1e-308, 1.5, "", " ", "\0",
    "a\0b", "\ud800",
    "é" * 300, "x" * 20_000, "1", "9" * 400, "nan", "0001-01-01T00:00:00+14:00", "2024-02-30",
    "../../etc", "%", "'; DROP TABLE users; --", "$.a", "(a+)+$", "[", [], {}, [[]],
    [None], {"": ""},
    {"a": {"b": {"c": [1e308, 1e308]}}}, [{"type": "event_count"}], ["x"] * 600,
]  # fmt: skip
WORDS = ["u_1", "type_1", "sandbox", "page-1", "price", "total", "K1", "2024-01-01", "~", "é"]


def sample(schema: dict[str, Any], rng: random.Random, depth: int = 0) -> Any:
    """A value of a schema, in which about one part in ten is something else."""
    if rng.random() < 0.1:
        return rng.choice(ODD)
    if "$ref" in schema:
        return sample(COMPONENTS[schema["$ref"].rpartition("/")[2]], rng, depth)
    if "anyOf" in schema:
        return sample(rng.choice(schema["anyOf"]), rng, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type", "object")
    match rng.choice(kind) if isinstance(kind, list) else kind:
        case "object":
            named = schema.get("properties")
            if named is None:
                return {name: rng.choice(WORDS) for name in rng.sample(WORDS, 2)}
            wanted = schema.get("required", ())
            return {
                name: sample(each, rng, depth + 1)
                for name, each in named.items()
                if rng.random() < (0.95 if name in wanted else 0.5)
            }
        case "array":
            count = schema.get("minItems", 0) + rng.randrange(3)
            return [sample(schema["items"], rng, depth + 1) for _ in range(count)]
        case "integer":
            return rng.randrange(1, 9)
        case "number":
            return rng.choice((0, 1, 2.5, 30, 1e6))
        case "boolean":
            return rng.random() < 0.5
        case "null":
            return None
    return rng.choice(WORDS)


def text(value: Any) -> str:
    """A value as a query or a path has it."""
    return value if isinstance(value, str) else json.dumps(value)


def call(rng: random.Random) -> Call:
    """Any call that the description has, or nearly."""
    method, path, operation = rng.choice(OPERATIONS)
    query = []
    for parameter in operation["parameters"]:
        value = sample(parameter["schema"], rng)
        if parameter["in"] == "path":
            # Percent-encoded as a client would; what no client can write is left out.
            quoted = "".join(f"%{octet:02X}" for octet in text(value).encode("utf-8", "replace"))
            path = path.replace(f"{{{parameter['name']}}}", quoted or "%20")
        elif parameter["required"] or rng.random() < 0.5:
            query.append((parameter["name"], text(value)))
    body = b""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = json.dumps(sample(content["application/json"]["schema"], rng)).encode()
        if rng.random() < 0.02:
            body = body[: rng.randrange(len(body) + 1)]
    return Call(method, path, tuple(query), {}, body)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with objects that the ids of the calls name."""
    path = Path(__file__).parents[2] / "tools" / "fuzz.py"
    spec = importlib.util.spec_from_file_location("segops_tests_fuzz", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    file = tmp_path_factory.mktemp("filled") / "sandbox.sqlite3"
    with Sandbox(file, pace=0) as sandbox:
        tool.fill(sandbox, kept=9, doomed=0)
    return file


@pytest.mark.parametrize("seed", range(4))
def test_no_call_is_answered_with_a_failure(
    filled: Path, tmp_path: Path, clock: Any, seed: int
) -> None:
    rng = random.Random(seed)
    shutil.copytree(filled.parent, tmp_path / "copy")
    with Sandbox(tmp_path / "copy" / filled.name, clock=clock, pace=0) as sandbox:
        for number in range(300):
            made = call(rng)
            answer = sandbox.answer(made)
            assert answer.status < 500, (number, made, answer.body)
            if answer.body:
                json.loads(answer.body)
            clock.advance(1)


def test_a_query_that_utf_8_cannot_write_breaks_nothing(ask: Any) -> None:
    """As a terminal hands on bytes that are no text."""
    ask.track(("ann", "x"))

    for path in ("/api/explorer/users/?q=\udcff", "/api/pim/products/?q=\udcff&brand=\udcff"):
        assert ask.ok("GET", path)["results"] == []
    assert ask.ok("GET", "/api/segments/membership/?user_id=\udcff")["segments"] == []


@pytest.mark.parametrize("depth", [199, 200, 986, 5_000, 200_000])
def test_a_body_is_refused_when_it_is_nested_deeper_than_can_be_stored(
    ask: Any, depth: int
) -> None:
    """Between what can just be read and what can just be written lay an exception."""
    nested = "[" * (depth - 1) + "]" * (depth - 1)
    body = f'{{"user_id": "ann", "event_type": "x", "payload": {{"p": {nested}}}}}'

    answer = ask("POST", "/api/ingestion/track/", raw=body.encode())

    assert answer.status == (202 if depth < 200 else 400)
    if depth < 200:
        assert ask("GET", "/api/explorer/users/ann/events/").status == 200
    else:
        assert "nested too deeply" in json.loads(answer.body)["detail"]
