"""Users: find them by any of their ids, list events and segments, link and merge ids (§9)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import BodyForm
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import invalid, not_found
from segops_tui.sandbox.core.identities import (
    OwnDescendant,
    canonical,
    ids_of,
    visitor_of,
)
from segops_tui.sandbox.core.identities import claim as claim_visitor
from segops_tui.sandbox.core.identities import merge as merge_users
from segops_tui.sandbox.core.paging import read_limit
from segops_tui.sandbox.core.timestamps import parse, wire

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

_USERS: Final = 20
_EVENTS: Final = 50
_MOST: Final = 200

_SEARCH: Final = """
SELECT id, min(rank) AS rank, count(*) OVER () AS matched FROM (
  SELECT coalesce(i.canonical_id, u.user_id) AS id, CASE
    WHEN {fold}(u.user_id) = :q OR {fold}(i.canonical_id) = :q THEN 0
    WHEN instr({fold}(u.user_id), :q) = 1 OR instr({fold}(i.canonical_id), :q) = 1 THEN 1
    ELSE 2 END AS rank
  FROM users AS u LEFT JOIN identities AS i ON i.user_id = u.user_id
  WHERE instr({fold}(u.user_id), :q) OR instr({fold}(i.canonical_id), :q)
) GROUP BY id ORDER BY rank, id LIMIT :limit
"""
_ALL_USERS: Final = """
(SELECT user_id AS id FROM users AS u
 WHERE NOT EXISTS (SELECT 1 FROM identities AS i WHERE i.user_id = u.user_id)
 UNION ALL
 SELECT DISTINCT canonical_id FROM identities AS i JOIN users AS u ON u.user_id = i.user_id
 WHERE NOT EXISTS (SELECT 1 FROM users AS c WHERE c.user_id = i.canonical_id))
"""
_OF: Final = "user_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class _KnownUser:
    """A user who sent an event, with all ids."""

    user_id: str
    ids: str
    """A JSON array: there may be more ids than a statement takes parameters."""


def search(context: SandboxContext, call: Call) -> Answer:
    """Return users by a part of any of their ids: exact matches, then prefixes, then others."""
    asked, limit = call.argument("q"), read_limit(call, default=_USERS, most=_MOST)
    connection = context.connection
    if asked is None:
        (count,) = connection.execute(f"SELECT count(*) FROM {_ALL_USERS}").fetchone()
        rows = connection.execute(
            f"SELECT id FROM {_ALL_USERS} ORDER BY id LIMIT ?", (limit,)
        ).fetchall()
    else:
        # SQLite's `lower` handles only ASCII, and is much faster.
        fold = "lower" if asked.isascii() else "segops_fold"
        connection.create_function("segops_fold", 1, _fold, deterministic=True)
        values = {"q": asked.casefold(), "limit": limit}
        rows = connection.execute(_SEARCH.format(fold=fold), values).fetchall()
        count = rows[0]["matched"] if rows else 0
    results = [_summary(context, _known_user(context, row["id"])) for row in rows]
    return answer({"count": count, "results": results})


def get(context: SandboxContext, _call: Call, user_id: str) -> Answer:
    """Return a user with the properties of the latest identification."""
    user, connection = _known_user(context, user_id), context.connection
    (types,) = connection.execute(
        f"SELECT count(DISTINCT event_type) FROM events WHERE {_OF}", (user.ids,)
    ).fetchone()
    traits = connection.execute(
        f"SELECT payload FROM events WHERE {_OF} AND event_type = 'context_identified'"
        " ORDER BY occurred_at DESC, id DESC LIMIT 1",
        (user.ids,),
    ).fetchone()
    properties = {} if traits is None else json.loads(traits["payload"])
    return answer({**_summary(context, user), "event_type_count": types, "properties": properties})


def events(context: SandboxContext, call: Call, user_id: str) -> Answer:
    """Return a user's events, newest first."""
    user = _known_user(context, user_id)
    where, params = [_OF], [user.ids]
    if event_type := call.argument("event_type"):
        where.append("event_type = ?")
        params.append(event_type)
    if since := call.argument("since"):
        moment = parse(since)
        if moment is None:
            raise invalid("since", "Datetime has wrong format. Use ISO 8601.")
        where.append(f"occurred_at >= {moment}")
    chosen = f"FROM events WHERE {' AND '.join(where)}"
    (count,) = context.connection.execute(f"SELECT count(*) {chosen}", params).fetchone()
    rows = context.connection.execute(
        f"SELECT event_type, occurred_at, payload {chosen}"
        " ORDER BY occurred_at DESC, id DESC LIMIT ?",
        (*params, read_limit(call, default=_EVENTS, most=_MOST)),
    )
    results = [
        {
            "event_type": row["event_type"],
            "occurred_at": wire(row["occurred_at"]),
            "payload": json.loads(row["payload"]),
        }
        for row in rows
    ]
    return answer({"count": count, "results": results})


def segments(context: SandboxContext, _call: Call, user_id: str) -> Answer:
    """Return the segments that held any of the user's ids at their last compute."""
    user = _known_user(context, user_id)
    rows = context.connection.execute(
        "SELECT DISTINCT segments.id, name, member_count, last_computed_at AS computed_at"
        " FROM segment_members JOIN segments ON segments.id = segment_id"
        f" WHERE {_OF} ORDER BY segments.id",
        (user.ids,),
    )
    found = [
        {
            "segment_id": row["id"],
            "segment_name": row["name"],
            "member_count": row["member_count"],
            "computed_at": wire(row["computed_at"]),
        }
        for row in rows
    ]
    return answer(found)


def _fold(user_id: str | None) -> str | None:
    return None if user_id is None else user_id.casefold()


def _known_user(context: SandboxContext, user_id: str) -> _KnownUser:
    """The user with an id; a 404 if none of the user's ids ever sent an event."""
    user = canonical(context.connection, user_id)
    ids = dump(ids_of(context.connection, user))
    known = context.connection.execute(f"SELECT 1 FROM users WHERE {_OF}", (ids,))
    if known.fetchone() is None:
        raise not_found()
    return _KnownUser(user, ids)


def _summary(context: SandboxContext, user: _KnownUser) -> dict[str, Any]:
    row = context.connection.execute(
        "SELECT sum(event_count) AS event_count, min(first_seen) AS first_seen,"
        f" max(last_seen) AS last_seen FROM users WHERE {_OF}",
        (user.ids,),
    ).fetchone()
    return {
        "user_id": user.user_id,
        "event_count": row["event_count"],
        "first_seen": wire(row["first_seen"]),
        "last_seen": wire(row["last_seen"]),
    }


def alias(context: SandboxContext, call: Call) -> Answer:
    """Link a visitor to a user; a later claim returns the link that exists."""
    anonymous_id, user_id = _two_ids(call, "anonymous_id", "user_id")
    try:
        status = claim_visitor(context, anonymous_id, user_id)
    except OwnDescendant as error:
        raise invalid("user_id", "A visitor cannot be an alias of itself.") from error
    found = {
        "anonymous_id": anonymous_id,
        "user_id": user_id,
        "status": status,
        "canonical_user_id": canonical(context.connection, visitor_of(anonymous_id)),
    }
    return answer(found)


def merge(context: SandboxContext, call: Call) -> Answer:
    """Merge one user into another; repeating a merge returns the same answer."""
    from_user_id, into_user_id = _two_ids(call, "from_user_id", "into_user_id")
    if from_user_id == into_user_id:
        raise invalid("into_user_id", "A user cannot be merged into itself.")
    try:
        merge_users(context, from_user_id, into_user_id)
    except OwnDescendant as error:
        words = f"{into_user_id} is already part of {from_user_id}: this would be a cycle."
        raise invalid("into_user_id", words) from error
    found = {"from_user_id": from_user_id, "into_user_id": into_user_id, "status": "merged"}
    return answer(found)


def _two_ids(call: Call, first: str, second: str) -> tuple[str, str]:
    form = BodyForm(call.json(), intent="create")
    form.text(first, required=True, opaque=True)
    form.text(second, required=True, opaque=True)
    values = form.check()
    return values[first], values[second]
