"""A rule as rows for the builder: what each shows, and the edits of its text.

The text is the only copy of the rule. Rows are read from it, an edit changes the place of one row
in it, and what the builder does not know stays as it was written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui.api.condition_checks import check_condition, segment_number
from segops_tui.api.condition_types import SIGNAL_EVENTS, condition_types
from segops_tui.api.definition import LOGICS
from segops_tui.api.json_text import json_text
from segops_tui.api.operators import OPERATORS, number_of, text_of
from segops_tui.tui.rules.json_edits import (
    EditRefused,
    dissolve,
    insert_item,
    remove,
    set_field,
    swap_items,
)
from segops_tui.tui.rules.json_positions import find_positions, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from segops_tui.api.condition_types import ConditionField, ConditionType, Kind
    from segops_tui.tui.rules.json_positions import Path

RowKind = Literal["group", "condition", "json"]
"""A list of conditions, a condition with parts to pick, or a value that only JSON can show."""

DEEPEST: Final = 40
"""Levels of nesting that have rows; a rule has three."""
UNKNOWN_ONLY: Final = "JSON only"
_MISSING: Final = "…"
_QUANTIFIERS: Final = {"AND": "ALL of these", "OR": "ANY of these"}
_LONGEST_BRIEF: Final = 20
"""Items of a value that is written out in brief."""
_INSIDE: Final = {"in": "is in", "not_in": "is not in"}
_LATELY: Final = {"lt": "within the last", "gt": "not within the last", "eq": "exactly before"}
_ABSENT: Final = {
    "window_days": "ever",
    "strict": "others in between",
    "value_type": "type as in schema",
}
_ORDER: Final = {"monetary": ("metric", "event_type", "property", "operator", "value")}
"""The order to read fields in, where it is not that of the API."""
_OPPOSITE_COUNTS: Final = {
    "eq": "neq", "neq": "eq", "gt": "lte", "lte": "gt", "gte": "lt", "lt": "gte",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a row, which the cursor can be on."""

    name: str
    """The field; `type` is the kind of condition, `logic` that of a group."""
    words: str
    is_set: bool = True
    """False for a default, or for nothing."""
    is_odd: bool = False
    """Whether its value can only be changed as JSON."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the builder."""

    path: Path
    kind: RowKind
    depth: int
    value: Any
    parts: tuple[Part, ...] = ()
    words: str = ""
    """The value of a JSON row, in brief."""
    unknown: tuple[str, ...] = ()
    """Fields that are kept and can only be changed as JSON."""
    fault: str = ""
    """What is wrong with it, without its path."""

    @property
    def is_condition(self) -> bool:
        """Whether it is counted on its own."""
        return self.kind == "condition" and not self.fault

    def part(self, name: str) -> Part | None:
        """The part of that name."""
        return next((part for part in self.parts if part.name == name), None)


def path_at(text: str, offset: int) -> Path:
    """The path of the innermost value around an offset."""
    around = [
        (span.end - span.start, path)
        for path, span in find_positions(text).values.items()
        if span.start <= offset <= span.end
    ]
    return min(around, key=lambda each: each[0], default=(0, ()))[1]


def reason_no_rows(text: str) -> str:
    """Why a text cannot be shown as rows; empty when it can."""
    try:
        definition = json.loads(text, object_pairs_hook=_without_twins)
    except _TwinError as error:
        return f"The name “{error}” occurs twice in one object."
    except (ValueError, RecursionError):
        return "It is not JSON now."
    if not isinstance(definition, dict):
        return "It is not a JSON object."
    return "It is nested too deeply." if _depth_of(definition) > DEEPEST else ""


def rows_of(
    definition: Mapping[str, Any], *, kind: Kind, names: Mapping[int, str] | None = None
) -> list[Row]:
    """The rows of a definition, whatever is in it; every value of it belongs to one row."""
    return list(_group_rows(definition, (), 0, kind, names or {}))


def set_part(text: str, row: Row, name: str, value: object) -> str:
    """Set a field of a row's condition; None removes it.

    Raises:
        EditRefused: the text has no such condition.
    """
    if value is not None:
        return set_field(text, row.path, name, value)
    return remove(text, (*row.path, name)) if name in row.value else text


def switch_logic(text: str, row: Row) -> str:
    """Turn ALL of a group into ANY, or back."""
    return set_field(text, row.path, "logic", "OR" if row.value.get("logic") == "AND" else "AND")


def add_condition(text: str, rows: Sequence[Row], at: int, condition: Mapping[str, Any]) -> str:
    """Add a condition below a row: first in a group, after a condition."""
    row = rows[at] if at < len(rows) else rows[0]
    if row.kind == "group":
        return _added(text, row, 0, condition)
    group, place = row.path[:-1], row.path[-1]
    if not isinstance(place, int):
        raise EditRefused("conditions is not a list")
    return insert_item(text, group, place + 1, condition)


def remove_row(text: str, row: Row) -> str:
    """Remove a condition, or a group with its conditions."""
    return remove(text, row.path)


def move_row(text: str, row: Row, step: int) -> tuple[str, Path]:
    """Swap a condition with its neighbour in its group; the text, and where the condition is now.

    Raises:
        EditRefused: it is the first or the last already.
    """
    place = row.path[-1] if row.path else None
    if not isinstance(place, int) or place + step < 0:
        raise EditRefused("It cannot be moved further.")
    return (
        swap_items(text, row.path[:-1], place, place + step),
        (*row.path[:-1], place + step),
    )


def ungroup(text: str, row: Row) -> str:
    """Put the conditions of a nested group in its place."""
    return dissolve(text, row.path, "conditions")


def take_out(
    text: str, rows: Sequence[Row], logic: str, reference: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Replace conditions of one list by one condition, which refers to a rule of them.

    The API has no nested groups: a group is a segment of its own. Returns the text and the
    definition of that segment.

    Raises:
        EditRefused: the conditions are not in one list.
    """
    rows = sorted(rows, key=lambda row: row.path)
    paths = [row.path for row in rows]
    if not paths or len({path[:-1] for path in paths}) != 1:
        raise EditRefused("They are not in one list.")
    definition = {"logic": logic, "conditions": [row.value for row in rows]}
    for path in reversed(paths[1:]):
        text = remove(text, path)
    first, place = paths[0][:-1], paths[0][-1]
    if not isinstance(place, int):
        raise EditRefused("They are not in a list.")
    return insert_item(remove(text, paths[0]), first, place, reference), definition


def change_type(text: str, row: Row, template: Mapping[str, Any], *, kind: Kind) -> str:
    """Make a row another type of condition, which keeps the values that both types can have.

    Fields that neither type knows are kept.
    """
    types = condition_types(kind)
    before, after = types[row.value["type"]], types[template["type"]]
    candidate = {
        name: template[name] if row.value.get(name) is None else row.value[name]
        for name in after.fields
        if row.value.get(name) is not None or name in template
    }
    for fault in check_condition({"type": after.name, **candidate}, "c", kind=kind):
        path = parse_path(fault.path)
        name = path[1] if len(path) > 1 else ""
        if name in template:
            candidate[str(name)] = template[str(name)]
        else:
            candidate.pop(str(name), None)
    if next(check_condition({"type": after.name, **candidate}, "c", kind=kind), None) is not None:
        candidate = {name: value for name, value in template.items() if name != "type"}
    for name in before.fields:
        if name in row.value and name not in candidate:
            text = remove(text, (*row.path, name))
    text = set_field(text, row.path, "type", after.name)
    for name, value in candidate.items():
        if name not in row.value or not _is_same(row.value[name], value):
            text = set_field(text, row.path, name, value)
    return text


def change_operator(text: str, row: Row, operator: str) -> str:
    """Set the operator, and give the value the shape it takes."""
    text = set_field(text, row.path, "operator", operator)
    if "operand" not in {f.kind for f in _fields(row).values()}:
        return text
    value, second = row.value.get("value"), row.value.get("value2")
    first = value[0] if isinstance(value, list) and value else value
    match OPERATORS[operator].operand:
        case "none":
            wanted, wanted_second = None, None
        case "list":
            wanted = value if isinstance(value, list | str) or value is None else [value]
            wanted_second = None
        case "range":
            low, high = value if isinstance(value, list) and len(value) == 2 else (first, second)
            wanted, wanted_second = low, low if high is None else high
        case _:
            wanted, wanted_second = first, None
    for name, was, new in (("value", value, wanted), ("value2", second, wanted_second)):
        if new is None and name in row.value:
            text = remove(text, (*row.path, name))
        elif new is not None and not _is_same(was, new):
            text = set_field(text, row.path, name, new)
    return text


def opposite(row: Row) -> dict[str, Any]:
    """The fields that make a condition true where it is false now; empty where none do.

    The API has no NOT. `gt` and `lte` on a property are both false where it is unset.
    """
    operator = row.value.get("operator")
    if row.kind != "condition" or not isinstance(operator, str):
        return {}
    if row.value["type"] == "event_count":
        other = _OPPOSITE_COUNTS.get(operator)
    elif row.value["type"] == "recency":
        return {}
    elif row.value["type"] == "segment_membership":
        other = {"in": "not_in", "not_in": "in"}.get(operator)
    elif "operand" in {field.kind for field in _fields(row).values()}:
        pairs = {op.name: op.negates for op in OPERATORS.values() if op.negates}
        other = pairs.get(operator) or {b: a for a, b in pairs.items()}.get(operator)
    else:
        return {}
    return {"operator": other} if other else {}


def key_of(condition: object) -> str:
    """What a condition says, whatever the order of its fields."""
    return json_text(condition, sort_keys=True)


def parse_scalar(typed: str, type_: str = "") -> str | int | float | bool | None:
    """Read a typed value: a number or a truth where it looks like one, else text; None for nothing.

    For a property whose schema says text, only text; quotes make text of anything.
    """
    bare = typed.strip()
    if not bare:
        return None
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return bare
    if isinstance(value, str):
        return value
    is_scalar = isinstance(value, bool | int | float) and text_of(value) is not None
    if type_ in {"string", "url", "datetime"} or not is_scalar:
        return bare
    exact = isinstance(value, bool) or number_of(bare) is not None
    return value if exact else bare


def parse_list(typed: str, type_: str = "") -> list[Any]:
    """Read typed values that are separated by commas."""
    found = (parse_scalar(part, type_) for part in typed.split(","))
    return [value for value in found if value is not None]


def _without_twins(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _TwinError(name)
        found[name] = value
    return found


class _TwinError(Exception):
    """A name occurs twice in one object, and rows would hide one of them."""


def _depth_of(value: Any) -> int:
    """How deep a value is nested; stops counting beyond what has rows."""
    level, layer = 0, [value]
    while layer and level <= DEEPEST:
        level += 1
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return level


def _group_rows(
    group: Mapping[str, Any], path: Path, depth: int, kind: Kind, names: Mapping[int, str]
) -> Iterator[Row]:
    logic = group.get("logic")
    known = logic in LOGICS if isinstance(logic, str) else False
    words = _QUANTIFIERS[str(logic)] if known else _QUANTIFIERS["AND"]
    is_odd = logic is not None and not known
    if is_odd:
        words = f"{brief(logic)} of these"
    yield Row(
        path,
        "group",
        depth,
        group,
        (Part("logic", words, is_set=logic is not None, is_odd=is_odd),),
        unknown=tuple(name for name in group if name not in ("logic", "conditions")),
        fault="groups cannot be nested; g puts its conditions in the list" if path else "",
    )
    conditions = group.get("conditions")
    inside = (*path, "conditions")
    if not isinstance(conditions, list):
        if "conditions" in group:
            yield Row(inside, "json", depth + 1, conditions, words=brief(conditions))
        return
    for number, condition in enumerate(conditions):
        yield from _rows_of_condition(condition, (*inside, number), depth + 1, kind, names)


def _rows_of_condition(
    condition: Any, path: Path, depth: int, kind: Kind, names: Mapping[int, str]
) -> Iterator[Row]:
    if isinstance(condition, dict) and ("conditions" in condition or "logic" in condition):
        yield from _group_rows(condition, path, depth, kind, names)
        return
    name = condition.get("type") if isinstance(condition, dict) else None
    entry = condition_types(kind).get(name) if isinstance(name, str) else None
    fault = next((each for each in check_condition(condition, "c", kind=kind)), None)
    message = "" if fault is None else f"{fault.path[2:]}: {fault.message}".removeprefix(": ")
    if entry is None:
        yield Row(path, "json", depth, condition, words=brief(condition), fault=message)
        return
    parts = (Part("type", entry.name.replace("_", " ")), *_parts(condition, entry, names))
    unknown = tuple(n for n in condition if n != "type" and n not in entry.fields)
    yield Row(path, "condition", depth, condition, parts, unknown=unknown, fault=message)


def _parts(
    condition: Mapping[str, Any], entry: ConditionType, names: Mapping[int, str]
) -> Iterator[Part]:
    operator = OPERATORS.get(str(condition.get("operator")))
    operand = operator.operand if operator else "scalar"
    order = _ORDER.get(entry.name, tuple(entry.fields))
    for name, field in ((name, entry.fields[name]) for name in order):
        value = condition.get(name)
        if field.kind == "operand" and operand == "none":
            continue
        is_pair = isinstance(condition.get("value"), list)
        if field.kind == "second" and (operand != "range" or is_pair):
            continue
        yield _part(name, field, value, condition, entry, names)


def _part(
    name: str,
    field: ConditionField,
    value: Any,
    condition: Mapping[str, Any],
    entry: ConditionType,
    names: Mapping[int, str],
) -> Part:
    if value is None:
        default = field.default
        if entry.name == "user_behavior_signal" and name == "event_type":
            default = SIGNAL_EVENTS.get(str(condition.get("signal")))
        return Part(name, default or _ABSENT.get(name, _MISSING), is_set=False)
    match field.kind:
        case "operator" if isinstance(value, str):
            return Part(name, _operator_words(value, entry))
        case "days" if isinstance(value, int | float) and not isinstance(value, bool):
            words = f"{value} {'day' if value == 1 else 'days'}"
            return Part(name, words if field.required else f"within {words}")
        case "flag" if isinstance(value, bool):
            return Part(name, "nothing in between" if value else _ABSENT["strict"])
        case "segment":
            number = segment_number(value)
            known = names.get(number) if number is not None else None
            if number is not None:
                return Part(name, f"“{known}”" if known else f"segment {number}")
        case "events" if isinstance(value, list) and all(isinstance(e, str) for e in value):
            return Part(name, " → ".join(value))
        case "operand" if isinstance(value, list):
            if all(text_of(item) is not None for item in value):
                return Part(name, ", ".join(_shown(item) for item in value) or "nothing")
    if text_of(value) is not None:
        return Part(name, _shown(value))
    return Part(name, f"{brief(value)} {UNKNOWN_ONLY}", is_odd=True)


def _operator_words(operator: str, entry: ConditionType) -> str:
    if entry.name == "segment_membership":
        return _INSIDE.get(operator, operator)
    if entry.name == "recency":
        return _LATELY.get(operator, operator)
    known = OPERATORS.get(operator)
    return known.words if known else operator


def _shown(value: Any) -> str:
    """A scalar; text that would be read as a number keeps its quotes."""
    if isinstance(value, str):
        return value if parse_scalar(value) == value and value.strip() else json_text(value)
    return text_of(value) or _MISSING


def brief(value: object) -> str:
    """A value as JSON on one line, cut."""
    if isinstance(value, Mapping | list) and len(value) > _LONGEST_BRIEF:
        return "{…}" if isinstance(value, Mapping) else "[…]"
    text = json_text(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _added(text: str, row: Row, at: int, condition: Mapping[str, Any]) -> str:
    if isinstance(row.value.get("conditions"), list):
        return insert_item(text, (*row.path, "conditions"), at, condition)
    if "conditions" in row.value:
        raise EditRefused("conditions is not a list")
    if "logic" not in row.value:
        text = set_field(text, row.path, "logic", "AND")
    return set_field(text, row.path, "conditions", [dict(condition)])


def _fields(row: Row) -> dict[str, ConditionField]:
    name = row.value.get("type")
    entry = condition_types("user").get(name) or condition_types("product").get(name)
    return entry.fields if entry else {}


def _is_same(one: object, other: object) -> bool:
    """Whether two values are the same JSON: 1 is not true, and not 1.0."""
    return type(one) is type(other) and one == other
