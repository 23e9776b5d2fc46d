"""What each condition of a user segment selects, as SQL over the stored events.

Each condition gives one set of canonical user ids; the compiler combines the sets.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.operators import OPERATORS
from segops_tui.sandbox.rules.operators_sql import STORED, compared, predicate, property_columns
from segops_tui.sandbox.rules.sql_fragments import Compiled, bound, indented, joined, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DAY: Final = 86_400_000_000
"""Microseconds."""

_FIRST_INSTANT: Final = -(2**62)
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_AMOUNTS: Final[Mapping[str, tuple[str, Callable[[Scope], str]]]] = {
    "sum": (
        "total(number) AS amount",
        lambda scope: f"segops_amount({scope.merged('total', 'amount')})",
    ),
    "avg": (
        "total(number) AS amount, count(number) AS usable",
        lambda scope: (
            f"segops_amount({scope.merged('total', 'amount')}"
            f" / nullif({scope.merged('sum', 'usable')}, 0))"
        ),
    ),
    "max": ("max(number) AS amount", lambda scope: scope.merged("max", "amount")),
}
"""How a number is computed of the events of one id, and of all ids of a user."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of users; `inverted` means all other users."""

    users: Compiled
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """When a definition is evaluated, and whether ids need resolving."""

    now: int
    has_aliases: bool

    def population(self) -> Compiled:
        """Return every canonical user with an event of any type."""
        if not self.has_aliases:
            return Compiled("SELECT user_id FROM users")
        return Compiled(
            "SELECT DISTINCT coalesce(i.canonical_id, u.user_id) AS user_id\n"
            "FROM users AS u LEFT JOIN identities AS i ON i.user_id = u.user_id"
        )

    def canonical(self, rows: Compiled, columns: str = "") -> Compiled:
        """Return rows whose `user_id` is resolved; `columns` (`, raw.n`) are kept beside it."""
        if not self.has_aliases:
            return splice(f"SELECT raw.user_id{columns} FROM (\n  {{}}\n) AS raw", indented(rows))
        return splice(
            f"SELECT coalesce(i.canonical_id, raw.user_id) AS user_id{columns} FROM (\n  {{}}\n)"
            " AS raw\nLEFT JOIN identities AS i ON i.user_id = raw.user_id",
            indented(rows),
        )

    def merged(self, function: str, column: str) -> str:
        """Return a column of a user, who may have rows of several ids."""
        return f"{function}({column})" if self.has_aliases else column

    def passing(self, rows: Compiled, columns: str, test: Compiled) -> Compiled:
        """Return the users who pass a test of `merged` columns; `rows` has one row for each id."""
        if self.has_aliases:
            return grouped(self.canonical(rows, columns), test)
        return splice("SELECT user_id FROM (\n  {}\n) WHERE {}", indented(rows), test)

    def sent_by(self, canonical_id: str) -> str:
        """Return the test that event `e` belongs to a canonical user named by an expression."""
        if not self.has_aliases:
            return f"e.user_id = {canonical_id}"
        return (
            f"e.user_id IN (SELECT {canonical_id} UNION ALL"
            f" SELECT user_id FROM identities WHERE canonical_id = {canonical_id})"
        )

    def since(self, days: float) -> Fraction:
        """Return the exact instant `days` days before now."""
        return max(self.now - Fraction(days) * DAY, Fraction(_FIRST_INSTANT))


def grouped(rows: Compiled, test: Compiled) -> Compiled:
    """Return the users whose rows, taken together, pass a test of aggregates."""
    return splice("SELECT user_id FROM (\n  {}\n) GROUP BY user_id HAVING {}", indented(rows), test)


def select_users(condition: Mapping[str, Any], scope: Scope) -> Selection:
    """Return what a normalised condition selects."""
    return _SELECTORS[condition["type"]](condition, scope)


def _event_count(condition: Mapping[str, Any], scope: Scope) -> Selection:
    chosen = splice("event_type = {}", bound(condition["event_type"]))
    if "window_days" in condition:
        begin = math.ceil(scope.since(condition["window_days"]))
        chosen = splice("{} AND {}", chosen, _dated(begin, scope.now))
    events = splice("SELECT user_id, count(*) AS n FROM events\nWHERE {}\nGROUP BY user_id", chosen)
    return _where_zero_counts(events, ", raw.n", scope.merged("sum", "n"), condition, scope)


def _monetary(condition: Mapping[str, Any], scope: Scope) -> Selection:
    per_id, merged_by = _AMOUNTS[condition["metric"]]
    merged = merged_by(scope)
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
    return Selection(scope.passing(events, columns, test))


def _where_zero_counts(
    events: Compiled, columns: str, merged: str, condition: Mapping[str, Any], scope: Scope
) -> Selection:
    """Select by a number that is 0 for users without events: if 0 matches, exclude the others."""
    test = compared(merged, condition["operator"], condition["value"])
    zero_matches = _COMPARE[condition["operator"]](0, condition["value"])
    if zero_matches:
        test = splice("NOT {}", test)
    return Selection(scope.passing(events, columns, test), inverted=zero_matches)


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
    merged = scope.merged("max", "latest")
    day = splice(
        f"{merged} > {{}} AND {merged} <= {{}}",
        bound(math.floor(scope.since(days + 1))),
        bound(math.floor(limit)),
    )
    return Selection(scope.passing(latest, ", raw.latest", day))


def _seen(condition: Mapping[str, Any], begin: int, scope: Scope) -> Compiled:
    """Select users with the event between an instant and now."""
    events = splice(
        "SELECT DISTINCT user_id FROM events\nWHERE event_type = {} AND {}",
        bound(condition["event_type"]),
        _dated(begin, scope.now),
    )
    if not scope.has_aliases:
        return events
    return splice("SELECT DISTINCT user_id FROM (\n  {}\n)", indented(scope.canonical(events)))


def _dated(begin: int, end: int) -> Compiled:
    return splice("occurred_at BETWEEN {} AND {}", bound(begin), bound(end))


def _event_property(condition: Mapping[str, Any], scope: Scope) -> Selection:
    return _latest_property(condition, condition["event_type"], scope)


def _user_property(condition: Mapping[str, Any], scope: Scope) -> Selection:
    return _latest_property(condition, "context_identified", scope)


def _latest_property(condition: Mapping[str, Any], event_type: str, scope: Scope) -> Selection:
    """Select by a property of the latest event; a negative operator inverts its opposite."""
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


def select_sequence(condition: Mapping[str, Any], scope: Scope) -> Selection:
    """Return the users who took all steps in order within the window."""
    steps: list[str] = condition["events"]
    types = list(dict.fromkeys(steps))
    pattern = bound(",".join(str(types.index(step)) for step in steps))
    gathered = (
        splice(
            f"SELECT user_id, '{number}' AS step, group_concat(occurred_at) AS times FROM events\n"
            "WHERE event_type = {} GROUP BY user_id",
            bound(event_type),
        )
        for number, event_type in enumerate(types)
    )
    rows = scope.canonical(joined("\nUNION ALL ", gathered), ", raw.step, raw.times")
    in_order = splice(
        "count(DISTINCT step) = {}\n  AND segops_in_order({}, {},"
        " group_concat(step || ':' || times, ';'))",
        bound(len(types)),
        pattern,
        bound(_microseconds(condition)),
    )
    users = grouped(rows, in_order)
    if condition.get("strict", False):
        users = _in_a_row(users, types, pattern, condition, scope)
    return Selection(users)


def _in_a_row(
    users: Compiled, types: list[str], pattern: Compiled, condition: Mapping[str, Any], scope: Scope
) -> Compiled:
    """Keep the users who took the steps with no other event in between.

    All their events are looked at, so only those of users who took the steps in order are read.
    """
    numbered = joined(
        " ",
        (
            splice(f"WHEN {{}} THEN {number}", bound(event_type))
            for number, event_type in enumerate(types)
        ),
    )
    return splice(
        "SELECT taken.user_id FROM (\n  {}\n) AS taken\n"
        f"CROSS JOIN events AS e ON {scope.sent_by('taken.user_id')}\n"
        "GROUP BY taken.user_id HAVING segops_in_a_row({}, {},\n"
        "  group_concat((CASE e.event_type {} ELSE -1 END) || ':' || e.occurred_at))",
        indented(users),
        pattern,
        bound(_microseconds(condition)),
        numbered,
    )


def _microseconds(condition: Mapping[str, Any]) -> int:
    return min(math.floor(Fraction(condition["window_days"]) * DAY), 2**62)


_SELECTORS: Final[Mapping[str, Callable[[Mapping[str, Any], Scope], Selection]]] = {
    "event_count": _event_count,
    "recency": _recency,
    "monetary": _monetary,
    "event_property": _event_property,
    "user_property": _user_property,
    "event_sequence": select_sequence,
    "segment_membership": _segment_membership,
}
