"""Who is who: claims on visitors, merges of users, and where each id leads (contract §9.2).

Knows the graph of ids and keeps `identities`, its flattened form, in step within the same
transaction; rewrites no event.

A visitor's first claim wins, and a merge beats a claim. `abc` and `anon_abc` name one visitor;
events of a visitor carry the latter. A known user is never merged by a claim, so the bare `abc`
sent as a *user id* stays a user of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.context import SandboxContext

Claim = Literal["created", "exists", "conflict"]

PREFIX: Final = "anon_"
"""What the id of a visitor starts with."""

_BEHIND: Final = """
WITH RECURSIVE behind (id) AS (
  VALUES (?1)
  UNION SELECT from_user_id FROM behind CROSS JOIN merges ON into_user_id = behind.id
  UNION SELECT visitor_id FROM behind CROSS JOIN alias_edges ON user_id = behind.id
    WHERE NOT EXISTS (SELECT 1 FROM merges WHERE from_user_id = visitor_id)
)
"""
"""An id and all that lead to it. CROSS JOIN has each step look up an index."""


class OwnDescendant(Exception):
    """The link would lead an id back to itself."""


class AlreadyMerged(Exception):
    """The user was merged into somebody else before."""

    def __init__(self, into: str) -> None:
        super().__init__(into)
        self.into = into


def visitor_of(anonymous_id: str) -> str:
    """The id a visitor's events carry."""
    return PREFIX + anonymous_id.removeprefix(PREFIX)


def canonical(connection: sqlite3.Connection, user_id: str) -> str:
    """Whom an id stands for: itself, where it stands for nobody else."""
    row = connection.execute(
        "SELECT canonical_id FROM identities WHERE user_id = ?", (user_id,)
    ).fetchone()
    return user_id if row is None else str(row["canonical_id"])


def ids_of(connection: sqlite3.Connection, canonical_id: str) -> list[str]:
    """Every id of one person, the canonical one first."""
    rows = connection.execute(
        "SELECT user_id FROM identities WHERE canonical_id = ? ORDER BY user_id", (canonical_id,)
    )
    return [canonical_id, *(str(row["user_id"]) for row in rows)]


def claim(context: SandboxContext, anonymous_id: str, user_id: str) -> Claim:
    """Say that a visitor is a user; the first to say so wins.

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
    """Make one user part of another, for good; doing it again changes nothing.

    Raises:
        OwnDescendant: the other is, or leads to, the one.
        AlreadyMerged: the one is part of somebody else.
    """
    connection = context.connection
    row = connection.execute(
        "SELECT into_user_id FROM merges WHERE from_user_id = ?", (from_user_id,)
    ).fetchone()
    if row is not None and row["into_user_id"] == into_user_id:
        return
    if from_user_id in _way(connection, into_user_id):
        raise OwnDescendant
    if row is not None:
        raise AlreadyMerged(row["into_user_id"])
    connection.execute(
        "INSERT INTO merges (from_user_id, into_user_id, created_at) VALUES (?, ?, ?)",
        (from_user_id, into_user_id, context.now),
    )
    _flatten(connection, from_user_id, canonical(connection, into_user_id))


def _is_linked(connection: sqlite3.Connection, visitor: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM alias_edges WHERE visitor_id = ?1"
        " UNION ALL SELECT 1 FROM merges WHERE from_user_id = ?1",
        (visitor,),
    )
    return row.fetchone() is not None


def _way(connection: sqlite3.Connection, user_id: str) -> set[str]:
    """Every id on the way from one to its end, both included."""
    way = set[str]()
    following: str | None = user_id
    while following is not None:
        way.add(following)
        row = connection.execute(
            "SELECT coalesce((SELECT into_user_id FROM merges WHERE from_user_id = ?1),"
            " (SELECT user_id FROM alias_edges WHERE visitor_id = ?1)) AS id",
            (following,),
        ).fetchone()
        following = row["id"]
    return way


def _flatten(connection: sqlite3.Connection, start: str, end: str) -> None:
    """Point an id, and every id that leads to it, at the end of the way."""
    connection.execute(
        f"{_BEHIND} INSERT OR REPLACE INTO identities (user_id, canonical_id)"
        " SELECT id, ?2 FROM behind",
        (start, end),
    )
