"""Links visitors to users, merges users, and resolves each id to its canonical id (contract §9.2).

`identities` is the flattened form of the links and changes in the same transaction; events are
never rewritten.

A visitor's first link wins, and a merge outranks a link. `abc` and `anon_abc` name one visitor;
events of a visitor carry the latter. A link never merges a known user, so a plain `abc` sent as
a *user id* is a separate user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.context import SandboxContext

Claim = Literal["created", "exists", "conflict"]

PREFIX: Final = "anon_"
"""Prefix of visitor ids."""

_ALIASES: Final = """
WITH RECURSIVE aliases (id) AS (
  VALUES (:start)
  UNION SELECT from_user_id FROM aliases CROSS JOIN merges ON into_user_id = aliases.id
  UNION SELECT visitor_id FROM aliases CROSS JOIN alias_edges ON user_id = aliases.id
    WHERE NOT EXISTS (SELECT 1 FROM merges WHERE from_user_id = visitor_id)
)
"""
"""An id and every id that resolves to it; CROSS JOIN makes each step use an index."""


class OwnDescendant(Exception):
    """The link would make an id an alias of itself."""


def visitor_of(anonymous_id: str) -> str:
    """Return the id in a visitor's events."""
    return PREFIX + anonymous_id.removeprefix(PREFIX)


def canonical(connection: sqlite3.Connection, user_id: str) -> str:
    """Resolve an id to its canonical id, which may be itself."""
    row = connection.execute(
        "SELECT canonical_id FROM identities WHERE user_id = ?", (user_id,)
    ).fetchone()
    return user_id if row is None else str(row["canonical_id"])


def ids_of(connection: sqlite3.Connection, canonical_id: str) -> list[str]:
    """Return every id of a person, the canonical id first."""
    rows = connection.execute(
        "SELECT user_id FROM identities WHERE canonical_id = ? ORDER BY user_id", (canonical_id,)
    )
    return [canonical_id, *(str(row["user_id"]) for row in rows)]


def claim(context: SandboxContext, anonymous_id: str, user_id: str) -> Claim:
    """Link a visitor to a user; the first link wins.

    Raises:
        OwnDescendant: the user is the visitor.
    """
    visitor, connection = visitor_of(anonymous_id), context.connection
    if _is_linked(connection, visitor):
        is_same = canonical(connection, visitor) == canonical(connection, user_id)
        return "exists" if is_same else "conflict"
    if visitor in {canonical(connection, user_id), visitor_of(user_id)}:
        raise OwnDescendant
    connection.execute(
        "INSERT INTO alias_edges (visitor_id, user_id, created_at) VALUES (?, ?, ?)",
        (visitor, user_id, context.now),
    )
    _flatten(connection, visitor, canonical(connection, user_id))
    return "created"


def merge(context: SandboxContext, from_user_id: str, into_user_id: str) -> None:
    """Merge one user into another permanently; repeating it changes nothing.

    If the user is merged already, the user that they are now is merged into the other.

    Raises:
        OwnDescendant: the target is the user, or resolves to it.
    """
    connection = context.connection
    path = _path(connection, into_user_id)
    if from_user_id in path:
        raise OwnDescendant
    merged = _end_of_merges(connection, from_user_id)
    if merged in path:
        return
    connection.execute(
        "INSERT INTO merges (from_user_id, into_user_id, created_at) VALUES (?, ?, ?)",
        (merged, into_user_id, context.now),
    )
    _flatten(connection, merged, canonical(connection, into_user_id))


def _end_of_merges(connection: sqlite3.Connection, user_id: str) -> str:
    """Return the user that an id was merged into in the end; itself without a merge."""
    row = connection.execute(
        "WITH RECURSIVE chain (id, depth) AS (VALUES (?, 0)"
        " UNION ALL SELECT into_user_id, depth + 1 FROM chain JOIN merges ON from_user_id = id)"
        " SELECT id FROM chain ORDER BY depth DESC LIMIT 1",
        (user_id,),
    ).fetchone()
    return str(row["id"])


def _is_linked(connection: sqlite3.Connection, visitor: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM alias_edges WHERE visitor_id = :id"
        " UNION ALL SELECT 1 FROM merges WHERE from_user_id = :id",
        {"id": visitor},
    )
    return row.fetchone() is not None


def _path(connection: sqlite3.Connection, user_id: str) -> set[str]:
    """Return every id on the path from an id to its canonical id, both included."""
    path = set[str]()
    following: str | None = user_id
    while following is not None:
        path.add(following)
        row = connection.execute(
            "SELECT coalesce((SELECT into_user_id FROM merges WHERE from_user_id = :id),"
            " (SELECT user_id FROM alias_edges WHERE visitor_id = :id)) AS id",
            {"id": following},
        ).fetchone()
        following = row["id"]
    return path


def _flatten(connection: sqlite3.Connection, start: str, end: str) -> None:
    """Set the canonical id of an id and all its aliases."""
    connection.execute(
        f"{_ALIASES} INSERT OR REPLACE INTO identities (user_id, canonical_id)"
        " SELECT id, :end FROM aliases",
        {"start": start, "end": end},
    )
