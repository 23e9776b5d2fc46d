"""How a file is to be read: what the user chooses wins over what the file looks like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports import deciding, plan
from segops_tui.jobs.imports.check import check_csv, with_identifier
from segops_tui.jobs.imports.deciding import read_options
from segops_tui.jobs.imports.errors import MappingNeeded
from segops_tui.jobs.imports.files.options import BY_EVIDENCE, ReadOptions
from segops_tui.jobs.imports.findings import CsvCheck
from segops_tui.jobs.imports.mapping import MappingOverrides
from segops_tui.jobs.imports.plan import choose_mapping, start_import
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.jobs.engine.ledger import Ledger


@pytest.mark.parametrize(
    ("lines", "options", "cells"),
    [
        (("sku,name", "A,Žluťoučký"), ReadOptions(encoding="cp1250"), ("A", "Žluťoučký")),
        (("sku;a,b;c", "A;1,2;x"), ReadOptions(delimiter=","), ("A;1", "2;x")),
        (("sku\tname", 'A\t"Big" tee'), ReadOptions(quoting="none"), ("A", '"Big" tee')),
        (("sku,name", r'A,"a \"b\", c"'), ReadOptions(quoting="backslash"), ("A", 'a "b", c')),
        (("sku,name", "A,'Lamp, red'"), ReadOptions(quoting="single"), ("A", "Lamp, red")),
    ],
)
def test_a_file_is_read_as_the_user_says(
    catalogue: Callable[..., Path],
    lines: tuple[str, ...],
    options: ReadOptions,
    cells: tuple[str, ...],
) -> None:
    path = catalogue(*lines, encoding=options.encoding or "utf-8")

    assert check_csv(path, read=options).samples == (cells,)


def test_the_ledger_keeps_what_was_chosen_and_nothing_else(
    ledger: Ledger, catalogue: Callable[..., Path]
) -> None:
    chosen = ReadOptions(encoding="cp1250", header_line=0)

    job = start_import(ledger, path=catalogue("sku,name", "A,Tee"), profile="p", read=chosen)

    assert chosen.to_json() == {"encoding": "cp1250", "header_line": 0}
    assert read_options(ledger.get(job.id)) == chosen
    assert ReadOptions.from_json({}) == BY_EVIDENCE


def test_a_check_survives_the_ledger(catalogue: Callable[..., Path]) -> None:
    lines = ["A,Tee,12.50,x", 'B,Cap,"1.299,00 €",=1', "A,Hat,gratis,8.9E+12"]
    check = check_csv(catalogue("sku,name,price,note", *lines))

    assert CsvCheck.from_json(json.loads(json.dumps(check.to_json()))) == check


def test_a_file_is_checked_once(
    ledger: Ledger,
    catalogue: Callable[..., Path],
    client: SegOpsAdmin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A million rows take seconds, and nothing new is found the second time."""
    path = catalogue("sku,name", "A,Tee", "B,Cap")
    check = check_csv(path)
    monkeypatch.setattr(plan, "check_csv", None)
    monkeypatch.setattr(deciding, "recheck_key", None)

    job = start_import(ledger, path=path, profile="sandbox", review=True, check=check)
    with pytest.raises(MappingNeeded):
        run_job(plan_of(job), job, client, ledger, report=lambda _job: None)
    job = choose_mapping(ledger, job.id, MappingOverrides())
    done = run_job(plan_of(job), job, client, ledger, report=lambda _job: None)

    assert done.result["created"] == 2
    assert done.params["check"] is None


def test_the_values_of_another_column_are_counted_without_a_second_check(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue("sku,Handle", "A,x", "B,x", "C,")

    found = with_identifier(path, check_csv(path), "Handle").identifiers["Handle"]

    assert found == check_csv(path, key="Handle").identifiers["Handle"]
    assert (found.rows, found.empty, found.distinct) == (3, 1, 1)


def test_what_was_chosen_is_what_arrives(
    ledger: Ledger, catalogue: Callable[..., Path], client: SegOpsAdmin
) -> None:
    path = catalogue("sku\tname", 'A\t"Big" tee', "B\tŽlutý", encoding="cp1250")
    chosen = ReadOptions(encoding="cp1250", quoting="none")

    job = start_import(ledger, path=path, profile="sandbox", read=chosen)
    done = run_job(plan_of(job), job, client, ledger, report=lambda _job: None)

    assert done.result["created"] == 2
    names = {product.sku: product.name for product in client.products.list()}
    assert names == {"A": '"Big" tee', "B": "Žlutý"}
