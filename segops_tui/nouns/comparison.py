"""Compares a value with what the user typed: numbers, prices, times, texts, missing values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from segops_tui.nouns.column import format_value

Operator = Literal[":", "=", "!=", "<", "<=", ">", ">="]
"""`:` is "contains" for texts and "equals" for everything else."""

OPERATORS: Final[tuple[Operator, ...]] = ("!=", "<=", ">=", ":", "=", "<", ">")
"""Every operator, the longer ones first."""

_NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9]\d{0,40}|[1-9]\d{0,2}(?:,\d{3})+)?(?:\.\d{1,40})?")
"""A text with leading zeros is a code, not a number."""
_SUFFIXES: Final = {"k": 1_000, "m": 1_000_000}
_AGE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?(s|sec|m|min|h|d|w|y)")
_SECONDS: Final = {
    "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604_800, "y": 31_536_000,
}  # fmt: skip
_DATE: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[-+]\d{2}:?\d{2})?")
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}
_LONGEST_NUMBER: Final = 60


@dataclass(frozen=True, slots=True)
class Operand:
    """A typed value with each of its readings; the row's value decides which one counts."""

    text: str
    number: Decimal | None = None
    age: timedelta | None = None
    """`2d`: compared with how long ago a time is, so `> 2d` means older."""
    times: tuple[datetime, datetime] | None = None
    """A date or time, as its first moment and the first one after it."""
    flag: bool | None = None


def read_operand(text: str) -> Operand:
    """Read what the user typed: `500`, `1,200`, `10k`, `2d`, `2026-05-02`, `yes`, `stale`."""
    text = text.strip()
    found = _AGE.fullmatch(text.lower())
    age = None if found is None else timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    number, factor = _number_in(text), _SUFFIXES.get(text[-1:].lower())
    if number is None and factor is not None:
        number = _number_in(text[:-1])
        number = None if number is None else number * factor
    return Operand(text, number, age, _times_in(text), _FLAGS.get(text.casefold()))


def is_missing(value: Any) -> bool:
    """Whether there is no value: null, an empty text, an empty list."""
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)


def holds(value: Any, operator: Operator, operand: Operand, *, now: datetime) -> bool:
    """Whether `value operator operand` is true.

    A list holds if one of its items does. A missing value is equal to an empty operand and is not
    less or greater than anything. `!=` is the opposite of `=`.
    """
    if operator == "!=":
        return not holds(value, "=", operand, now=now)
    if is_missing(value) or not operand.text:
        return operator in {":", "="} and is_missing(value) and not operand.text
    if isinstance(value, list | tuple):
        return any(holds(item, operator, operand, now=now) for item in value)
    if isinstance(value, bool) and operand.flag is not None:
        return operator in {":", "=", "<=", ">="} and value is operand.flag
    number = number_of(value)
    if number is not None and operand.number is not None:
        return _ordered(number, operand.number, operator)
    when = time_of(value)
    if when is not None and (operand.age is not None or operand.times is not None):
        return _holds_for_time(when, operator, operand, now)
    return _holds_for_text(value, operator, operand)


def number_of(value: Any) -> Decimal | None:
    """The number a value is: itself, a price's amount, or a text that is one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(str(value))
    elif isinstance(value, str):
        return _number_in(value.strip())
    elif isinstance(value, Mapping) and "amount" in value:
        return None if isinstance(value["amount"], Mapping) else number_of(value["amount"])
    else:
        return None
    return number if number.is_finite() else None


def _number_in(text: str) -> Decimal | None:
    if len(text) > _LONGEST_NUMBER or not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text.replace(",", "")) if any(map(str.isdigit, text)) else None


def _times_in(text: str) -> tuple[datetime, datetime] | None:
    try:
        if _TIME.fullmatch(text):
            start = _aware(datetime.fromisoformat(text))
            length = timedelta(seconds=1) if text.count(":") > 1 else timedelta(minutes=1)
            return start, start + length
        found = _DATE.fullmatch(text)
        if found is None:
            return None
        year, month = int(found[1]), int(found[2])
        first = date(year, month, int(found[3] or 1))
        after = first + timedelta(days=1 if found[3] else 32)
        last = after if found[3] else after.replace(day=1)
        return _midnight(first), _midnight(last)
    except (ValueError, OverflowError):
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _aware(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when


def time_of(value: Any) -> datetime | None:
    """The time a value is: itself, or a text that is one."""
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        times = _times_in(value)
        return None if times is None else times[0]
    return None


def _holds_for_time(when: datetime, operator: Operator, operand: Operand, now: datetime) -> bool:
    if operand.times is not None:
        start, end = operand.times
        match operator:
            case "<":
                return when < start
            case "<=":
                return when < end
            case ">":
                return when >= end
            case ">=":
                return when >= start
        return start <= when < end
    if operand.age is None:
        return False
    age = now - when
    if operator in {":", "="}:
        return abs(age - operand.age) < timedelta(seconds=1)
    return _ordered(age, operand.age, operator)


def _holds_for_text(value: Any, operator: Operator, operand: Operand) -> bool:
    text = format_value(value)
    if operator == "=":
        return text == operand.text
    if operator == ":":
        return operand.text.casefold() in text.casefold()
    # A text that is no number is neither less nor greater than one.
    if not isinstance(value, str) or operand.number is not None:
        return False
    return _ordered(text.casefold(), operand.text.casefold(), operator)


def _ordered(left: Any, right: Any, operator: Operator) -> bool:
    match operator:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
    return bool(left == right)
