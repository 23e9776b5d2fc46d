"""Segment definitions: validate, fill in defaults, find referenced segments, describe in English.

Names in a description are not escaped: the caller must not treat its lines as markup.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from segops_tui.api.condition_checks import (
    RuleFault,
    check_condition,
    quote_value,
    segment_number,
    unknown_fields,
)
from segops_tui.api.condition_types import (
    CONDITION_TYPES,
    PRODUCT_CONDITION_TYPES,
    SIGNAL_EVENTS,
    VALUE_TYPES_OF_FIELDS,
    ConditionType,
    Kind,
    condition_types,
)
from segops_tui.api.operators import OPERATORS, number_of, text_of

__all__ = [
    "CONDITION_TYPES",
    "LOGICS",
    "MOST_CONDITIONS",
    "OPERATORS",
    "PRODUCT_CONDITION_TYPES",
    "ConditionType",
    "Kind",
    "RuleFault",
    "RuleLine",
    "check_definition",
    "condition_label",
    "definition_warnings",
    "normalised",
    "referenced_events",
    "referenced_segments",
    "referenced_skus",
    "rule_lines",
]

LOGICS: Final = ("AND", "OR")
"""How conditions are combined: AND for all, OR for at least one."""

MOST_CONDITIONS: Final = 100
"""The most conditions in one definition."""


def check_definition(
    definition: object, *, kind: Kind = "user", allow_empty: bool = True
) -> list[RuleFault]:
    """Return all faults of a definition, in order; without faults it can be computed.

    With `allow_empty`, `{}` and an empty list of conditions are valid drafts.
    """
    if not isinstance(definition, dict):
        return [RuleFault("definition", "must be an object.")]
    conditions = definition.get("conditions")
    faults = list(unknown_fields(definition, ("logic", "conditions"), "", of="a definition"))
    faults += _check_logic(definition)
    if conditions is None and not definition:
        return [] if allow_empty else [RuleFault("conditions", "add at least one condition.")]
    if conditions is None:
        return [*faults, RuleFault("conditions", "This field is required.")]
    if not isinstance(conditions, list):
        return [*faults, RuleFault("conditions", "must be a list of conditions.")]
    if not conditions and not allow_empty:
        faults.append(RuleFault("conditions", "add at least one condition."))
    if len(conditions) > MOST_CONDITIONS:
        faults.append(RuleFault("conditions", f"at most {MOST_CONDITIONS} conditions are allowed."))
    for index, condition in enumerate(conditions[:MOST_CONDITIONS]):
        faults += check_condition(condition, f"conditions[{index}]", kind=kind)
    return faults


def definition_warnings(
    definition: Mapping[str, Any], field_types: Mapping[str, str]
) -> list[RuleFault]:
    """Return what is odd in a valid definition of a product segment.

    `field_types` is the product schema. A condition that reads a field as another type than the
    schema's is valid, and usually matches nothing.
    """
    types = {**field_types, "sku": "string", "name": "string"}
    warnings = []
    for index, condition in enumerate(definition.get("conditions") or ()):
        name, declared = condition.get("property"), condition.get("value_type")
        type_ = types.get(name) if isinstance(name, str) else None
        if type_ is None or declared is None or declared in VALUE_TYPES_OF_FIELDS.get(type_, ()):
            continue
        words = f"is {declared}, but {quote_value(name)} is {type_} in the product schema."
        warnings.append(RuleFault(f"conditions[{index}].value_type", words))
    return warnings


def normalised(definition: Mapping[str, Any], *, kind: Kind = "user") -> dict[str, Any]:
    """Return a copy of a valid definition with all defaults and shorthands written out.

    Normalising twice changes nothing more.
    """
    return {
        **copy.deepcopy(dict(definition)),
        "logic": definition.get("logic") or "AND",
        "conditions": [
            _with_defaults(condition, kind) for condition in definition.get("conditions") or ()
        ],
    }


def referenced_segments(definition: object) -> set[int]:
    """Return the ids of the user segments a definition refers to, even if it is invalid."""
    found = {
        segment_number(condition.get("segment_id"))
        for condition in _conditions_of(definition)
        if condition.get("type") in ("segment_membership", "user_behavior_signal")
    }
    return {number for number in found if number is not None}


def referenced_events(definition: object) -> set[str]:
    """Return the event types a definition names, even if it is invalid."""
    found: set[str] = set()
    for condition in _conditions_of(definition):
        events = condition.get("events")
        named = [condition.get("event_type"), *(events if isinstance(events, list) else ())]
        found.update(name for name in named if isinstance(name, str) and name)
    return found


def referenced_attributes(definition: object) -> set[str]:
    """Return the attributes of products a definition compares, even if it is invalid."""
    return {
        condition["property"]
        for condition in _conditions_of(definition)
        if condition.get("type") == "product_attribute"
        and isinstance(condition.get("property"), str)
    }


def referenced_skus(definition: object) -> set[str]:
    """Return the values a definition compares whole SKUs with, even if it is invalid.

    These are conditions on a product's `sku`, and on the `product_id` of an event (contract §13.5).
    """
    found: set[str] = set()
    for condition in _conditions_of(definition):
        kind, operator = condition.get("type"), condition.get("operator")
        if not isinstance(kind, str) or condition.get("property") != _SKU_PROPERTIES.get(kind, ""):
            continue
        value = condition.get("value")
        if operator in ("in", "not_in"):
            values = value.split(",") if isinstance(value, str) else value
            found.update(
                text.strip()
                for text in map(text_of, values if isinstance(values, list) else ())
                if text
            )
        elif operator in ("eq", "neq"):
            found.add(text_of(value) or "")
    return found - {""}


def _conditions_of(definition: object) -> list[Mapping[str, Any]]:
    """Those conditions of a definition, which may be invalid, that are objects."""
    conditions = definition.get("conditions") if isinstance(definition, Mapping) else None
    if not isinstance(conditions, list | tuple):
        return []
    return [condition for condition in conditions if isinstance(condition, Mapping)]


_SKU_PROPERTIES: Final = {"product_attribute": "sku", "event_property": "product_id"}
"""By type of condition, the property that is a product's SKU."""


def _check_logic(definition: Mapping[str, Any]) -> list[RuleFault]:
    if not definition or definition.get("logic") in LOGICS:
        return []
    if definition.get("logic") is None:
        return [RuleFault("logic", "This field is required.")]
    return [RuleFault("logic", f'{quote_value(definition["logic"])} is not one of "AND", "OR".')]


def _with_defaults(condition: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    full = {
        name: value for name, value in copy.deepcopy(dict(condition)).items() if value is not None
    }
    for name, field in condition_types(kind)[full["type"]].fields.items():
        if field.default is not None:
            full.setdefault(name, field.default)
        elif field.kind == "segment" and kind == "user":
            full[name] = segment_number(full[name])
    if full["type"] == "user_behavior_signal":
        full.setdefault("event_type", SIGNAL_EVENTS[full["signal"]])
    operator = OPERATORS.get(full.get("operator", ""))
    if operator is None or "value" not in full or full["type"] == "segment_membership":
        return full
    if operator.operand == "list" and isinstance(full["value"], str):
        full["value"] = [part.strip() for part in full["value"].split(",") if part.strip()]
    elif operator.operand == "range" and isinstance(full["value"], list):
        full["value"], full["value2"] = full["value"]
    return full


_MISSING: Final = "…"
_LONGEST_LIST: Final = 8
_QUANTIFIERS: Final = {"AND": "ALL of", "OR": "ANY of"}

_Condition = Mapping[str, Any]
_Names = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of the description; `depth` counts from 0."""

    text: str
    depth: int
    is_broken: bool = False
    """Whether the condition refers to a segment that is missing."""


def condition_label(condition: _Condition, *, segment_names: _Names | None = None) -> str:
    """Describe a condition, such as `sum(order_placed.total) ≥ 500`."""
    name = condition.get("type")
    describe = _LABELS.get(name) if isinstance(name, str) else None
    if describe is not None:
        return describe(condition, segment_names or {})
    if name is None and "conditions" in condition:
        return "nested group (not supported)"
    return f"unknown condition {_format_value(name)}"


def rule_lines(
    definition: object,
    *,
    kind: Kind = "user",
    segment_names: _Names | None = None,
    missing: Set[int] = frozenset(),
) -> list[RuleLine]:
    """Describe a definition, valid or not; `missing` are segments that are not there."""
    people = "users" if kind == "user" else "products"
    if not isinstance(definition, Mapping):
        return [RuleLine(f"not a rule: {_format_value(definition)}", 0)]
    logic = definition.get("logic", "AND")
    known = isinstance(logic, str) and logic in _QUANTIFIERS
    first = RuleLine(_QUANTIFIERS[logic] if known else f"{_format_value(logic)} of", 0)
    conditions = definition.get("conditions")
    if not isinstance(conditions, list | tuple):
        conditions = [] if conditions is None else [conditions]
    if not conditions:
        return [first, RuleLine(f"no conditions yet, so no {people}", 1)]
    return [
        first,
        *(
            _condition_line(condition, segment_names, missing)
            if isinstance(condition, Mapping)
            else RuleLine(f"not a condition: {_format_value(condition)}", 1)
            for condition in conditions
        ),
    ]


def _condition_line(
    condition: _Condition, segment_names: _Names | None, missing: Set[int]
) -> RuleLine:
    label = condition_label(condition, segment_names=segment_names)
    is_broken = bool(missing & referenced_segments({"conditions": [condition]}))
    return RuleLine(f"{label} (missing)" if is_broken else label, 1, is_broken)


def _event_count(condition: _Condition, _names: _Names) -> str:
    event, within = _field(condition, "event_type"), _within(condition)
    count = condition.get("value")
    if number_of(count) == 0 and condition.get("operator") == "eq":
        return f"no {event}{within}" if within else f"{event} never"
    times = "time" if count == 1 else "times"
    return f"{event} {_operator(condition)} {_format_value(count)} {times}{within}"


def _recency(condition: _Condition, _names: _Names) -> str:
    event, days = _field(condition, "event_type"), _days(condition)
    match condition.get("operator"):
        case "lt":
            return f"{event} within last {days}"
        case "gt":
            return f"no {event} within last {days}"
        case "eq":
            return f"last {event} exactly {days} ago"
    return f"last {event} {_operator(condition)} {days} ago"


def _monetary(condition: _Condition, _names: _Names) -> str:
    fields = CONDITION_TYPES["monetary"].fields
    metric, event, name = (
        _format_value(fields[key].default if condition.get(key) is None else condition[key])
        for key in ("metric", "event_type", "property")
    )
    return (
        f"{metric}({event}.{name}) {_operator(condition)} {_format_value(condition.get('value'))}"
    )


def _event_property(condition: _Condition, _names: _Names) -> str:
    subject = f"{_field(condition, 'event_type')}.{_field(condition, 'property')}"
    return f"{subject} {_comparison(condition)}"


def _user_property(condition: _Condition, _names: _Names) -> str:
    return f"user.{_field(condition, 'property')} {_comparison(condition)}"


def _event_sequence(condition: _Condition, _names: _Names) -> str:
    events = condition.get("events")
    steps = (
        (_format_value(event) for event in events)
        if isinstance(events, list)
        else (_format_value(events),)
    )
    strictly = ", nothing in between" if condition.get("strict") is True else ""
    return f"{' → '.join(steps) or 'no events'}{_within(condition)}{strictly}"


def _segment_membership(condition: _Condition, names: _Names) -> str:
    operator = _field(condition, "operator")
    words = {"in": "in", "not_in": "not in"}.get(operator, operator)
    return f"{words} {_segment(condition, names)}"


def _product_attribute(condition: _Condition, _names: _Names) -> str:
    return f"{_field(condition, 'property')} {_comparison(condition)}"


def _user_behavior_signal(condition: _Condition, names: _Names) -> str:
    verbs = {"purchased_by_segment": "bought by", "viewed_by_segment": "viewed by"}
    signal = _field(condition, "signal")
    verb = verbs.get(signal, f"{signal} by")
    event = condition.get("event_type") or SIGNAL_EVENTS.get(signal)
    name = condition.get("product_id_property") or "product_id"
    return f"{verb} {_segment(condition, names)} ({_format_value(event)}.{_format_value(name)})"


def _ai_visibility_metric(_condition: _Condition, _names: _Names) -> str:
    return "AI visibility (its meaning is not documented)"


def _comparison(condition: _Condition) -> str:
    """Describe an operator and its value, such as `is one of DE, AT`."""
    words, value = _operator(condition), condition.get("value")
    known = OPERATORS.get(str(condition.get("operator")))
    operand = known.operand if known else "scalar"
    if operand == "none":
        return words
    if operand == "scalar":
        verb = {"eq": "is", "neq": "is not"}.get(str(condition.get("operator")), words)
        return f"{words if number_of(value) is not None else verb} {_format_value(value)}"
    if operand == "text":
        return f"{words} “{_format_value(value)}”"
    if operand == "pattern":
        return f"{words} /{_format_value(value)}/"
    if operand == "range":
        low, high = value, condition.get("value2")
        if isinstance(value, list) and len(value) == 2:
            low, high = value
        return f"{words} {_format_value(low)} and {_format_value(high)}"
    return f"{words} {_listed(value)}"


def _listed(value: object) -> str:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list):
        return _format_value(value)
    shown = [_format_value(item).strip() for item in items[:_LONGEST_LIST]]
    more = len(items) - len(shown)
    return (", ".join(shown) or "nothing") + (f" and {more} more" if more else "")


def _operator(condition: _Condition) -> str:
    name = condition.get("operator")
    known = OPERATORS.get(name) if isinstance(name, str) else None
    return known.words if known else _format_value(name)


def _segment(condition: _Condition, names: _Names) -> str:
    number = segment_number(condition.get("segment_id"))
    if number is not None and number in names:
        return f"segment “{names[number]}”"
    return f"segment {_format_value(condition.get('segment_id'))}"


def _within(condition: _Condition) -> str:
    return "" if condition.get("window_days") is None else f" within {_days(condition)}"


def _days(condition: _Condition) -> str:
    days = condition.get("window_days")
    return f"{_format_value(days)} {'day' if days == 1 else 'days'}"


def _field(condition: _Condition, name: str) -> str:
    return _format_value(condition.get(name))


def _format_value(value: object) -> str:
    """Format any JSON value briefly; a missing one is an ellipsis."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if value is None:
        return _MISSING
    text = text_of(value)
    if text is not None:
        return text
    return "{…}" if isinstance(value, Mapping) else "[…]" if isinstance(value, list) else "?"


_LABELS: Final[Mapping[str, Callable[[_Condition, _Names], str]]] = {
    "event_count": _event_count,
    "recency": _recency,
    "monetary": _monetary,
    "event_property": _event_property,
    "user_property": _user_property,
    "event_sequence": _event_sequence,
    "segment_membership": _segment_membership,
    "product_attribute": _product_attribute,
    "user_behavior_signal": _user_behavior_signal,
    "ai_visibility_metric": _ai_visibility_metric,
}
