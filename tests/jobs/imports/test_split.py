"""Uploads of a file: the right bytes, the same every time, and nothing of the file changed."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

import pytest

from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.errors import FileChanged
from segops_tui.jobs.imports.split import Pieces, require_unchanged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def contents(path: Path, *, part_rows: int = 100_000, repair: bool = False) -> list[bytes]:
    layout = check_csv(path, part_rows=part_rows, repair=repair).layout
    pieces = Pieces.of(path, layout)
    try:
        found = []
        for piece in pieces.all:
            with piece.open() as file:
                content = file.read()
            assert len(content) == piece.size
            found.append(content)
        return found
    finally:
        pieces.close()


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_file_the_api_reads_goes_as_it_is(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku,name", "A,Äpfel", encoding="utf-8-sig")

    assert contents(path) == [path.read_bytes()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";"])
def test_parts_hold_every_record_once_under_the_same_header(
    catalogue: Callable[..., Path], encoding: str, mark: str
) -> None:
    """A quoted cell may hold line ends, and blank lines may be anywhere."""
    lines = [f'S{n}{mark}"é\n{n}"' if n % 4 == 0 else f"S{n}{mark}x{n}" for n in range(33)]
    lines[7:7] = ["", mark]
    path = catalogue(f"sku{mark}note", *lines, encoding=encoding)

    parts = [rows(content) for content in contents(path, part_rows=10)]

    kept = [[row for row in part[1:] if any(row)] for part in parts]
    assert [part[0] for part in parts] == [["sku", "note"]] * 4
    assert [len(part) for part in kept] == [10, 10, 10, 3]
    flat = [row for part in kept for row in part]
    assert flat == [[f"S{n}", f"é\n{n}" if n % 4 == 0 else f"x{n}"] for n in range(33)]


def test_old_line_ends_become_ordinary_ones(tmp_path: Path) -> None:
    path = tmp_path / "mac.csv"
    path.write_bytes(b"sku,name\rA,Apple\rB,Bread\r")

    assert contents(path) == [b"sku,name\r\nA,Apple\r\nB,Bread\r\n"]


def test_a_quoted_header_is_taken_apart(catalogue: Callable[..., Path]) -> None:
    path = catalogue('"sku,name"', "A,Apple")

    assert contents(path, repair=True) == [b"sku,name\r\nA,Apple\r\n"]


def test_the_same_file_gives_the_same_bytes_and_stays_as_it_was(
    catalogue: Callable[..., Path],
) -> None:
    """An upload that is repeated after a kill must be the same upload."""
    path = catalogue("sku;name", *(f"{n};ü" for n in range(30)), encoding="latin-1")
    before = path.read_bytes()

    assert contents(path, part_rows=10) == contents(path, part_rows=10)
    assert path.read_bytes() == before


def test_a_copy_is_gone_when_it_is_closed(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku;name", "A;b")
    pieces = Pieces.of(path, check_csv(path).layout)
    copy = pieces.all[0].path
    assert copy.exists()

    pieces.close()

    assert not copy.exists()
    assert path.exists()


def test_a_piece_can_be_measured_and_read_from_anywhere(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku,name", *(f"{n},x" for n in range(30)))
    piece = Pieces.of(path, check_csv(path, part_rows=10).layout).all[1]

    with piece.open() as file:
        whole = file.read()
        assert file.seek(0, io.SEEK_END) == piece.size
        for place in (0, 3, len(piece.header), len(piece.header) + 4, piece.size):
            file.seek(place)
            assert file.read(7) == whole[place : place + 7]


def test_a_file_that_was_only_touched_is_the_same(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku", "A")
    layout = check_csv(path).layout
    os.utime(path, (1, 1))

    require_unchanged(path, layout)


def test_a_file_that_changed_or_vanished_is_refused(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku", "A")
    layout = check_csv(path).layout

    path.write_text("sku\nB\n")
    os.utime(path, (1, 1))
    with pytest.raises(FileChanged, match="has changed"):
        require_unchanged(path, layout)
    path.unlink()
    with pytest.raises(FileChanged, match="no longer there"):
        require_unchanged(path, layout)
