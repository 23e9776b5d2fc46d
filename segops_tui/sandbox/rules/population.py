"""Who counts as one user at one instant: the ground every condition's query stands on.

Knows identities and the population, and exact instants before `now`; knows no condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from segops_tui.sandbox.core.sql_fragments import Compiled, indented, splice

DAY: Final = 86_400_000_000
"""Microseconds."""

_FIRST_INSTANT: Final = -(2**62)


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of users; `inverted` means everybody else."""

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

    def sent_by(self, canonical_id: str) -> str:
        """Return the test that event `e` belongs to a canonical user named by an expression."""
        if not self.has_aliases:
            return f"e.user_id = {canonical_id}"
        return (
            f"e.user_id IN (SELECT {canonical_id} UNION ALL"
            f" SELECT user_id FROM identities WHERE canonical_id = {canonical_id})"
        )

    def since(self, days: float) -> Fraction:
        """Return the instant so many days before now, exactly."""
        return max(self.now - Fraction(days) * DAY, Fraction(_FIRST_INSTANT))


def grouped(rows: Compiled, test: Compiled) -> Compiled:
    """Return the users whose rows, taken together, pass a test of aggregates."""
    return splice("SELECT user_id FROM (\n  {}\n) GROUP BY user_id HAVING {}", indented(rows), test)
