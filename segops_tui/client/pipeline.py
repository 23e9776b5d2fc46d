"""What both clients do around a call: guard it, retry it, pause when the server asks, trace it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast
from urllib.parse import parse_qsl

from segops_tui.api.account import Account
from segops_tui.api.address import DEFAULT_URL, without_query
from segops_tui.api.endpoint import C_co, Resource, endpoint, listing
from segops_tui.api.errors import (
    ConnectionFailed,
    MissingKey,
    NotFound,
    SegOpsApiError,
    UnexpectedAnswer,
)
from segops_tui.api.exchange import Attempt, Exchange, Policy, Sleep, exchange, first_attempt
from segops_tui.api.keys import redact
from segops_tui.api.namespaces import Namespaces
from segops_tui.api.request import Method, Page, Request, page_of, raw_json, upload_of
from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from segops_tui.api.exchange import Reply
    from segops_tui.api.keys import Secret
    from segops_tui.api.senders import AsyncDownload, Download
    from segops_tui.client.guard import Guard

T = TypeVar("T")

MAX_CONCURRENCY: Final = 12
"""Reads that the HTTP transports have in flight when a listing is prefetched."""

_HIDDEN: Final = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
"""Headers whose values are never logged."""


class Transport(Protocol):
    """Sends one attempt, once; raises `ConnectionFailed` when no reply arrives."""

    def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole reply."""

    def stream(self, attempt: Attempt, /) -> AbstractContextManager[Download]:
        """Send, and stream the reply's body; raises for a status of 300 and above."""

    def close(self) -> None:
        """Close the connections."""


class AsyncTransport(Protocol):
    """Sends one attempt, once; raises `ConnectionFailed` when no reply arrives."""

    async def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole reply."""

    def stream(self, attempt: Attempt, /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Send, and stream the reply's body; raises for a status of 300 and above."""

    async def aclose(self) -> None:
        """Close the connections."""


def connection_settings(
    api_key: str | Secret | None, base_url: str | None, environ: Mapping[str, str]
) -> tuple[str | Secret, str]:
    """The key and the address as given, else as the vendor's variables say.

    Raises:
        MissingKey: there is no key.
    """
    key = api_key if api_key is not None else environ.get("SEGOPS_API_KEY")
    if key is None:
        raise MissingKey(
            "There is no API key.", hint="Pass SegOpsAdmin(api_key), or set SEGOPS_API_KEY."
        )
    return key, base_url or environ.get("SEGOPS_API_URL") or DEFAULT_URL


def max_concurrency(transport: object) -> int:
    """How many reads a transport carries at a time; one, unless it says more."""
    return int(getattr(transport, "max_concurrency", 1))


def account_of(transport: object, salt: str) -> Account:
    """Where a transport sends; unknown, unless it says so."""
    ask = getattr(transport, "account", None)
    return Account() if ask is None else cast("Account", ask(salt))


class Trace(NamedTuple):
    """One attempt and its result, for `--debug` and the command log."""

    method: str
    target: str
    status: int | None
    seconds: float
    request_id: str | None
    error: str = ""
    sent: tuple[tuple[str, str], ...] = ()
    """Request headers, redacted. The key is not among them: the transport adds it."""
    answered: tuple[tuple[str, str], ...] = ()
    """Response headers, redacted."""
    number: int = 1
    """1 for the first attempt of a call, more for a retry."""

    @classmethod
    def of(
        cls,
        attempt: Attempt,
        reply: Reply | ConnectionFailed | UnexpectedAnswer | SegOpsApiError | None,
        seconds: float,
    ) -> Trace:
        """Describe an attempt, without its query; a reply of None is a download that opened."""
        target, sent = redact(without_query(attempt.target)), redacted(attempt.headers)
        method = attempt.method
        match reply:
            case None:
                return cls(method, target, 200, seconds, None, "", sent)
            case ConnectionFailed():
                return cls(method, target, None, seconds, None, redact(str(reply)), sent)
            case UnexpectedAnswer() | SegOpsApiError():
                return cls(method, target, reply.status, seconds, reply.request_id, "", sent)
        request_id = reply.headers.get("x-request-id")
        received = redacted(reply.headers)
        return cls(method, target, reply.status, seconds, request_id, "", sent, received)


def redacted(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Headers fit for a log: no key, no cookie, no query of a signed link."""
    return tuple(
        (name, "…" if name.lower() in _HIDDEN else redact(without_query(value)))
        for name, value in headers.items()
    )


def random_key() -> str:
    """A new idempotency key, a UUID as the vendor's SDK sends (contract §1.5)."""
    from uuid import uuid4  # noqa: PLC0415 (5 ms that only a change needs)

    return str(uuid4())


def random_part() -> float:
    """A random number in [0, 1)."""
    import random  # noqa: PLC0415 (only a retry needs it)

    return random.random()


class Pipeline(NamedTuple):
    """How a client sends: its retries, its guard, its trace, its idempotency keys."""

    policy: Policy = Policy()
    guard: Guard | None = None
    trace: Callable[[Trace], None] | None = None
    new_key: Callable[[], str] = random_key
    jitter: Callable[[], float] = random_part

    def exchange(self, request: Request[T], *, key: str | None = None) -> Exchange[T]:
        """Start one call; `key` is its idempotency key, if it already has one.

        Raises:
            Refused: the guard does not let this request leave.
        """
        key = self._permitted(request, key)
        return exchange(request, key=key, policy=self.policy, jitter=self.jitter)

    def download(self, request: Request[Any]) -> Attempt:
        """The single attempt of a download.

        Raises:
            Refused: the guard does not let this request leave.
        """
        key = self._permitted(request, None)
        return first_attempt(request, key=key, timeout=self.policy.timeout)

    def _permitted(self, request: Request[Any], key: str | None) -> str | None:
        key = key or (self.new_key() if request.mutates else None)
        if self.guard is not None and request.mutates:
            self.guard.check(request, key=key or "")
        return key


class BaseClient(Namespaces[C_co]):
    """The shared half of the blocking and the async client: everything but waiting."""

    on_change: Callable[[Request[Any]], None] | None = None
    """Called after each change the server accepted, with the request as it was sent."""

    on_attempt: Callable[[Trace], None] | None = None
    """Called after each attempt, with how it went."""

    _transport: Any

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._paused_until = 0.0
        self.http: Http[C_co] = Http(cast("C_co", self))
        """Raw requests, for calls that no resource wraps."""

    @property
    def concurrency(self) -> int:
        """How many reads may be in flight at a time."""
        return max_concurrency(self._transport)

    @property
    def _pause(self) -> float:
        """Seconds left of a pause that the server asked any call of this client for."""
        return max(self._paused_until - time.monotonic(), 0.0)

    def _steps(self, request: Request[T], key: str | None) -> Exchange[T]:
        """One call as the attempts to send and the pauses to make."""
        flow = self._pipeline.exchange(request, key=key)
        reply: Reply | ConnectionFailed | None = None
        number = 0
        while True:
            try:
                step = flow.send(reply)
            except (NotFound, UnexpectedAnswer) as error:
                error.hint = getattr(self._transport, "address_hint", None)
                if error.hint:
                    error.add_note(error.hint)
                raise
            except StopIteration as stop:
                if request.mutates and self.on_change is not None:
                    self.on_change(request)
                result: T = stop.value
                return result
            if isinstance(step, Sleep):
                if step.shared:
                    self._paused_until = time.monotonic() + step.seconds
                reply = yield step
                continue
            if self._pause > 0:
                yield Sleep(self._pause, "rate limit")
            started = time.perf_counter()
            reply = yield step
            number += 1
            self._record(step, reply, started, number)

    @contextmanager
    def _traced(self, attempt: Attempt) -> Iterator[None]:
        """Trace the opening of a download."""
        started = time.perf_counter()
        try:
            yield
        except (ConnectionFailed, UnexpectedAnswer, SegOpsApiError) as error:
            self._record(attempt, error, started)
            raise
        self._record(attempt, None, started)

    def _record(
        self,
        attempt: Attempt,
        reply: Reply | ConnectionFailed | UnexpectedAnswer | SegOpsApiError | None,
        started: float,
        number: int = 1,
    ) -> None:
        listeners = [each for each in (self._pipeline.trace, self.on_attempt) if each is not None]
        if listeners:
            trace = Trace.of(attempt, reply, time.perf_counter() - started)
            for listener in listeners:
                listener(trace._replace(number=number))


class Http(Resource[C_co]):
    """Calls by method and path."""

    @endpoint
    def request(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, str | int | float | None] | None = None,
        body: Any = None,
        form: tuple[str, str, bytes] | None = None,
        idempotent: bool = True,  # noqa: ARG002 (a word of the vendor's; see below)
    ) -> Request[Any]:
        """Send a call and return its JSON, or its text or bytes where it is not JSON.

        `path` is relative to the base URL. `form` is a file to upload: field name, file name,
        content. Every change carries an idempotency key, whatever `idempotent` says.

        Raises:
            ValueError: `path` names a host, climbs with `..`, or has a fragment.
        """
        path, _, text = path.partition("?")
        upload = None
        if form is not None:
            field_name, filename, content = form
            upload = upload_of(content, filename)._replace(field=field_name)
        return Request(
            method,
            plain_path(path),
            parse=raw_json,
            query={**dict(parse_qsl(text, keep_blank_values=True)), **(query or {})},
            body=body,
            upload=upload,
            any_content=True,
        )

    @listing
    def paginate(
        self, path: str, *, query: Mapping[str, str | int | float | None] | None = None
    ) -> Request[Page[Any]]:
        """The items of any listing, page by page; its filters may be one mapping.

        Raises:
            ValueError: `path` names a host, climbs with `..`, or has a query or a fragment.
        """
        return Request("GET", plain_path(path), parse=page_of(raw_json), query=query or {})


def plain_path(path: str) -> str:
    """Check that a path stays below the base URL; a missing first slash is added.

    Raises:
        ValueError: it names a host, climbs with `..`, or has a query, a fragment or a space.
    """
    path = "/" + path.removeprefix("/")
    if path.startswith("/api/"):
        path = path.removeprefix("/api")
    if path.startswith("//") or "://" in path or "\\" in path:
        raise ValueError(f"the path must not name a host: {path!r}")
    if any(part in {".", ".."} for part in path.split("/")):
        raise ValueError(f"the path must not contain '.' or '..' segments: {path!r}")
    if any(character in "?#" or not "!" <= character <= "~" for character in path):
        raise ValueError(
            f"the path must be percent-encoded and without a query or fragment: {path!r}"
        )
    return path
