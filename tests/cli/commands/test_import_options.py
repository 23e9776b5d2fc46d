"""`products import -`, `--errors`, `--force` and `--diff`: what is written, told and refused."""

from __future__ import annotations

import csv
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from segops_tui.sandbox.products.imports import SLICE_ROWS
from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

TWO = "sku,name\nTEE-1,Plain tee\nMUG-1,Big mug\n"


@pytest.fixture
def sample(tmp_path: Path, sample_bytes: bytes) -> Path:
    file = tmp_path / "sample.csv"
    file.write_bytes(sample_bytes)
    return file


def test_a_catalogue_comes_through_a_pipe(changing: Program) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.stdout.write({TWO!r})"], stdout=subprocess.PIPE
    ) as feed:
        done = subprocess.run(
            [sys.executable, "-m", "segops_tui", "products", "import", "-", "--yes"],
            stdin=feed.stdout,
            capture_output=True,
            text=True,
            env={**clean_environment(), "SEGOPS_TUI_HOME": str(changing.home)},
            timeout=240,
            check=False,
        )

    assert (done.returncode, done.stdout) == (0, "2 rows: 2 created, 0 updated, 0 rejected\n")
    assert "standard input: 2 rows, 2 columns" in done.stderr
    assert [job["title"] for job in changing("jobs", "list", "-o", "json").data] == [
        "import standard input"
    ]
    assert list((changing.home / "state" / "spool").iterdir()) == []


def test_standard_input_needs_nobody_to_ask_where_every_column_maps_cleanly(
    changing: Program,
) -> None:
    ended = changing("products", "import", "-", input=TWO)

    assert (ended.code, ended.out) == (0, "2 rows: 2 created, 0 updated, 0 rejected\n")
    assert list((changing.home / "state" / "spool").iterdir()) == []


def test_standard_input_that_is_no_catalogue_is_named_and_not_kept(changing: Program) -> None:
    ended = changing("products", "import", "-", "--yes", input="")

    assert (ended.code, ended.out) == (2, "")
    assert "standard input is empty" in ended.err
    assert list((changing.home / "state" / "spool").iterdir()) == []


def test_an_import_from_standard_input_that_was_let_go_of_is_taken_up_again(
    changing: Program,
) -> None:
    # More than the sandbox takes in one look: with fewer a slow machine has nothing to let go of.
    rows = 2 * SLICE_ROWS + 1
    many = "sku,name\n" + "".join(f"SKU-{number},Thing {number}\n" for number in range(rows))
    changing("products", "import", "-", "--yes", "--no-wait", input=many)
    [job] = changing("jobs", "list", "-o", "json").data
    kept = list((changing.home / "state" / "spool").iterdir())

    resumed = changing("jobs", "resume", job["id"], "-o", "json")

    assert (job["state"], len(kept)) == ("detached", 1)
    assert (resumed.code, resumed.data["result"]["created"]) == (0, rows)
    assert list((changing.home / "state" / "spool").iterdir()) == []


def test_a_file_for_rejected_rows_is_not_replaced_unasked(
    changing: Program, sample: Path, tmp_path: Path
) -> None:
    rejected = tmp_path / "rejected.csv"
    rejected.write_text("mine\n")
    words = ("products", "import", str(sample), "--yes", "--errors", str(rejected))

    refused = changing(*words)
    kept = rejected.read_text()
    forced = changing(*words, "--force", "-o", "json")

    assert (refused.code, kept) == (2, "mine\n")
    assert "--force" in refused.err
    assert (forced.code, forced.data["errors_written"]) == (6, 3)
    with rejected.open(newline="") as file:
        assert [row["reason"].split(":")[0] for row in csv.DictReader(file)] == [
            "sku",
            "price",
            "stock",
        ]


def test_the_file_that_is_imported_is_no_place_for_its_errors(
    changing: Program, sample: Path
) -> None:
    before = sample.read_bytes()

    ended = changing("products", "import", str(sample), "--errors", str(sample), "--force", "-y")

    assert (ended.code, sample.read_bytes()) == (2, before)


def test_no_rejected_row_makes_no_file(changing: Program, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.csv"

    ended = changing("products", "import", "-", "--yes", "--errors", str(rejected), input=TWO)

    assert (ended.code, rejected.exists()) == (0, False)


def test_a_diff_tells_what_is_new_changed_and_unchanged(changing: Program) -> None:
    changing("products", "import", "-", "--yes", input=TWO)
    later = "sku,name\nTEE-1,Better tee\nMUG-1,Big mug\nCAP-1,Cap\n"

    ended = changing("products", "import", "-", "--yes", "--diff", "-o", "json", input=later)

    told = ended.err.index("compared with the catalogue: 1 new, 1 changed (name 1), 1 unchanged")
    assert told < ended.err.index("importing")
    assert ended.data["diff"]["fields"] == {"name": 1}
    assert (ended.data["created"], ended.data["updated"]) == (1, 2)


def test_a_diff_of_a_dry_run_sends_nothing(changing: Program) -> None:
    ended = changing("products", "import", "-", "--dry-run", "--diff", input=TWO)

    assert (ended.code, ended.data["dry_run"]["method"]) == (0, "POST")
    assert "compared with the catalogue: 2 new, 0 changed, 0 unchanged" in ended.err
    assert "standard-input" not in changing("products", "imports").out
    assert list((changing.home / "state" / "spool").iterdir()) == []
