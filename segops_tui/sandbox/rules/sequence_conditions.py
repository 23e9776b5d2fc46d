"""What an event_sequence selects: steps in order, with or without other events in between.

Knows how to line up events of the listed types; knows no other condition. Events at the same
instant count as in order whichever was stored first, except to `strict`, which reads the stream
as it was stored.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from segops_tui.sandbox.core.sql_fragments import Compiled, bound, indented, joined, splice
from segops_tui.sandbox.rules.population import DAY, Scope, Selection, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping


def select_sequence(condition: Mapping[str, Any], scope: Scope) -> Selection:
    """Return who took the steps, first to last within the window."""
    if condition.get("strict", False):
        return Selection(_strict_sequence(condition, scope))
    steps: list[str] = condition["events"]
    types = list(dict.fromkeys(steps))
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
        bound(",".join(str(types.index(step)) for step in steps)),
        bound(_microseconds(condition)),
    )
    return Selection(grouped(rows, in_order))


def _strict_sequence(condition: Mapping[str, Any], scope: Scope) -> Compiled:
    """Select who took the steps with no other event in between, by time and then by storing.

    Only events of the listed types are lined up; whether a foreign one lies inside a match is
    asked afterwards, of the few matches there are.
    """
    steps: list[str] = condition["events"]
    types = list(dict.fromkeys(steps))
    last = len(steps) - 1
    listed = joined(
        "\nUNION ALL ",
        (
            splice(
                f"SELECT user_id, {number} AS step, occurred_at, id FROM events"
                " WHERE event_type = {}",
                bound(event_type),
            )
            for number, event_type in enumerate(types)
        ),
    )
    following = "".join(f", lead(step, {at}) OVER stream AS step_{at}" for at in range(1, last + 1))
    stream = splice(
        f"SELECT user_id, step AS step_0{following},\n"
        "  occurred_at AS begun, id AS first_id,\n"
        f"  lead(occurred_at, {last}) OVER stream AS ended,\n"
        f"  lead(id, {last}) OVER stream AS last_id\n"
        "FROM (\n  {}\n)\nWINDOW stream AS (PARTITION BY user_id ORDER BY occurred_at, id)",
        indented(scope.canonical(listed, ", raw.step, raw.occurred_at, raw.id")),
    )
    taken = " AND ".join(f"step_{at} = {types.index(step)}" for at, step in enumerate(steps))
    return splice(
        f"SELECT DISTINCT user_id FROM (\n  {{}}\n) AS taken\nWHERE {taken}"
        " AND ended - begun <= {}\n"
        "  AND (SELECT count(*) FROM events AS e\n"
        f"    WHERE {scope.sent_by('taken.user_id')} AND e.occurred_at BETWEEN begun AND ended\n"
        "    AND (e.occurred_at, e.id) > (begun, first_id)\n"
        f"    AND (e.occurred_at, e.id) < (ended, last_id)) = {last - 1}",
        indented(stream),
        bound(_microseconds(condition)),
    )


def _microseconds(condition: Mapping[str, Any]) -> int:
    return min(math.floor(Fraction(condition["window_days"]) * DAY), 2**62)
