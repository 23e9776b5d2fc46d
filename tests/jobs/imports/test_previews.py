"""What a file looks like in other encodings, and the options that read it so."""

from __future__ import annotations

from pathlib import Path

import pytest

from segops_tui.jobs.imports.files.options import BY_EVIDENCE, ReadOptions
from segops_tui.jobs.imports.files.previews import encoding_choices, first_lines


def test_each_encoding_is_offered_with_the_cells_it_reads(tmp_path: Path) -> None:
    """Those that cannot read the file are left out; those that read it alike are one."""
    file = tmp_path / "list.csv"
    file.write_bytes("sku;name\nH1;Hůl\nH2;Kůň\n".encode("cp1250"))

    choices = encoding_choices(file)

    cells = {choice.options.encoding: choice.cells for choice in choices}
    assert cells["cp1250"] == ("Hůl", "Kůň")
    assert cells["cp1252"] == ("Hùl", "Kùò")
    assert "utf-8" not in cells
    assert len({choice.cells for choice in choices}) == len(choices)


def test_the_first_lines_are_shown_for_choosing_the_header(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("Größen\r\n\nsku,name\n".encode("cp1252") + b"x" * 500)

    lines = first_lines(file, "cp1252", 4)

    assert lines[:3] == ["Größen", "", "sku,name"]
    assert len(lines[3]) == 120


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (BY_EVIDENCE, []),
        (
            ReadOptions(encoding="cp1250", delimiter=";"),
            ["--encoding", "cp1250", "--delimiter", ";"],
        ),
        (ReadOptions(header_line=3), ["--header-line", "3"]),
        (ReadOptions(header_line=0, sheet="Prices"), ["--sheet", "Prices", "--no-header"]),
        (ReadOptions(quoting="none", decimal="comma"), ["--quoting", "none", "--decimal", "comma"]),
    ],
)
def test_options_are_written_as_the_command_reads_them(
    options: ReadOptions, words: list[str]
) -> None:
    assert options.words() == words
