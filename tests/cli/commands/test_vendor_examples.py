"""The vendor's own examples, with only the program's name changed, work as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Program


def test_segments_are_listed_and_recomputed(changing: Program) -> None:
    assert changing("segments", "list").code == 0
    assert changing("segments", "recompute", "12").code == 0


def test_a_page_is_exported_to_this_folder(
    changing: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = changing("pages", "export", "8", "--format=html")

    assert ended.code == 0, ended.err
    assert (tmp_path / "page-8.html").read_text().startswith("<!doctype html>")


def test_a_file_of_products_is_imported(
    changing: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "users.csv").write_text("sku,name,price\nA-1,Alpha,3\n")

    ended = changing("products", "import", "users.csv")

    assert ended.code == 0, ended.err


def test_help_is_help(program: Program) -> None:
    assert "Usage: segops-tui" in program("help").out
