"""Pieces of SQL that carry their own parameters, so text and parameters stay in step.

A value only ever enters as a parameter, through `bound`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Compiled:
    """A piece of SQL, or a whole query, with the parameters of its `?` marks in order."""

    sql: str
    params: tuple[Any, ...] = ()

    def inlined(self) -> str:
        """Return the text with its values written in: for people to read, never to run."""
        first, *rest = self.sql.split("?")
        values = (_literal(value) for value in self.params)
        return first + "".join(value + part for value, part in zip(values, rest, strict=True))


def bound(value: object) -> Compiled:
    """Return a parameter."""
    return Compiled("?", (value,))


def splice(template: str, *parts: Compiled) -> Compiled:
    """Put pieces into the `{}` gaps of a template, in order."""
    first, *rest = template.split("{}")
    sql = first + "".join(part.sql + text for part, text in zip(parts, rest, strict=True))
    return Compiled(sql, tuple(value for part in parts for value in part.params))


def joined(separator: str, parts: Iterable[Compiled]) -> Compiled:
    """Put pieces one after another, as `str.join` does."""
    pieces = list(parts)
    return Compiled(
        separator.join(piece.sql for piece in pieces),
        tuple(value for piece in pieces for value in piece.params),
    )


def indented(piece: Compiled) -> Compiled:
    """Move a piece two columns to the right, so a nested query reads as one."""
    return Compiled(piece.sql.replace("\n", "\n  "), piece.params)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"
