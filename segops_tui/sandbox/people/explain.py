"""Why a user is in a segment or not: each condition with its figure, its limit and its verdict.

Verdicts come from the compiler's own query for the condition, so they agree with a compute; the
figures are worked out here. Combining the verdicts is left to the reader (contract §9.1).

An `event_sequence` is told as steps taken in order within the window, of how many;
a `segment_membership` as `in` or `not_in`, and which of the two is asked for.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.definition import condition_label, normalised
from segops_tui.api.operators import OPERATORS, text_of
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.sql_fragments import bound, splice
from segops_tui.sandbox.core.timestamps import DAY
from segops_tui.sandbox.rules.compiler import compile_conditions, register_functions
from segops_tui.sandbox.rules.operators_sql import STORED, property_columns
from segops_tui.sandbox.rules.population import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.sandbox.people.user_snapshot import OnePerson

    Condition = Mapping[str, Any]
    Figure = int | float | str | None

_AMOUNTS: Final = {
    "sum": "round(total(number), 6)",
    "avg": "round(total(number) / nullif(count(number), 0), 6)",
    "max": "max(number)",
}
"""As the compiler reckons them."""


def explained(
    person: OnePerson, definition: Mapping[str, Any], *, now: int, segment_names: Mapping[int, str]
) -> list[dict[str, Any]]:
    """One entry for each condition of a sound definition, in order."""
    register_functions(person.connection)
    conditions = normalised(definition)["conditions"]
    queries = compile_conditions(definition, now=now, has_aliases=person.has_aliases)
    return [
        {
            "index": index,
            "type": condition["type"],
            "label": condition_label(condition, segment_names=segment_names),
            "actual_value": _FIGURES[condition["type"]](condition, person, now),
            "threshold": _threshold(condition),
            "matches": person.matches(query),
        }
        for index, (condition, query) in enumerate(zip(conditions, queries, strict=True))
    ]


def _event_count(condition: Condition, person: OnePerson, now: int) -> Figure:
    begin, end = -(2**62), 2**62
    if "window_days" in condition:
        scope = Scope(now=now, has_aliases=person.has_aliases)
        begin, end = math.ceil(scope.since(condition["window_days"])), now
    row = person.connection.execute(
        "SELECT count(*) AS n FROM events WHERE event_type = ? AND occurred_at BETWEEN ? AND ?",
        (condition["event_type"], begin, end),
    ).fetchone()
    return int(row["n"])


def _recency(condition: Condition, person: OnePerson, now: int) -> Figure:
    """Days since the latest event; whole ones where whole ones are compared."""
    row = person.connection.execute(
        "SELECT max(occurred_at) AS at FROM events WHERE event_type = ? AND occurred_at <= ?",
        (condition["event_type"], now),
    ).fetchone()
    if row["at"] is None:
        return None
    if condition["operator"] == "eq":
        return int((now - row["at"]) // DAY)
    limit: int | float = condition["window_days"]
    days = float(now - row["at"]) / DAY
    short = round(days, 2)
    # Rounding must not carry the figure onto or over the limit.
    return short if (short < limit, short > limit) == (days < limit, days > limit) else days


def _monetary(condition: Condition, person: OnePerson, _now: int) -> Figure:
    query = splice(
        f"SELECT {_AMOUNTS[condition['metric']]} AS amount FROM (SELECT {{}} AS number FROM ("
        "SELECT {} FROM events WHERE event_type = {}))",
        STORED.number,
        property_columns("payload", condition["property"]),
        bound(condition["event_type"]),
    )
    amount: Figure = person.connection.execute(query.sql, query.params).fetchone()["amount"]
    is_whole = isinstance(amount, float) and amount.is_integer() and abs(amount) < 2**53
    return int(amount) if is_whole and amount is not None else amount


def _property(condition: Condition, person: OnePerson, _now: int) -> Figure:
    payload = person.latest(condition.get("event_type", "context_identified"))
    return None if payload is None else _plain(_looked_up(json.loads(payload), condition))


def _looked_up(document: Any, condition: Condition) -> Any:
    """A key of exactly that name wins; otherwise dots reach into nested objects."""
    name = condition["property"]
    if isinstance(document, dict) and name in document:
        return document[name]
    for step in name.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document


def _event_sequence(condition: Condition, person: OnePerson, now: int) -> Figure:
    """The most steps from the first on that were taken in order within the window."""
    steps = condition["events"]
    for count in range(len(steps), 1, -1):
        part = {"logic": "AND", "conditions": [{**condition, "events": steps[:count]}]}
        [query] = compile_conditions(part, now=now, has_aliases=person.has_aliases)
        if person.matches(query):
            return count
    return int(person.latest(steps[0]) is not None)


def _segment_membership(condition: Condition, person: OnePerson, _now: int) -> Figure:
    row = person.connection.execute(
        "SELECT 1 FROM segment_members WHERE segment_id = ?", (condition["segment_id"],)
    ).fetchone()
    return "not_in" if row is None or not person.is_known else "in"


def _threshold(condition: Condition) -> Figure:
    match condition["type"]:
        case "recency":
            days: int | float = condition["window_days"]
            return days
        case "event_sequence":
            return len(condition["events"])
        case "segment_membership":
            return str(condition["operator"])
    operand = OPERATORS[condition["operator"]].operand
    if operand == "none":
        return None
    if operand == "range":
        return f"{_plain(condition['value'])} to {_plain(condition['value2'])}"
    if operand == "list":
        return ", ".join(str(_plain(value)) for value in condition["value"])
    return _plain(condition["value"])


def _plain(value: Any) -> Figure:
    """Any JSON value as a number, a text or nothing."""
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        figure: Figure = value
        return figure
    return text_of(value) or dump(value)


_FIGURES: Final[Mapping[str, Callable[[Condition, OnePerson, int], Figure]]] = {
    "event_count": _event_count,
    "recency": _recency,
    "monetary": _monetary,
    "event_property": _property,
    "user_property": _property,
    "event_sequence": _event_sequence,
    "segment_membership": _segment_membership,
}
