"""Validate one condition of a definition, field by field; never raises, whatever the JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_types import (
    VALUE_TYPE_OPERATORS,
    ConditionField,
    ConditionType,
    FieldKind,
    Kind,
    condition_types,
)
from segops_tui.api.operators import OPERATORS, number_of, text_of
from segops_tui.api.patterns import PatternError, compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MOST_EVENTS: Final = 20
"""The most steps in one event_sequence."""

_REQUIRED: Final = "This field is required."
_MOST_UNKNOWN: Final = 10
_FIELD_NAME = re.compile(r"[a-z_][a-z0-9_]{0,60}")
_SEGMENT_ID = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One fault of a definition, with the path of the field."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def check_condition(condition: object, path: str, *, kind: Kind) -> Iterator[RuleFault]:
    """Yield all faults of one condition, in the order of its type's fields."""
    if not isinstance(condition, dict):
        yield RuleFault(path, "must be an object.")
        return
    if "conditions" in condition or "logic" in condition:
        yield RuleFault(path, "groups cannot be nested; a definition is one flat list.")
        return
    name = condition.get("type")
    if name is None:
        yield RuleFault(f"{path}.type", _REQUIRED)
        return
    types = condition_types(kind)
    entry = types.get(name) if isinstance(name, str) else None
    if entry is None:
        choices = ", ".join(types)
        yield RuleFault(f"{path}.type", f"{quote_value(name)} is not one of {choices}.")
        return
    for field_name, field in entry.fields.items():
        yield from _check_field(condition, field_name, field, entry, f"{path}.{field_name}")
    if not entry.is_open:
        yield from unknown_fields(condition, ("type", *entry.fields), path, of=entry.name)


def unknown_fields(
    found: Mapping[str, Any], known: Sequence[str], path: str, *, of: str
) -> Iterator[RuleFault]:
    """Yield a fault for each of the first fields that are not known: they would be ignored."""
    unknown = (name for name in found if name not in known)
    for name in islice(unknown, _MOST_UNKNOWN):
        if _FIELD_NAME.fullmatch(name):
            at = f"{path}.{name}" if path else name
            yield RuleFault(at, f"{of} has no such field; it has {', '.join(known)}.")
        else:
            yield RuleFault(path or "definition", f"{of} has no field {quote_value(name)}.")


def quote_value(value: object) -> str:
    """Return a value as a message quotes it: scalars as JSON, objects and lists by type."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:59]}…"'
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return "null" if value is None else text_of(value) or "an odd number"


def segment_number(value: object) -> int | None:
    """Return the id in a `segment_id`, which may be a number or a numeric string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 < value < 2**63 else None
    return int(value) if isinstance(value, str) and _SEGMENT_ID.fullmatch(value) else None


def _check_field(
    condition: Mapping[str, Any], name: str, field: ConditionField, entry: ConditionType, path: str
) -> Iterator[RuleFault]:
    value = condition.get(name)
    if field.kind == "operator":
        yield from _check_operator(condition, value, entry, path)
    elif field.kind == "operand":
        yield from _check_operand(condition, path)
    elif field.kind != "second":
        if value is not None:
            yield from _CHECKS[field.kind](value, field, path)
        elif field.required:
            yield RuleFault(path, _REQUIRED)


def _check_operator(
    condition: Mapping[str, Any], value: object, entry: ConditionType, path: str
) -> Iterator[RuleFault]:
    if value is None:
        yield RuleFault(path, _REQUIRED)
    elif not isinstance(value, str) or value not in entry.operators:
        yield RuleFault(path, f"{quote_value(value)} is not valid for {entry.name}.")
    elif entry.name == "product_attribute":
        declared = condition.get("value_type")
        offered = VALUE_TYPE_OPERATORS.get(declared) if isinstance(declared, str) else None
        if offered is not None and value not in offered:
            yield RuleFault(path, f"{quote_value(value)} is not valid for a {declared} attribute.")


def _check_operand(condition: Mapping[str, Any], path: str) -> Iterator[RuleFault]:
    name = condition.get("operator")
    operator = OPERATORS.get(name) if isinstance(name, str) else None
    if operator is None or operator.operand == "none":
        return
    value = condition.get("value")
    if value is None:
        yield RuleFault(path, _REQUIRED)
    elif operator.operand == "list":
        yield from _check_list(value, path)
    elif operator.operand == "range":
        yield from _check_range(value, condition.get("value2"), path)
    elif operator.operand == "pattern":
        yield from _check_pattern(value, path)
    else:
        yield from _check_scalar(value, path)


def _check_list(value: object, path: str) -> Iterator[RuleFault]:
    if isinstance(value, str):
        yield from _check_storable(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_scalar(item, f"{path}[{index}]")
    else:
        yield RuleFault(path, "must be a list, or text separated by commas.")


def _check_range(value: object, second: object, path: str) -> Iterator[RuleFault]:
    if isinstance(value, list):
        if len(value) != 2:
            yield RuleFault(path, "must be two bounds: [lowest, highest].")
            return
        low, high, low_path, high_path = *value, f"{path}[0]", f"{path}[1]"
    else:
        low, high, low_path, high_path = value, second, path, f"{path}2"
    yield from _check_scalar(low, low_path)
    if high is None:
        yield RuleFault(high_path, _REQUIRED)
    else:
        yield from _check_scalar(high, high_path)


def _check_pattern(value: object, path: str) -> Iterator[RuleFault]:
    if not isinstance(value, str):
        yield RuleFault(path, "must be a regular expression.")
        return
    faults = list(_check_storable(value, path))
    try:
        compile_pattern(value)
    except PatternError as error:
        faults.append(RuleFault(path, f"{error}."))
    yield from faults[:1]


def _check_scalar(value: object, path: str) -> Iterator[RuleFault]:
    if isinstance(value, str):
        yield from _check_storable(value, path)
    elif text_of(value) is None:
        yield RuleFault(path, "must be text, a number, true or false.")


def _check_text(value: object, _field: ConditionField, path: str) -> Iterator[RuleFault]:
    if not isinstance(value, str):
        yield RuleFault(path, "must be text.")
    elif not value.strip():
        yield RuleFault(path, "must not be empty.")
    else:
        yield from _check_storable(value, path)


def _check_number(value: object, _field: ConditionField, path: str) -> Iterator[RuleFault]:
    if isinstance(value, str) or number_of(value) is None:
        yield RuleFault(path, "must be a number.")


def _check_days(value: object, _field: ConditionField, path: str) -> Iterator[RuleFault]:
    days = None if isinstance(value, str) else number_of(value)
    if days is None:
        yield RuleFault(path, "must be a number of days.")
    elif days < 0:
        yield RuleFault(path, "must not be negative.")


def _check_segment(value: object, _field: ConditionField, path: str) -> Iterator[RuleFault]:
    if segment_number(value) is None:
        yield RuleFault(path, f"{quote_value(value)} is not a segment id.")


def _check_events(value: object, field: ConditionField, path: str) -> Iterator[RuleFault]:
    if not isinstance(value, list):
        yield RuleFault(path, "must be a list of event types.")
        return
    if not 2 <= len(value) <= MOST_EVENTS:
        yield RuleFault(path, f"must name 2 to {MOST_EVENTS} event types.")
    for index, item in enumerate(value[:MOST_EVENTS]):
        yield from _check_text(item, field, f"{path}[{index}]")


def _check_flag(value: object, _field: ConditionField, path: str) -> Iterator[RuleFault]:
    if not isinstance(value, bool):
        yield RuleFault(path, "must be true or false.")


def _check_word(value: object, field: ConditionField, path: str) -> Iterator[RuleFault]:
    if not isinstance(value, str) or value not in field.choices:
        yield RuleFault(path, f"{quote_value(value)} is not one of {', '.join(field.choices)}.")


def _check_storable(text: str, path: str) -> Iterator[RuleFault]:
    """Yield a fault for text that a database cannot store."""
    if "\0" in text:
        yield RuleFault(path, "must not contain a NUL character.")
    elif not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        yield RuleFault(path, "must be valid Unicode text.")


_CHECKS: Final[Mapping[FieldKind, Callable[[object, ConditionField, str], Iterator[RuleFault]]]] = {
    "text": _check_text,
    "number": _check_number,
    "days": _check_days,
    "segment": _check_segment,
    "events": _check_events,
    "flag": _check_flag,
    "word": _check_word,
}
