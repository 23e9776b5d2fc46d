"""Receiving webhooks on this machine: verify, keep, answer, tell; in that order.

Knows HTTP's receiving end. The standard library's server does: it is for one person's machine,
a few deliveries a minute, and costs no import that a thread a delivery would repay. A delivery
that was answered is in the inbox; one that could not be kept is answered with 500, so that its
sender knows.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.webhook import HEADER, verify_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.cli.commands.webhooks.inbox import Delivery, Inbox

LARGEST: Final = 1024 * 1024
"""Bytes of a body; the API's own have some two hundred."""
_PATIENCE: Final = 10.0
"""Seconds between two pieces of a body, as long as the API waits for an answer (§11)."""


class Receiver(ThreadingHTTPServer):
    """Receives on loopback, each delivery in a thread of its own."""

    daemon_threads = False
    """Who closes it waits for the deliveries that have begun to arrive."""
    request_queue_size = 128
    """Connections that may wait; the standard library's five turn a burst away."""

    def __init__(
        self,
        port: int,
        inbox: Inbox,
        *,
        secret: str | None,
        forward_to: str,
        now: Callable[[], str],
        arrived: Callable[[Delivery], None],
        failed: Callable[[str], None],
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.inbox, self.secret, self.forward_to = inbox, secret, forward_to
        self.now, self.arrived, self.failed = now, arrived, failed

    @property
    def address(self) -> str:
        """Where to send deliveries."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def verdict(self, body: bytes, signature: str | None) -> str:
        """What a signature is worth."""
        if self.secret is None:
            return "unchecked"
        if not signature:
            return "unsigned"
        return "verified" if verify_webhook(body, signature, self.secret) else "forged"

    def handle_error(self, _request: Any, _client: Any) -> None:
        """Say that a sender went away, without a traceback."""
        self.failed("A sender went away before its delivery was whole; nothing of it was kept.")


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    timeout = _PATIENCE
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take one delivery in."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._refuse(411, "A delivery says how long it is.")
            return
        if int(length) > LARGEST:
            self._refuse(413, f"A delivery has {LARGEST:,} bytes at most.")
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self._refuse(400, "The delivery is shorter than it says.")
            return
        verdict = self.server.verdict(body, self.headers.get(HEADER))
        is_good = verdict in {"verified", "unchecked"}
        try:
            delivery = self.server.inbox.add(
                received_at=self.server.now(),
                path=self.path,
                headers=dict(self.headers.items()),
                body=body,
                verdict=verdict,
                forward_to=self.server.forward_to if is_good else "",
            )
        except sqlite3.Error as error:
            self._refuse(500, f"The delivery could not be kept: {error}.")
            return
        with suppress(OSError):  # a sender that went away does not undo what is kept
            self._answer(200 if is_good else 401)
        self.server.arrived(delivery)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what arrived is told by whoever listens."""

    def _refuse(self, status: int, words: str) -> None:
        self.close_connection = True
        self.server.failed(f"{words} Answered with {status}.")
        self._answer(status)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
