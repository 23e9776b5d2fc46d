"""Run schemathesis over the sandbox's own OpenAPI description: no answer may be a 5xx.

    python tests/tools/fuzz.py [CASES] [SEED]

`st` is found on PATH, or named by $SCHEMATHESIS; it is no dependency of the project (`pip install
schemathesis` in an environment of its own). The sandbox is filled first, and the ids in the
description are those it has, so that few calls end at a 404.
"""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segops_tui.sandbox.core.admission import Caller
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.calls import Answer, Call, UploadedFile
from segops_tui.sandbox.openapi.document import document
from segops_tui.sandbox.server.serve import serving

KEPT, DOOMED = 12, 300
"""Objects of each kind: those all calls use, and those a DELETE may have."""
USERS = [f"u_{number}" for number in range(12)]
RULE = {
    "logic": "AND",
    "conditions": [
        {"type": "monetary", "operator": "gte", "value": 100},
        {"type": "user_property", "property": "email", "operator": "matches_regex", "value": "@"},
    ],
}
OBJECTS: dict[str, Any] = {
    "/api/segments/": lambda n: {"name": f"S{n}", "definition": RULE},
    "/api/product-segments/": lambda n: {"name": f"P{n}"},
    "/api/pim/products/": lambda n: {"sku": f"K{n}", "name": f"Lamp {n}", "data": {"price": n}},
    "/api/schemas/": lambda n: {"event_type": f"type_{n}", "properties": [{"name": "a"}]},
    "/api/ai-reach/queries/": lambda n: {"query_text": f"best lamp {n}"},
    "/api/ai-reach/competitors/": lambda n: {"name": f"Brand {n}"},
    "/api/ai-pages/pages/": lambda n: {"slug": f"page-{n}", "query": 1 + n % 8},
    "/api/activations/": lambda n: {
        "segment": 1 + n % 8,
        "connector_type": "klaviyo",
        "config": {"list_id": f"L{n}", "api_key": "not-a-key"},
    },
    "/api/webhooks/": lambda n: {"url": "http://127.0.0.1:9/x", "is_active": False},
    "/api/auth/api-keys/": lambda n: {"name": f"Key {n}"},
}


class Counting:
    """A sandbox whose answers are counted, and whose failures are kept."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []

    def answer(self, call: Call, /) -> Answer:
        """Answer, and note an answer that must not be."""
        try:
            answer = self.sandbox.answer(call)
        except Exception as error:
            self.statuses[500] += 1
            self.failures.append(f"{call.method} {call.path} {call.body[:500]!r}: {error!r}")
            raise
        self.statuses[answer.status] += 1
        if answer.status >= 500:
            self.failures.append(f"{call.method} {call.path} {call.body[:500]!r} {answer.body!r}")
        return answer

    def admit(self, method: str, path: str, headers: Mapping[str, str], /) -> Caller:
        """Return who calls."""
        return self.sandbox.admit(method, path, headers)

    def tick(self) -> bool:
        """Run the work that is due."""
        return self.sandbox.tick()

    def close(self) -> None:
        """Close the sandbox."""
        self.sandbox.close()


def fill(sandbox: Sandbox, *, kept: int = KEPT, doomed: int = DOOMED) -> None:
    """Make the objects that the calls are about."""

    def ask(path: str, body: Any = None) -> dict[str, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        answer = sandbox.answer(Call("POST", path, (), {}, content))
        assert answer.status < 300, (path, answer.body)
        made: dict[str, Any] = json.loads(answer.body)
        return made

    for user in USERS:
        for number in range(6):
            event = {"user_id": user, "event_type": f"type_{number}", "payload": {"total": number}}
            ask("/api/ingestion/track/", event)
    for path, make in OBJECTS.items():
        for number in range(1, 1 + kept + doomed):
            ask(path, make(number))
    for number in range(1, 1 + kept):
        ask(f"/api/segments/{number}/compute/")
        ask(f"/api/pim/products/{number}/score/")
        ask(f"/api/segments/{number}/export/")
        ask(f"/api/ai-pages/pages/{number}/build/")
    sandbox.settle()
    for number in range(1, 1 + kept):
        ask(f"/api/ai-pages/pages/{number}/export/")
        csv = io.BytesIO(b"Handle,Title,Price\nA-1,Chair,5.50\nA-2,Lamp,7\n")
        upload = UploadedFile("catalogue.csv", "text/csv", csv)
        assert sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=upload)).status == 201
    sandbox.settle()


def with_ids(described: dict[str, Any]) -> dict[str, Any]:
    """Name the ids that exist as the only ones."""
    changed = copy.deepcopy(described)
    for methods in changed["paths"].values():
        for method, operation in methods.items():
            for parameter in operation["parameters"]:
                if parameter["name"] == "user_id":
                    parameter["schema"] = {"type": "string", "enum": USERS}
                elif parameter["name"] == "tenant_slug":
                    parameter["schema"] = {"type": "string", "enum": ["sandbox"]}
                elif parameter["name"] == "page_slug":
                    parameter["schema"] = {"type": "string", "enum": ["page-1", "page-2"]}
                elif parameter["name"] == "page":
                    parameter["schema"] = {"type": "integer", "enum": [1, 2]}
                elif (
                    parameter["name"] in {"export_id", "segment_id"} and parameter["in"] == "query"
                ):
                    parameter["schema"] = {"type": "integer", "enum": list(range(1, KEPT))}
                elif parameter["schema"].get("type") == "integer" and parameter["in"] == "path":
                    ids = range(KEPT + 1, KEPT + DOOMED) if method == "delete" else range(1, KEPT)
                    parameter["schema"] = {"type": "integer", "enum": list(ids)}
    return changed


def main(cases: int = 20_000, seed: int = 1) -> int:
    """Fuzz; return 1 if anything answered 5xx."""
    program = os.environ.get("SCHEMATHESIS") or shutil.which("st")
    if program is None:
        print("schemathesis is not installed: pip install schemathesis", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        described = with_ids(document())
        count = sum(len(methods) for methods in described["paths"].values())
        schema = Path(folder) / "openapi.json"
        schema.write_text(json.dumps(described))
        with Sandbox(Path(folder) / "sandbox.sqlite3", pace=0) as sandbox:
            fill(sandbox)
            counting = Counting(sandbox)
            with serving(counting) as address:
                subprocess.run(
                    [program, "run", str(schema), "--url", address.removesuffix("/api"),
                     "--checks", "not_a_server_error",
                     "--max-examples", str(-(-cases // count)), "--seed", str(seed),
                     "--phases", "examples,coverage,fuzzing", "--continue-on-failure",
                     "--suppress-health-check", "all", "--no-color"],
                    cwd=folder, check=False, stdout=sys.stderr,
                )  # fmt: skip
            statuses, failures = counting.statuses, counting.failures
    total = sum(statuses.values())
    print(f"{total:,} cases: " + ", ".join(f"{n:,} × {s}" for s, n in sorted(statuses.items())))
    for failure in failures[:40]:
        print(failure)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
