"""How a file is read: the options that the user chose, and the format that was decided."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from segops_tui.jobs.imports.files.encoding import encoding_name

if TYPE_CHECKING:
    from collections.abc import Mapping

DecimalMark = Literal["comma", "point"]
Quoting = Literal["standard", "backslash", "single", "spaced", "none"]
"""A quote in a cell is `""`, or `\\"`; cells are in `'…'`; spaces surround cells; or letters."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How the user wants a file to be read; what is None is decided by evidence."""

    encoding: str | None = None
    """A name that Python's codecs know."""
    delimiter: str | None = None
    """One character."""
    quoting: Quoting | None = None
    decimal: DecimalMark | None = None
    """The decimal mark of numbers that could mean two things, such as `1.299`."""
    header_line: int | None = None
    """The line that has the column names, from 1; 0 if the file has none."""
    sheet: str | None = None
    """The sheet of a workbook, by name."""

    def merged(self, other: ReadOptions) -> ReadOptions:
        """These options, replaced by those that `other` has."""
        return ReadOptions(**{**asdict(self), **other.to_json()})

    def words(self) -> list[str]:
        """The options of a command line that read a file like this."""
        chosen = self.to_json()
        if self.header_line == 0:
            del chosen["header_line"]
        words = [w for name, v in chosen.items() for w in (f"--{name.replace('_', '-')}", str(v))]
        return [*words, *(["--no-header"] if self.header_line == 0 else [])]

    def to_json(self) -> dict[str, Any]:
        """As JSON for the ledger: only what the user chose."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the output of `to_json`."""
        return cls(**data)


BY_EVIDENCE: Final = ReadOptions()


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How to read a file as text."""

    encoding: str
    delimiter: str
    bare_returns: bool = False
    """Lines end with a carriage return alone, as on very old computers."""
    quoting: Quoting = "standard"
    header_line: int = 1
    """The line of the column names, which may be followed by blank ones; 0 if there is none."""
    decimal: DecimalMark | None = None
    """The decimal mark of prices, if the user chose it."""
    sheet: str | None = None
    """The sheet of a workbook, if the user chose it."""

    def with_header(self, line: int) -> TextFormat:
        """The same with the column names in another line."""
        return replace(self, header_line=line)

    @property
    def encoding_name(self) -> str:
        """The usual name of the encoding."""
        return encoding_name(self.encoding)

    @property
    def is_plain(self) -> bool:
        """Whether the API can read it unchanged: UTF-8, commas, ordinary line ends."""
        return (
            self.encoding in {"utf-8", "utf-8-sig"}
            and self.delimiter == ","
            and self.quoting == "standard"
            and self.header_line == 1
            and self.decimal is None
            and not self.bare_returns
        )
