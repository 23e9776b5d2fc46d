"""Use against the plan: events, credits, and the users a month is billed for (contract §1.4, §10).

Knows plans and calendar months, in UTC; knows no request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.timestamps import SECOND, micros
from segops_tui.sandbox.people.identities import PREFIX

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

UNLIMITED: Final = -1
ANONYMOUS_EVENTS: Final = 3
"""Events after which somebody who never said who they are is billed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan includes; the credits are this sandbox's own figures."""

    events: int
    calls_per_minute: int | None
    ai_credits: int


PLANS: Final[Mapping[str, Plan]] = {
    "free": Plan(500_000, 60, 100),
    "starter": Plan(5_000_000, 300, 1_000),
    "business": Plan(50_000_000, 1_000, 10_000),
    "enterprise": Plan(UNLIMITED, None, UNLIMITED),
}

_BILLED: Final = """
SELECT count(*) FROM (
  SELECT coalesce(i.canonical_id, e.user_id) AS person, count(*) AS n
  FROM events AS e LEFT JOIN identities AS i ON i.user_id = e.user_id
  WHERE e.received_at >= ? AND e.received_at < ? AND NOT {is_bot}
  GROUP BY person
) WHERE substr(person, 1, {prefix}) <> ? OR n >= ?
"""
# The class of an event's sender is not stored; its user agent, where it names one, tells.
_IS_BOT: Final = (
    "(instr(e.payload, '\"user_agent\"') AND ("
    + " OR ".join(
        f"coalesce(json_extract(e.payload, '$.user_agent'), '') LIKE '%{word}%'"
        for word in ("bot", "crawler", "spider")
    )
    + "))"
)


def plan_of(connection: sqlite3.Connection) -> tuple[str, Plan]:
    """The workspace's plan, by the setting `plan`."""
    name = setting(connection, "plan", "business")
    return (name, PLANS[name]) if name in PLANS else ("business", PLANS["business"])


def credits_used(connection: sqlite3.Connection) -> int:
    """AI credits used, by the setting of that name; what runs here costs none."""
    text = setting(connection, "ai_credits_used", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def period(now: int) -> tuple[int, int]:
    """The first moment of the calendar month, and of the next one."""
    first = datetime.fromtimestamp(now // SECOND, UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    is_last = first.month == 12
    following = first.replace(year=first.year + is_last, month=1 if is_last else first.month + 1)
    return micros(first), micros(following)


def events_in(connection: sqlite3.Connection, begin: int, end: int) -> int:
    """Events received in a period."""
    row = connection.execute(
        "SELECT count(*) FROM events WHERE received_at >= ? AND received_at < ?", (begin, end)
    ).fetchone()
    return int(row[0])


def billed_users(connection: sqlite3.Connection, begin: int, end: int) -> int:
    """Canonical users of a period: who is known counts with any event, a visitor after some.

    Bots never count.
    """
    row = connection.execute(
        _BILLED.format(is_bot=_IS_BOT, prefix=len(PREFIX)), (begin, end, PREFIX, ANONYMOUS_EVENTS)
    ).fetchone()
    return int(row[0])


def setting(connection: sqlite3.Connection, key: str, default: str) -> str:
    """One of the workspace's settings."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row["value"])
