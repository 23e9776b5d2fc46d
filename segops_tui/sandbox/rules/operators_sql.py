"""The operators of the segment DSL as SQL predicates over one value.

A value is two columns: `kind` (its JSON type) and `item` (the value as SQLite reads it). Negative
operators are left to the caller: each is the exact opposite of a positive one.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import instant_of, number_of, text_of, truth_of
from segops_tui.api.patterns import compile_pattern
from segops_tui.sandbox.rules.sql_fragments import Compiled, bound, joined, splice

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value: its type in one column, what SQLite reads of it in another."""

    kind: str
    item: str

    @property
    def number(self) -> Compiled:
        """The value as a number, otherwise NULL; only text that looks like one is parsed."""
        return Compiled(
            f"CASE WHEN {self.kind} IN ('integer', 'real') THEN {self.item}"
            f" WHEN {self.kind} = 'text' AND {self.item} NOT GLOB '*[^-+.0-9eE]*'"
            f" THEN segops_number({self.item}) END"
        )

    @property
    def instant(self) -> Compiled:
        """The value as microseconds since 1970, NULL when it is not a timestamp."""
        return Compiled(
            f"CASE WHEN {self.kind} = 'text' AND {self.item} NOT GLOB '*[^-+:.0-9TZ ]*'"
            f" THEN segops_instant({self.item}) END"
        )

    @property
    def text(self) -> Compiled:
        """A scalar as JSON writes it, otherwise NULL."""
        return Compiled(
            f"CASE {self.kind} WHEN 'text' THEN {self.item}"
            " WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
            f" WHEN 'integer' THEN CASE typeof({self.item})"
            f" WHEN 'integer' THEN CAST({self.item} AS TEXT) ELSE segops_text({self.item}) END"
            f" WHEN 'real' THEN segops_text({self.item}) END"
        )

    @property
    def truth(self) -> Compiled:
        """1 or 0 for a boolean-like value, otherwise NULL."""
        return splice(
            f"CASE WHEN {self._says('true')} THEN 1 WHEN {self._says('false')} THEN 0"
            " ELSE CASE {} WHEN 1 THEN 1 WHEN 0 THEN 0 END END",
            self.number,
        )

    def equals(self, value: object) -> Compiled:
        """Compare as numbers, else as truths, else as text."""
        number, truth = number_of(value), truth_of(value)
        if truth is not None:
            return splice("{} = {}", self.truth, bound(int(truth)))
        if number is not None:
            return splice("{} = {}", self.number, bound(number))
        return splice(f"({self.kind} = 'text' AND {self.item} = {{}})", bound(value))

    def _says(self, word: str) -> str:
        return f"{self.kind} = '{word}' OR {self.kind} = 'text' AND {self.item} = '{word}'"


STORED: Final = Value("kind", "item")
"""The two columns every predicate is about."""

_ELEMENT: Final = Value("element.type", "element.value")
_IS_SET: Final = Compiled(
    "kind IS NOT NULL AND kind <> 'null' AND NOT (kind = 'text' AND item = '')"
    " AND NOT (kind = 'array' AND item = '[]')"
)
_MOST_WRITTEN_OUT: Final = 50
_COMPARISONS: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "=", "neq": "<>"}
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_ -]+")


def property_columns(document: str, name: str) -> Compiled:
    """Return `kind` and `item` of a property in a JSON column.

    A key of exactly that name takes precedence; otherwise dots reach into nested objects.
    """
    source, path = property_path(document, name)
    return splice("json_type({}, {}) AS kind, json_extract({}, {}) AS item", *[source, path] * 2)


def property_path(document: str, name: str) -> tuple[Compiled, Compiled]:
    """Return where a property is: the JSON to look into, and a path in it."""
    steps = name.split(".")
    column = Compiled(document)
    if not all(_PLAIN_KEY.fullmatch(step) for step in steps):
        return splice(f"segops_pick({document}, {{}})", bound(name)), bound("$[0]")
    full_key, nested = bound(f'$."{name}"'), bound("$" + "".join(f'."{step}"' for step in steps))
    if len(steps) == 1:
        return column, full_key
    choice = f"CASE WHEN json_type({document}, {{}}) IS NULL THEN {{}} ELSE {{}} END"
    return column, splice(choice, full_key, nested, full_key)


def compared(subject: str, operator: str, value: float) -> Compiled:
    """Compare a numeric expression with a number."""
    return splice(f"{subject} {_COMPARISONS[operator]} {{}}", bound(number_of(value)))


def predicate(operator: str, condition: Mapping[str, Any]) -> Compiled:
    """Return a positive operator as a predicate that is never NULL.

    Raises:
        KeyError: the operator is a negative one, or none.
    """
    test = _PREDICATES[operator](operator, condition)
    if operator.startswith("is_"):
        return test
    return splice("coalesce(({}) AND {}, 0)", _IS_SET, test)


def _eq(_operator: str, condition: Mapping[str, Any]) -> Compiled:
    return STORED.equals(condition["value"])


def _in(_operator: str, condition: Mapping[str, Any]) -> Compiled:
    values = condition["value"]
    truths = {truth for truth in map(truth_of, values) if truth is not None}
    plain = [value for value in values if truth_of(value) is None]
    numbers = [number for number in map(number_of, plain) if number is not None]
    texts = [value for value in plain if number_of(value) is None]
    tests = [splice("{} IN {}", STORED.truth, _row(sorted(map(int, truths))))] if truths else []
    tests += [splice("{} IN {}", STORED.number, _row(numbers))] if numbers else []
    tests += [splice("(kind = 'text' AND item IN {})", _row(texts))] if texts else []
    # One NULL among them must not hide that another holds.
    each = (splice("coalesce({}, 0)", test) for test in tests)
    return splice("({})", joined(" OR ", each)) if tests else Compiled("0")


def _row(values: list[Any]) -> Compiled:
    if len(values) <= _MOST_WRITTEN_OUT:
        return splice("({})", joined(", ", map(bound, values)))
    return splice("(SELECT value FROM json_each({}))", bound(json.dumps(values)))


def _ordered(operator: str, value: object) -> Compiled:
    number = number_of(value)
    subject = STORED.instant if number is None else STORED.number
    limit = instant_of(value) if number is None else number
    if limit is None:
        return Compiled("0")
    return splice(f"{{}} {_COMPARISONS[operator]} {{}}", subject, bound(limit))


def _comparison(operator: str, condition: Mapping[str, Any]) -> Compiled:
    return _ordered(operator, condition["value"])


def _between(_operator: str, condition: Mapping[str, Any]) -> Compiled:
    low, high = condition["value"], condition["value2"]
    return splice("({} AND {})", _ordered("gte", low), _ordered("lte", high))


def _contains(_operator: str, condition: Mapping[str, Any]) -> Compiled:
    value = condition["value"]
    return splice(
        "CASE kind WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each(item) AS element WHERE {})"
        " ELSE instr({}, {}) > 0 END",
        _ELEMENT.equals(value),
        STORED.text,
        bound(text_of(value)),
    )


def _starts_with(_operator: str, condition: Mapping[str, Any]) -> Compiled:
    start = text_of(condition["value"]) or ""
    return splice("substr({}, 1, {}) = {}", STORED.text, bound(len(start)), bound(start))


def _ends_with(_operator: str, condition: Mapping[str, Any]) -> Compiled:
    end = text_of(condition["value"]) or ""
    if not end:
        return splice("{} IS NOT NULL", STORED.text)
    return splice("substr({}, {}) = {}", STORED.text, bound(-len(end)), bound(end))


def _matches(_operator: str, condition: Mapping[str, Any]) -> Compiled:
    return splice("segops_matches({}, CAST({} AS BLOB))", bound(condition["value"]), STORED.text)


def _is_set(_operator: str, _condition: Mapping[str, Any]) -> Compiled:
    return splice("({})", _IS_SET)


def _is_truth(operator: str, _condition: Mapping[str, Any]) -> Compiled:
    return splice("coalesce({} = {}, 0)", STORED.truth, bound(int(operator == "is_true")))


_PREDICATES: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Compiled]]] = {
    "eq": _eq,
    "in": _in,
    "gt": _comparison,
    "gte": _comparison,
    "lt": _comparison,
    "lte": _comparison,
    "between": _between,
    "contains": _contains,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "matches_regex": _matches,
    "is_set": _is_set,
    "is_true": _is_truth,
    "is_false": _is_truth,
}


def register_functions(connection: sqlite3.Connection) -> None:
    """Register every function on a connection, before a compiled query runs."""
    for name, arguments, function in (
        ("segops_number", 1, number_of),
        ("segops_instant", 1, instant_of),
        ("segops_text", 1, _text),
        ("segops_matches", 2, _text_matches),
        ("segops_pick", 2, _pick),
        ("segops_list", 1, _list),
        ("segops_in_order", 3, _in_order),
        ("segops_in_a_row", 3, _in_a_row),
        ("segops_amount", 1, rounded_amount),
    ):
        connection.create_function(name, arguments, function, deterministic=True)


def _text(number: float | None) -> str | None:
    """Write a number as Python and JSON do; SQLite's own CAST keeps only 15 digits."""
    return None if number is None else repr(number)


def _text_matches(pattern: str, text: bytes | None) -> bool | None:
    if text is None:
        return None
    return compile_pattern(pattern).is_found_in(text)


def _pick(document: str, name: str) -> str | None:
    """Return `[value]` of a property SQLite's paths cannot name, or None.

    SQLite (before 3.45) cannot address a key that holds a quote, a backslash or an escape.
    """
    value = json.loads(document)
    if isinstance(value, dict) and name in value:
        return json.dumps([value[name]])
    for step in name.split("."):
        if not isinstance(value, dict) or step not in value:
            return None
        value = value[step]
    return json.dumps([value])


def _list(text: str) -> str:
    """Return comma-separated text as a JSON array."""
    return json.dumps([part.strip() for part in text.split(",") if part.strip()])


def _in_order(pattern: str, longest: float, times: str) -> bool:
    """Tell whether events happened in an order, first to last within `longest` microseconds.

    `pattern` numbers the steps (`0,1,0`: the third is of the first one's type) and `times` lists
    `type:time,time…` groups separated by semicolons. No event serves two steps.
    """
    steps = _steps(pattern)
    happened: list[list[int]] = [[] for _ in range(max(steps) + 1)]
    for group in times.split(";"):
        number, _, moments = group.partition(":")
        happened[int(number)].extend(map(int, moments.split(",")))
    for moments_of_type in happened:
        moments_of_type.sort()
    for index, first in enumerate(happened[steps[0]]):
        last = _earliest_end(steps, happened, index)
        if last is None:
            return False  # a later start finds even fewer events after it
        if last - first <= longest:
            return True
    return False


def _earliest_end(steps: tuple[int, ...], happened: list[list[int]], start: int) -> int | None:
    """Follow the steps from one first event, taking the earliest unused event each time."""
    now = happened[steps[0]][start]
    unused = {steps[0]: start + 1}
    for step in steps[1:]:
        moments = happened[step]
        at = max(unused.get(step, 0), bisect_left(moments, now))
        if at == len(moments):
            return None
        now = moments[at]
        unused[step] = at + 1
    return now


def _in_a_row(pattern: str, longest: float, stream: str) -> bool:
    """Tell whether the steps happened with no other event in between, within `longest`.

    `stream` lists all events of one user as `type:time` separated by commas, in any order; type -1
    is an event of another type. Events at the same time may be taken in any order.
    """
    steps = _steps(pattern)
    moments: dict[int, list[int]] = {}
    for event in stream.split(","):
        number, _, moment = event.partition(":")
        moments.setdefault(int(moment), []).append(int(number))
    groups = sorted(moments.items())
    return any(
        _row_ends(steps, groups, index, taken) <= moment + longest
        for index, (moment, events) in enumerate(groups)
        for taken in range(1, len(steps) + 1)
        if _holds(events, steps[:taken])
    )


def _row_ends(
    steps: tuple[int, ...], groups: list[tuple[int, list[int]]], index: int, taken: int
) -> float:
    """Return when a row ends that takes its first steps from one group; infinity if it breaks."""
    moment = groups[index][0]
    while taken < len(steps):
        index += 1
        if index == len(groups):
            return math.inf
        moment, events = groups[index]
        left = steps[taken:]
        if len(events) < len(left):
            # Events still to come must follow, so none of these may be left over.
            if not _holds(events, left[: len(events)]):
                return math.inf
            taken += len(events)
        elif _holds(events, left):
            return moment
        else:
            return math.inf
    return moment


def _holds(events: list[int], wanted: tuple[int, ...]) -> bool:
    """Whether simultaneous events include all the wanted types, each as often as wanted."""
    return all(events.count(number) >= wanted.count(number) for number in set(wanted))


def rounded_amount(amount: float | None) -> float | None:
    """Round a sum or an average so that 19.99 three times is 59.97.

    A millionth is finer than any currency; below one, twelve digits are kept.
    """
    if amount is None or not math.isfinite(amount):
        return amount
    return round(amount, 6) if abs(amount) >= 1 else float(f"{amount:.12g}")


@lru_cache(maxsize=64)
def _steps(pattern: str) -> tuple[int, ...]:
    return tuple(map(int, pattern.split(",")))
