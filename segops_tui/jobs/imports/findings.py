"""What a check of a CSV file found: the file, its columns, its problems, how it will be sent.

Knows values and their words for people; reads no file.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from segops_tui.jobs.engine.errors import BadFile
from segops_tui.jobs.imports.dialect import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.jobs.imports.columns import Column, Identifier

Level = Literal["error", "warning", "notice"]

MOST_ROWS: Final = 100_000
"""Rows the API takes in one upload (contract §1.4)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying about a file. An `error` keeps it from being imported."""

    level: Level
    code: str
    """Stable, for scripts: `ragged`, `quoting`, `encoding` …"""
    text: str
    hint: str = ""
    line: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """All that is needed to send the same file again: no second check, and no other file.

    `cuts` are the lines at which a new upload begins; lines and rows are counted from 1.
    """

    text: Text
    headers: tuple[str, ...]
    header_lines: int
    rows: int
    size: int
    modified: int
    checksum: int
    part_rows: int
    cuts: tuple[int, ...] = ()
    repaired: bool = False
    """The header was one quoted cell and is rewritten."""

    @property
    def parts(self) -> int:
        """Uploads it takes."""
        return len(self.cuts) + 1

    @property
    def is_sent_as_is(self) -> bool:
        """Whether the bytes go as they are."""
        return self.text.is_plain and not self.repaired

    def rows_of(self, part: int) -> int:
        """Rows of a part, counted from 1."""
        return min(self.part_rows, self.rows - (part - 1) * self.part_rows)

    def to_json(self) -> dict[str, Any]:
        """For the ledger: what JSON gives back, lists and not tuples."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        fields = {**data, "text": Text(**data["text"])}
        fields["headers"], fields["cuts"] = tuple(data["headers"]), tuple(data["cuts"])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class CsvCheck:
    """A file, checked from end to end before a byte of it leaves."""

    name: str
    layout: Layout
    columns: tuple[Column, ...]
    identifiers: Mapping[str, Identifier] = field(default_factory=dict)
    """Exact counts of the columns that may tell rows apart, by header."""
    findings: tuple[Finding, ...] = ()
    proposed: str | None = None
    """The column that tells rows apart, where the one named for it cannot."""
    samples: tuple[tuple[str, ...], ...] = ()
    """The first few rows."""

    @property
    def rows(self) -> int:
        """Rows, the header and blank lines not counted."""
        return self.layout.rows

    @property
    def errors(self) -> list[Finding]:
        """What keeps the file from being imported."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """What a person would want to know before going on."""
        return [finding for finding in self.findings if finding.level == "warning"]

    @property
    def notices(self) -> list[Finding]:
        """What is done about the file without asking."""
        return [finding for finding in self.findings if finding.level == "notice"]

    def column(self, header: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.header == header), None)

    def require_importable(self) -> None:
        """Let a file pass that can be imported.

        Raises:
            BadFile: it cannot, for the first of its errors.
        """
        for finding in self.errors:
            raise BadFile(
                f"{self.name}: {finding.text}", hint=finding.hint or None, line=finding.line
            )


def header_names(cells: list[str]) -> list[str]:
    """Name every column once, as the API does: `Size`, `Size (2)`, `Column 3`."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        wanted = cell.strip() or f"Column {number}"
        name, again = wanted, 1
        while name in names:
            again += 1
            name = f"{wanted} ({again})"
        names.append(name)
    return names
