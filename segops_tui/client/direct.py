"""The blocking transport of most calls: h11 over a socket.

A command that lists something is over before httpx is loaded. So what an own server is asked in a
few bytes is sent from here, with the protocol that httpx uses as well; uploads, downloads, other
servers and proxies are left to httpx, which is loaded when the first of them comes.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

import h11

from segops_tui.api.address import origin, without_query
from segops_tui.api.errors import ConnectionFailed, SegOpsConfigError, TimedOut
from segops_tui.api.keys import redact
from segops_tui.client.deadlines import Deadline, DeadlineExceeded, run_with_deadline
from segops_tui.client.wire import (
    CONNECT,
    WireTransport,
    decoded,
    decoder_of,
    is_local,
    reply,
    trusted_context,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from segops_tui.api.exchange import Attempt, Reply
    from segops_tui.api.keys import Secret
    from segops_tui.api.senders import Download
    from segops_tui.client.http import HttpTransport

_PIECE: Final = 1 << 16
_KEPT: Final = 5.0
"""Seconds that an idle connection is used again; servers close theirs at about that time."""
_URL_SAFE: Final = "!$%&'()*+,/:;=?@[]~"
"""Characters that an encoded path or query may have."""


class DirectTransport(WireTransport):
    """Sends attempts over HTTP, blocking; safe to use from several threads.

    Raises:
        SegOpsConfigError: a variable names a certificate file or a proxy that cannot be used.
    """

    def __init__(self, api_key: str | Secret | None, *, base_url: str) -> None:
        super().__init__(api_key, base_url=base_url)
        self._idle: list[_Connection] = []
        self._is_proxied = not is_local(base_url) and _may_have_proxy()
        self._context: ssl.SSLContext | None = None
        # At once, so that a wrong variable is told before the first call.
        if self._is_proxied:
            _ = self._httpx
        elif not is_local(base_url):
            self._context = trusted_context()

    @cached_property
    def _httpx(self) -> HttpTransport:
        from segops_tui.client.http import HttpTransport  # noqa: PLC0415 (60 ms)

        return HttpTransport(self._wire.key, base_url=self._wire.base)

    def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole reply."""
        url = self._wire.address(attempt.target)
        own = self._wire.authorization(url)
        if self._is_proxied or attempt.upload is not None or not own:
            return self._httpx.send(attempt)
        deadline = Deadline(attempt.timeout)
        request = _request(attempt, url, {**self._wire.headers(attempt), **own})
        connection = self._idle_one() or self._opened(attempt, deadline)
        with connection.failures(attempt):
            status, headers = connection.ask(request, attempt.content or b"", deadline)
            decoder = decoder_of(status, headers, attempt)
            content = b"".join(decoded(connection.body(deadline), decoder))
        if connection.is_reusable():
            self._idle.append(connection)
        return reply(status, headers, content)

    def stream(self, attempt: Attempt, /) -> AbstractContextManager[Download]:
        """Send, and stream the reply's body."""
        return self._httpx.stream(attempt)

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()
        if "_httpx" in self.__dict__:
            self._httpx.close()

    def _idle_one(self) -> _Connection | None:
        """An idle connection that is still open; the last used one is the most likely."""
        with suppress(IndexError):  # another thread may take the last one
            while True:
                connection = self._idle.pop()
                if connection.is_open():
                    return connection
                connection.close()
        return None

    def _opened(self, attempt: Attempt, deadline: Deadline) -> _Connection:
        """A new connection.

        Raises:
            ConnectionFailed: there is none.
        """
        _, host, port = origin(self._wire.base)
        # As bytes: the name is ASCII, and a text would load the tables of other alphabets.
        name: Any = (host or "").encode("ascii")
        named: Any = {"method": attempt.method, "url": without_query(attempt.target)}
        limit = min(CONNECT, attempt.timeout)

        def opened() -> socket.socket:
            found = socket.create_connection((name, port), limit)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is None:
                return found
            return self._context.wrap_socket(found, server_hostname=host)

        try:
            # In a thread, since nothing else ends a search for a name.
            return _Connection(run_with_deadline(opened, deadline, cut=lambda: None))
        except (TimeoutError, DeadlineExceeded) as error:
            raise TimedOut(f"Could not connect within {limit:g} s.", **named, was_sent=False) from (
                error
            )
        except UnicodeError as error:
            raise SegOpsConfigError(f"Not a valid URL: {self._wire.base!r}.") from error
        except OSError as error:
            text = redact(error.strerror or str(error))
            raise ConnectionFailed(
                f"Could not connect to {_netloc(self._wire.base)}: {text}", **named, was_sent=False
            ) from error


class _Connection:
    """One connection; used for one request at a time."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._protocol = h11.Connection(h11.CLIENT)
        self._used = time.monotonic()
        self._has_answer = False
        """Whether anything of an answer arrived."""

    def ask(
        self, request: h11.Request, content: bytes, deadline: Deadline
    ) -> tuple[int, dict[str, str]]:
        """Send a request; the answer's status and headers, their names in lower case."""
        self._has_answer = False
        events = (request, h11.Data(content), h11.EndOfMessage())
        data = b"".join(self._protocol.send(event) or b"" for event in events)
        try:
            self._limit(deadline)
            self._socket.sendall(data)
        except TimeoutError:
            raise
        except OSError:
            # A server may refuse a request before it has read it all: its answer is read.
            pass
        while not isinstance(event := self._next(deadline), h11.Response):
            pass
        headers: dict[str, str] = {}
        for raw, value in event.headers:
            name, text = raw.decode("ascii"), value.decode("utf-8", "replace")
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        return event.status_code, headers

    def body(self, deadline: Deadline) -> Iterator[bytes]:
        """The answer's body, as it is received."""
        while isinstance(event := self._next(deadline), h11.Data):
            yield bytes(event.data)

    def is_reusable(self) -> bool:
        """Get ready for another request; else close."""
        if self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE:
            self._protocol.start_next_cycle()
            self._used = time.monotonic()
            return True
        self.close()
        return False

    def is_open(self) -> bool:
        """Whether an idle connection can be used again.

        Something to read can only be its end.
        """
        if time.monotonic() - self._used > _KEPT:
            return False
        with DefaultSelector() as selector:
            selector.register(self._socket, EVENT_READ)
            return not selector.select(0)

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    @contextmanager
    def failures(self, attempt: Attempt) -> Iterator[None]:
        """Close after any failure, and name it without the key and the query."""
        named: Any = {"method": attempt.method, "url": without_query(attempt.target)}
        try:
            yield
        except BaseException as error:
            self.close()
            if isinstance(error, TimeoutError):
                what = "did not finish its answer" if self._has_answer else "did not answer"
                message = f"The server {what} within {attempt.timeout:g} s."
                raise TimedOut(message, **named) from error
            if isinstance(error, OSError):
                text = redact(error.strerror or str(error)) or type(error).__name__
                raise ConnectionFailed(text, **named) from error
            if isinstance(error, h11.ProtocolError):
                raise ConnectionFailed(redact(str(error)), **named) from error
            raise

    def _next(self, deadline: Deadline) -> Any:
        """The next event of an answer.

        Raises:
            TimeoutError: it did not come in time.
            OSError: the connection failed.
            h11.RemoteProtocolError: it ended early, or this is no HTTP.
        """
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            self._limit(deadline)
            data = self._socket.recv(_PIECE)
            if not data and self._protocol.their_state is h11.SEND_RESPONSE:
                raise h11.RemoteProtocolError("Server disconnected without sending a response.")
            self._has_answer = True
            self._protocol.receive_data(data)
        return event

    def _limit(self, deadline: Deadline) -> None:
        """Let the next read or write take no longer than what is left."""
        left = deadline.left
        if not left:
            raise TimeoutError
        self._socket.settimeout(left)


def _request(attempt: Attempt, url: str, headers: dict[str, str]) -> h11.Request:
    """The request of an attempt; what the URL has is encoded, as the path and the query are."""
    parts = urlsplit(url)
    query = urlencode(attempt.query) or parts.query
    target = quote(f"{parts.path or '/'}{'?' if query else ''}{query}", safe=_URL_SAFE)
    if attempt.content is not None or attempt.method in {"POST", "PUT", "PATCH"}:
        headers["Content-Length"] = str(len(attempt.content or b""))
    return h11.Request(
        method=attempt.method,
        target=target,
        headers=[("Host", _netloc(url)), *headers.items()],
    )


def _netloc(url: str) -> str:
    """The host of a URL, and its port if that is not the usual one."""
    scheme, host, port = origin(url)
    place = f"[{host}]" if host and ":" in host else host or ""
    return place if (scheme, port) in {("https", 443), ("http", 80)} else f"{place}:{port}"


def _may_have_proxy() -> bool:
    """Whether the environment, or a system that keeps them elsewhere, may name a proxy."""
    if any(name.lower().endswith("_proxy") and value for name, value in os.environ.items()):
        return True
    if sys.platform not in {"darwin", "win32"}:
        return False
    from urllib.request import getproxies  # noqa: PLC0415 (12 ms)

    return bool(getproxies())
