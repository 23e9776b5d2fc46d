"""The operators of segment definitions, and how they read JSON values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

Operand = Literal["none", "scalar", "text", "ordered", "range", "list", "pattern"]
"""What an operator takes as its `value`; `range` also takes `value2`.

An ordered value that is neither a number nor a timestamp is valid, and compares as false.
"""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator."""

    name: str
    words: str
    """The text between a property and its value, such as `is between`."""
    operand: Operand
    negates: str | None = None
    """The operator that this one negates exactly, for unset values too."""


OPERATORS: Final[dict[str, Operator]] = {
    operator.name: operator
    for operator in (
        Operator("eq", "=", "scalar"),
        Operator("neq", "≠", "scalar", negates="eq"),
        Operator("gt", ">", "ordered"),
        Operator("gte", "≥", "ordered"),
        Operator("lt", "<", "ordered"),
        Operator("lte", "≤", "ordered"),
        Operator("between", "is between", "range"),
        Operator("not_between", "is not between", "range", negates="between"),
        Operator("in", "is one of", "list"),
        Operator("not_in", "is none of", "list", negates="in"),
        Operator("contains", "contains", "text"),
        Operator("does_not_contain", "does not contain", "text", negates="contains"),
        Operator("starts_with", "starts with", "text"),
        Operator("ends_with", "ends with", "text"),
        Operator("matches_regex", "matches", "pattern"),
        Operator("is_set", "is set", "none"),
        Operator("is_not_set", "is not set", "none", negates="is_set"),
        Operator("is_true", "is true", "none"),
        Operator("is_false", "is false", "none"),
    )
}
"""All operators by wire name, in the order to offer them."""

COMPARISONS: Final = ("eq", "neq", "gt", "gte", "lt", "lte")
"""The operators between two numbers."""

# Leading zeros are refused: a postal code "01234" must not equal 1234.
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_LONGEST_NUMBER = 400
_INT64 = range(-(2**63), 2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRUTHS: Final[dict[str, bool]] = {"true": True, "false": False}


def number_of(value: object) -> int | float | None:
    """Return the number in a number or numeric string; None for anything else.

    Digits too long for 64 bits are an identifier, not a number: two of them must not become
    equal by rounding.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value in _INT64 else _float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _number_in(value) if isinstance(value, str) else None


def instant_of(value: object) -> int | None:
    """Return an ISO 8601 date or timestamp as microseconds since 1970 UTC; None for the rest."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def truth_of(value: object) -> bool | None:
    """Return the truth of true, "true", 1 and their opposites; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUTHS:
        return _TRUTHS[value]
    number = number_of(value)
    return bool(number) if number in (0, 1) else None


def text_of(value: object) -> str | None:
    """Return a scalar as its JSON text; None for null, arrays and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    number = number_of(value)
    return None if number is None else repr(number)


def _number_in(text: str) -> int | float | None:
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if found is None:
        return None
    if found[1] or found[2]:
        return number_of(float(text))
    whole = int(text)
    return whole if whole in _INT64 else None


def _float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
