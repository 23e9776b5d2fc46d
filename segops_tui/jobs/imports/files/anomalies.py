"""What is unusual about the records of a file, counted while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN: Final = 5


@dataclass(slots=True)
class LineTally:
    """How many records have something unusual, and the lines of the first few."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """Count a record."""
        self.count += 1
        if len(self.lines) < _SHOWN:
            self.lines.append(line)

    def add_all(self, lines: Sequence[int]) -> None:
        """Count records, in the order of the file."""
        self.count += len(lines)
        self.lines += lines[: _SHOWN - len(self.lines)]


@dataclass(slots=True)
class Watch:
    """What is unusual about the quotes of a file, found while it is read."""

    faults: LineTally = field(default_factory=LineTally)
    swallowed: LineTally = field(default_factory=LineTally)
    """Records with a cell that holds what looks like further records."""
    unclosed: int | None = None
    """The line of a quote that is still open at the end of the file."""


@dataclass(slots=True)
class Dropped:
    """Records that are no rows, and cells that are none."""

    headers: LineTally = field(default_factory=LineTally)
    """Records that repeat the header."""
    titles: LineTally = field(default_factory=LineTally)
    """Records that repeat the lines above the header, and comments."""
    cells: LineTally = field(default_factory=LineTally)
    """Records that end with more empty cells than the header has."""

    def __bool__(self) -> bool:
        return bool(self.headers.count or self.titles.count or self.cells.count)
