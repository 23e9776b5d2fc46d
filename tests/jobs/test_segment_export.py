"""Several segments into a folder: safe names, all or nothing, a job each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.jobs.engine.errors import CannotWrite, WouldOverwrite
from segops_tui.jobs.engine.runner import run_jobs
from segops_tui.jobs.registry import plan_of
from segops_tui.jobs.segment_export import file_name, start_exports

if TYPE_CHECKING:
    from pathlib import Path

    from segops_tui.jobs.engine.ledger import Ledger


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VIP customers", "VIP-customers-7.csv"),
        ("../../etc/passwd", "etc-passwd-7.csv"),
        ("CON", "CON-7.csv"),
        ("..", "segment-7.csv"),
        ("", "segment-7.csv"),
        ('a:b*c?"<>|\\\x00\n', "a-b-c-7.csv"),
        ("Käufer 2025 €", "Käufer-2025-7.csv"),
        ("\u202egnp.exe", "gnp-exe-7.csv"),
        ("x" * 300, f"{'x' * 80}-7.csv"),
    ],
)
def test_a_name_is_words_and_an_id(name: str, expected: str) -> None:
    assert file_name(name, 7, ending="csv") == expected


def test_each_segment_gets_its_file(
    client: Any, ledger: Ledger, shoppers: int, tmp_path: Path, unix: Any
) -> None:
    client.segments.compute(shoppers)
    folder = tmp_path / "new" / "folder"
    twin = client.segments.create(name="shoppers").id
    jobs = start_exports(
        ledger,
        segments=[(shoppers, "Shoppers"), (twin, "shoppers")],
        folder=folder,
        profile="sandbox",
    )

    outcomes = run_jobs(jobs, plan_of, client, ledger, clock=unix)

    assert [outcome.error for outcome in outcomes] == [None, None]
    assert sorted(path.name.casefold() for path in folder.iterdir()) == [
        f"shoppers-{shoppers}.csv",
        f"shoppers-{twin}.csv",
    ]


def test_one_file_that_exists_stops_all_before_any_is_noted(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "B-2.csv").write_text("mine")

    with pytest.raises(WouldOverwrite, match=r"B-2\.csv"):
        start_exports(ledger, segments=[(1, "A"), (2, "B")], folder=tmp_path, profile="sandbox")

    assert ledger.list() == []
    assert (tmp_path / "B-2.csv").read_text() == "mine"


def test_a_folder_that_is_a_file_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")

    with pytest.raises(CannotWrite, match="Cannot make the folder"):
        start_exports(ledger, segments=[(1, "A")], folder=tmp_path / "out", profile="sandbox")
