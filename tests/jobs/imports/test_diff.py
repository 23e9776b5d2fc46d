"""A diff tells what an import will do: it is right when the import has done just that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.jobs.engine.async_runner import run_part_async
from segops_tui.jobs.engine.runner import run_job, run_part
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.diff import Diff, canonical, compare
from segops_tui.jobs.imports.mapping import decide_mapping, guess_mapping
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part

FIELDS = [
    {"name": "price", "type": "price", "required": False},
    {"name": "stock", "type": "number", "required": False},
    {"name": "tags", "type": "array", "required": False},
]


@pytest.fixture
def file(catalogue: Callable[..., Path]) -> Path:
    return catalogue(
        "sku,name,price,stock,tags",
        'A,Apple,"€2.00",5,"fruit, red"',
        'B,Bread,"$3.50",07,baked',
        "C,Corn,4,,",
        ",nobody,1,1,x",
        "C,Corn two,4,,",
    )


@pytest.fixture
def stocked(client: Any) -> None:
    client.products.replace_schema(fields=FIELDS, default_currency="EUR")
    client.products.bulk_upsert(
        [
            {
                "sku": "A",
                "name": "Apple",
                "price": {"amount": 2, "currency": "EUR"},
                "stock": 5.0,
                "tags": ["fruit", "red"],
            },
            {"sku": "B", "name": "Bread", "price": {"amount": 9, "currency": "USD"}, "stock": 7},
            {"sku": "Z", "name": "Zucchini"},
        ]
    )


def diffed(path: Path, **further: Any) -> Part[Diff]:
    check = check_csv(path)
    review = decide_mapping(check, suggested=guess_mapping(check), existing_fields=FIELDS)
    return compare(path, check.layout, review, **further)


@pytest.mark.usefixtures("stocked")
def test_it_counts_new_changed_and_unchanged_products(client: Any, file: Path) -> None:
    found = run_part(diffed(file), client)

    assert (found.new, found.changed, found.unchanged, found.untouched) == (1, 1, 1, 1)
    assert (found.rows, found.repeated, found.rejected) == (5, 1, 1)
    assert dict(found.fields) == {"price": 1, "tags": 1}
    assert found.summary == "1 new, 1 changed (price 1 and tags 1), 1 unchanged, 1 will be rejected"


@pytest.mark.usefixtures("stocked")
def test_after_the_import_nothing_is_left_to_change(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any
) -> None:
    path = catalogue(
        "sku,name,price,stock,tags", 'A,Apple,"€2.50",5,red', "N,Nut,4,1,a", "B,Bread 2,,8,"
    )
    job = start_import(ledger, path=path, profile="sandbox")
    before = run_part(diffed(path), client)

    done = run_job(plan_of(job), job, client, ledger, clock=unix)
    after = run_part(diffed(path), client)

    assert (before.new, before.changed) == (done.result["created"], done.result["updated"])
    assert (after.new, after.changed, after.unchanged) == (0, 0, 3)


@pytest.mark.usefixtures("stocked")
async def test_awaited_it_comes_to_the_same(client: Any, async_client: Any, file: Path) -> None:
    assert await run_part_async(diffed(file), async_client) == run_part(diffed(file), client)


@pytest.mark.usefixtures("stocked")
def test_it_tells_how_far_it_is(client: Any, file: Path) -> None:
    heard: list[tuple[str, int, int | None]] = []

    run_part(diffed(file, progress=lambda *word: heard.append(word)), client)

    assert heard[0] == ("catalogue", 3, 3)
    assert heard[-1] == ("file", file.stat().st_size, file.stat().st_size)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("price", "1.299,00 €", {"amount": 1299, "currency": "EUR"}),
        ("price", "12.50", {"amount": 12.5, "currency": "EUR"}),
        ("number", "1,000", 1000.0),
        ("number", "100", 1e2),
        ("boolean", "Yes", True),
        ("array", "b, a", ["b", "a"]),
        ("array", '["b", "a"]', ["b", "a"]),
        ("multi_price", "$5", [{"amount": 5, "currency": "USD"}]),
        ("datetime", "2026-06-01T12:00:00Z", "2026-06-01T12:00:00+00:00"),
        ("string", " x ", "x"),
        ("string", "12", 12),
    ],
)
def test_spellings_of_one_value_are_alike(kind: str, one: Any, other: Any) -> None:
    spelled = canonical(one, kind, currency="EUR")

    assert spelled == canonical(other, kind, currency="EUR") != ""


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("price", "5 €", {"amount": 5, "currency": "USD"}),
        ("number", "1.5", 15),
        ("string", "007", 7),
        ("boolean", "no", True),
    ],
)
def test_values_that_differ_are_not_alike(kind: str, one: Any, other: Any) -> None:
    assert canonical(one, kind, currency="EUR") != canonical(other, kind, currency="EUR")
