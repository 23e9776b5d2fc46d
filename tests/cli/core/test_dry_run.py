"""--dry-run: every change is shown as the request it would be, and none is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

CHANGES = {
    "segments create --set name=x": ("POST", "/segments/"),
    "segments update 1 --set name=x": ("PATCH", "/segments/1/"),
    "segments delete 1 2": ("DELETE", "/segments/1/"),
    "segments recompute 1": ("POST", "/segments/1/compute/"),
    "segments duplicate 1": ("POST", "/segments/"),
    "product-segments duplicate 1": ("POST", "/product-segments/"),
    "segments restore 2 1": ("PATCH", "/segments/2/"),
    "segments changes 1": ("POST", "/segments/1/compute/"),
    "segments recompute 1 --changes": ("POST", "/segments/1/compute/"),
    "segments recompute --all-segments": ("POST", "/compute/"),
    "segments recompute 1 --no-wait": ("POST", "/segments/1/compute/"),
    "segments export 1 --to members.csv": ("POST", "/segments/1/export/"),
    "segments export 1 --to -": ("POST", "/segments/1/export/"),
    "product-segments create --set name=x --set definition={}": ("POST", "/product-segments/"),
    "product-segments update 1 --set name=x": ("PATCH", "/product-segments/1/"),
    "product-segments delete 1": ("DELETE", "/product-segments/1/"),
    "product-segments recompute 1": ("POST", "/product-segments/1/compute/"),
    "products create --set sku=x --set name=x": ("POST", "/pim/products/"),
    "products update 1 --set name=x": ("PATCH", "/pim/products/1/"),
    "products delete 1": ("DELETE", "/pim/products/1/"),
    "products import sample.csv": ("POST", "/pim/import/csv/"),
    "products bulk-upsert bulk.json": ("POST", "/pim/products/bulk/"),
    "products score 1": ("POST", "/pim/products/1/score/"),
    "products score-all": ("POST", "/pim/score-all/"),
    "products schema --replace schema.json": ("PUT", "/pim/schema/"),
    "events track --set user_id=u --set event_type=e": ("POST", "/ingestion/track/"),
    "events batch events.ndjson": ("POST", "/ingestion/track/batch/"),
    "events shopify shop --topic orders/create --secret-env SHOP_SECRET order.json": (
        "POST",
        "/ingestion/shopify/shop/",
    ),
    "schemas create --set event_type=x --set properties=[]": ("POST", "/schemas/"),
    "schemas update 1 --set description=x": ("PATCH", "/schemas/1/"),
    "schemas update 1 --replace --set event_type=x --set properties=[]": ("PUT", "/schemas/1/"),
    "schemas delete 1": ("DELETE", "/schemas/1/"),
    "activations create --set segment=1 --set connector_type=klaviyo --set config.list_id=x": (
        "POST",
        "/activations/",
    ),
    "activations update 1 --set status=active": ("PATCH", "/activations/1/"),
    "activations delete 1": ("DELETE", "/activations/1/"),
    "activations sync 1": ("POST", "/activations/1/sync/"),
    "identity alias anon_1 u_00001": ("POST", "/identity/alias/"),
    "identity merge u_00001 u_00003": ("POST", "/identity/merge/"),
    "queries create --set query_text=x": ("POST", "/ai-reach/queries/"),
    "queries update 1 --set is_active=false": ("PATCH", "/ai-reach/queries/1/"),
    "queries delete 1": ("DELETE", "/ai-reach/queries/1/"),
    "queries run 1": ("POST", "/ai-reach/queries/1/run/"),
    "competitors create --set name=x": ("POST", "/ai-reach/competitors/"),
    "competitors update 1 --set name=x": ("PATCH", "/ai-reach/competitors/1/"),
    "competitors delete 1": ("DELETE", "/ai-reach/competitors/1/"),
    "pages create --set slug=x": ("POST", "/ai-pages/pages/"),
    "pages update 1 --set title=x": ("PATCH", "/ai-pages/pages/1/"),
    "pages delete 1": ("DELETE", "/ai-pages/pages/1/"),
    "pages generate": ("POST", "/ai-pages/pages/bulk-generate/"),
    "pages regenerate 1": ("POST", "/ai-pages/pages/1/regenerate/"),
    "pages build 1": ("POST", "/ai-pages/pages/1/build/"),
    "pages publish 4": ("POST", "/ai-pages/pages/4/publish/"),
    "pages export 1 --to page.html": ("POST", "/ai-pages/pages/1/export/"),
    "webhooks create --set url=https://hooks.example.com": ("POST", "/webhooks/"),
    "webhooks update 1 --set is_active=true": ("PATCH", "/webhooks/1/"),
    "webhooks delete 1": ("DELETE", "/webhooks/1/"),
    "api DELETE /segments/1/": ("DELETE", "/segments/1/"),
    "api POST /segments/ -f name=x": ("POST", "/segments/"),
}


def test_a_change_is_shown_and_not_sent(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_bytes: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample.csv").write_bytes(sample_bytes)
    (tmp_path / "bulk.json").write_text('[{"sku": "x", "name": "x"}]')
    (tmp_path / "order.json").write_text("{}")
    program.environ["SHOP_SECRET"] = "shop"
    (tmp_path / "schema.json").write_text('{"fields": []}')
    (tmp_path / "events.ndjson").write_text('{"user_id": "u", "event_type": "e"}\n')
    for line, (method, path) in CHANGES.items():
        ended = program(*line.split(), "--dry-run")

        assert ended.code == 0, (line, ended.err)
        shown = (ended.data if isinstance(ended.data, dict) else ended.data[0])["dry_run"]
        assert list(shown) == ["method", "url", "body", "idempotency_key"], line
        assert shown["method"] == method, line
        assert shown["url"].startswith("sandbox:/"), line
        assert shown["url"].endswith(path), line
        assert len(shown["idempotency_key"]) == 36, line

    assert program("jobs", "list", "-o", "json").data == []


def test_a_change_of_several_objects_is_shown_for_each(program: Program) -> None:
    def urls(*args: str) -> list[str]:
        told = program(*args, "--dry-run").data
        return [each["dry_run"]["url"].removeprefix("sandbox:") for each in told]

    assert urls("segments", "delete", "1", "2", "3") == [f"/segments/{n}/" for n in (1, 2, 3)]
    assert urls("segments", "recompute", "3", "1") == [
        "/segments/3/compute/", "/segments/1/compute/",
    ]  # fmt: skip
    assert urls("pages", "publish", "4", "5") == [f"/ai-pages/pages/{n}/publish/" for n in (4, 5)]
    assert program("jobs", "list", "-o", "json").data == []


HERE = {
    "sandbox reset": "delete the sandbox at ",
    "jobs forget --all": "forget 0 jobs",
    "profiles add staging --key-env STAGING_KEY": "add profile staging",
    "profiles use sandbox": "make sandbox the default profile",
    "config edit": "edit ",
    "config set output json": "set output in ",
}


@pytest.mark.parametrize("line", HERE)
def test_a_change_to_this_machine_is_shown_or_refused_like_any_other(
    program: Program, line: str
) -> None:
    shown = program(*line.split(), "--dry-run")
    refused = program(*line.split(), "--read-only", "--yes")

    assert (shown.code, refused.code) == (0, 2)
    assert shown.data["dry_run"]["change"].startswith(HERE[line])
    assert f"--read-only: did not {HERE[line]}" in refused.err
    assert not program.config.exists()


def test_nothing_of_it_all_arrived(program: Program) -> None:
    """The sandbox that the changes above were not sent to is as it was seeded."""
    segments = program("segments", "list", "-o", "json").data
    products = program("products", "list", "--limit", "1")

    assert [segment["name"] for segment in segments].count("x") == 0
    assert len(segments) == 14
    assert "of 421" in products.err


def test_what_only_reads_is_carried_out(program: Program) -> None:
    assert program("segments", "estimate", "1", "--dry-run", "-o", "json").data["matched_users"]


def test_a_body_is_shown_as_it_would_be_sent(program: Program) -> None:
    ended = program(
        "segments", "update", "1", "--set", "definition.b=1", "--set", "definition.c=x", "--dry-run"
    )

    assert ended.data["dry_run"]["body"] == {"definition": {"b": 1, "c": "x"}}


def test_a_query_belongs_to_the_url(program: Program) -> None:
    ended = program("api", "POST", "/segments/?a=1%202", "--dry-run")

    assert ended.data["dry_run"]["url"] == "sandbox:/segments/?a=1+2"
