"""Positions of keys and values in a JSON text, even one that is only half-written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]
"""The way to a value: `("conditions", 1, "operator")`."""

TOKEN: Final = re.compile(
    r'(?P<string>"(?:[^"\\\n]|\\[^\n])*"?)|(?P<mark>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,"]+)'
)
"""Strings (a closing quote may be missing), punctuation, and any other run of characters."""

_OPENING: Final[Mapping[str, Literal["object", "array"]]] = {"{": "object", "[": "array"}
_CLOSING: Final[Mapping[str, str]] = {"}": "object", "]": "array"}
_DEEPEST: Final = 64
"""Levels that are scanned; a rule has three."""
_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Span:
    """From one offset up to, but not including, another."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spot:
    """The place in the JSON structure that an offset is at."""

    path: Path
    """Of the value, or of the object for a key."""
    part: Literal["key", "value", "none"]
    """`none` where neither is allowed: a colon or a comma is missing."""
    span: Span
    """The token at the offset; empty where none is begun."""
    typed: str
    """The part of the token before the offset, without its quote."""
    quoted: bool
    """Whether the token begins with a quote."""


@dataclass(slots=True)
class JsonPositions:
    """The spans of all keys and values of a text, by path."""

    values: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    scalars: dict[Path, Any] = field(default_factory=dict)
    kinds: dict[Path, Literal["object", "array"]] = field(default_factory=dict)
    spot: Spot | None = None

    def nearest(self, path: Path) -> Span:
        """The value at a path; where there is none, the bracket that opens its container."""
        span = self.values.get(path)
        if span is not None and path not in self.kinds:
            return span
        while path and path not in self.values:
            path = path[:-1]
        around = self.values.get(path, Span(0, 1))
        return Span(around.start, around.start + 1) if path in self.kinds else around


@dataclass(slots=True)
class _Open:
    """An object or array that is not closed yet."""

    path: Path
    kind: Literal["object", "array"]
    start: int
    key: str | None = None
    index: int = 0
    awaits: Literal["key", "colon", "value", "comma"] = "value"

    @property
    def inner(self) -> Path:
        """The path of the next value."""
        if self.kind == "array":
            return (*self.path, self.index)
        return (*self.path, self.key or "")


class _Reader:
    """Scans the tokens once, tolerating what is missing."""

    def __init__(self, text: str, at: int | None) -> None:
        self._text, self._at = text, at
        self._open: list[_Open] = []
        self._is_empty = True
        self.positions = JsonPositions()

    def read(self) -> JsonPositions:
        for match in TOKEN.finditer(self._text):
            self._check_spot(match.start(), match.end(), match[0])
            if len(self._open) > _DEEPEST:
                break
            if match.lastgroup == "mark":
                self._mark(match[0], match.start())
            else:
                self._scalar(match[0], Span(match.start(), match.end()))
        self._check_spot(len(self._text), len(self._text), "")
        while self._open:
            self._close(len(self._text))
        return self.positions

    def _check_spot(self, start: int, end: int, piece: str) -> None:
        """Record the spot once the scan reaches it."""
        at = self._at
        if at is None or self.positions.spot is not None or at > end:
            return
        is_closed = len(piece) > 1 and piece[0] == piece[-1] == '"'
        is_scalar = bool(piece) and piece not in "{}[]:,"
        within = is_scalar and start < at and (at < end or not is_closed)
        if not within and at > start:
            return
        here = Span(at, at)
        if within:
            # An unterminated string may swallow what follows: only its part before `at` counts.
            here = Span(start, end if is_closed or piece[0] != '"' else at)
        typed = self._text[here.start : at]
        quoted = typed.startswith('"')
        frame = self._open[-1] if self._open else None
        part: Literal["key", "value", "none"] = "none"
        path: Path = ()
        if frame is not None and frame.awaits == "key":
            part, path = "key", frame.path
        elif frame is not None and frame.awaits == "value":
            part, path = "value", frame.inner
        elif frame is None and self._is_empty:
            part = "value"
        self.positions.spot = Spot(path, part, here, typed.removeprefix('"'), quoted)

    def _mark(self, mark: str, start: int) -> None:
        frame = self._open[-1] if self._open else None
        if mark in _OPENING:
            path = () if frame is None else frame.inner
            self._is_empty = False
            kind = _OPENING[mark]
            self._open.append(
                _Open(path, kind, start, awaits="key" if kind == "object" else "value")
            )
        elif frame is None:
            return
        elif mark in _CLOSING:
            self._close(start + 1)
        elif mark == ":":
            frame.awaits = "value"
        elif frame.kind == "object":
            frame.awaits, frame.key = "key", None
        else:
            frame.awaits, frame.index = "value", frame.index + 1

    def _close(self, end: int) -> None:
        frame = self._open.pop()
        self.positions.values[frame.path] = Span(frame.start, end)
        self.positions.kinds[frame.path] = frame.kind
        if self._open:
            self._open[-1].awaits = "comma"

    def _scalar(self, token: str, span: Span) -> None:
        frame = self._open[-1] if self._open else None
        value = _value(token)
        if frame is not None and frame.awaits == "key":
            frame.key, frame.awaits = str(value), "colon"
            self.positions.keys[frame.inner] = span
            return
        path = () if frame is None else frame.inner
        self._is_empty = False
        self.positions.values[path] = span
        self.positions.scalars[path] = value
        self.positions.kinds.pop(path, None)
        if frame is not None:
            frame.awaits = "comma"


def find_positions(text: str, *, at: int | None = None) -> JsonPositions:
    """Find every key and value; with `at`, also the spot at that offset."""
    return _Reader(text, at).read()


def parse_path(text: str) -> Path:
    """Parse the path of a fault: `conditions[1].operator`."""
    return tuple(int(number) if number else name for number, name in _STEP.findall(text[:500]))


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """An offset as a line and a column, both from 0."""
    before = text[:offset]
    return before.count("\n"), offset - (before.rfind("\n") + 1)


def offset_of(text: str, line: int, column: int) -> int:
    """A line and a column, both from 0, as an offset."""
    start = 0
    for _ in range(line):
        start = text.find("\n", start) + 1
        if not start:
            return len(text)
    return min(start + column, len(text))


def _value(token: str) -> Any:
    """The value of a token; its text where it is not valid JSON."""
    try:
        return json.loads(token)
    except ValueError:
        return token.strip('"')
