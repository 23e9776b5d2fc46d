"""How a file is to be read: what the user chooses wins over what the file looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.files.options import BY_EVIDENCE, ReadOptions
from segops_tui.jobs.imports.plan import read_options, start_import
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
