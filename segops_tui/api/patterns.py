"""Regular expressions of segment definitions: RE2 syntax, translated for Python's `re`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

LONGEST_PATTERN: Final = 1000
"""Characters; some longer patterns would overflow the stack of Python's parser."""

_POSIX: Final[dict[str, str]] = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_REFUSED_GROUPS: Final = (
    ("(?=", "look-ahead"),
    ("(?!", "look-ahead"),
    ("(?<=", "look-behind"),
    ("(?<!", "look-behind"),
    ("(?P=", "a back-reference"),
    ("(?(", "a conditional"),
    ("(?>", "an atomic group"),
    ("(?#", "a comment"),
)
_GROUP_FLAGS = re.compile(r"\(\?([A-Za-z]*)(?:-([A-Za-z]+))?[:)]")
_REPEAT = re.compile(r"[*+?]|\{[0-9]+(?:,[0-9]*)?\}")
_CLASS_NAME = re.compile(r"\[:([a-z]+):\]")


class PatternError(ValueError):
    """An invalid pattern; the message continues a sentence that starts with the pattern."""


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> re.Pattern[str]:
    """Compile an RE2-style pattern.

    Raises:
        PatternError: the pattern is invalid, or uses a construct that RE2 lacks.
    """
    if len(source) > LONGEST_PATTERN:
        raise PatternError(f"is longer than {LONGEST_PATTERN} characters")
    try:
        return re.compile(_translated(source))
    except (re.error, OverflowError) as error:
        raise PatternError(f"is not a valid regular expression: {error}") from error
    except RecursionError as error:
        raise PatternError("is nested too deeply") from error


def _translated(source: str) -> str:
    """Translate what the two syntaxes spell differently; refuse what only Python has."""
    parts: list[str] = []
    at = 0
    while at < len(source):
        part, at = _next_part(source, at)
        parts.append(part)
    return "".join(parts)


def _next_part(source: str, at: int) -> tuple[str, int]:
    character = source[at]
    if character == "\\":
        return _escape(source, at)
    if character == "[":
        return _character_class(source, at)
    if source.startswith("(?", at):
        return _group(source, at)
    repeat = _REPEAT.match(source, at)
    if repeat is None:
        return character, at + 1
    if source.startswith("+", repeat.end()):
        raise PatternError("uses a possessive quantifier, which is not supported")
    if source.startswith("?", repeat.end()):
        return repeat[0] + "?", repeat.end() + 1
    return repeat[0], repeat.end()


def _escape(source: str, at: int) -> tuple[str, int]:
    escaped = source[at + 1 : at + 2]
    if escaped and escaped in "123456789":
        raise PatternError("uses a back-reference, which is not supported")
    if escaped == "z":
        return r"\Z", at + 2
    return source[at : at + 2], at + 2


def _group(source: str, at: int) -> tuple[str, int]:
    for opening, construct in _REFUSED_GROUPS:
        if source.startswith(opening, at):
            raise PatternError(f"uses {construct}, which is not supported")
    if source.startswith("(?<", at):
        return "(?P<", at + 3
    flags = _GROUP_FLAGS.match(source, at)
    if flags is not None and not set(flags[1] + (flags[2] or "")) <= set("ims"):
        raise PatternError("uses a flag other than i, m and s, which is not supported")
    return "(?", at + 2


def _character_class(source: str, at: int) -> tuple[str, int]:
    """Escape `[…]` so that Python finds no set operation in it (it would warn)."""
    start = at + 2 if source.startswith("[^", at) else at + 1
    parts = [source[at:start]]
    at = start
    while at < len(source) and (source[at] != "]" or at == start):
        named = _CLASS_NAME.match(source, at)
        if named is not None:
            parts.append(_posix(named[1]))
            at = named.end()
        elif source[at] == "\\":
            parts.append(source[at : at + 2])
            at += 2
        else:
            # A dash that starts a class is itself; one after it, or after an item, is a range.
            again = source[at - 1] == "-" and at - 1 > start
            doubtful = source[at] in "[&|~" or (source[at] == "-" and (at == start or again))
            parts.append("\\" + source[at] if doubtful else source[at])
            at += 1
    return "".join(parts) + source[at : at + 1], at + 1


def _posix(name: str) -> str:
    if name not in _POSIX:
        raise PatternError(f"names an unknown character class [:{name}:]")
    return _POSIX[name]
