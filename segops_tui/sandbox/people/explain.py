"""Explain why a user is in a segment, and try an event on the rules (contract §9.1).

Both run the compiler's own queries on a copy of one user's history in memory: it is as fast for
one of a million users, agrees with a compute, and stores nothing. Combining the conditions is left
to the caller. An `event_sequence` reports how many steps were taken in order within the window;
a `segment_membership` reports `in` or `not_in`.
"""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.definition import check_definition, condition_label, normalised
from segops_tui.api.operators import OPERATORS, text_of
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.core.identities import canonical, ids_of
from segops_tui.sandbox.core.timestamps import DAY
from segops_tui.sandbox.people.ingestion import read_event
from segops_tui.sandbox.rules.compiler import compile_conditions, compile_users, register_functions
from segops_tui.sandbox.rules.operators_sql import STORED, property_columns
from segops_tui.sandbox.rules.sql_fragments import bound, splice
from segops_tui.sandbox.rules.user_conditions import Scope
from segops_tui.sandbox.schemas.event_schemas import check_payload, properties_of
from segops_tui.sandbox.segments.handlers import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

    Condition = Mapping[str, Any]
    Figure = int | float | str | None
    from collections.abc import Iterator, Sequence

    from segops_tui.sandbox.rules.compiler import Compiled


def explain(context: SandboxContext, _call: Call, user_id: str, segment_id: int) -> Answer:
    """Return each condition of a segment's rule for one user; an empty draft has none."""
    definition = json.loads(OBJECTS.row(context, segment_id)["definition"])
    names = {
        row["id"]: row["name"]
        for row in context.connection.execute("SELECT id, name FROM segments")
    }
    with user_snapshot(context.connection, user_id) as user:
        if not user.is_known:
            raise not_found()
        if not _has_rule(definition):
            return answer([])
        return answer(explain_conditions(user, definition, now=context.now, segment_names=names))


def publish(context: SandboxContext, call: Call) -> Answer:
    """Return how an event would change the memberships of its user in active segments.

    The event is tried even if its schema would reject it.
    """
    event = read_event(call.json(), context.now)
    properties = properties_of(context, event["event_type"]) or []
    payload, _ = check_payload(event["payload"], properties)
    rows = context.connection.execute(
        "SELECT id, name, definition FROM segments WHERE is_active ORDER BY id"
    ).fetchall()
    names = {row["id"]: row["name"] for row in rows}
    rules = {row["id"]: json.loads(row["definition"]) for row in rows}
    with user_snapshot(context.connection, event["user_id"]) as user:
        register_functions(user.connection)
        before = _memberships(user, rules, now=context.now)
        user.add(event["event_type"], event["occurred_at"], payload)
        after = _memberships(user, rules, now=context.now)
    found = {
        "published": True,
        "entered": [{"id": each, "name": names[each]} for each in sorted(after - before)],
        "exited": [{"id": each, "name": names[each]} for each in sorted(before - after)],
        "unchanged_count": len(rules) - len(before ^ after),
    }
    return answer(found)


def _memberships(user: UserSnapshot, rules: dict[int, Any], *, now: int) -> set[int]:
    """The segments whose rule selects a user now; an empty draft selects none."""
    return {
        segment_id
        for segment_id, definition in rules.items()
        if _has_rule(definition)
        and user.matches(compile_users(definition, now=now, has_aliases=user.has_aliases))
    }


def _has_rule(definition: Any) -> bool:
    return not check_definition(definition, allow_empty=False)


_AMOUNTS: Final = {
    "sum": "segops_amount(total(number))",
    "avg": "segops_amount(total(number) / nullif(count(number), 0))",
    "max": "max(number)",
}
"""As the compiler computes them."""


def explain_conditions(
    user: UserSnapshot, definition: Mapping[str, Any], *, now: int, segment_names: Mapping[int, str]
) -> list[dict[str, Any]]:
    """One entry for each condition of a valid definition, in order."""
    register_functions(user.connection)
    conditions = normalised(definition)["conditions"]
    queries = compile_conditions(definition, now=now, has_aliases=user.has_aliases)
    return [
        {
            "index": index,
            "type": condition["type"],
            "label": condition_label(condition, segment_names=segment_names),
            "actual_value": _FIGURES[condition["type"]](condition, user, now),
            "threshold": _threshold(condition),
            "matches": user.matches(query),
        }
        for index, (condition, query) in enumerate(zip(conditions, queries, strict=True))
    ]


def _event_count(condition: Condition, user: UserSnapshot, now: int) -> Figure:
    begin, end = -(2**62), 2**62
    if "window_days" in condition:
        scope = Scope(now=now, has_aliases=user.has_aliases)
        begin, end = math.ceil(scope.since(condition["window_days"])), now
    row = user.connection.execute(
        "SELECT count(*) AS n FROM events WHERE event_type = ? AND occurred_at BETWEEN ? AND ?",
        (condition["event_type"], begin, end),
    ).fetchone()
    return int(row["n"])


def _recency(condition: Condition, user: UserSnapshot, now: int) -> Figure:
    """Days since the latest event; whole days for `eq`, which compares whole days."""
    row = user.connection.execute(
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


def _monetary(condition: Condition, user: UserSnapshot, _now: int) -> Figure:
    query = splice(
        f"SELECT {_AMOUNTS[condition['metric']]} AS amount FROM (SELECT {{}} AS number FROM ("
        "SELECT {} FROM events WHERE event_type = {}))",
        STORED.number,
        property_columns("payload", condition["property"]),
        bound(condition["event_type"]),
    )
    amount: Figure = user.connection.execute(query.sql, query.params).fetchone()["amount"]
    if not isinstance(amount, float):
        return amount
    if math.isinf(amount):
        # JSON has no such number.
        return "Infinity" if amount > 0 else "-Infinity"
    return int(amount) if amount.is_integer() and abs(amount) < 2**53 else amount


def _property(condition: Condition, user: UserSnapshot, _now: int) -> Figure:
    payload = user.latest(condition.get("event_type", "context_identified"))
    return None if payload is None else _plain(_looked_up(json.loads(payload), condition))


def _looked_up(document: Any, condition: Condition) -> Any:
    """The value of a property; a key with dots in its name goes before a nested one."""
    name = condition["property"]
    if isinstance(document, dict) and name in document:
        return document[name]
    for step in name.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document


def _event_sequence(condition: Condition, user: UserSnapshot, now: int) -> Figure:
    """The number of steps, from the first, taken in order within the window."""
    steps = condition["events"]
    for count in range(len(steps), 1, -1):
        part = {"logic": "AND", "conditions": [{**condition, "events": steps[:count]}]}
        [query] = compile_conditions(part, now=now, has_aliases=user.has_aliases)
        if user.matches(query):
            return count
    return int(user.latest(steps[0]) is not None)


def _segment_membership(condition: Condition, user: UserSnapshot, _now: int) -> Figure:
    row = user.connection.execute(
        "SELECT 1 FROM segment_members WHERE segment_id = ?", (condition["segment_id"],)
    ).fetchone()
    return "not_in" if row is None or not user.is_known else "in"


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
    """A JSON value as a number, a text or None."""
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        figure: Figure = value
        return figure
    return text_of(value) or dump(value)


_FIGURES: Final[Mapping[str, Callable[[Condition, UserSnapshot, int], Figure]]] = {
    "event_count": _event_count,
    "recency": _recency,
    "monetary": _monetary,
    "event_property": _property,
    "user_property": _property,
    "event_sequence": _event_sequence,
    "segment_membership": _segment_membership,
}


_TABLES: Final = ("events", "users", "identities", "segment_members")
_SHAPES: Final = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN (?, ?, ?, ?)"
    " AND type IN ('table', 'index') ORDER BY type DESC"
)


class UserSnapshot:
    """A copy of one user's history, to run queries on."""

    def __init__(self, connection: sqlite3.Connection, user_id: str, ids: Sequence[str]) -> None:
        self.connection, self.user_id, self.ids = connection, user_id, ids

    @property
    def has_aliases(self) -> bool:
        """Whether the user has more than one id."""
        return len(self.ids) > 1

    @property
    def is_known(self) -> bool:
        """Whether the user ever sent an event."""
        return self.connection.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None

    def matches(self, query: Compiled) -> bool:
        """Whether a compiled rule selects the user."""
        found = self.connection.execute(query.sql, query.params)
        return any(row["user_id"] == self.user_id for row in found)

    def latest(self, event_type: str) -> str | None:
        """The payload of the latest event of a type."""
        row = self.connection.execute(
            "SELECT payload FROM events WHERE event_type = ?"
            " ORDER BY occurred_at DESC, id DESC LIMIT 1",
            (event_type,),
        ).fetchone()
        return None if row is None else str(row["payload"])

    def add(self, event_type: str, occurred_at: int, payload: dict[str, Any]) -> None:
        """Add an event, as the newest one received."""
        self.connection.execute(
            "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
            " VALUES (?, ?, ?, ?, ?)",
            (self.user_id, event_type, occurred_at, occurred_at, dump(payload)),
        )
        self.connection.execute(
            "INSERT INTO users (user_id, event_count, first_seen, last_seen)"
            " VALUES (?, 1, ?, ?) ON CONFLICT (user_id) DO UPDATE"
            " SET event_count = event_count + 1",
            (self.user_id, occurred_at, occurred_at),
        )


@contextmanager
def user_snapshot(stored: sqlite3.Connection, user_id: str) -> Iterator[UserSnapshot]:
    """Copy the history of the user with an id, for the length of the block."""
    user = canonical(stored, user_id)
    ids = ids_of(stored, user)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        for (shape,) in stored.execute(_SHAPES, _TABLES).fetchall():
            connection.execute(shape)
        for table in _TABLES:
            _copy(stored, connection, table, ids)
        yield UserSnapshot(connection, user, ids)
    finally:
        connection.close()


def _copy(
    stored: sqlite3.Connection, copy: sqlite3.Connection, table: str, ids: Sequence[str]
) -> None:
    # json_each: a user may have more ids than a statement may have parameters.
    rows = stored.execute(
        f"SELECT * FROM {table} WHERE user_id IN (SELECT value FROM json_each(?))", (dump(ids),)
    )
    marks = ", ".join("?" * len(rows.description))
    copy.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
