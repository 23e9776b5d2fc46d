"""The HTTP ends of `webhooks listen`: the local receiver and the forwarder."""

from __future__ import annotations

import http.client
import queue
import sqlite3
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from segops_tui.api.address import LOOPBACK
from segops_tui.api.webhook import HEADER, verify_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.cli.commands.webhooks.inbox import Delivery, Inbox


LARGEST: Final = 1024 * 1024
"""Bytes of a body; the API's own have some two hundred."""
_PATIENCE: Final = 10.0
"""Seconds between two pieces of a body, as long as the API waits for an answer (§11)."""


class WebhookReceiver(ThreadingHTTPServer):
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
        self.failed("A sender disconnected before its delivery was complete; nothing was stored.")


class _Handler(BaseHTTPRequestHandler):
    server: WebhookReceiver
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
            self._refuse(500, f"The delivery could not be stored: {error}.")
            return
        with suppress(OSError):  # a sender that went away does not undo what is kept
            self._answer(200 if is_good else 401)
        self.server.arrived(delivery)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the command reports what arrived."""

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


_TIMEOUT: Final = 10.0
_WAITS: Final = (0.5, 2.0)
"""Seconds before a second and a third try, where the first failed for want of an answer."""
_KEPT: Final = ("Content-Type", HEADER)
"""Headers that are handed on; the signature is of the same bytes."""


class Forwarder:
    """Hands deliveries on in a thread of its own."""

    def __init__(self, url: str, inbox: Inbox, told: Callable[[Delivery, str, bool], None]) -> None:
        self._url, self._inbox, self._told = url, inbox, told
        self._opener = _opener(url)
        self._line: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)

    def start(self) -> int:
        """Begin with what an earlier run left; answers how much that is."""
        left = self._inbox.waiting(self._url)
        for delivery in left:
            self._line.put(delivery)
        self._thread.start()
        return len(left)

    def add(self, delivery: Delivery) -> None:
        """Hand on one more, when its turn comes."""
        self._line.put(delivery)

    def close(self, *, wait: float) -> None:
        """Stop; what has begun gets `wait` seconds, the rest stays for the next start."""
        self._stop.set()
        self.finish(wait=wait)

    def finish(self, *, wait: float) -> None:
        """Stop once everything so far was handed on, or `wait` seconds have passed."""
        self._line.put(None)
        if self._thread.is_alive():
            self._thread.join(wait)

    def send(self, delivery: Delivery) -> tuple[str, bool]:
        """Hand one on now, and note what came of it: in words, and whether it went well."""
        words, is_done = "", False
        for wait in (*_WAITS, None):
            words, is_done, is_final = self._try(delivery)
            if is_final or wait is None or self._stop.wait(wait):
                break
        self._inbox.note_forwarded(delivery.number, words=words, is_done=is_done)
        return words, is_done

    def _run(self) -> None:
        while not self._stop.is_set():
            delivery = self._line.get()
            if delivery is None:
                return
            words, is_done = self.send(delivery)
            self._told(delivery, words, is_done)

    def _try(self, delivery: Delivery) -> tuple[str, bool, bool]:
        """What came of it, whether it went well, and whether to leave it at that."""
        came = {name.lower(): value for name, value in delivery.headers.items()}
        headers = {name: came[name.lower()] for name in _KEPT if name.lower() in came}
        request = urllib.request.Request(
            self._url, data=delivery.body, headers=headers, method="POST"
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return f"HTTP {answer.status}", True, True
        except urllib.error.HTTPError as error:
            error.close()
            return f"HTTP {error.code}", False, error.code < 500
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            return f"no answer: {reason or type(error).__name__}", False, False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        """Follow nothing: the person named the one address."""


def _opener(url: str) -> urllib.request.OpenerDirector:
    """An opener that follows no redirect and reaches this machine directly."""
    handlers: list[Any] = [_NoRedirect()]
    if (urlsplit(url).hostname or "") in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)
