"""What both clients decide before a word is sent: the door, the guard, the key, the trace.

Knows no event loop and no HTTP library; each client adds only how it waits.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from segops_tui.api.address import without_query
from segops_tui.api.errors import ConnectionFailed, SegOpsApiError, UnexpectedAnswer
from segops_tui.api.exchange import Attempt, Exchange, Policy, exchange, first_attempt
from segops_tui.api.keys import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from segops_tui.api.endpoint import AsyncDownload, Download
    from segops_tui.api.exchange import Reply
    from segops_tui.api.request import Request
    from segops_tui.client.guard import Guard

DEFAULT_URL: Final = "https://api.segops.ai/api"
"""The vendor's own (contract §1.1, seen in its SDK)."""

_HIDDEN: Final = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
"""Headers whose value nobody is to read; the location of a download may be a signed link."""


MAX_CONCURRENCY: Final = 12
"""Reads in flight when a listing is fetched ahead; a door without latency has one."""


def at_once(transport: object) -> int:
    """How many reads a transport takes at a time; one, unless it says more."""
    return int(getattr(transport, "at_once", 1))


class Transport(Protocol):
    """Sends one attempt, once; raises `ConnectionFailed` for want of an answer."""

    def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole answer."""

    def stream(self, attempt: Attempt, /) -> AbstractContextManager[Download]:
        """Send, and hand the answer over as it comes; raises for a status of 300 and above."""

    def close(self) -> None:
        """Let go of connections."""


class AsyncTransport(Protocol):
    """Sends one attempt, once; raises `ConnectionFailed` for want of an answer."""

    async def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole answer."""

    def stream(self, attempt: Attempt, /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Send, and hand the answer over as it comes; raises for a status of 300 and above."""

    async def aclose(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One attempt and what came of it, for `--debug` and the command log."""

    method: str
    target: str
    status: int | None
    seconds: float
    request_id: str | None
    error: str = ""
    sent: tuple[tuple[str, str], ...] = ()
    """Headers of the request, redacted. The key is not among them: the transport adds it."""
    answered: tuple[tuple[str, str], ...] = ()
    """Headers of the answer, redacted."""

    @classmethod
    def of(
        cls,
        attempt: Attempt,
        answer: Reply | ConnectionFailed | UnexpectedAnswer | SegOpsApiError | None,
        seconds: float,
    ) -> Trace:
        """Describe an attempt; no query is kept. None is a download that was opened."""
        target, sent = redact(without_query(attempt.target)), redacted(attempt.headers)
        method = attempt.method
        match answer:
            case None:
                return cls(method, target, 200, seconds, None, "", sent)
            case ConnectionFailed():
                return cls(method, target, None, seconds, None, redact(str(answer)), sent)
            case UnexpectedAnswer() | SegOpsApiError():
                return cls(method, target, answer.status, seconds, answer.request_id, "", sent)
        named = answer.headers.get("x-request-id")
        got = redacted(answer.headers)
        return cls(method, target, answer.status, seconds, named, "", sent, got)


def redacted(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Headers fit for a log: no key, no cookie, no signed link."""
    return tuple(
        (name, "…" if name.lower() in _HIDDEN else redact(without_query(value)))
        for name, value in headers.items()
    )


def random_key() -> str:
    """A new idempotency key, a UUID as the vendor's SDK sends (contract §1.5)."""
    from uuid import uuid4  # noqa: PLC0415 (5 ms that a read does not owe)

    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How a client behaves; one value for both colours."""

    policy: Policy = field(default_factory=Policy)
    guard: Guard | None = None
    trace: Callable[[Trace], None] | None = None
    new_key: Callable[[], str] = random_key
    jitter: Callable[[], float] = random.random

    def converse(self, request: Request[Any], *, key: str | None = None) -> Exchange[Any]:
        """Begin the conversation of one call; `key` is the idempotency key, if it has one yet.

        Raises:
            Refused: the guard does not let this request leave.
        """
        key = self._permitted(request, key)
        return exchange(request, key=key, policy=self.policy, jitter=self.jitter)

    def single(self, request: Request[Any]) -> Attempt:
        """The one attempt of a download.

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
