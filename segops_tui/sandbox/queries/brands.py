"""Whose workspace it is: the own brand, its address, and the brands it is compared with.

Knows settings and competitors; knows no answer and no page.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

UNNAMED: Final = "My Store"
"""The own brand where neither it nor the workspace has been named."""
UNNAMED_SLUG: Final = "sandbox"
_UNSEEDED: Final = "1"


def own_brand(connection: sqlite3.Connection) -> str:
    """The brand the answers are about: the setting `own_brand`, else the workspace's name."""
    return _setting(connection, "own_brand") or _setting(connection, "workspace") or UNNAMED


def tenant_slug(connection: sqlite3.Connection) -> str:
    """The workspace's part of a public page's address."""
    return _setting(connection, "tenant_slug") or UNNAMED_SLUG


def seed_number(connection: sqlite3.Connection) -> str:
    """What the simulated answers are drawn from."""
    return _setting(connection, "seed") or _UNSEEDED


def known_as(name: str, aliases: str = "[]") -> frozenset[str]:
    """Every spelling a brand goes by, in lower case; `aliases` as they are stored."""
    return frozenset(word.strip().casefold() for word in (name, *json.loads(aliases)))


def _setting(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return str(row["value"]).strip() if row else ""
