"""Where a key stands in a TOML text: its line, and the span of each part of its name.

Knows headers and keys at the start of a line, which is how people write them; what stands inside
an inline table is found only as far as that table's own line. Never judges a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PART: Final = r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[A-Za-z0-9_-]+"
_DOTTED: Final = rf"[ \t]*(?:{_PART})(?:[ \t]*\.[ \t]*(?:{_PART}))*[ \t]*"
_HEADER: Final = re.compile(rf"[ \t]*\[\[?({_DOTTED})\]\]?[ \t]*(?:#.*)?\r?$")
_KEY: Final = re.compile(rf"({_DOTTED})=[ \t]*(.*)$")
_PARTS: Final = re.compile(_PART)


@dataclass(frozen=True, slots=True)
class Place:
    """One header or key as it stands in the text."""

    path: tuple[str, ...]
    """Names from the root, the header's before the key's own."""
    line: int
    """From 1."""
    spans: tuple[tuple[int, int], ...]
    """Where in the text the parts written here stand: the last ones of `path`."""
    is_header: bool


def places_in(text: str) -> Iterator[Place]:
    """Every header and key, in order."""
    table: tuple[str, ...] = ()
    start, closing = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        begin, start = start, start + len(line) + 1
        if closing:
            closing = "" if closing in line else closing
            continue
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        found = header or key
        if found is None:
            continue
        names, spans = _parts(found[1], begin + found.start(1))
        if header:
            table = names
        yield Place(names if header else (*table, *names), number, spans, header is not None)
        if key:
            closing = _opened(key[2])


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line of a key, or of the nearest table around it that is written out."""
    best, most = None, 0
    for place in places_in(text):
        shared = 0
        while shared < min(len(path), len(place.path)) and place.path[shared] == path[shared]:
            shared += 1
        if shared > most:
            best, most = place.line, shared
    return best


def _parts(text: str, start: int) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    found = list(_PARTS.finditer(text))
    names = tuple(_unquoted(part.group()) for part in found)
    return names, tuple((start + part.start(), start + part.end()) for part in found)


def _unquoted(part: str) -> str:
    if part.startswith("'"):
        return part[1:-1]
    if part.startswith('"'):
        return re.sub(r"\\(.)", r"\1", part[1:-1])
    return part


def _opened(value: str) -> str:
    """The mark that ends a string of several lines, where one begins and does not end here."""
    for mark in ('"""', "'''"):
        if value.startswith(mark) and mark not in value[3:]:
            return mark
    return ""
