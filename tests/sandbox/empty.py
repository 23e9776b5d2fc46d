"""An empty workspace in memory: a copy, since making one takes longer than most tests."""

from __future__ import annotations

import sqlite3
from functools import cache

from segops_tui.sandbox.core.migrations import migrate


def empty_workspace() -> sqlite3.Connection:
    """A migrated database without rows."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_content())
    return connection


@cache
def _content() -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    content = connection.serialize()
    connection.close()
    return content
