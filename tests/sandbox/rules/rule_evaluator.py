"""The segment DSL evaluated in plain Python: slow, obvious, and written apart from the compiler.

Knows the rules as the contract states them; shares nothing with the package but its tables, so
that agreement between the two means something.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.sandbox.empty import empty_workspace

if TYPE_CHECKING:
    import sqlite3

DAY = 86_400_000_000
MISSING = object()
NEGATIVE = {
    "neq": "eq",
    "not_in": "in",
    "does_not_contain": "contains",
    "not_between": "between",
    "is_not_set": "is_set",
}


@dataclass(frozen=True)
class Event:
    id: int
    user_id: str
    event_type: str
    occurred_at: int
    payload: dict[str, Any]


@dataclass
class World:
    """Everything a definition is evaluated against."""

    now: int
    events: list[Event]
    aliases: dict[str, str] = field(default_factory=dict)
    members: dict[int, list[str]] = field(default_factory=dict)
    products: list[dict[str, Any]] = field(default_factory=list)
    field_types: dict[str, str] = field(default_factory=dict)

    def who(self, user_id: str) -> str:
        return self.aliases.get(user_id, user_id)

    def users(self) -> list[str]:
        return sorted({self.who(event.user_id) for event in self.events})

    def stream(self, user: str) -> list[Event]:
        """One person's events in order of time, then of storing."""
        mine = [event for event in self.events if self.who(event.user_id) == user]
        return sorted(mine, key=lambda event: (event.occurred_at, event.id))

    def stored(self) -> sqlite3.Connection:
        """Return the same world in the sandbox's tables."""
        connection = empty_workspace()
        connection.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
            [
                (e.id, e.user_id, e.event_type, e.occurred_at, e.occurred_at, json.dumps(e.payload))
                for e in self.events
            ],
        )
        connection.execute(
            "INSERT INTO users SELECT user_id, count(*), min(occurred_at), max(occurred_at)"
            " FROM events GROUP BY user_id"
        )
        connection.executemany("INSERT INTO identities VALUES (?, ?)", self.aliases.items())
        connection.executemany(
            "INSERT INTO segment_members VALUES (?, ?)",
            [(number, user) for number, users in self.members.items() for user in users],
        )
        connection.executemany(
            "INSERT INTO products (id, sku, name, data, source, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, 'api', 0, 0)",
            [(p["id"], p["sku"], p["name"], json.dumps(p["data"])) for p in self.products],
        )
        return connection


# Values


def number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else float(value)
    if isinstance(value, float):
        return value
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"[-+]?(0|[1-9][0-9]*)", value):
        return int(value) if -(2**63) <= int(value) < 2**63 else None
    if re.fullmatch(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", value):
        return float(value) if math.isfinite(float(value)) else None
    return None


def truth(value: Any) -> bool | None:
    if value is True or value == "true":
        return True
    if value is False or value == "false":
        return False
    return {0: False, 1: True}.get(number(value))  # type: ignore[arg-type]


def instant(value: Any) -> datetime | None:
    shape = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[-+]\d\d:?\d\d)?)?"
    if not isinstance(value, str) or not re.fullmatch(shape, value, re.ASCII):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return None if number(value) is None else str(number(value))


def is_unset(value: Any) -> bool:
    return value is MISSING or value is None or value == "" or value == []


def equal(left: Any, right: Any) -> bool:
    if isinstance(left, list | dict) or left is None:
        return False
    if number(left) is not None and number(right) is not None:
        return number(left) == number(right)
    if truth(left) is not None and truth(right) is not None:
        return truth(left) == truth(right)
    return text(left) == text(right)


def ordered(operator: str, left: Any, right: Any) -> bool:
    for read in (number, instant):
        a, b = read(left), read(right)
        if a is not None and b is not None:
            return {"gt": a > b, "gte": a >= b, "lt": a < b, "lte": a <= b}[operator]
    return False


def listed(value: Any) -> list[Any]:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def holds(operator: str, actual: Any, condition: dict[str, Any]) -> bool:
    """One operator on one value."""
    if operator in NEGATIVE:
        return not holds(NEGATIVE[operator], actual, condition)
    if is_unset(actual):
        return False
    value = condition.get("value")
    match operator:
        case "is_set":
            return True
        case "is_true" | "is_false":
            return truth(actual) is (operator == "is_true")
        case "eq":
            return equal(actual, value)
        case "in":
            return any(equal(actual, item) for item in listed(value) if item != "")
        case "gt" | "gte" | "lt" | "lte":
            return ordered(operator, actual, value)
        case "between":
            low, high = value if isinstance(value, list) else (value, condition["value2"])
            return ordered("gte", actual, low) and ordered("lte", actual, high)
        case "contains" if isinstance(actual, list):
            return any(equal(item, value) for item in actual)
    if text(actual) is None:
        return False
    match operator:
        case "contains":
            return text(value) in text(actual)  # type: ignore[operator]
        case "starts_with":
            return text(actual).startswith(text(value))  # type: ignore[union-attr, arg-type]
        case "ends_with":
            return text(actual).endswith(text(value))  # type: ignore[union-attr, arg-type]
        case "matches_regex":
            return re.search(condition["value"], text(actual)) is not None  # type: ignore[arg-type]
    raise AssertionError(operator)


def looked_up(document: Any, name: str) -> Any:
    if isinstance(document, dict) and name in document:
        return document[name]
    for step in name.split("."):
        if not isinstance(document, dict) or step not in document:
            return MISSING
        document = document[step]
    return document


# Users


def matching_users(definition: dict[str, Any], world: World) -> list[str]:
    conditions = definition.get("conditions", [])
    if not conditions:
        return []
    combine = all if definition["logic"] == "AND" else any
    return [
        user
        for user in world.users()
        if combine([user_matches(condition, user, world) for condition in conditions])
    ]


def user_matches(condition: dict[str, Any], user: str, world: World) -> bool:
    stream = world.stream(user)
    of_type = [event for event in stream if event.event_type == condition.get("event_type")]
    match condition["type"]:
        case "event_count":
            return compare(condition, len(windowed(of_type, condition, world)))
        case "recency":
            return recent(condition, of_type, world)
        case "monetary":
            return monetary(condition, stream)
        case "event_property":
            latest = of_type[-1].payload if of_type else {}
        case "user_property":
            traits = [event for event in stream if event.event_type == "context_identified"]
            latest = traits[-1].payload if traits else {}
        case "event_sequence":
            return sequence(condition, stream)
        case "segment_membership":
            stored = world.members.get(int(condition["segment_id"]), [])
            inside = user in {world.who(member) for member in stored}
            return inside if condition["operator"] == "in" else not inside
    return holds(condition["operator"], looked_up(latest, condition["property"]), condition)


def compare(condition: dict[str, Any], figure: float) -> bool:
    value = condition["value"]
    return {
        "eq": figure == value,
        "neq": figure != value,
        "gt": figure > value,
        "gte": figure >= value,
        "lt": figure < value,
        "lte": figure <= value,
    }[condition["operator"]]


def windowed(events: list[Event], condition: dict[str, Any], world: World) -> list[Event]:
    days = condition.get("window_days")
    if days is None:
        return events
    begin = world.now - Fraction(days) * DAY
    return [event for event in events if begin <= event.occurred_at <= world.now]


def recent(condition: dict[str, Any], events: list[Event], world: World) -> bool:
    past = [event.occurred_at for event in events if event.occurred_at <= world.now]
    if not past:
        return condition["operator"] == "gt"
    elapsed = Fraction(world.now - max(past), DAY)
    limit = Fraction(condition["window_days"])
    return {"gt": elapsed > limit, "lt": elapsed < limit, "eq": math.floor(elapsed) == limit}[
        condition["operator"]
    ]


def monetary(condition: dict[str, Any], stream: list[Event]) -> bool:
    event_type = condition.get("event_type") or "order_placed"
    name = condition.get("property") or "total"
    values = [
        number(looked_up(event.payload, name)) for event in stream if event.event_type == event_type
    ]
    usable = [value for value in values if value is not None]
    metric = condition.get("metric") or "sum"
    if metric == "sum":
        return compare(condition, rounded(math.fsum(usable)))
    if not usable:
        return False
    if metric == "max":
        return compare(condition, max(usable))
    return compare(condition, rounded(math.fsum(usable) / len(usable)))


def rounded(amount: float) -> float:
    """To a millionth, and to twelve digits below one."""
    digits = 6 if abs(amount) >= 1 or not amount else 11 - math.floor(math.log10(abs(amount)))
    return round(amount, digits)


def sequence(condition: dict[str, Any], stream: list[Event]) -> bool:
    steps = condition["events"]
    longest = Fraction(condition["window_days"]) * DAY
    if condition.get("strict"):
        return any(
            not any(run[0].occurred_at < event.occurred_at < run[-1].occurred_at for event in rest)
            for run in runs(steps, longest, stream)
            for rest in [[event for event in stream if event not in run]]
        )
    return any(True for _ in runs(steps, longest, stream))


def runs(steps: list[str], longest: Fraction, stream: list[Event]) -> Iterator[tuple[Event, ...]]:
    """Every choice of events that takes the steps in order within the window."""
    candidates = [[event for event in stream if event.event_type == step] for step in steps]
    for run in itertools.product(*candidates):
        times = [event.occurred_at for event in run]
        distinct = len({event.id for event in run}) == len(run)
        if distinct and times == sorted(times) and times[-1] - times[0] <= longest:
            yield run


# Products


def matching_products(definition: dict[str, Any], world: World) -> list[str]:
    conditions = definition.get("conditions", [])
    if not conditions:
        return []
    combine = all if definition["logic"] == "AND" else any
    return sorted(
        product["sku"]
        for product in world.products
        if combine([product_matches(condition, product, world) for condition in conditions])
    )


def product_matches(condition: dict[str, Any], product: dict[str, Any], world: World) -> bool:
    if condition["type"] == "ai_visibility_metric":
        return True
    if condition["type"] == "user_behavior_signal":
        return signalled(condition, product, world)
    return holds(condition["operator"], attribute(condition, product, world), condition)


def attribute(condition: dict[str, Any], product: dict[str, Any], world: World) -> Any:
    name = condition["property"]
    if name in ("sku", "name"):
        return product[name]
    value = looked_up(product["data"], name)
    value_type = condition.get("value_type") or world.field_types.get(name)
    if value_type == "array" and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if value_type in ("price", "multi_price"):
        if isinstance(value, list):
            value = value[0] if value and isinstance(value[0], dict) else {}
        if isinstance(value, dict):
            return value.get("amount", MISSING)
    return value


def signalled(condition: dict[str, Any], product: dict[str, Any], world: World) -> bool:
    defaults = {
        "purchased_by_segment": "order_completed",
        "viewed_by_segment": "product_viewed",
    }
    event_type = condition.get("event_type") or defaults[condition["signal"]]
    name = condition.get("product_id_property") or "product_id"
    stored = world.members.get(int(condition["segment_id"]), [])
    members = {world.who(member) for member in stored}
    named = {
        text(looked_up(event.payload, name))
        for event in world.events
        if event.event_type == event_type and world.who(event.user_id) in members
    }
    return product["sku"] in named or str(product["id"]) in named
