"""Webhook deliveries: written down with the compute they tell of, sent once after it (§11).

Knows the table of deliveries and how one is posted; what a segment is, it does not. Sending
happens in threads of its own, outside every transaction: one attempt each, all at once, 10 s at
most, http and https only, no redirect followed. Who closes the sandbox waits for them.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import change, insert
from segops_tui.sandbox.core.store import Busy
from segops_tui.sandbox.core.timestamps import SECOND, wire

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable, Iterator

    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.core.store import Store

LIMIT: Final = 10.0
"""Seconds a receiver has to answer (contract §1.4)."""

_LOST_AFTER: Final = 60 * SECOND
"""A delivery begun so long ago and not ended was interrupted with its process."""
_WAITING: Final = """
SELECT * FROM deliveries WHERE status IN ('pending', 'sending')
  AND (status = 'pending' OR started_at < ?) ORDER BY id
"""


def announce(
    context: SandboxContext, segment: sqlite3.Row, *, member_count: int, computed_at: int
) -> None:
    """Write down a delivery of a successful recompute to every active webhook."""
    hooks = context.connection.execute(
        "SELECT id, url, secret FROM webhooks WHERE is_active ORDER BY id"
    ).fetchall()
    if not hooks:
        return
    slug = context.connection.execute(
        "SELECT value FROM settings WHERE key = 'tenant_slug'"
    ).fetchone()
    body = dump(
        {
            "event": "segment.recomputed",
            "tenant_slug": slug["value"] if slug else "sandbox",
            "segment_id": segment["id"],
            "segment_name": segment["name"],
            "member_count": member_count,
            "computed_at": wire(computed_at),
        }
    )
    for hook in hooks:
        columns = {
            "webhook_id": hook["id"],
            "segment_id": segment["id"],
            "url": hook["url"],
            "body": body,
            "signature": _signature(body, hook["secret"]),
            "created_at": context.now,
        }
        insert(context.connection, "deliveries", columns)


@dataclass(frozen=True, slots=True)
class _Letter:
    id: int
    url: str
    body: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a delivery."""

    status: str
    status_code: int | None = None
    error: str = ""


class Postman:
    """Sends what is pending, each delivery once, whoever looks first."""

    def __init__(self, store: Store, now: Callable[[], int], *, limit: float = LIMIT) -> None:
        self.limit = limit
        """Seconds one delivery may take."""
        self._store, self._now = store, now
        self._under_way: set[threading.Thread] = set()
        self._guard = threading.Lock()

    def look(self) -> None:
        """Begin to send what is pending; leaves it for later if somebody is writing."""
        waiting = (self._now() - _LOST_AFTER,)
        if self._store.connection().execute(_WAITING, waiting).fetchone() is None:
            return
        try:
            letters = self._claimed()
        except Busy:
            return
        for letter in letters:
            thread = threading.Thread(target=self._deliver, args=(letter,), name="webhook")
            # Begun under the guard: nobody can wait for a thread that was not begun.
            with self._guard:
                self._under_way.add(thread)
                thread.start()

    def wait(self) -> None:
        """Wait for what is under way."""
        while True:
            with self._guard:
                threads = list(self._under_way)
            if not threads:
                return
            for thread in threads:
                thread.join()

    def _claimed(self) -> list[_Letter]:
        """Take what is pending, so that nobody else sends it, and give up what was interrupted."""
        now = self._now()
        letters = []
        taken = {"status": "sending", "started_at": now}
        lost = {"status": "failed", "error": "interrupted", "finished_at": now}
        with self._store.writing(patient=False) as connection:
            for row in connection.execute(_WAITING, (now - _LOST_AFTER,)).fetchall():
                is_new = row["status"] == "pending"
                change(connection, "deliveries", row["id"], taken if is_new else lost)
                if is_new:
                    body = row["body"].encode()
                    letters.append(_Letter(row["id"], row["url"], body, row["signature"]))
        return letters

    def _deliver(self, letter: _Letter) -> None:
        try:
            outcome = post(letter.url, letter.body, letter.signature, limit=self.limit)
            columns = {
                "status": outcome.status,
                "status_code": outcome.status_code,
                "error": outcome.error,
                "finished_at": self._now(),
            }
            # A file that is gone by now has no place for the outcome.
            with suppress(sqlite3.Error), self._store.writing() as connection:
                change(connection, "deliveries", letter.id, columns)
        finally:
            with self._guard:
                self._under_way.discard(threading.current_thread())


def post(url: str, body: bytes, signature: str, *, limit: float) -> Outcome:
    """Send one delivery, once; a receiver that answers 2xx in time has taken it."""
    import http.client  # noqa: PLC0415  # 30 ms with TLS, that only a delivery owes

    headers = {"Content-Type": "application/json", "User-Agent": "segops-tui-sandbox"}
    if signature:
        headers["X-SegOps-Signature"] = signature
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = make(parts.hostname or "", parts.port, timeout=limit)
        with _at_most(limit, connection):
            connection.request("POST", target, body, headers)
            code = connection.getresponse().status
    except TimeoutError:
        return Outcome("failed", error=f"no answer within {limit:g} s")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Outcome("failed", error=str(error) or type(error).__name__)
    if 200 <= code < 300:
        return Outcome("delivered", code)
    return Outcome("failed", code, f"answered HTTP {code}")


@contextmanager
def _at_most(limit: float, connection: http.client.HTTPConnection) -> Iterator[None]:
    """Cut a connection when its time is up: a receiver may trickle for ever.

    Raises:
        TimeoutError: it was cut, whatever had come by then.
    """
    is_late = threading.Event()
    alarm = threading.Timer(limit, _cut, (connection, is_late))
    alarm.daemon = True
    alarm.start()
    try:
        yield
    except Exception as error:
        if is_late.is_set():
            raise TimeoutError from error
        raise
    finally:
        alarm.cancel()
        connection.close()
    if is_late.is_set():
        raise TimeoutError


def _cut(connection: http.client.HTTPConnection, is_late: threading.Event) -> None:
    """End a connection whose time is up: a receiver may trickle for ever."""
    import socket  # noqa: PLC0415  # loaded with http.client, and only then

    is_late.set()
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _signature(body: str, secret: str) -> str:
    if not secret:
        return ""
    from segops_tui.api.webhook import sign_webhook  # noqa: PLC0415  # 4 ms of hashlib

    return sign_webhook(body, secret)
