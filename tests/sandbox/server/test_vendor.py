"""The vendor's ingestion SDK and command line, unchanged, against a served sandbox.

Skipped where they are not installed: `pip install segops segops-admin`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segops_tui.sandbox.core.admission import PublicKey, key_mark
from segops_tui.sandbox.core.app import Call, Sandbox
from segops_tui.sandbox.server.serve import serving

SECRET = "sk_test_secret"
PUBLIC = "pk_test_shop"
HMAC_SECRET = "0a" * 32


@pytest.fixture
def served(sandbox_path: Path) -> Iterator[tuple[str, Sandbox]]:
    """The address without `/api`, as the vendor's packages want it, and what is behind it."""
    keys = (PublicKey(key_mark(PUBLIC), (), HMAC_SECRET),)
    with (
        Sandbox(sandbox_path, keys=frozenset({SECRET}), public_keys=keys, pace=0) as sandbox,
        serving(sandbox) as address,
    ):
        yield address.removesuffix("/api"), sandbox


def user(sandbox: Sandbox, user_id: str) -> dict[str, Any]:
    headers = {"x-api-key": SECRET}
    answer = sandbox.answer(Call("GET", f"/api/explorer/users/{user_id}/", (), headers))
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_the_ingestion_sdk_sends_batches_with_a_secret_key(served: tuple[str, Sandbox]) -> None:
    segops = pytest.importorskip("segops")
    address, sandbox = served
    errors: list[BaseException] = []

    with segops.SegOpsClient(address, SECRET, on_error=errors.append, batch_size=2) as client:
        client.identify(user_id="ann", traits={"plan": "pro"})
        client.track(user_id="ann", event_type="order_placed", payload={"total": 42})
        client.track(segops.Event(user_id="ann", event_type="page_viewed"))

    assert errors == []
    assert user(sandbox, "ann")["event_count"] == 3
    assert user(sandbox, "ann")["properties"] == {"plan": "pro"}


def test_the_ingestion_sdk_starts_sessions_with_a_public_key(served: tuple[str, Sandbox]) -> None:
    """A visitor browses, then logs in: the signed session takes the visitor's past along."""
    segops = pytest.importorskip("segops")
    address, sandbox = served
    errors: list[BaseException] = []
    who = {"now": segops.UserContext(anonymous_id="v1")}

    with segops.SegOpsClient(
        address, PUBLIC, get_user=lambda: who["now"], batch=False, on_error=errors.append
    ) as client:
        client.track(user_id="anybody", event_type="page_viewed")
        signed = segops.sign_user_id(HMAC_SECRET, "ann")
        who["now"] = segops.UserContext(anonymous_id="v1", **signed)
        client.reset_session()
        client.track(user_id="anybody", event_type="order_placed")

    assert errors == []
    assert user(sandbox, "ann")["event_count"] == 2


def test_the_ingestion_sdk_mints_anew_when_its_session_is_refused(
    served: tuple[str, Sandbox],
) -> None:
    segops = pytest.importorskip("segops")
    address, sandbox = served
    errors: list[BaseException] = []

    with segops.SegOpsClient(
        address,
        PUBLIC,
        get_user=lambda: segops.UserContext(anonymous_id="v1"),
        batch=False,
        on_error=errors.append,
    ) as client:
        client.track(user_id="x", event_type="page_viewed")
        with sandbox.store.writing() as connection:
            connection.execute("UPDATE settings SET value = 'other' WHERE key = 'signer'")
        client.track(user_id="x", event_type="page_viewed")

    assert errors == []
    assert user(sandbox, "anon_v1")["event_count"] == 2


def commands(folder: Path, csv: Path) -> list[str]:
    """Every command of the vendor's, on the objects that the test makes."""

    def file(name: str, value: Any) -> Path:
        path = folder / f"{name}.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        return path

    segment = file("segment", {"name": "Made by the vendor's command"})
    product = file("products", [{"sku": "B-1", "name": "Lamp", "price": 5}])
    query = file("query", {"query_text": "best lamp", "providers": ["chatgpt"]})
    payload = file("payload", {"total": 5})
    return [
        f"products import {csv}",
        f"products bulk-upsert {product}",
        f"segments create {segment}",
        "segments list --page_size=5",
        "segments get 1",
        "segments recompute 1",
        "segments members 1 --page_size 5",
        "segments membership ann",
        "segments export 1 --format=csv",
        "segments delete 2",
        "products list",
        "products get 1",
        "products score 1",
        "products score-all",
        "products facets",
        "schemas list",
        f"schemas validate order_placed {payload}",
        "activations list",
        "activations sync 1",
        "queries list",
        "queries run 1",
        f"queries simulate {query}",
        "queries dashboard",
        "pages list",
        "pages get 1",
        "pages regenerate 1",
        "pages publish 1",
        "pages export 1 --format=html",
        "users search --q an",
        "users get ann",
        "users events ann --limit 2",
        "analytics overview",
        "analytics usage",
    ]


OBJECTS = {
    "/api/segments/": {
        "name": "Buyers",
        "definition": {
            "logic": "AND",
            "conditions": [{"type": "monetary", "operator": "gte", "value": 200}],
        },
    },
    "/api/activations/": {
        "segment": 1,
        "connector_type": "klaviyo",
        "config": {"list_id": "L1", "api_key": "not-a-key"},
    },
    "/api/ai-reach/queries/": {"query_text": "best lamp"},
    "/api/ai-pages/pages/": {"slug": "lamps", "query": 1},
    "/api/ingestion/track/": {"user_id": "ann", "event_type": "order_placed"},
}


def test_every_command_of_the_vendors_runs(
    served: tuple[str, Sandbox],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cli = pytest.importorskip("segops_admin._cli")
    address, sandbox = served
    monkeypatch.setenv("SEGOPS_API_KEY", SECRET)
    monkeypatch.setenv("SEGOPS_API_URL", f"{address}/api")
    (tmp_path / "catalogue.csv").write_text("sku,name,price\nA-1,Chair,5.50\n")
    for path, body in OBJECTS.items():
        content = json.dumps(body).encode()
        answer = sandbox.answer(Call("POST", path, (), {"x-api-key": SECRET}, content))
        assert answer.status in {201, 202}, answer.body
    listed = commands(tmp_path, tmp_path / "catalogue.csv")
    assert {" ".join(line.split()[:2]) for line in listed} == set(cli.COMMANDS)

    for line in listed:
        sandbox.settle()
        code = cli.main(line.split())
        said = capsys.readouterr()
        assert (code, said.err) == (0, ""), line
        assert json.loads(said.out) is not None
