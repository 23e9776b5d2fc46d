"""The language of list filters: words, "phrases", `state:stale`, `members>500`, `!` before any.

A row is shown if every term holds, in whatever order they are. A field is a column, by its title
or its key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from segops_tui.nouns.column import Column, Context
from segops_tui.nouns.comparison import (
    OPERATORS,
    holds,
    is_missing,
    number_of,
    read_operand,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.nouns.column import Column, Context
    from segops_tui.nouns.comparison import Operand, Operator

R = TypeVar("R")

SYNTAX: Final = (
    ("tent pine", "both words, in any order, in any case"),
    ('"pine tent"', "exactly this phrase"),
    ("state:stale", "a column contains it: STATE"),
    ("members>500", "compare: = != < <= > >=, also dates: computed<2026-05-01"),
    ("computed>2d", "older than 2 days: s min h d w y"),
    ('sku=""', "no value; = is exact, in this case"),
    ("!state:stale", "not: before any of these"),
)
"""An example of each form, and what it finds."""

_FIELD: Final = re.compile(r"[^\W\d][\w.\-]*")
_QUOTES: Final = '"“”'


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a filter: a word or phrase, or a field compared with a value."""

    text: str
    """The word, phrase or value."""
    field: str = ""
    """The column's key; empty where any column counts."""
    operator: Operator = ":"
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; without terms it matches every row."""

    terms: tuple[Term, ...] = ()
    unknown: tuple[str, ...] = ()
    """What looks like a field and is none; it is searched for as text."""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def without(self, *left_out: Term) -> Filter:
        """The filter without some of its terms, such as those the server has applied."""
        return replace(self, terms=tuple(term for term in self.terms if term not in left_out))

    def longest_text(self, key: str) -> Term | None:
        """The longest text that the column must contain; a server that looks for one gets it.

        Words count as well, where the words of the filter are looked for in that column.
        """
        texts = (
            term
            for term in self.terms
            if term.text and not term.is_not and term.operator == ":" and term.field in {"", key}
        )
        return max(texts, key=lambda term: len(term.text), default=None)


def parse_filter(text: str, columns: Sequence[Column[Any]]) -> Filter:
    """Parse what was typed; any text is a filter.

    A term that is not complete yet, such as `members>`, is left out.
    """
    fields = field_names(columns)
    terms: list[Term] = []
    unknown: list[str] = []
    for piece in _pieces(text):
        term = _term(piece, fields, unknown)
        if term is not None:
            terms.append(term)
    return Filter(tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(unknown)))


def quoted(text: str) -> str:
    """A text as one term of a filter: in quotes where it would be read as something else."""
    is_word = text and text[0] != "!" and _split(text) is None and _pieces(text) == [_Piece(text)]
    return text if is_word else f'"{text}"'


def as_value(text: str) -> str:
    """A text as the value of a field: in quotes where it has spaces or is empty."""
    return text if text and not re.search(rf"[\s{_QUOTES}]", text) else f'"{text}"'


def field_names(columns: Sequence[Column[Any]]) -> dict[str, str]:
    """How a column can be named, to its key: `members` and `member_count`."""
    return {**field_titles(columns), **{_name(column.key): column.key for column in columns}}


def field_titles(columns: Sequence[Column[Any]]) -> dict[str, str]:
    """What columns are called in their table, to their keys."""
    return {_name(column.title): column.key for column in columns if column.title.strip()}


def list_options(terms: Iterable[Term]) -> tuple[list[str], list[Term]]:
    """The `--where` options of a list command that say the same, and the terms it cannot say."""
    options: list[str] = []
    rest: list[Term] = []
    opposite: dict[Operator, Operator] = {"=": "!=", "!=": "="}
    for term in terms:
        operator = opposite.get(term.operator) if term.is_not else term.operator
        if term.field and operator is not None:
            options += ["--where", f"{term.field}{operator}{term.text}"]
        else:
            rest.append(term)
    return options, rest


def example_filters(columns: Sequence[Column[Any]]) -> list[str]:
    """A filter of each kind, with these columns: `state:word`, `members>500`."""
    named = [column for column in columns if column.title.strip() and column.key != "id"]
    texts = [_name(column.title) for column in named if column.align == "left"]
    numbers = [_name(column.title) for column in named if column.align == "right"]
    return [
        "words",
        '"a phrase"',
        *(f"{name}:word" for name in texts[1:2] or texts),
        *(f"{name}>500" for name in numbers[:1]),
        "!not",
    ]


class Matcher(Generic[R]):
    """Decides for each row whether a filter matches it."""

    def __init__(
        self,
        wanted: Filter,
        columns: Sequence[Column[R]],
        context: Context,
        *,
        searched: Sequence[Column[R]] | None = None,
    ) -> None:
        """Words are looked for in the `searched` columns, else in all of them."""
        by_key = {column.key: column for column in columns}
        self._context = context
        self._searched = columns if searched is None else searched
        self._words = [
            (term.text.casefold(), term.is_not) for term in wanted.terms if not term.field
        ]
        self._compared = [
            (term, read_operand(term.text), by_key[term.field])
            for term in wanted.terms
            if term.field in by_key
        ]

    def __call__(self, row: R) -> bool:
        """Whether every term holds for a row."""
        return self._has_words(row) and all(
            self._holds(term.operator, operand, column, row) is not term.is_not
            for term, operand, column in self._compared
        )

    def _has_words(self, row: R) -> bool:
        if not self._words:
            return True
        text = " ".join(column.text(row, self._context) for column in self._searched).casefold()
        return all((word in text) is not is_not for word, is_not in self._words)

    def _holds(self, operator: Operator, operand: Operand, column: Column[R], row: R) -> bool:
        value = column.value(row)
        if column.words is not None and not is_number(value):
            # A state that is made of the whole row is compared as it reads: `◍ stale`.
            value = _bare(column.text(row, self._context))
        if holds(value, operator, operand, now=self._context.now):
            return True
        is_numeric = is_number(value) and operand.number is not None
        if operator != ":" or not operand.text or is_numeric:
            return False
        return operand.text.casefold() in column.text(row, self._context).casefold()


def matching(
    rows: Iterable[R],
    wanted: Filter,
    columns: Sequence[Column[R]],
    context: Context,
    *,
    searched: Sequence[Column[R]] | None = None,
) -> list[R]:
    """The rows that a filter matches, in their order."""
    if not wanted:
        return list(rows)
    return list(filter(Matcher(wanted, columns, context, searched=searched), rows))


def is_number(value: Any) -> bool:
    """Whether a value is a number or a price, and not missing."""
    return not is_missing(value) and not isinstance(value, str) and number_of(value) is not None


def _name(text: str) -> str:
    return text.strip().casefold().replace(" ", "_").replace("-", "_")


def _bare(text: str) -> str:
    """A text without the symbol before it."""
    symbol, space, rest = text.partition(" ")
    return rest if space and not any(map(str.isalnum, symbol)) else text


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between two spaces outside quotes."""

    before: str
    """The part before the quotes, or all of it."""
    quoted: str | None = None
    """What the quotes contain."""


def _pieces(text: str) -> list[_Piece]:
    """Split at spaces, except inside quotes; a quote that is not closed goes on to the end."""
    pieces: list[_Piece] = []
    at, before = 0, ""
    while at < len(text):
        character = text[at]
        if character in _QUOTES and _may_open(before):
            end = next((n for n in range(at + 1, len(text)) if text[n] in _QUOTES), len(text))
            pieces.append(_Piece(before, text[at + 1 : end]))
            at, before = end + 1, ""
        elif character.isspace():
            pieces.extend([_Piece(before)] if before else [])
            at, before = at + 1, ""
        else:
            at, before = at + 1, before + character
    return [*pieces, _Piece(before)] if before else pieces


def _may_open(before: str) -> bool:
    """A quote opens at the start of a term, after `!` and after an operator: not in `27"`."""
    return not before.lstrip("!") or before.endswith(OPERATORS)


def _term(piece: _Piece, fields: dict[str, str], unknown: list[str]) -> Term | None:
    is_not = piece.before.startswith("!")
    body = piece.before[1:] if is_not else piece.before
    split = _split(body)
    if split is not None:
        name, operator, value = split
        key = fields.get(_name(name))
        value = value if piece.quoted is None else value + piece.quoted
        if key is not None:
            if not value and piece.quoted is None:
                return None
            return Term(value, key, operator, is_not)
        unknown.append(name)
    text = body + (piece.quoted or "")
    return Term(text, is_not=is_not) if text else None


def _split(text: str) -> tuple[str, Operator, str] | None:
    """A field, its operator and its value, if a text is made like that."""
    found = [(text.find(each), -len(each), each) for each in OPERATORS if each in text]
    if not found:
        return None
    at, _, operator = min(found)
    name = text[:at]
    return (name, operator, text[at + len(operator) :]) if _FIELD.fullmatch(name) else None
