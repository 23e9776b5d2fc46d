"""Webhook deliveries: stored with the compute they report, then sent once (contract §11).

Threads send them outside every transaction: one attempt each, 10 s at most, http and https only,
no redirects followed. Closing the sandbox waits for them.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from segops_tui.named_tuple import NamedTuple
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import change, insert
from segops_tui.sandbox.core.store import Busy, Closed
from segops_tui.sandbox.core.timestamps import SECOND, wire

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable, Iterator

    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.core.store import Store

LIMIT: Final = 10.0
"""Seconds a receiver has to answer (contract §1.4)."""

_INTERRUPTED_AFTER: Final = 60 * SECOND
"""Age of a started delivery from which its process counts as interrupted."""
_PENDING: Final = """
SELECT * FROM deliveries WHERE status IN ('pending', 'sending')
  AND (status = 'pending' OR started_at < ?) ORDER BY id
"""


def announce(
    context: SandboxContext, segment: sqlite3.Row, *, member_count: int, computed_at: int
) -> None:
    """Store a delivery of a successful recompute for every active webhook."""
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


class _Delivery(NamedTuple):
    id: int
    url: str
    body: bytes
    signature: str


class DeliveryResult(NamedTuple):
    """The result of a delivery."""

    status: str
    status_code: int | None = None
    error: str = ""


class WebhookSender:
    """Send pending deliveries, each once, even if several processes share the sandbox."""

    def __init__(self, store: Store, now: Callable[[], int], *, limit: float = LIMIT) -> None:
        self.limit = limit
        """Seconds one delivery may take."""
        self._store, self._now = store, now
        self._in_progress: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def send_pending(self) -> None:
        """Start sending pending deliveries; while another process writes, do nothing."""
        parameters = (self._now() - _INTERRUPTED_AFTER,)
        if self._store.connection().execute(_PENDING, parameters).fetchone() is None:
            return
        try:
            deliveries = self._claim()
        except Busy:
            return
        for delivery in deliveries:
            thread = threading.Thread(target=self._deliver, args=(delivery,), name="webhook")
            # Started under the lock: `wait` cannot join a thread that has not started.
            with self._lock:
                self._in_progress.add(thread)
                thread.start()

    def wait(self) -> None:
        """Wait for the deliveries in progress."""
        while True:
            with self._lock:
                threads = list(self._in_progress)
            if not threads:
                return
            for thread in threads:
                thread.join()

    def _claim(self) -> list[_Delivery]:
        """Mark pending deliveries as being sent, and interrupted ones as failed."""
        now = self._now()
        deliveries = []
        taken = {"status": "sending", "started_at": now}
        lost = {"status": "failed", "error": "interrupted", "finished_at": now}
        with self._store.writing(within=0) as connection:
            for row in connection.execute(_PENDING, (now - _INTERRUPTED_AFTER,)).fetchall():
                is_new = row["status"] == "pending"
                change(connection, "deliveries", row["id"], taken if is_new else lost)
                if is_new:
                    body = row["body"].encode()
                    deliveries.append(_Delivery(row["id"], row["url"], body, row["signature"]))
        return deliveries

    def _deliver(self, delivery: _Delivery) -> None:
        try:
            result = post(delivery.url, delivery.body, delivery.signature, limit=self.limit)
            columns = {
                "status": result.status,
                "status_code": result.status_code,
                "error": result.error,
                "finished_at": self._now(),
            }
            # The sandbox file may be deleted by now.
            with (
                suppress(sqlite3.Error, Busy, Closed),
                self._store.in_use(),
                self._store.writing(within=60) as connection,
            ):
                change(connection, "deliveries", delivery.id, columns)
        finally:
            with self._lock:
                self._in_progress.discard(threading.current_thread())


def post(url: str, body: bytes, signature: str, *, limit: float) -> DeliveryResult:
    """Send a delivery once; it succeeds if the receiver answers 2xx in time."""
    import http.client  # noqa: PLC0415  # 30 ms with TLS, only for a delivery

    headers = {"Content-Type": "application/json", "User-Agent": "segops-tui-sandbox"}
    if signature:
        headers["X-SegOps-Signature"] = signature
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = make(parts.hostname or "", parts.port, timeout=limit)
        with _time_limit(limit, connection):
            connection.request("POST", target, body, headers)
            code = connection.getresponse().status
    except TimeoutError:
        return DeliveryResult("failed", error=f"no answer within {limit:g} s")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return DeliveryResult("failed", error=str(error) or type(error).__name__)
    if 200 <= code < 300:
        return DeliveryResult("delivered", code)
    return DeliveryResult("failed", code, f"answered HTTP {code}")


@contextmanager
def _time_limit(limit: float, connection: http.client.HTTPConnection) -> Iterator[None]:
    """Close a connection after `limit` seconds, even if the receiver keeps sending.

    Raises:
        TimeoutError: the time was up.
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
    """Shut a connection down whose time is up."""
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
