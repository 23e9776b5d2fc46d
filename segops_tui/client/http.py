"""The two HTTP transports: the only module that imports httpx, and the only one that reveals a key.

Knows how an attempt goes over the wire; never retries and never decides.

A key goes to its own origin only. Redirects are followed for downloads alone, and neither they
nor an absolute link to another host carry the key (contract §2.2: a pre-signed address needs
none).
"""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urljoin

import httpx

from segops_tui._version import __version__
from segops_tui.api.address import checked_address, origin, without_query
from segops_tui.api.errors import ConnectionFailed, SegOpsConfigError, TimedOut, UnexpectedAnswer
from segops_tui.api.exchange import Attempt, Reply, refusal
from segops_tui.api.keys import Secret, redact, require_secret_key
from segops_tui.client.deadlines import (
    Deadline,
    DeadlineExceeded,
    ProgressReader,
    StallDetector,
    run_with_deadline,
)
from segops_tui.client.pipeline import MAX_CONCURRENCY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

T = TypeVar("T")

_CONNECT: Final = 10.0
"""Seconds to wait for a connection; an attempt's own time-out bounds each read and write."""
_REDIRECTS: Final = 5
_PAST_PROXIES: Final[dict[str, None]] = {
    f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")
}
"""This machine is reached directly: a proxy would be handed a key over plain http."""


class _Wire:
    """What both transports know: the address, the key, and how to spell a request."""

    def __init__(self, api_key: str | Secret | None, base_url: str) -> None:
        text = api_key.reveal() if isinstance(api_key, Secret) else api_key or ""
        self._key = require_secret_key(text)
        self.base = checked_address(base_url)

    def request(
        self, client: httpx.Client | httpx.AsyncClient, attempt: Attempt, watch: Deadline
    ) -> httpx.Request:
        """Spell an attempt as an httpx request."""
        files: Any = None
        if attempt.upload is not None:
            upload = attempt.upload
            files = {
                upload.field: (upload.filename, ProgressReader(upload, watch), upload.content_type)
            }
        request = client.build_request(
            attempt.method,
            self.address(attempt.target),
            params=list(attempt.query) or None,
            headers={"User-Agent": f"segops-tui/{__version__}", **attempt.headers},
            content=attempt.content,
            files=files,
            timeout=httpx.Timeout(attempt.timeout, connect=min(_CONNECT, attempt.timeout)),
        )
        # Asked of the request as it will go, so that nobody else's reading of an address decides.
        if origin(checked_address(str(request.url))) == origin(self.base):
            request.headers["Authorization"] = f"ApiKey {self._key.reveal()}"
        return request

    def address(self, target: str) -> str:
        """Resolve a target: an API path against the base, a link as the server gave it."""
        if target.startswith("/api/"):
            return urljoin(self.base, target)
        if target.startswith("/"):
            return self.base.rstrip("/") + target
        return checked_address(target)

    def redirected(self, response: httpx.Response) -> Attempt | None:
        """The attempt a download's redirect asks for, or None where there is no redirect."""
        location = response.headers.get("location")
        if response.status_code not in {301, 302, 303, 307, 308} or not location:
            return None
        return Attempt("GET", checked_address(urljoin(str(response.url), location)))


class HttpTransport:
    """Sends attempts over HTTP, blocking; from several threads at a time."""

    at_once = MAX_CONCURRENCY

    def __init__(self, api_key: str | Secret | None, *, base_url: str) -> None:
        self._wire = _Wire(api_key, base_url)
        self._client = keyless_client()

    def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole answer."""
        watch = Deadline(attempt.timeout)
        with failures(attempt):
            request = self._wire.request(self._client, attempt, watch)
            return _reply(run_with_deadline(lambda: self._client.send(request), watch))

    @contextmanager
    def stream(self, attempt: Attempt, /) -> Iterator[_Body]:
        """Send, and hand the answer over as it comes."""
        for _ in range(_REDIRECTS):
            response = self._open(attempt)
            try:
                onward = self._wire.redirected(response)
                if onward is None:
                    if response.status_code >= 300:
                        with failures(attempt):
                            run_with_deadline(response.read, Deadline(attempt.timeout))
                        raise _refused(response, attempt)
                    yield _Body(response, attempt)
                    return
                attempt = onward
            finally:
                response.close()
        raise UnexpectedAnswer("The download was redirected too often.", status=302)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _open(self, attempt: Attempt) -> httpx.Response:
        watch = Deadline(attempt.timeout)
        with failures(attempt):
            request = self._wire.request(self._client, attempt, watch)
            return run_with_deadline(lambda: self._client.send(request, stream=True), watch)


class AsyncHttpTransport:
    """Sends attempts over HTTP, awaited."""

    at_once = MAX_CONCURRENCY

    def __init__(self, api_key: str | Secret | None, *, base_url: str) -> None:
        self._wire = _Wire(api_key, base_url)
        with _setting_up():
            self._client = httpx.AsyncClient(follow_redirects=False, mounts=_PAST_PROXIES)

    async def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole answer."""
        return _reply(await self._open(attempt, stream=False))

    @asynccontextmanager
    async def stream(self, attempt: Attempt, /) -> AsyncIterator[_AsyncBody]:
        """Send, and hand the answer over as it comes."""
        for _ in range(_REDIRECTS):
            response = await self._open(attempt, stream=True)
            try:
                onward = self._wire.redirected(response)
                if onward is None:
                    if response.status_code >= 300:
                        with failures(attempt):
                            await _awaited(response.aread(), Deadline(attempt.timeout))
                        raise _refused(response, attempt)
                    yield _AsyncBody(response, attempt)
                    return
                attempt = onward
            finally:
                await response.aclose()
        raise UnexpectedAnswer("The download was redirected too often.", status=302)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def _open(self, attempt: Attempt, *, stream: bool) -> httpx.Response:
        watch = Deadline(attempt.timeout)
        with failures(attempt):
            request = self._wire.request(self._client, attempt, watch)
            return await _awaited(self._client.send(request, stream=stream), watch)


class _Body:
    """A blocking download."""

    def __init__(self, response: httpx.Response, attempt: Attempt) -> None:
        self._response, self._attempt = response, attempt
        self.length = _length(response)

    def __iter__(self) -> Iterator[bytes]:
        pace = StallDetector(self._attempt.timeout)
        with failures(self._attempt):
            for chunk in self._response.iter_bytes():
                pace.take(len(chunk))
                yield chunk


class _AsyncBody:
    """An awaited download."""

    def __init__(self, response: httpx.Response, attempt: Attempt) -> None:
        self._response, self._attempt = response, attempt
        self.length = _length(response)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pace = StallDetector(self._attempt.timeout)
        with failures(self._attempt):
            async for chunk in self._response.aiter_bytes():
                pace.take(len(chunk))
                yield chunk


async def _awaited(call: Coroutine[Any, Any, T], watch: Deadline) -> T:
    """Await a call for as long as its watch says."""
    import asyncio  # noqa: PLC0415 (the blocking client never loads it)

    try:
        async with asyncio.timeout(watch.left) as scope:
            loop = asyncio.get_running_loop()
            watch.on_move = lambda: scope.reschedule(loop.time() + watch.seconds)
            return await call
    except TimeoutError as error:
        raise DeadlineExceeded from error
    finally:
        watch.on_move = None


def keyless_client() -> httpx.Client:
    """A blocking client that follows nothing, trusts what the usual variables say, has no key.

    Raises:
        SegOpsConfigError: those variables name a file or a proxy that cannot be used.
    """
    with _setting_up():
        return httpx.Client(follow_redirects=False, mounts=_PAST_PROXIES)


@contextmanager
def _setting_up() -> Iterator[None]:
    """Name the variable at fault where a client cannot even be made."""
    try:
        yield
    except OSError as error:
        raise SegOpsConfigError(
            f"The certificates cannot be read: {error.strerror or error}.",
            hint="Look at SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from error
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise SegOpsConfigError(
            f"The proxy cannot be used: {type(error).__name__}.",
            hint="Look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; http:// and https:// are known.",
        ) from error


@contextmanager
def failures(attempt: Attempt) -> Iterator[None]:
    """Translate httpx's failures; neither a key nor a query is in the words."""
    named = {"method": attempt.method, "url": without_query(attempt.target)}
    try:
        yield
    except httpx.ConnectTimeout as error:
        limit = min(_CONNECT, attempt.timeout)
        raise TimedOut(f"No connection within {limit:g} s.", **named) from error
    except httpx.TimeoutException as error:
        raise TimedOut(f"No answer within {attempt.timeout:g} s.", **named) from error
    except DeadlineExceeded as error:
        raise TimedOut(f"No whole answer within {attempt.timeout:g} s.", **named) from error
    except httpx.InvalidURL as error:
        raise SegOpsConfigError(f"Not an address: {named['url']!r}.") from error
    except httpx.HTTPError as error:
        raise ConnectionFailed(_words_of(error), **named) from error


def _words_of(error: httpx.HTTPError) -> str:
    """What went wrong, without the system's number; a connection that failed names its server."""
    words = redact(re.sub(r"^\[Errno -?\d+\] ", "", str(error))) or type(error).__name__
    if not isinstance(error, httpx.ConnectError):
        return words
    return f"No connection to {error.request.url.netloc.decode()}: {words}"


def _reply(response: httpx.Response) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, headers, response.content, time.time())


def _refused(response: httpx.Response, attempt: Attempt) -> Exception:
    return refusal(_reply(response), method=attempt.method, path=without_query(attempt.target))


def _length(response: httpx.Response) -> int | None:
    if response.headers.get("content-encoding"):
        return None
    text = response.headers.get("content-length", "")
    return int(text) if text.isdigit() else None
