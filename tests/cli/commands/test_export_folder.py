"""`segments export` of several segments: a folder, safe names, nothing replaced unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_several_segments_go_to_a_folder_that_is_made(changing: Program, tmp_path: Path) -> None:
    folder = tmp_path / "exports"

    ended = changing("segments", "export", "1", "2", "--to", f"{folder}/", "-o", "json")

    assert (ended.code, [row["state"] for row in ended.data]) == (0, ["done", "done"])
    assert names(folder) == ["High-LTV-buyers-1.csv", "Lapsed-VIPs-2.csv"]
    assert (folder / "Lapsed-VIPs-2.csv").read_text().startswith("user_id,")


def test_segments_are_chosen_by_name(changing: Program, tmp_path: Path) -> None:
    ended = changing("segments", "export", "--name", "*vip*", "--to", str(tmp_path))

    assert ended.code == 0
    assert "Lapsed-VIPs-2.csv" in names(tmp_path)
    assert all("vip" in name.lower() for name in names(tmp_path) if name.endswith(".csv"))


def test_a_folder_s_files_are_replaced_only_by_force(changing: Program, tmp_path: Path) -> None:
    mine = tmp_path / "Lapsed-VIPs-2.csv"
    mine.write_text("mine\n")
    words = ("segments", "export", "1", "2", "--to", str(tmp_path))

    refused = changing(*words)
    kept, files = mine.read_text(), names(tmp_path)
    forced = changing(*words, "--force")

    assert (refused.code, kept) == (2, "mine\n")
    assert "High-LTV-buyers-1.csv" not in files
    assert "--force" in refused.err
    assert forced.code == 0
    assert mine.read_text() != "mine\n"


def test_several_segments_fit_no_stream_and_no_file(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert program("segments", "export", "1", "2", "--to", "-").code == 2
    assert program("segments", "export", "1", "2", "--to", str(tmp_path / "file")).code == 2
    assert program("segments", "export", "--to", "x/").code == 2
