"""Find the columns that --fields, --sort and --where name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from segops_tui.nouns.column import Column, Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.record import Record

R = TypeVar("R", bound="Record")


class Fields:
    """The fields that rows of a noun have: its columns, and what the server sent beside them."""

    def __init__(self, noun: Noun[Any], rows: Iterable[Record]) -> None:
        self._noun = noun
        self._raw: dict[str, None] = {}
        self._inner: dict[str, str] = {}
        self._is_seen = False
        for row in rows:
            self._is_seen = True
            self._raw.update(dict.fromkeys(row.raw))
            for outer, value in row.raw.items():
                if isinstance(value, Mapping):
                    self._inner.update({str(name): f"{outer}.{name}" for name in value})

    def column(self, name: str) -> Column[Any]:
        """The column of a key, a field of the server's, a heading, or a field inside another.

        Raises:
            click.UsageError: rows have nothing of that name.
        """
        own = {column.key: column for column in self._noun.columns}
        if name in own:
            return own[name]
        if name in self._raw or name.partition(".")[0] in self._raw:
            return raw_column(name)
        wanted = _folded(name)
        for column in self._noun.columns:
            if wanted in {_folded(column.title), _folded(column.key)}:
                return column
        inner = self._inner.get(name)
        if inner is None and self._is_seen:
            raise click.UsageError(self._unknown(name, own))
        return raw_column(name, inner)

    def _unknown(self, name: str, own: Mapping[str, Column[Any]]) -> str:
        from difflib import get_close_matches

        known = [*own, *(raw for raw in self._raw if raw not in own)]
        headings = {_folded(column.title): column.key for column in self._noun.columns}
        folded = {**headings, **{_folded(key): key for key in (*self._inner, *known)}}
        close = get_close_matches(_folded(name), folded, n=1)
        nearest = f" Did you mean {folded[close[0]]!r}?" if close else ""
        return f"A {self._noun.name} has no field {name!r}.{nearest} Known: {', '.join(known)}."


def chosen_columns(
    noun: Noun[R], names: Sequence[str], rows: Iterable[R], *, wide: bool
) -> list[Column[R]]:
    """The noun's columns, or the named ones in the order given.

    Raises:
        click.UsageError: a name is neither a column nor a field of what the server sent.
    """
    if not names:
        return [column for column in noun.columns if wide or not column.wide_only]
    fields = Fields(noun, rows)
    return [fields.column(name) for name in names]


def picked(row: R, columns: Sequence[Column[R]]) -> dict[str, Any]:
    """The object `-o json --fields` prints: the server's value where it has one, else ours."""
    return {
        column.key: row.raw[column.key] if column.key in row.raw else column.value(row)
        for column in columns
    }


def raw_column(name: str, path: str | None = None) -> Column[Any]:
    """A column of a field that has none of its own; a dot reaches inside."""
    return Column(name, name.upper(), lambda row: _reached(row.raw, path or name), max_width=60)


def _reached(raw: Any, name: str) -> Any:
    """A raw field, or one inside it: `data.brand`."""
    if isinstance(raw, Mapping) and name in raw:
        return raw[name]
    for part in name.split("."):
        raw = raw.get(part) if isinstance(raw, Mapping) else None
    return raw


def _folded(name: str) -> str:
    return name.casefold().replace("_", " ").replace("-", " ").strip()
