"""What each condition of a user segment selects, as a query over the stored events.

Knows the event, identity and membership tables. It does not combine conditions: each gives one
set of canonical ids, to be wanted or to be taken away.
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import OPERATORS
from segops_tui.sandbox.core.sql_fragments import Compiled, bound, indented, splice
from segops_tui.sandbox.rules.operators_sql import STORED, compared, predicate, property_columns
from segops_tui.sandbox.rules.population import Scope, Selection, grouped
from segops_tui.sandbox.rules.sequence_conditions import select_sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_AMOUNTS: Final[Mapping[str, tuple[str, str]]] = {
    # A binary sum of 19.99 three times is not 59.97; a millionth is finer than any currency.
    "sum": ("total(number) AS amount", "round(total(amount), 6)"),
    "avg": (
        "total(number) AS amount, count(number) AS usable",
        "round(total(amount) / nullif(sum(usable), 0), 6)",
    ),
    "max": ("max(number) AS amount", "max(amount)"),
}


def select_users(condition: Mapping[str, Any], scope: Scope) -> Selection:
    """Return what a normalised condition selects."""
    return _SELECTORS[condition["type"]](condition, scope)


def _event_count(condition: Mapping[str, Any], scope: Scope) -> Selection:
    chosen = splice("event_type = {}", bound(condition["event_type"]))
    if "window_days" in condition:
        begin = math.ceil(scope.since(condition["window_days"]))
        chosen = splice("{} AND {}", chosen, _dated(begin, scope.now))
    events = splice("SELECT user_id, count(*) AS n FROM events\nWHERE {}\nGROUP BY user_id", chosen)
    return _where_zero_counts(events, ", raw.n", "sum(n)", condition, scope)


def _monetary(condition: Mapping[str, Any], scope: Scope) -> Selection:
    per_id, merged = _AMOUNTS[condition["metric"]]
    events = splice(
        f"SELECT user_id, {per_id} FROM (\n"
        "  SELECT user_id, {} AS number FROM (\n"
        "    SELECT user_id, {} FROM events WHERE event_type = {}\n"
        "  )\n) GROUP BY user_id",
        STORED.number,
        property_columns("payload", condition["property"]),
        bound(condition["event_type"]),
    )
    columns = ", raw.amount, raw.usable" if condition["metric"] == "avg" else ", raw.amount"
    if condition["metric"] == "sum":
        return _where_zero_counts(events, columns, merged, condition, scope)
    test = compared(merged, condition["operator"], condition["value"])
    return Selection(grouped(scope.canonical(events, columns), test))


def _where_zero_counts(
    events: Compiled, columns: str, merged: str, condition: Mapping[str, Any], scope: Scope
) -> Selection:
    """Select by a figure that is 0 for who has no event: if 0 will do, take the others away."""
    test = compared(merged, condition["operator"], condition["value"])
    zero_will_do = _COMPARE[condition["operator"]](0, condition["value"])
    if zero_will_do:
        test = splice("NOT {}", test)
    return Selection(grouped(scope.canonical(events, columns), test), inverted=zero_will_do)


def _recency(condition: Mapping[str, Any], scope: Scope) -> Selection:
    days, now = condition["window_days"], scope.now
    limit = scope.since(days)
    if condition["operator"] == "gt":
        return Selection(_seen(condition, math.ceil(limit), scope), inverted=True)
    if condition["operator"] == "lt":
        return Selection(_seen(condition, math.floor(limit) + 1, scope))
    if Fraction(days).denominator != 1:
        return Selection(Compiled("SELECT user_id FROM users WHERE 0"))
    latest = splice(
        "SELECT user_id, max(occurred_at) AS latest FROM events\n"
        "WHERE event_type = {} AND occurred_at <= {}\nGROUP BY user_id",
        bound(condition["event_type"]),
        bound(now),
    )
    day = splice(
        "max(latest) > {} AND max(latest) <= {}",
        bound(math.floor(scope.since(days + 1))),
        bound(math.floor(limit)),
    )
    return Selection(grouped(scope.canonical(latest, ", raw.latest"), day))


def _seen(condition: Mapping[str, Any], begin: int, scope: Scope) -> Compiled:
    """Select who did something between an instant and now."""
    events = splice(
        "SELECT DISTINCT user_id FROM events\nWHERE event_type = {} AND {}",
        bound(condition["event_type"]),
        _dated(begin, scope.now),
    )
    return splice("SELECT DISTINCT user_id FROM (\n  {}\n)", indented(scope.canonical(events)))


def _dated(begin: int, end: int) -> Compiled:
    return splice("occurred_at BETWEEN {} AND {}", bound(begin), bound(end))


def _event_property(condition: Mapping[str, Any], scope: Scope) -> Selection:
    return _latest_property(condition, condition["event_type"], scope)


def _user_property(condition: Mapping[str, Any], scope: Scope) -> Selection:
    return _latest_property(condition, "context_identified", scope)


def _latest_property(condition: Mapping[str, Any], event_type: str, scope: Scope) -> Selection:
    """Select by a property of the latest event; a negative operator takes its opposite away."""
    chosen = OPERATORS[condition["operator"]]
    latest = splice(
        "SELECT latest.user_id, {} FROM (\n  {}\n) AS latest JOIN events ON events.id = latest.id",
        property_columns("events.payload", condition["property"]),
        indented(_latest(event_type, scope)),
    )
    users = splice(
        "SELECT user_id FROM (\n  {}\n) WHERE {}",
        indented(latest),
        predicate(chosen.negates or chosen.name, condition),
    )
    return Selection(users, inverted=chosen.negates is not None)


def _latest(event_type: str, scope: Scope) -> Compiled:
    """Return each canonical user with the id of their latest event of a type."""
    latest = splice(
        "SELECT user_id, (\n"
        "  SELECT id FROM events WHERE event_type = {} AND user_id = users.user_id\n"
        "  ORDER BY occurred_at DESC, id DESC LIMIT 1\n) AS id FROM users",
        bound(event_type),
    )
    if not scope.has_aliases:
        return latest
    placed = splice(
        "SELECT resolved.user_id, resolved.id, row_number() OVER (\n"
        "  PARTITION BY resolved.user_id ORDER BY events.occurred_at DESC, events.id DESC\n"
        ") AS place FROM (\n  {}\n) AS resolved JOIN events ON events.id = resolved.id",
        indented(scope.canonical(latest, ", raw.id")),
    )
    return splice("SELECT user_id, id FROM (\n  {}\n) WHERE place = 1", indented(placed))


def _segment_membership(condition: Mapping[str, Any], scope: Scope) -> Selection:
    """Select by the stored membership, whose ids may have become aliases since."""
    members = splice(
        "SELECT user_id FROM segment_members WHERE segment_id = {}",
        bound(condition["segment_id"]),
    )
    users = splice(
        "SELECT DISTINCT user_id FROM (\n  {}\n) WHERE user_id IN (SELECT user_id FROM population)",
        indented(scope.canonical(members)),
    )
    return Selection(users, inverted=condition["operator"] == "not_in")


_SELECTORS: Final[Mapping[str, Callable[[Mapping[str, Any], Scope], Selection]]] = {
    "event_count": _event_count,
    "recency": _recency,
    "monetary": _monetary,
    "event_property": _event_property,
    "user_property": _user_property,
    "event_sequence": select_sequence,
    "segment_membership": _segment_membership,
}
