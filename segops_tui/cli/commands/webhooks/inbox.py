"""Webhook deliveries as they were received, in one file: written before anything is answered."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, Self

from segops_tui.api.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    path TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    verdict TEXT NOT NULL,
    forward_to TEXT NOT NULL DEFAULT '',
    forwarded TEXT NOT NULL DEFAULT '',
    forward_error TEXT NOT NULL DEFAULT ''
) STRICT
"""


class Delivery(Record):
    """One delivery; `body` is what its signature is of, `raw` what the user is shown."""

    __slots__ = ("body", "headers", "number")

    def __init__(self, row: sqlite3.Row) -> None:
        self.number: int = row["id"]
        self.body: bytes = row["body"]
        self.headers: Mapping[str, str] = json.loads(row["headers"])
        shown = {name: row[name] for name in row.keys() if name not in {"body", "headers"}}  # noqa: SIM118
        text = self.body.decode("utf-8", "replace")
        super().__init__(
            {**shown, "headers": dict(self.headers), "payload": _parsed(text), "body": text}
        )


class Inbox:
    """The file of deliveries. Any thread may use it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._guard = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=10.0, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        # A delivery is sent once, so it has to be on the disk before its sender hears of it.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        with self._guard:
            self._connection.close()

    def add(
        self,
        *,
        received_at: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        verdict: str,
        forward_to: str = "",
    ) -> Delivery:
        """Keep a delivery; it is on the disk when this returns.

        Raises:
            sqlite3.Error: it could not be kept.
        """
        row = (received_at, path, json.dumps(dict(headers)), body, verdict, forward_to)
        columns = "received_at, path, headers, body, verdict, forward_to"
        with self._guard:
            number = self._connection.execute(
                f"INSERT INTO deliveries ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row
            ).lastrowid
        return self.get(number or 0)

    def get(self, number: int) -> Delivery:
        """One delivery.

        Raises:
            KeyError: there is none of that number.
        """
        return self._one("WHERE id = ?", number)

    def last(self) -> Delivery:
        """The newest delivery.

        Raises:
            KeyError: there is none.
        """
        return self._one("ORDER BY id DESC LIMIT ?", 1)

    def newest(self, most: int) -> list[Delivery]:
        """The newest deliveries, newest first; −1 is all of them."""
        return self._rows("ORDER BY id DESC LIMIT ?", most)

    def waiting(self, forward_to: str) -> list[Delivery]:
        """Deliveries that were to be forwarded there and were not yet, oldest first.

        One that the receiver refused is left at that; one that it could not take is not.
        """
        is_passing = "forward_error LIKE 'no answer:%' OR forward_error LIKE 'HTTP 5%'"
        is_open = f"forward_to = ? AND forwarded = '' AND (forward_error = '' OR {is_passing})"
        return self._rows(f"WHERE {is_open} ORDER BY id", forward_to)

    def note_forwarded(self, number: int, *, words: str, is_done: bool) -> None:
        """Note what came of forwarding one."""
        column = "forwarded" if is_done else "forward_error"
        other = "forward_error" if is_done else "forwarded"
        with self._guard:
            self._connection.execute(
                f"UPDATE deliveries SET {column} = ?, {other} = '' WHERE id = ?", (words, number)
            )

    def _one(self, rest: str, value: Any) -> Delivery:
        rows = self._rows(rest, value)
        if not rows:
            raise KeyError(value)
        return rows[0]

    def _rows(self, rest: str, value: Any) -> list[Delivery]:
        with (
            self._guard,
            closing(self._connection.execute(f"SELECT * FROM deliveries {rest}", (value,))) as rows,
        ):
            return [Delivery(row) for row in rows]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
