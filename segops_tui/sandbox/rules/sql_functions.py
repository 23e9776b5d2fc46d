"""The SQL functions that SQLite lacks and compiled rules call; all are deterministic.

Text arrives as a BLOB where it may hold bytes that Python cannot decode.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from segops_tui.api.operators import instant_of, number_of
from segops_tui.api.patterns import compile_pattern

if TYPE_CHECKING:
    import sqlite3


def register_functions(connection: sqlite3.Connection) -> None:
    """Register every function on a connection, before a compiled query runs."""
    for name, arguments, function in (
        ("segops_number", 1, number_of),
        ("segops_instant", 1, instant_of),
        ("segops_text", 1, _text),
        ("segops_matches", 2, _matches),
        ("segops_pick", 2, _pick),
        ("segops_list", 1, _list),
        ("segops_in_order", 3, _in_order),
    ):
        connection.create_function(name, arguments, function, deterministic=True)


def _text(number: float | None) -> str | None:
    """Write a number as Python and JSON do; SQLite's own CAST keeps only 15 digits."""
    return None if number is None else repr(number)


def _matches(pattern: str, text: bytes | None) -> bool | None:
    if text is None:
        return None
    return compile_pattern(pattern).search(text.decode(errors="replace")) is not None


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


@lru_cache(maxsize=64)
def _steps(pattern: str) -> tuple[int, ...]:
    return tuple(map(int, pattern.split(",")))
