"""Which columns a person sees: the noun's own, or those --fields names.

Knows columns and the server's raw fields; a name nobody knows is an error that names the nearest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from segops_tui.nouns.column import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.record import Record
    from segops_tui.nouns.column import Noun

R = TypeVar("R", bound="Record")


def chosen_columns(
    noun: Noun[R], names: Sequence[str], rows: Iterable[R], *, wide: bool
) -> list[Column[R]]:
    """The noun's columns, or the named ones in the order given.

    Raises:
        click.UsageError: a name is neither a column nor a field of what the server sent.
    """
    if not names:
        return [column for column in noun.columns if wide or not column.wide_only]
    own = {column.key: column for column in noun.columns}
    raw: dict[str, None] = {}
    seen = False
    for row in rows:
        raw.update(dict.fromkeys(row.raw))
        seen = True
    for name in names:
        if seen and name not in own and name.partition(".")[0] not in raw:
            raise click.UsageError(_unknown(name, noun, [*own, *(n for n in raw if n not in own)]))
    return [own.get(name) or _raw_column(name) for name in names]


def picked(row: R, columns: Sequence[Column[R]]) -> dict[str, Any]:
    """The object `-o json --fields` prints: the server's value where it has one, else ours."""
    return {
        column.key: row.raw[column.key] if column.key in row.raw else column.value(row)
        for column in columns
    }


def _raw_column(name: str) -> Column[Any]:
    return Column(name, name.upper(), lambda row: _reached(row.raw, name), max_width=60)


def _reached(raw: Any, name: str) -> Any:
    """A raw field, or one inside it: `data.brand`."""
    if isinstance(raw, Mapping) and name in raw:
        return raw[name]
    for part in name.split("."):
        raw = raw.get(part) if isinstance(raw, Mapping) else None
    return raw


def _unknown(name: str, noun: Noun[Any], known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    nearest = f" Did you mean {close[0]!r}?" if close else ""
    return f"A {noun.name} has no field {name!r}.{nearest} Known: {', '.join(known)}."
