"""Deliveries handed on to another address, one after the other, in the order they came.

Knows one POST and when to try again; a delivery that was not handed on stays in the inbox and is
tried at the next start.
"""

from __future__ import annotations

import http.client
import queue
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from segops_tui.api.address import LOOPBACK
from segops_tui.api.webhook import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.cli.commands.webhooks.inbox import Delivery, Inbox

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
        self._line.put(None)
        self._thread.join(wait)

    def finish(self, *, wait: float) -> None:
        """Stop once everything so far was handed on, or `wait` seconds have passed."""
        self._line.put(None)
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
