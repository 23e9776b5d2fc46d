"""The rows of a checked file, each with its number, its line and its original text.

Rows are counted as the API counts them: the first below the header is 1, blank lines do not count.
Lines are those that a text editor shows.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segops_tui.jobs.imports.dialect import open_text, records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from segops_tui.jobs.imports.findings import Layout


@dataclass(frozen=True, slots=True)
class FileRow:
    """One record of a file; the header is row 0."""

    number: int
    line: int
    """The line on which it begins, from 1."""
    cells: list[str]
    text: str
    """As it is in the file, quotes and line end included."""


@contextmanager
def file_rows(
    path: Path, layout: Layout, *, progress: Callable[[int], None] | None = None
) -> Iterator[Iterator[FileRow]]:
    """Open a file and go through its rows, the header first.

    Raises:
        BadFile: the file can no longer be read.
    """
    _, lines = open_text(path, layout.text, progress=progress)
    with lines:
        yield _rows(lines, layout)


def _rows(lines: Iterator[str], layout: Layout) -> Iterator[FileRow]:
    taken: list[str] = []

    def kept() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    number, line = 0, 1
    for cells in records(kept(), layout.text):
        if any(cells):
            yield FileRow(number, line, cells, "".join(taken))
            number += 1
        line += len(taken)
        taken.clear()


def lines_of(
    path: Path,
    layout: Layout,
    numbers: Collection[int],
    *,
    progress: Callable[[int], None] | None = None,
) -> dict[int, int]:
    """The lines of some rows, by their numbers; reads no further than the last of them.

    Raises:
        BadFile: the file can no longer be read.
    """
    wanted = set(numbers)
    last = max(wanted, default=0)
    found: dict[int, int] = {}
    if last <= 0:
        return found
    with file_rows(path, layout, progress=progress) as rows:
        for row in rows:
            if row.number in wanted:
                found[row.number] = row.line
            if row.number >= last:
                break
    return found
