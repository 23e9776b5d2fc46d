"""Rejected rows come back as they were, with the reason, and never overwrite a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.jobs.engine.download import Target
from segops_tui.jobs.engine.errors import WouldOverwrite
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.imports.report import write_rejected
from segops_tui.jobs.registry import plan_of, resume

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.ledger import Ledger


def written(path: Path, why: dict[int, str], to: Path, **further: Any) -> str:
    write_rejected(path, check_csv(path, **further).layout, why, to)
    return to.read_bytes().decode()


def test_a_row_is_the_files_own_text_and_one_cell_more(
    catalogue: Callable[..., Path], tmp_path: Path
) -> None:
    path = catalogue(
        "sku,name", 'A,"Say ""hi"""', "", 'B,"two\nlines"', "C,  blanks  ", name="a.csv"
    )

    text = written(path, {1: "bad, very", 2: "worse"}, tmp_path / "out.csv")

    assert text == ('sku,name,reason\nA,"Say ""hi""","bad, very"\nB,"two\nlines",worse\n')


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", ""), ("utf-8-sig", "\ufeff"), ("utf-16", "\ufeff"), ("latin-1", "")],
)
def test_any_encoding_comes_back_as_utf8(
    catalogue: Callable[..., Path], tmp_path: Path, encoding: str, mark: str
) -> None:
    path = catalogue("sku;name", "A;Äpfel", "B;Öl", encoding=encoding)

    text = written(path, {2: "no"}, tmp_path / "out.csv")

    assert text == f"{mark}sku;name;reason\nB;Öl;no\n"


def test_a_short_row_is_filled_up_and_windows_line_ends_stay(
    tmp_path: Path, catalogue: Callable[..., Path]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"sku,name,brand\r\nA\r\nB,x,y")

    text = written(path, {1: "short", 2: "last"}, tmp_path / "out.csv")

    assert text == "sku,name,brand,reason\r\nA,,,short\r\nB,x,y,last\n"


def test_a_header_that_was_repaired_is_written_repaired(
    catalogue: Callable[..., Path], tmp_path: Path
) -> None:
    path = catalogue('"sku,name"', "A,x")

    text = written(path, {1: "no"}, tmp_path / "out.csv", repair=True)

    assert text == "sku,name,reason\nA,x,no\n"


def test_an_existing_file_is_refused_and_kept(
    catalogue: Callable[..., Path], tmp_path: Path, ledger: Ledger
) -> None:
    path, to = catalogue("sku,name", "A,x"), tmp_path / "out.csv"
    to.write_text("mine")

    with pytest.raises(WouldOverwrite):
        start_import(ledger, path=path, profile="sandbox", errors_to=Target(to))
    with pytest.raises(WouldOverwrite):
        write_rejected(path, check_csv(path).layout, {1: "no"}, to)

    assert to.read_text() == "mine"
    assert ledger.list() == []


def test_an_import_writes_its_rejected_rows_over_all_its_parts(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], tmp_path: Path, unix: Any
) -> None:
    path = catalogue("sku,name", "A,1", ",2", "C,3", "D,4", ",5")
    to = tmp_path / "out.csv"
    job = start_import(ledger, path=path, profile="sandbox", part_rows=2, errors_to=Target(to))

    done = run_job(plan_of(job), job, client, ledger, clock=unix)

    assert to.read_text().splitlines() == [
        "sku,name,reason",
        ",2,sku: This field is required.",
        ",5,sku: This field is required.",
    ]
    assert done.result["errors_written"] == done.result["rejected"] == 2
    assert done.result["errors_to"] == str(to)


def test_an_import_interrupted_before_it_wrote_them_writes_them_when_resumed(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], tmp_path: Path, unix: Any
) -> None:
    path, to = catalogue("sku,name", "A,1", ",2"), tmp_path / "out.csv"
    job = start_import(ledger, path=path, profile="sandbox", errors_to=Target(to))

    def interrupt(job: Any) -> None:
        if job.stage == "writing rejected rows" and job.state == "running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=interrupt)
    assert not to.exists()
    taken, plan = resume(ledger, job.id)
    run_job(plan, taken, client, ledger, clock=unix)

    assert len(to.read_text().splitlines()) == 2
