"""Which rows a list shows and in which order: `--where` and `--sort`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from segops_tui import wording
from segops_tui.cli.core.printing.conditions import Condition, read_condition
from segops_tui.cli.core.printing.fields import Fields
from segops_tui.nouns.column import Column, Context, format_value
from segops_tui.nouns.comparison import holds, is_missing, number_of, read_operand, time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from segops_tui.api.record import Record
    from segops_tui.cli.core.context import Invocation
    from segops_tui.nouns.column import Noun
    from segops_tui.nouns.comparison import Operator

R = TypeVar("R", bound="Record")

_SYMBOL: Final = re.compile(r"[^\w\s–-] ")
"""What stands before a word in a cell: `● computed`."""
_PROBE: Final = 200
"""Rows looked at to know which fields there are."""


@dataclass(slots=True)
class RowSelection(Generic[R]):
    """The conditions and the order of one list."""

    conditions: list[Condition] = field(default_factory=list)
    sorts: tuple[str, ...] = ()
    context: Context = field(default_factory=lambda: Context(now=datetime.now(UTC)))
    debug: Callable[[str], None] | None = None
    total: int | None = None
    """How many rows passed, once all of them were sorted."""

    @classmethod
    def of(cls, run: Invocation) -> RowSelection[Any]:
        """What this run asks for."""
        asked = run.options
        return cls(
            [read_condition(text) for text in asked.where],
            asked.sort,
            Context(now=run.now()),
            run.talk.note if asked.debug else None,
        )

    def __bool__(self) -> bool:
        return bool(self.conditions or self.sorts)

    def send(self, name: str, *operators: Operator) -> str | None:
        """The value of a condition that the server is asked for, if there is one.

        The rows that come are compared here as well: a server may not know the parameter.
        """
        for condition in self.conditions:
            if condition.field == name and condition.operator in operators and condition.value:
                condition.is_sent = True
                return condition.value
        return None

    def applied(self, rows: Iterable[R], noun: Noun[R]) -> Iterator[R]:
        """The rows that pass, in order.

        Raises:
            click.UsageError: rows have no field of a name that was given.
        """
        walk = iter(rows)
        head = list(islice(walk, _PROBE))
        fields = Fields(noun, head)
        tests = [(fields.column(each.field), each) for each in self.conditions]
        orders = [(fields.column(name.lstrip("-+")), name[:1] == "-") for name in self.sorts]
        self._tell()
        passing = (
            row
            for row in chain(head, walk)
            if all(self._passes(row, column, condition) for column, condition in tests)
        )
        if not orders:
            yield from passing
            return
        found = list(passing)
        self.total = len(found)
        for column, is_descending in reversed(orders):
            found = _ordered(found, partial(compared, column, context=self.context), is_descending)
        if self.debug is not None:
            self.debug(f"--sort: {wording.plural(len(found), 'row')} sorted here")
        yield from found

    def _tell(self) -> None:
        if self.debug is None:
            return
        for condition in self.conditions:
            where = "asked of the server" if condition.is_sent else "compared here, over all pages"
            self.debug(f"--where {condition}: {where}")
        if self.sorts:
            self.debug("--sort: the API cannot sort this list, so all of it is read first")

    def _passes(self, row: R, column: Column[R], condition: Condition) -> bool:
        if condition.operator == "!=":
            return not self._holds(row, column, "=", condition.value)
        return self._holds(row, column, condition.operator, condition.value)

    def _holds(self, row: R, column: Column[R], operator: Operator, text: str) -> bool:
        operand, now = read_operand(text), self.context.now
        value = compared(column, row, context=self.context)
        if holds(value, operator, operand, now=now):
            return True
        # A word of the table is as good as the server's own: Klaviyo, active, yes.
        if operator not in {"=", ":"} or is_missing(value) or not isinstance(value, str | bool):
            return False
        return holds(_shown(column, row, self.context), operator, operand, now=now)


def compared(column: Column[R], row: R, *, context: Context) -> Any:
    """The value that counts: the column's own, or the table's word where it needs the whole row."""
    value = column.value(row)
    return _shown(column, row, context) if column.words and isinstance(value, str) else value


def _shown(column: Column[R], row: R, context: Context) -> str:
    return _SYMBOL.sub("", column.text(row, context), count=1)


def _ordered(rows: list[R], value: Callable[[R], Any], is_descending: bool) -> list[R]:
    """Rows by a value; what is missing comes last either way, and equal rows stay as they were."""
    there = [(sort_key(value(row)), row) for row in rows]
    present = [pair for pair in there if pair[0] is not None]
    present.sort(key=lambda pair: cast("Any", pair[0]), reverse=is_descending)
    return [row for _, row in present] + [row for key, row in there if key is None]


def sort_key(value: Any) -> tuple[int, Any] | None:
    """What a value is sorted by: numbers before times before texts; None for a missing one."""
    if is_missing(value):
        return None
    if isinstance(value, bool):
        return 0, int(value)
    number = number_of(value)
    if number is not None:
        return 0, number
    when = time_of(value)
    if when is not None:
        return 1, when
    return 2, format_value(value).casefold()
