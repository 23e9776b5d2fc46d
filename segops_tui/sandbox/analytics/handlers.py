"""Analytics: figures computed from the stored workspace, and usage against the plan (§1.4, §10)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.context import setting
from segops_tui.sandbox.core.identities import PREFIX
from segops_tui.sandbox.core.timestamps import DAY, SECOND, micros, wire

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

_DAYS: Final = 30
_PAIRS: Final = 20
_RATED_LOGS: Final = 30
_SHOWN_LOGS: Final = 5

_HISTORY: Final = """
SELECT computed_at / ? AS day, member_count FROM segment_history
WHERE segment_id = ? ORDER BY computed_at
"""
# There are far fewer sets of segments than users: this takes a quarter of a join's time.
_SETS: Final = """
SELECT segments, count(*) AS users FROM (
  SELECT group_concat(segment_id) AS segments FROM segment_members
  WHERE segment_id IN (SELECT id FROM segments) GROUP BY user_id
) GROUP BY segments
"""


def overview(context: SandboxContext, _call: Call) -> Answer:
    """Return the workspace in five numbers; a user in two segments counts twice."""
    connection = context.connection
    row = connection.execute(
        "SELECT count(*) AS segments, coalesce(sum(member_count), 0) AS members FROM segments"
    ).fetchone()
    (events,) = connection.execute(
        "SELECT count(*) FROM events WHERE occurred_at BETWEEN ? AND ?",
        (context.now - _DAYS * DAY, context.now),
    ).fetchone()
    body = {
        "segment_count": row["segments"],
        "total_members": row["members"],
        "events_30d": events,
        "ai_credits_used": credits_used(connection),
        "ai_credits_limit": plan_of(connection)[1].ai_credits,
    }
    return answer(body)


def segments(context: SandboxContext, _call: Call) -> Answer:
    """Return active segments with their member counts of the last 30 days."""
    rows = context.connection.execute(
        "SELECT id, name, member_count, last_computed_at FROM segments WHERE is_active ORDER BY id"
    ).fetchall()
    body = [
        {
            "id": row["id"],
            "name": row["name"],
            "member_count": row["member_count"],
            "last_computed_at": wire(row["last_computed_at"]),
            "trend": _trend(context, row["id"]),
        }
        for row in rows
    ]
    return answer(body)


def overlap(context: SandboxContext, _call: Call) -> Answer:
    """Return the pairs of segments that share the most members."""
    shared, sizes = Counter[tuple[int, int]](), Counter[int]()
    for row in context.connection.execute(_SETS):
        together = sorted(map(int, row["segments"].split(",")))
        for pair in combinations(together, 2):
            shared[pair] += row["users"]
        for segment_id in together:
            sizes[segment_id] += row["users"]
    names = {
        row["id"]: row["name"]
        for row in context.connection.execute("SELECT id, name FROM segments")
    }
    largest = sorted(shared.items(), key=lambda entry: (-entry[1], entry[0]))[:_PAIRS]
    body = [
        {
            "seg_a_id": a,
            "seg_a_name": names[a],
            "seg_b_id": b,
            "seg_b_name": names[b],
            "overlap": count,
            "overlap_pct": round(100 * count / min(sizes[a], sizes[b]), 1),
        }
        for (a, b), count in largest
    ]
    return answer(body)


def activations(context: SandboxContext, _call: Call) -> Answer:
    """Return each connector's success rate and latest syncs."""
    rows = context.connection.execute(
        "SELECT activations.*, segments.name, segments.member_count FROM activations"
        " LEFT JOIN segments ON segments.id = segment_id ORDER BY activations.id"
    ).fetchall()
    return answer([_health(context, row) for row in rows])


def usage(context: SandboxContext, _call: Call) -> Answer:
    """Return this calendar month's usage and the plan's limits."""
    connection = context.connection
    name, plan = plan_of(connection)
    begin, end = period(context.now)
    body = {
        "plan": name,
        "period_start": wire(begin),
        "period_end": wire(end),
        "events_used": events_in(connection, begin, end),
        "events_limit": plan.events,
        "api_calls_per_minute_limit": plan.calls_per_minute,
        "ai_credits_used": credits_used(connection),
        "ai_credits_limit": plan.ai_credits,
        "mtu_computed": billed_users(connection, begin, end),
    }
    return answer(body)


def _trend(context: SandboxContext, segment_id: int) -> list[dict[str, Any]]:
    """The count at the end of each day; it changes only with a compute."""
    rows = context.connection.execute(_HISTORY, (DAY, segment_id)).fetchall()
    today = context.now // DAY
    first = context.connection.execute(
        "SELECT min(computed_at) FROM segment_history WHERE segment_id = ?", (segment_id,)
    ).fetchone()[0]
    if first is None or context.now - first < 2 * DAY:
        return []
    computed = {row["day"]: row["member_count"] for row in rows}
    begin = today - _DAYS + 1
    earlier = [day for day in computed if day < begin]
    count = computed[max(earlier)] if earlier else None
    trend = []
    for day in range(begin, today + 1):
        count = computed.get(day, count)
        if count is not None:
            trend.append({"day": wire(day * DAY)[:10], "count": count})
    return trend


def _health(context: SandboxContext, row: sqlite3.Row) -> dict[str, Any]:
    logs = context.connection.execute(
        "SELECT * FROM sync_logs WHERE activation_id = ? ORDER BY id DESC LIMIT ?",
        (row["id"], _RATED_LOGS),
    ).fetchall()
    good = sum(log["status"] == "success" for log in logs)
    return {
        "id": row["id"],
        "segment_id": row["segment_id"],
        "segment_name": row["name"] or "",
        "connector_type": row["connector_type"],
        "status": row["status"],
        "last_synced_at": wire(row["last_synced_at"]),
        "last_error": row["last_error"],
        "member_count": row["member_count"] or 0,
        "success_rate": round(100 * good / len(logs)) if logs else None,
        "sync_logs": [_log(log) for log in logs[:_SHOWN_LOGS]],
    }


def _log(row: sqlite3.Row) -> dict[str, Any]:
    """One sync; `added` and `removed` exist only in the sandbox."""
    return {
        "status": row["status"],
        "user_count": row["user_count"],
        "added": row["added"],
        "removed": row["removed"],
        "error_message": row["error_message"],
        "synced_at": wire(row["synced_at"]),
    }


UNLIMITED: Final = -1
ANONYMOUS_EVENTS: Final = 3
"""Events in a month from which an anonymous visitor is billed."""


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """The limits of a plan; the credits exist only in the sandbox."""

    events: int
    calls_per_minute: int | None
    ai_credits: int


PLANS: Final[Mapping[str, UsagePlan]] = {
    "free": UsagePlan(500_000, 60, 100),
    "starter": UsagePlan(5_000_000, 300, 1_000),
    "business": UsagePlan(50_000_000, 1_000, 10_000),
    "enterprise": UsagePlan(UNLIMITED, None, UNLIMITED),
}

_BILLED: Final = """
SELECT count(*) FROM (
  SELECT coalesce(i.canonical_id, e.user_id) AS person, count(*) AS n
  FROM events AS e LEFT JOIN identities AS i ON i.user_id = e.user_id
  WHERE e.received_at >= ? AND e.received_at < ? AND NOT {is_bot}
  GROUP BY person
) WHERE substr(person, 1, {prefix}) <> ? OR n >= ?
"""
# Whether a bot sent an event is not stored; only its user agent tells.
_IS_BOT: Final = (
    "(instr(e.payload, '\"user_agent\"') AND ("
    + " OR ".join(
        f"coalesce(json_extract(e.payload, '$.user_agent'), '') LIKE '%{word}%'"
        for word in ("bot", "crawler", "spider")
    )
    + "))"
)


def plan_of(connection: sqlite3.Connection) -> tuple[str, UsagePlan]:
    """The workspace's plan, from the setting `plan`."""
    name = setting(connection, "plan", "business")
    return (name, PLANS[name]) if name in PLANS else ("business", PLANS["business"])


def credits_used(connection: sqlite3.Connection) -> int:
    """AI credits used, from the setting of that name; the sandbox itself uses none."""
    text = setting(connection, "ai_credits_used", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def period(now: int) -> tuple[int, int]:
    """The start of the calendar month in UTC, and of the next one."""
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
    """Billed users of a period: identified users, and visitors with several events; no bots."""
    row = connection.execute(
        _BILLED.format(is_bot=_IS_BOT, prefix=len(PREFIX)), (begin, end, PREFIX, ANONYMOUS_EVENTS)
    ).fetchone()
    return int(row[0])
