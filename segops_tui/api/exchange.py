"""One call from first attempt to result: send, back off, retry, parse or raise.

It is a generator that yields attempts and pauses and is sent the replies, so the blocking and the
async client share every decision and differ only in how they wait.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from segops_tui.api.errors import (
    ConnectionFailed,
    RateLimited,
    SegOpsApiError,
    UnexpectedAnswer,
    error_for,
)
from segops_tui.api.request import encode_json
from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from segops_tui.api.request import Request, Upload

T = TypeVar("T")

EVENT_STREAM: Final = "text/event-stream"

LONGEST_RETRY_AFTER: Final = 60.0
"""Seconds; a longer `Retry-After` fails at once, with the time. For the monthly quota it may be
weeks; the other quotas are per minute (contract §1.4)."""


class Policy(NamedTuple):
    """Retries and time-outs of a client; in seconds, except `max_retries`."""

    max_retries: int = 3
    """Attempts after the first; the vendor's SDK makes 3 (contract §1.5)."""
    first_wait: float = 0.5
    longest_wait: float = 30.0
    """Cap on a wait that the server did not ask for."""
    timeout: float = 30.0
    """Limit on one attempt."""


class Attempt(NamedTuple):
    """One HTTP request to send, independent of any HTTP library."""

    method: str
    target: str
    """An encoded path relative to the base URL, or an absolute URL from the server."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = MappingProxyType({})
    content: bytes | None = None
    """JSON text, UTF-8."""
    upload: Upload | None = None
    timeout: float = 30.0


class Reply(NamedTuple):
    """One HTTP response, independent of any HTTP library. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    received_at: float
    """Unix seconds by the client's clock; a `Retry-After` date is measured from it."""


class Sleep(NamedTuple):
    """Resume the exchange after so many seconds; `reason` is for progress displays."""

    seconds: float
    reason: str = ""
    shared: bool = False
    """A rate limit: other calls of this client should wait as well."""


_NOT_HANDLED: Final = frozenset({429, 503})
"""Statuses of a server that did not act on the request."""

Exchange = Generator[Attempt | Sleep, "Reply | ConnectionFailed | None", T]


def first_attempt(request: Request[Any], *, key: str | None, timeout: float) -> Attempt:
    """The first attempt of a request; `key` is its idempotency key.

    Raises:
        TypeError: a value of the query is neither text nor a number.
    """
    headers = {"Accept": "application/json", **request.headers}
    content = None
    if request.body is not None:
        content = encode_json(request.body)
        headers["Content-Type"] = "application/json"
    if key is not None and request.mutates:
        headers["Idempotency-Key"] = key
    query = tuple(
        (name, _query_text(name, value))
        for name, value in request.query.items()
        if value is not None
    )
    return Attempt(request.method, request.path, query, headers, content, request.upload, timeout)


def _query_text(name: str, value: object) -> str:
    """A value of a query as text.

    Raises:
        TypeError: it is neither text nor a number; an object sent as text would find nothing.
    """
    if not isinstance(value, str | int | float):
        raise TypeError(f"{name} is text or a number, not {type(value).__name__}: {value!r}")
    return str(value)


def exchange(
    request: Request[T], *, key: str | None, policy: Policy, jitter: Callable[[], float]
) -> Exchange[T]:
    """Send `request`, retry transient failures, and parse the answer.

    `jitter` gives a number in [0, 1); waits are spread over the upper half of their length.

    Raises:
        ConnectionFailed: no answer, after all retries.
        SegOpsApiError: the API answered with an error, after the retries that make sense.
        UnexpectedAnswer: the answer cannot be parsed.
    """
    attempt = first_attempt(request, key=key, timeout=policy.timeout)
    for number in range(policy.max_retries + 1):
        last = number == policy.max_retries
        reply = yield attempt
        if reply is None:
            raise AssertionError("an attempt needs a reply or a failure")
        if isinstance(reply, Reply) and reply.status < 300:
            return _read(request, reply)
        backoff = min(policy.first_wait * 2**number, policy.longest_wait)
        backoff *= 0.5 + 0.5 * jitter()
        if isinstance(reply, ConnectionFailed):
            if last or (request.once and reply.was_sent):
                raise reply
            yield Sleep(backoff, "no answer")
        elif (
            last
            or not (reply.status == 429 or reply.status >= 500)
            or (request.once and reply.status not in _NOT_HANDLED)
        ):
            raise _refusal(request, reply)
        else:
            requested = retry_after(reply)
            if requested is not None and requested > LONGEST_RETRY_AFTER:
                raise _refusal(request, reply)
            wait = backoff if requested is None else max(requested, 0.0)
            if reply.status == 429:
                yield Sleep(wait, "rate limit", shared=True)
            else:
                yield Sleep(wait, f"HTTP {reply.status}")
    raise AssertionError("unreachable")


def _is_worth_a_retry(request: Request[Any], reply: Reply) -> bool:
    if request.once:
        return reply.status in _NOT_HANDLED
    return reply.status == 429 or reply.status >= 500


def retry_after(reply: Reply) -> float | None:
    """Seconds the server asks to wait: a number or an HTTP date (contract §1.4), else None."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 (10 ms that only a date needs)

    try:
        return parsedate_to_datetime(text).timestamp() - reply.received_at
    except (ValueError, OverflowError):
        return None


def refusal(reply: Reply, *, method: str, path: str) -> SegOpsApiError | UnexpectedAnswer:
    """The error for a reply of 300 and above."""
    request_id = reply.headers.get("x-request-id")
    if reply.status < 400:
        return UnexpectedAnswer(
            f"{method} {path}: the server redirected (HTTP {reply.status}), which is not followed.",
            status=reply.status,
            request_id=request_id,
        )
    body = _decoded(reply.content)
    error = error_for(reply.status)(
        f"{_message(reply.status, body)}{_until(reply)}",
        status=reply.status,
        body=body,
        request_id=request_id,
        method=method,
        path=path,
    )
    if isinstance(error, RateLimited):
        error.retry_after = retry_after(reply)
    return error


def _until(reply: Reply) -> str:
    """When the server wants to be asked again, if that is more than a minute away."""
    seconds = retry_after(reply)
    if seconds is None or seconds <= LONGEST_RETRY_AFTER:
        return ""
    try:
        when = datetime.fromtimestamp(reply.received_at + seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f" The server asks to wait {seconds:g} s."
    return f" The server asks to wait until {when:%Y-%m-%d %H:%M} UTC."


def _refusal(request: Request[Any], reply: Reply) -> SegOpsApiError | UnexpectedAnswer:
    return refusal(reply, method=request.method, path=request.path)


def _read(request: Request[T], reply: Reply) -> T:
    request_id = reply.headers.get("x-request-id")
    kind = reply.headers.get("content-type", "no content type")
    data: Any = None
    if reply.status != 204 and reply.content:
        try:
            data = json.loads(reply.content)
        except (ValueError, RecursionError) as error:
            if kind.partition(";")[0].strip() == EVENT_STREAM:
                data = last_state(reply.content)
            elif request.any_content and "json" not in kind:
                return request.parse(_text_or_bytes(reply.content))
            else:
                if request.mutates:
                    # The server has acted: what needs no answer does not fail for want of one.
                    with suppress(TypeError, KeyError, ValueError):
                        return request.parse(None)
                raise UnexpectedAnswer(
                    f"{request.method} {request.path}: the server answered HTTP {reply.status}"
                    f" with a body that is not JSON ({kind}).{_acted(request)}",
                    status=reply.status,
                    request_id=request_id,
                ) from error
    try:
        return request.parse(data)
    except (TypeError, KeyError, ValueError) as error:
        raise UnexpectedAnswer(
            f"{request.method} {request.path}: the answer has an unexpected shape: {error}."
            f"{_acted(request)}",
            status=reply.status,
            request_id=request_id,
        ) from error


def _acted(request: Request[Any]) -> str:
    return " The server accepted the change; check it before you repeat it." * request.mutates


def last_state(stream: bytes) -> Any:
    """The last JSON object among the events of a `text/event-stream`; None without one."""
    state: Any = None
    for event in stream.replace(b"\r\n", b"\n").split(b"\n\n"):
        lines = (line for line in event.split(b"\n") if line.startswith(b"data:"))
        try:
            data = json.loads(b"\n".join(line[5:].removeprefix(b" ") for line in lines))
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict):
            state = data
    return state


def _text_or_bytes(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")


def _message(status: int, body: Any) -> str:
    """One line to show: the API's `detail`, its first field error, or the status."""
    if isinstance(body, dict):
        detail = body.get("detail")
        if isinstance(detail, str) and detail:
            return detail
        for name, texts in body.items():
            if isinstance(texts, list) and texts:
                return f"{name}: {texts[0]}"
            if isinstance(texts, str):
                return f"{name}: {texts}"
    if isinstance(body, str):
        text = body.strip()
        if text and not text.startswith("<") and len(text) <= 200 and "\n" not in text:
            return text
    return f"The server answered HTTP {status}."
