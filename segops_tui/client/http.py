"""The blocking and the async HTTP transport over httpx: the only module that imports it.

Redirects are followed for downloads alone, and neither they nor an absolute link to another host
carry the key (contract §2.2: a pre-signed URL needs none).
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urljoin

from segops_tui.api.address import LOOPBACK, checked_address, without_query
from segops_tui.api.errors import ConnectionFailed, SegOpsConfigError, TimedOut, UnexpectedAnswer
from segops_tui.api.exchange import Attempt, Reply, refusal
from segops_tui.api.keys import redact
from segops_tui.client.deadlines import (
    Deadline,
    DeadlineExceeded,
    ProgressReader,
    StallDetector,
    run_with_deadline,
)
from segops_tui.client.wire import (
    CONNECT,
    Wire,
    WireTransport,
    decoded,
    decoder_of,
    is_local,
    length,
    reading_certificates,
    reply,
    trusted_context,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping

    from segops_tui.api.keys import Secret
    from segops_tui.client.bodies import BodyDecoder


@contextmanager
def _absent(module: str) -> Iterator[None]:
    """Let the import of a module fail."""
    modules: dict[str, Any] = sys.modules  # None in it makes an import fail
    if module in modules:
        yield
        return
    modules[module] = None
    try:
        yield
    finally:
        del modules[module]


# httpx offers a command line where click and rich are installed, and importing those with pygments
# takes as long as the rest of it.
with _absent("httpx._main"):
    import httpx

T = TypeVar("T")


def _note_absence(module: str) -> None:
    """Let the import of a module that is not installed fail at once, instead of after a search.

    httpcore tries to import one several times per awaited request, a sixth of its time.
    """
    modules: dict[str, Any] = sys.modules
    if module not in modules and find_spec(module) is None:
        modules[module] = None


_MOST_CONNECTIONS: Final = 100
"""Connections that an async transport has at a time; further calls wait."""
_REDIRECTS: Final = 5
_NO_PROXY: Final[dict[str, None]] = {
    f"all://[{host}]" if ":" in host else f"all://{host}": None for host in LOOPBACK
}
"""This machine is reached directly: a proxy would receive the key over plain http."""


def _request(
    wire: Wire, client: httpx.Client | httpx.AsyncClient, attempt: Attempt, deadline: Deadline
) -> httpx.Request:
    """Build the httpx request of an attempt."""
    files: Any = None
    if attempt.upload is not None:
        upload = attempt.upload
        files = {
            upload.field: (
                upload.filename,
                ProgressReader(upload, deadline),
                upload.content_type,
            )
        }
    request = client.build_request(
        attempt.method,
        wire.address(attempt.target),
        params=list(attempt.query) or None,
        headers=wire.headers(attempt),
        content=attempt.content,
        files=files,
        timeout=httpx.Timeout(attempt.timeout, connect=min(CONNECT, attempt.timeout)),
    )
    # Of the built request: httpx's own parsing of the URL decides where the key goes.
    request.headers.update(wire.authorization(str(request.url)))
    return request


def _redirected(response: httpx.Response) -> Attempt | None:
    """The attempt that follows a download's redirect, or None without a redirect."""
    location = response.headers.get("location")
    if response.status_code not in {301, 302, 303, 307, 308} or not location:
        return None
    return Attempt("GET", checked_address(urljoin(str(response.url), location)))


class HttpTransport(WireTransport):
    """Sends attempts over HTTP, blocking; safe to use from several threads."""

    def __init__(self, api_key: str | Secret | None, *, base_url: str) -> None:
        super().__init__(api_key, base_url=base_url)
        self._connections = _Connections(self._wire.base)

    def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole reply."""
        deadline = Deadline(attempt.timeout)
        with failures(attempt), self._connections.to(self._address(attempt)) as connection:
            request = _request(self._wire, connection.client, attempt, deadline)

            def exchange() -> Reply:
                response = connection.send(request)
                try:
                    return _reply(response, _content(response, attempt))
                finally:
                    response.close()

            return run_with_deadline(exchange, deadline, cut=connection.cut)

    @contextmanager
    def stream(self, attempt: Attempt, /) -> Iterator[_ResponseBody]:
        """Send, and stream the reply's body."""
        for _ in range(_REDIRECTS):
            with self._connections.to(self._address(attempt)) as connection:
                response = self._open(connection, attempt)
                try:
                    redirect = _redirected(response)
                    if redirect is None:
                        if response.status_code >= 300:
                            raise _refused(self._rest(connection, response, attempt), attempt)
                        yield _ResponseBody(response, attempt)
                        return
                    attempt = redirect
                finally:
                    response.close()
        raise UnexpectedAnswer("The download was redirected more than 5 times.", status=302)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _address(self, attempt: Attempt) -> str:
        return self._wire.address(attempt.target)

    def _open(self, connection: HttpConnection, attempt: Attempt) -> httpx.Response:
        deadline = Deadline(attempt.timeout)
        with failures(attempt):
            request = _request(self._wire, connection.client, attempt, deadline)
            return run_with_deadline(lambda: connection.send(request), deadline, cut=connection.cut)

    def _rest(
        self, connection: HttpConnection, response: httpx.Response, attempt: Attempt
    ) -> Reply:
        deadline = Deadline(attempt.timeout)
        with failures(attempt):
            content = run_with_deadline(
                lambda: _content(response, attempt), deadline, cut=connection.cut
            )
        return _reply(response, content)


class HttpConnection:
    """A client that has one connection, which can be cut while another thread uses it."""

    def __init__(self, verify: ssl.SSLContext, *, is_local: bool = False) -> None:
        with _creating_client():
            self.client = httpx.Client(**_one_connection(verify, is_local=is_local))
        self._stream: Any = None
        self.is_cut = False

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is not read yet."""
        request.extensions["trace"] = self._note
        return self.client.send(request, stream=True)

    def cut(self) -> None:
        """End what is being sent or received; a thread that waits for it gets an error."""
        self.is_cut = True
        opened = self._stream and self._stream.get_extra_info("socket")
        if opened is not None:
            # Closing would not wake the thread, and its number might be used again at once.
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def _note(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = info["return_value"]
        if self.is_cut:
            raise DeadlineExceeded


class _Connections:
    """The connections of a transport: a call takes an idle one, or opens another."""

    def __init__(self, base: str) -> None:
        self._contexts = _Contexts()
        self._idle: dict[bool, list[HttpConnection]] = {True: [], False: []}
        # Opened at once, so that a wrong proxy variable is told before the first call.
        local = is_local(base)
        self._idle[local].append(self._opened(is_local=local))

    @contextmanager
    def to(self, address: str) -> Iterator[HttpConnection]:
        """A connection for one call; the last used one is the most likely to be still open."""
        local = is_local(address)
        idle = self._idle[local]
        try:
            connection = idle.pop()
        except IndexError:
            connection = self._opened(is_local=local)
        try:
            yield connection
        finally:
            if connection.is_cut:
                connection.client.close()
            else:
                idle.append(connection)

    def close(self) -> None:
        """Close those that are idle."""
        for idle in self._idle.values():
            while idle:
                idle.pop().client.close()

    def _opened(self, *, is_local: bool) -> HttpConnection:
        return HttpConnection(self._contexts.get(is_local=is_local), is_local=is_local)


class _AsyncConnections:
    """Clients of one connection each: a call takes an idle one, or opens another.

    One client of many connections looks at all of them for each call, which takes longer than the
    call itself.
    """

    def __init__(self, base: str) -> None:
        import asyncio  # noqa: PLC0415 (the blocking client never loads it)

        self._contexts = _Contexts()
        self._idle: dict[bool, list[httpx.AsyncClient]] = {True: [], False: []}
        self._all: list[httpx.AsyncClient] = []
        self._room = asyncio.Semaphore(_MOST_CONNECTIONS)
        # Opened at once, so that a wrong proxy variable is told before the first call.
        local = is_local(base)
        self._idle[local].append(self._opened(is_local=local))

    @asynccontextmanager
    async def to(self, address: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one call; the last used one is the most likely to be still connected."""
        import asyncio  # noqa: PLC0415 (the blocking client never loads it)

        local = is_local(address)
        idle = self._idle[local]
        async with self._room:
            client = idle.pop() if idle else self._opened(is_local=local)
            try:
                yield client
            except asyncio.CancelledError:
                # A cancelled call may leave the client's only connection taken for good.
                self._all.remove(client)
                await client.aclose()
                raise
            except BaseException:
                idle.append(client)
                raise
            else:
                idle.append(client)

    async def aclose(self) -> None:
        """Close them all."""
        while self._all:
            await self._all.pop().aclose()

    def _opened(self, *, is_local: bool) -> httpx.AsyncClient:
        context = self._contexts.get(is_local=is_local)
        with _creating_client():
            client = httpx.AsyncClient(**_one_connection(context, is_local=is_local))
        self._all.append(client)
        return client


class _Contexts:
    """TLS contexts; certificates are read once, and not for a server on this machine."""

    def __init__(self) -> None:
        self._trusted: ssl.SSLContext | None = None

    def get(self, *, is_local: bool) -> ssl.SSLContext:
        """The context for a server."""
        if is_local:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._trusted is None:
            self._trusted = trusted_context()
        return self._trusted


def _one_connection(verify: ssl.SSLContext, *, is_local: bool) -> dict[str, Any]:
    """The options of a client of one connection; none to this machine goes through a proxy."""
    return {
        "follow_redirects": False,
        "mounts": None if is_local else _NO_PROXY,
        "trust_env": not is_local,
        "verify": verify,
        "limits": httpx.Limits(max_connections=1, max_keepalive_connections=1),
    }


class AsyncHttpTransport(WireTransport):
    """Sends attempts over HTTP from an event loop."""

    def __init__(self, api_key: str | Secret | None, *, base_url: str) -> None:
        super().__init__(api_key, base_url=base_url)
        self._connections = _AsyncConnections(self._wire.base)
        _note_absence("sniffio")

    async def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole reply."""
        deadline = Deadline(attempt.timeout)
        with failures(attempt):
            return await _awaited(self._exchange(attempt, deadline), deadline)

    @asynccontextmanager
    async def stream(self, attempt: Attempt, /) -> AsyncIterator[_AsyncResponseBody]:
        """Send, and stream the reply's body."""
        for _ in range(_REDIRECTS):
            async with self._connections.to(self._wire.address(attempt.target)) as client:
                response = await self._open(client, attempt)
                try:
                    redirect = _redirected(response)
                    if redirect is None:
                        if response.status_code >= 300:
                            with failures(attempt):
                                rest = _async_content(response, attempt)
                                content = await _awaited(rest, Deadline(attempt.timeout))
                            raise _refused(_reply(response, content), attempt)
                        yield _AsyncResponseBody(response, attempt)
                        return
                    attempt = redirect
                finally:
                    await response.aclose()
        raise UnexpectedAnswer("The download was redirected more than 5 times.", status=302)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connections.aclose()

    async def _open(self, client: httpx.AsyncClient, attempt: Attempt) -> httpx.Response:
        deadline = Deadline(attempt.timeout)
        with failures(attempt):
            request = _request(self._wire, client, attempt, deadline)
            return await _awaited(client.send(request, stream=True), deadline)

    async def _exchange(self, attempt: Attempt, deadline: Deadline) -> Reply:
        async with self._connections.to(self._wire.address(attempt.target)) as client:
            request = _request(self._wire, client, attempt, deadline)
            response = await client.send(request, stream=True)
            try:
                return _reply(response, await _async_content(response, attempt))
            finally:
                await response.aclose()


class _ResponseBody:
    """A download read by a blocking client."""

    def __init__(self, response: httpx.Response, attempt: Attempt) -> None:
        self._response, self._attempt = response, attempt
        self.length = length(response.headers)

    def __iter__(self) -> Iterator[bytes]:
        stall = StallDetector(self._attempt.timeout)
        with failures(self._attempt):
            decoder = _decoder(self._response, self._attempt, is_file=True)
            yield from decoded(self._response.iter_raw(), decoder, stall.add)


class _AsyncResponseBody:
    """A download read by an async client."""

    def __init__(self, response: httpx.Response, attempt: Attempt) -> None:
        self._response, self._attempt = response, attempt
        self.length = length(response.headers)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stall = StallDetector(self._attempt.timeout)
        decoder = _decoder(self._response, self._attempt, is_file=True)
        with failures(self._attempt):
            async for received in self._response.aiter_raw():
                stall.add(len(received))
                for chunk in decoder.feed(received):
                    yield chunk
            decoder.finish()


async def _awaited(call: Coroutine[Any, Any, T], deadline: Deadline) -> T:
    """Await a call until its deadline."""
    import asyncio  # noqa: PLC0415 (the blocking client never loads it)

    try:
        async with asyncio.timeout(deadline.left) as scope:
            loop = asyncio.get_running_loop()
            deadline.on_extend = lambda: scope.reschedule(loop.time() + deadline.seconds)
            return await call
    except TimeoutError as error:
        raise DeadlineExceeded from error
    finally:
        deadline.on_extend = None


def keyless_connection() -> HttpConnection:
    """A blocking connection without a key; it follows no redirects and honours proxy variables.

    Raises:
        SegOpsConfigError: a variable names a certificate file or a proxy that cannot be used.
    """
    return HttpConnection(trusted_context())


@contextmanager
def _creating_client() -> Iterator[None]:
    """Name the environment variables at fault when httpx cannot create a client."""
    try:
        with reading_certificates():
            yield
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise SegOpsConfigError(
            f"Cannot use the proxy: {type(error).__name__}.",
            hint="Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; http:// and https:// are supported.",
        ) from error


@contextmanager
def failures(attempt: Attempt) -> Iterator[None]:
    """Translate httpx errors into our own, without keys and queries."""
    named: Any = {"method": attempt.method, "url": without_query(attempt.target)}
    try:
        yield
    except httpx.ConnectTimeout as error:
        limit = min(CONNECT, attempt.timeout)
        raise TimedOut(f"Could not connect within {limit:g} s.", **named, was_sent=False) from error
    except httpx.TimeoutException as error:
        raise TimedOut(
            f"The server did not answer within {attempt.timeout:g} s.", **named
        ) from error
    except DeadlineExceeded as error:
        raise TimedOut(
            f"The server did not finish its answer within {attempt.timeout:g} s.", **named
        ) from error
    except httpx.InvalidURL as error:
        raise SegOpsConfigError(f"Not a valid URL: {named['url']!r}.") from error
    except httpx.HTTPError as error:
        was_sent = not isinstance(error, httpx.ConnectError)
        raise ConnectionFailed(_message(error), **named, was_sent=was_sent) from error


def _message(error: httpx.HTTPError) -> str:
    """The error's text without its errno; a failed connection names the server."""
    text = _system_words(error) or re.sub(r"^\[Errno -?\d+\] ", "", str(error))
    text = redact(text) or type(error).__name__
    if not isinstance(error, httpx.ConnectError):
        return text
    return f"Could not connect to {error.request.url.netloc.decode()}: {text}"


def _system_words(error: BaseException) -> str:
    """What the system says of a failed connection: asyncio words it in its own way."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        number = cause.errno if isinstance(cause, OSError) else None
        if number is not None and number > 0 and not isinstance(cause, ssl.SSLError):
            return os.strerror(number)
        cause = cause.__cause__ or cause.__context__
    return ""


def _reply(response: httpx.Response, content: bytes) -> Reply:
    return reply(response.status_code, response.headers, content)


def _refused(answer: Reply, attempt: Attempt) -> Exception:
    return refusal(answer, method=attempt.method, path=without_query(attempt.target))


def _decoder(response: httpx.Response, attempt: Attempt, *, is_file: bool = False) -> BodyDecoder:
    return decoder_of(response.status_code, response.headers, attempt, is_file=is_file)


def _content(response: httpx.Response, attempt: Attempt) -> bytes:
    return b"".join(decoded(response.iter_raw(), _decoder(response, attempt)))


async def _async_content(response: httpx.Response, attempt: Attempt) -> bytes:
    decoder = _decoder(response, attempt)
    pieces = [piece async for data in response.aiter_raw() for piece in decoder.feed(data)]
    decoder.finish()
    return b"".join(pieces)
