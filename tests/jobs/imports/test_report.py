"""Rejected rows come back as they were, with the reason, and never overwrite a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.jobs.engine.download import Target
from segops_tui.jobs.engine.errors import WouldOverwrite
from segops_tui.jobs.engine.runner import run_job, run_part
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.errors import FileChanged
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.imports.rejected import write_rejected
from segops_tui.jobs.imports.report import save_rejected
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


def test_the_reasons_of_a_mended_file_are_replaced_and_not_added_again(
    tmp_path: Path, catalogue: Callable[..., Path]
) -> None:
    path = catalogue(
        "sku,name,reason",
        'A,"x, y","old, and more"',
        "B",
        "C,z,",
        "D,1,2,still too many",
        name="a.csv",
    )
    to = tmp_path / "out.csv"
    why = dict.fromkeys((1, 2, 3, 4), "new")

    write_rejected(path, check_csv(path).layout, why, to, has_reasons=True)

    assert to.read_text().splitlines() == [
        "sku,name,reason",
        'A,"x, y",new',
        "B,,new",
        "C,z,new",
        "D,1,2,new",
    ]


def test_a_mended_file_is_imported_without_its_reasons(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], tmp_path: Path, unix: Any
) -> None:
    """The loop: import, mend what was rejected, import again, mend the rest."""
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    path = catalogue("sku,name,price", "A,Apple,1", "B,Bread,cheap", "C,Corn,dear")

    def imported(path: Path, to: Path) -> Any:
        job = start_import(ledger, path=path, profile="sandbox", errors_to=Target(to))
        return run_job(plan_of(job), job, client, ledger, clock=unix)

    imported(path, first)
    first.write_text(first.read_text().replace("cheap", "2"))
    again = imported(first, second)

    assert again.result["rejected"] == 1
    assert [field.name for field in client.products.schema().fields] == ["price"]
    assert second.read_text().splitlines() == [
        "sku,name,price,reason",
        'C,Corn,dear,"price: ""dear"" is not a price."',
    ]


def test_a_rejected_row_is_named_by_the_line_an_editor_shows(
    client: Any, ledger: Ledger, tmp_path: Path, unix: Any
) -> None:
    path = tmp_path / "a.csv"
    path.write_text('\nsku,name\nA,"two\nlines"\n\n,x\nB,y\n\n,"z\nz"\n,w\n')
    job = start_import(ledger, path=path, profile="sandbox", part_rows=2)

    done = run_job(plan_of(job), job, client, ledger, clock=unix)

    assert [(e["line"], e["row"]) for e in done.result["errors"]] == [(6, 2), (9, 4), (11, 5)]
    text = path.read_text().splitlines()
    assert [text[e["line"] - 1][0] for e in done.result["errors"]] == [",", ",", ","]


def test_rejected_rows_are_saved_after_the_import_and_all_of_them(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], tmp_path: Path, unix: Any
) -> None:
    """The ledger keeps 1,000 reasons; the server knows the rest."""
    path, to = (
        catalogue("sku,name", *(f",{n}" for n in range(1, 1201)), "A,x"),
        tmp_path / "out.csv",
    )
    job = start_import(ledger, path=path, profile="sandbox")
    done = run_job(plan_of(job), job, client, ledger, clock=unix)

    written = run_part(save_rejected(done, Target(to)), client)

    assert len(done.result["errors"]) == 1000
    assert written == 1200
    assert to.read_text().splitlines()[-1] == ",1200,sku: This field is required."
    with pytest.raises(WouldOverwrite):
        run_part(save_rejected(done, Target(to)), client)
    path.write_text("other")
    with pytest.raises(FileChanged):
        run_part(save_rejected(done, Target(to, force=True)), client)


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
