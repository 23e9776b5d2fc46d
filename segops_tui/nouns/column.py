"""A noun's columns: the value of each cell and its text.

The command prints `value` in data formats and `show` in tables; the console draws `show`,
coloured by `tone`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

from segops_tui import wording
from segops_tui.api.json_text import deeply
from segops_tui.named_tuple import NamedTuple

R = TypeVar("R")

Tone = Literal["", "good", "warn", "bad", "busy", "muted", "strong"]
"""What a cell means; a front end turns it into a colour, always beside a word or symbol."""


class Context(NamedTuple):
    """What formatting a value depends on."""

    now: datetime
    names: Mapping[int, str] = MappingProxyType({})
    """Segment id to name, where known."""
    edits: Mapping[tuple[int, datetime], bool] = MappingProxyType({})
    """Whether an update of a segment after its last compute changed its rule, where known."""


class Column(NamedTuple, Generic[R]):
    """One column of a noun's table."""

    key: str
    title: str
    value: Callable[[R], Any]
    """The plain value, which csv and tsv carry; it sorts, but for a text that has `words`."""
    show: Callable[[Any, Context], str] = lambda value, _: format_value(value)
    """The value as text; it may be the server's, so it is sanitized before it is drawn."""
    tone: Callable[[R, Context], Tone] = lambda _row, _context: ""
    align: Literal["left", "right"] = "left"
    min_width: int = 4
    max_width: int = 40
    flex: bool = False
    """Takes the width that is left."""
    ample_width: int = 0
    """Cells it has in the console before columns of priority 4 or more are shown."""
    priority: int = 0
    """Columns with the highest number are dropped first where there is too little width."""
    wide_only: bool = False
    """Left out of a command's default table; `--fields` still has it."""
    words: Callable[[R, Context], str] | None = None
    """Makes the text from the whole row, where one value is not enough."""

    def text(self, row: R, context: Context) -> str:
        """The text of the cell."""
        if self.words is not None:
            return self.words(row, context)
        return self.show(self.value(row), context)


class Noun(NamedTuple, Generic[R]):
    """How one kind of object is shown to the user."""

    name: str
    """Singular, as in commands and messages."""
    plural: str
    title: str
    """The pane's and the table's heading."""
    columns: Sequence[Column[R]]
    key: Callable[[R], Any]
    label: Callable[[R], str]
    """How one object is named in a sentence."""
    empty: str
    """The text of an empty list, and what to do about it."""
    shown_by_others: frozenset[str] = frozenset()
    """Fields that the text of another column includes: a detail does not repeat them."""

    def column(self, key: str) -> Column[R]:
        """A column by key.

        Raises:
            KeyError: no such column.
        """
        return next_or_key_error(self.columns, key)


def next_or_key_error(columns: Sequence[Column[R]], key: str) -> Column[R]:
    """The column of that key.

    Raises:
        KeyError: no such column.
    """
    for column in columns:
        if column.key == key:
            return column
    raise KeyError(key)


def format_value(value: Any) -> str:
    """Any JSON value as the text of one cell."""
    return deeply(lambda: _formatted(value))


def _formatted(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(_formatted(item) for item in value) or "–"
    if isinstance(value, Mapping):
        if {"amount", "currency"} <= value.keys():
            return f"{_formatted(value['amount'])} {value['currency']}"
        return ", ".join(f"{name}={_formatted(item)}" for name, item in value.items()) or "–"
    if isinstance(value, datetime):
        return wording.moment(value)
    return str(value)


def counted(value: Any, _context: Context) -> str:
    """A whole number with its thousands grouped."""
    return wording.count(value)


def aged(value: Any, context: Context) -> str:
    """A time as its age."""
    return wording.age(value, now=context.now)
