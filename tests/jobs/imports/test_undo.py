"""Undoing an import: what it created goes, what it changed comes back, the rest stays."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.request import Upload
from segops_tui.jobs.engine.runner import run_job, run_part
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.diff import compare
from segops_tui.jobs.imports.errors import CannotUndo
from segops_tui.jobs.imports.mapping import preview_mapping
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.imports.undo import start_undo, survey
from segops_tui.jobs.imports.undo_copy import UndoCopy, copy_path, sweep_copies
from segops_tui.jobs.registry import plan_of, resume

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger

BEFORE = [
    {"sku": "A", "name": "Apple", "data": {"brand": "Fern", "stock": 5}},
    {"sku": "B", "name": "Bread", "data": {"brand": "Oak"}},
    {"sku": "Z", "name": "Zest", "data": {}},
]
ROWS = (
    "sku,name,brand,season",
    "A,Avocado,Moss,winter",
    "B,Bread,Oak,",
    "C,Corn,Fern,",
    "D,Dill,,",
)


def catalogue_of(client: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    return {p.sku: (p.name, dict(p.data)) for p in client.products.list()}


@pytest.fixture
def imported(
    client: Any,
    ledger: Ledger,
    catalogue: Callable[..., Path],
    unix: Any,
    clock: Any,
    tmp_path: Path,
) -> Callable[..., tuple[Job, Path | None]]:
    """Import the rows into a catalogue of three, keeping a copy or not."""

    def run(*, keep: bool, part_rows: int = 100) -> tuple[Job, Path | None]:
        client.products.bulk_upsert(BEFORE)
        clock.advance(minutes=1)
        path = catalogue(*ROWS)
        job = start_import(ledger, path=path, profile="sandbox", part_rows=part_rows)
        copy_at = copy_path(tmp_path, job.id) if keep else None
        if copy_at is not None:
            check = check_csv(path)
            copy = UndoCopy.create(copy_at)
            run_part(compare(path, check.layout, preview_mapping(check), copy=copy), client)
            copy.close()
        return run_job(plan_of(job), job, client, ledger, clock=unix), copy_at

    return run


def undo(client: Any, ledger: Ledger, job: Job, unix: Any, **further: Any) -> Job:
    undoing = start_undo(ledger, imports=job.result["imports"], profile="sandbox", **further)
    return run_job(plan_of(undoing), undoing, client, ledger, clock=unix)


@pytest.mark.parametrize("part_rows", [100, 2])
def test_with_a_copy_the_catalogue_is_as_it_was(
    client: Any, ledger: Ledger, imported: Any, unix: Any, part_rows: int
) -> None:
    """In one upload or in several."""
    job, copy = imported(keep=True, part_rows=part_rows)
    found = run_part(survey(job.result["imports"], copy), client)

    done = undo(client, ledger, job, unix, copy=copy)

    assert found.summary == "delete 2 created products and restore 1 changed product"
    assert found.remarks == []
    assert done.summary == "2 deleted, 1 restored"
    assert catalogue_of(client) == {p["sku"]: (p["name"], p["data"]) for p in BEFORE}


def test_without_a_copy_only_what_was_created_goes_and_that_is_said(
    client: Any, ledger: Ledger, imported: Any, unix: Any
) -> None:
    job, _ = imported(keep=False)
    found = run_part(survey(job.result["imports"], None), client)

    done = undo(client, ledger, job, unix)

    assert found.summary == "delete 2 created products"
    assert "2 rows updated products of which no copy was kept" in found.remarks[0]
    assert done.summary == "2 deleted, 0 restored"
    assert sorted(catalogue_of(client)) == ["A", "B", "Z"]
    assert catalogue_of(client)["A"][0] == "Avocado"
    with pytest.raises(CannotUndo, match="no copy of those products was kept"):
        run_part(survey(job.result["imports"], None), client)


def test_what_was_changed_since_is_left_alone_unless_forced(
    client: Any, ledger: Ledger, imported: Any, unix: Any, clock: Any
) -> None:
    job, copy = imported(keep=True)
    clock.advance(hours=1)
    by_sku = {p.sku: p.id for p in client.products.list()}
    client.products.update(by_sku["A"], name="Mine")
    client.products.update(by_sku["C"], name="Mine too")

    left = undo(client, ledger, job, unix, copy=copy)
    then = catalogue_of(client)
    forced = undo(client, ledger, job, unix, copy=copy, force=True)

    assert left.summary == "1 deleted, 0 restored, 2 changed since and left"
    assert (then["A"][0], then["C"][0], "D" in then) == ("Mine", "Mine too", False)
    assert forced.summary == "1 deleted, 1 restored"
    assert catalogue_of(client) == {p["sku"]: (p["name"], p["data"]) for p in BEFORE}


def test_products_created_by_others_meanwhile_are_not_guessed_at(
    client: Any, ledger: Ledger, imported: Any, catalogue: Callable[..., Path], unix: Any
) -> None:
    """Two imports in the same second: without a copy nobody knows whose a product is."""
    job, _ = imported(keep=False)
    other = start_import(ledger, path=catalogue("sku", "X", name="x.csv"), profile="sandbox")
    run_job(plan_of(other), other, client, ledger, clock=unix)

    with pytest.raises(CannotUndo, match="3 products were created while import 1 ran"):
        run_part(survey(job.result["imports"], None), client)


def test_an_import_that_still_waits_has_nothing_to_undo(
    client: Any, catalogue: Callable[..., Path]
) -> None:
    path = catalogue("sku", "X")
    upload = Upload(open=lambda: path.open("rb"), filename="x.csv", size=path.stat().st_size)
    waiting = client.products.import_csv(upload)

    with pytest.raises(CannotUndo, match="mapping"):
        run_part(survey([waiting.id], None), client)


def test_an_undoing_that_was_interrupted_goes_on(
    client: Any, ledger: Ledger, imported: Any, unix: Any
) -> None:
    job, copy = imported(keep=True)
    undoing = start_undo(ledger, imports=job.result["imports"], profile="sandbox", copy=copy)
    plan = plan_of(undoing)
    calls: list[str] = []

    def interrupt(progress: Any) -> None:
        calls.append(progress.stage)
        if calls.count("undoing") == 2:
            raise KeyboardInterrupt

    ticking = count(unix()).__next__
    with pytest.raises(KeyboardInterrupt):
        run_job(plan, undoing, client, ledger, clock=ticking, report=interrupt)
    assert len(catalogue_of(client)) == 4
    taken, plan = resume(ledger, undoing.id)
    done = run_job(plan, taken, client, ledger, clock=unix)

    assert done.summary == "2 deleted, 1 restored"
    assert catalogue_of(client) == {p["sku"]: (p["name"], p["data"]) for p in BEFORE}


def test_a_copy_is_private_and_goes_with_its_job(
    ledger: Ledger, imported: Any, tmp_path: Path
) -> None:
    job, copy = imported(keep=True)
    assert copy is not None
    assert copy.stat().st_mode & 0o077 == 0

    sweep_copies(tmp_path, ledger.list(limit=-1), now=job.created_at)
    assert copy.exists()
    sweep_copies(tmp_path, ledger.list(limit=-1), now=job.created_at + 31 * 86_400)

    assert not copy.exists()
