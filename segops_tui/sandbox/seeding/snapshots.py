"""The workspace as it was at an earlier moment, for computing a segment then.

Shadows two tables by temporary views of the same name, so a compiled query reads the past
without knowing it; changes nothing that is stored.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


@contextmanager
def as_of(connection: sqlite3.Connection, instant: int) -> Iterator[None]:
    """Hide, within the block, every event and every user that came after `instant`."""
    # SQLite takes a name without a schema from `temp` before `main`; a view takes no parameter.
    connection.execute(
        "CREATE TEMP VIEW events AS SELECT id, user_id, event_type, occurred_at, received_at,"
        f" payload FROM main.events WHERE occurred_at <= {int(instant)}"
    )
    connection.execute(
        "CREATE TEMP VIEW users AS SELECT user_id FROM main.users"
        f" WHERE first_seen <= {int(instant)}"
    )
    try:
        yield
    finally:
        connection.execute("DROP VIEW temp.events")
        connection.execute("DROP VIEW temp.users")
