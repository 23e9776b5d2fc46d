"""What can be picked for a part of a rule's row, from schemas, events and segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_types import (
    SIGNAL_EVENTS,
    VALUE_TYPE_OPERATORS,
    condition_types,
)
from segops_tui.api.operators import OPERATORS, number_of
from segops_tui.tui.dialogs.chooser import Choosable
from segops_tui.tui.rules.completion import DAYS
from segops_tui.tui.rules.rows import parse_list, parse_scalar
from segops_tui.tui.rules.templates import IDENTIFIED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from segops_tui.api.condition_types import ConditionField, ConditionType, Kind
    from segops_tui.tui.rules.rows import Part, Row
    from segops_tui.tui.rules.templates import Vocabulary

_FIXED: Final = {"sku": "the product's number", "name": "the product's name"}
_SIGNALS: Final = {"purchased_by_segment": "bought by", "viewed_by_segment": "viewed by"}
_TITLES: Final = {
    "event_type": "Event",
    "property": "Property",
    "operator": "Operator",
    "value": "Value",
    "value2": "Upper bound",
    "window_days": "Days",
    "metric": "Metric",
    "events": "Events, in order",
    "strict": "Between the events",
    "segment_id": "Segment",
    "value_type": "Read as",
    "signal": "Signal",
    "product_id_property": "Property with the product",
}


@dataclass(frozen=True, slots=True)
class Picker:
    """A list to choose from; with `new`, typed text can become a choice."""

    title: str
    choices: Sequence[Choosable[Any]]
    current: Any
    placeholder: str = "part of a name"
    empty: str = "Nothing."
    new: Callable[[str], Choosable[Any] | None] | None = None


def picker_for(row: Row, part: Part, *, kind: Kind, vocabulary: Vocabulary) -> Picker:
    """The choices for one part; a choice of None removes the field."""
    entry = condition_types(kind)[row.value["type"]]
    field = entry.fields[part.name]
    current = row.value.get(part.name)
    title = _TITLES.get(part.name, part.name)
    absent = [] if field.required else [_absent(part.name, field)]
    match field.kind:
        case "text":
            names = list(_names(row, part.name, entry, vocabulary))
            return Picker(
                title, [*names, *absent], current, "a name", _no_names(part.name), _new_name
            )
        case "number":
            return Picker(title, _kept(current), current, "a number", "Type a number.", _new_number)
        case "days":
            known = [Choosable(int(days), _days(int(days))) for days in DAYS]
            return Picker(
                title, [*known, *absent], current, "a number of days", "Type a number.", _new_days
            )
        case "operator":
            return Picker(title, _operators(row, entry), current)
        case "operand" | "second":
            return _operand(row, part, entry, vocabulary)
        case "segment":
            return Picker(
                title,
                [
                    Choosable(str(number) if kind == "product" else number, name, f"id {number}")
                    for number, name in vocabulary.segments.items()
                ],
                current,
                empty="There is no other segment.",
            )
        case "events":
            return _events(title, current, vocabulary)
        case "flag":
            found = [
                Choosable(False, "other events may lie between", "default"),
                Choosable(True, "nothing in between"),
            ]
            return Picker(title, found, current)
        case "word":
            return Picker(title, [*_words(field), *absent], current)


def property_type(row: Row, vocabulary: Vocabulary) -> str:
    """The declared type of the property a condition is about; empty where it is unknown."""
    name, condition = row.value.get("property"), row.value
    declared = condition.get("value_type")
    if condition.get("type") == "product_attribute":
        if isinstance(declared, str):
            return declared
        return "string" if name in _FIXED else vocabulary.attributes.get(str(name), "")
    is_trait = condition.get("type") == "user_property"
    event = IDENTIFIED if is_trait else condition.get("event_type")
    return vocabulary.properties(event).get(str(name), "")


def _operand(row: Row, part: Part, entry: ConditionType, vocabulary: Vocabulary) -> Picker:
    operator = OPERATORS.get(str(row.value.get("operator")))
    operand = operator.operand if operator else "scalar"
    type_ = property_type(row, vocabulary)
    current = row.value.get(part.name)
    if entry.name == "event_count":
        type_ = "number"
    title = f"{_TITLES[part.name]}{f' ({type_})' if type_ else ''}"
    if operand == "list" and part.name == "value":
        return Picker(
            title,
            _kept(current),
            current,
            "values, separated by commas",
            "Type values, separated by commas.",
            lambda typed: _new_list(typed, type_),
        )
    as_text = "string" if operand in {"text", "pattern"} else type_
    return Picker(
        title,
        _kept(current),
        current,
        "a value; quotes make a number a text",
        "Type a value.",
        lambda typed: _new_scalar(typed, as_text),
    )


def _operators(row: Row, entry: ConditionType) -> list[Choosable[Any]]:
    declared = row.value.get("value_type")
    allowed = VALUE_TYPE_OPERATORS.get(declared) if isinstance(declared, str) else None
    special = {
        "segment_membership": {"in": "is in", "not_in": "is not in"},
        "recency": {
            "lt": "within the last … days",
            "gt": "not within the last … days",
            "eq": "exactly … days ago",
        },
    }.get(entry.name, {})
    return [
        Choosable(name, special.get(name, OPERATORS[name].words), name)
        for name in entry.operators
        if allowed is None or name in allowed
    ]


def _names(
    row: Row, name: str, entry: ConditionType, vocabulary: Vocabulary
) -> Iterator[Choosable[Any]]:
    if name == "event_type":
        for known_event, properties in vocabulary.events.items():
            yield Choosable(known_event, known_event, ", ".join(properties))
        return
    if entry.name == "product_attribute":
        known: Mapping[str, str] = _FIXED | dict(vocabulary.attributes)
    else:
        is_trait = entry.name == "user_property"
        event: object = IDENTIFIED if is_trait else row.value.get("event_type")
        if event is None and entry.name == "user_behavior_signal":
            event = SIGNAL_EVENTS.get(str(row.value.get("signal")))
        if event is None and name in entry.fields:
            event = entry.fields["event_type"].default
        known = vocabulary.properties(event)
    for each, type_ in known.items():
        yield Choosable(each, each, type_)


def _events(title: str, current: Any, vocabulary: Vocabulary) -> Picker:
    """Add one at the end, drop the last, or type the whole list."""
    now = (
        [event for event in current if isinstance(event, str)] if isinstance(current, list) else []
    )
    found = [Choosable(now, " → ".join(now), "as it is")] if now else []
    if len(now) > 2:
        found.append(Choosable(now[:-1], " → ".join(now[:-1]), f"without {now[-1]}"))
    for event in vocabulary.events:
        found.append(Choosable([*now, event], " → ".join([*now, event]), f"and {event}"))

    def new(typed: str) -> Choosable[Any] | None:
        events = [part.strip() for part in typed.replace("→", ",").split(",") if part.strip()]
        return Choosable(events, " → ".join(events), "all of them") if len(events) > 1 else None

    return Picker(
        title, found, now, "an event to add, or all, separated by commas", "Type them.", new
    )


def _words(field: ConditionField) -> list[Choosable[Any]]:
    return [
        Choosable(word, _SIGNALS.get(word, word), "default" if word == field.default else "")
        for word in field.choices
    ]


def _absent(name: str, field: ConditionField) -> Choosable[Any]:
    words = {
        "window_days": "ever",
        "value_type": "as the product schema says",
    }.get(name, f"the default{f', {field.default}' if field.default else ''}")
    return Choosable(None, words, "leaves the field out")


def _kept(current: Any) -> list[Choosable[Any]]:
    if current is None or isinstance(current, dict):
        return []
    shown = ", ".join(map(str, current)) if isinstance(current, list) else str(current)
    return [Choosable(current, shown, "as it is")]


def _no_names(name: str) -> str:
    what = "events" if name == "event_type" else "properties"
    return f"No schema names {what}. Type a name."


def _new_name(typed: str) -> Choosable[Any] | None:
    name = typed.strip()
    return Choosable(name, name, "not in a schema")


def _new_number(typed: str) -> Choosable[Any] | None:
    number = number_of(typed.strip())
    return None if number is None else Choosable(number, str(number), "a number")


def _new_days(typed: str) -> Choosable[Any] | None:
    number = number_of(typed.strip())
    if number is None or number < 0:
        return None
    return Choosable(number, _days(number))


def _days(number: float) -> str:
    return f"{number} {'day' if number == 1 else 'days'}"


def _new_scalar(typed: str, type_: str) -> Choosable[Any] | None:
    value = parse_scalar(typed, type_)
    if value is None:
        return None
    note = "text" if isinstance(value, str) else "truth" if isinstance(value, bool) else "number"
    return Choosable(value, str(value), note)


def _new_list(typed: str, type_: str) -> Choosable[Any] | None:
    values = parse_list(typed, type_)
    return Choosable(values, ", ".join(map(str, values)), f"{len(values)} of them")
