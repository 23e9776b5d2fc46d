"""What a file looks like when it is read in another way, for a user who chooses."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.imports.errors import ReadChoice
from segops_tui.jobs.imports.files.containers import HEAD, open_content
from segops_tui.jobs.imports.files.encoding import CHOICES, encoding_name, other_cells
from segops_tui.jobs.imports.files.options import ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST: Final = 120


def encoding_choices(path: Path, *, sheet: str | None = None) -> list[ReadChoice]:
    """The encodings in which the file can be read, each with cells that other ones would change.

    Encodings that read the first of those cells alike are listed once.

    Raises:
        BadFile: the file can no longer be read.
    """
    foreign = _foreign_lines(path, sheet)
    found: dict[str, ReadChoice] = {}
    for encoding in CHOICES:
        try:
            text = foreign.decode(encoding)
        except UnicodeDecodeError:
            continue
        choice = ReadChoice(
            encoding_name(encoding), ReadOptions(encoding=encoding), other_cells(text)
        )
        found.setdefault(text, choice)
    return list(found.values())


def first_lines(path: Path, encoding: str, number: int, *, sheet: str | None = None) -> list[str]:
    """The first lines of a file, those that are very long cut.

    Raises:
        BadFile: the file can no longer be read.
    """
    text = io.StringIO(_head(path, sheet).decode(encoding, "replace"), newline=None)
    return [line.rstrip("\n")[:_LONGEST] for line, _ in zip(text, range(number), strict=False)]


def _head(path: Path, sheet: str | None) -> bytes:
    with closing(open_content(path, sheet=sheet)) as content:
        return content.read(HEAD)


def _foreign_lines(path: Path, sheet: str | None) -> bytes:
    """Lines with bytes beyond ASCII, as many as the head of a file has bytes."""
    found = bytearray()
    with closing(open_content(path, sheet=sheet)) as content:
        for line in content:
            if not line.isascii():
                found += line
            if len(found) >= HEAD:
                break
    return bytes(found)
