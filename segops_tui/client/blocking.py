"""The blocking client.

Knows how to wait by blocking; every decision is `api.exchange`'s. Never imports asyncio.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from segops_tui.api.errors import ConnectionFailed, SegOpsApiError, UnexpectedAnswer
from segops_tui.api.exchange import Policy, Sleep
from segops_tui.api.namespaces import Namespaces
from segops_tui.client.pipeline import DEFAULT_URL, Pipeline, Trace, at_once
from segops_tui.client.raw import Http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from segops_tui.api.endpoint import Download
    from segops_tui.api.exchange import Attempt, Exchange, Reply
    from segops_tui.api.keys import Secret
    from segops_tui.api.request import Request
    from segops_tui.client.pipeline import Transport

T = TypeVar("T")


class SegOpsAdmin(Namespaces["SegOpsAdmin"]):
    """Talks to one workspace, blocking until each answer arrives.

    `timeout` is seconds for one attempt, `max_retries` the further tries after the first.

    Raises:
        WrongKeyKind: the key is not a secret key (`sk_…`).
        SegOpsConfigError: the address is neither https nor this machine.
    """

    is_async: ClassVar[bool] = False

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        base_url: str = DEFAULT_URL,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: Transport | None = None,
        pipeline: Pipeline | None = None,
    ) -> None:
        if transport is None:
            # 110 ms of httpx that the embedded sandbox does not owe.
            from segops_tui.client.http import HttpTransport  # noqa: PLC0415

            transport = HttpTransport(api_key, base_url=base_url)
        self._transport = transport
        self._rest_until = 0.0
        self._pipeline = pipeline or Pipeline(Policy(max_retries=max_retries, timeout=timeout))
        self.http: Http[SegOpsAdmin] = Http(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()

    def send(self, request: Request[T], /, *, key: str | None = None) -> T:
        """Send any request, including one no resource wraps; `key` is its idempotency key."""
        flow: Exchange[T] = self._pipeline.converse(request, key=key)
        answer: Reply | ConnectionFailed | None = None
        while True:
            try:
                step = flow.send(answer)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            if isinstance(step, Sleep):
                if step.shared:
                    self._rest_until = time.monotonic() + step.seconds
                self.sleep(step.seconds)
                answer = None
            else:
                self._rest()
                answer = self._try(step)

    def send_ahead(self, requests: Iterator[Request[T]], /) -> Iterator[T]:
        """Carry out reads, a few at a time, and answer them in order, in constant memory."""
        width = at_once(self._transport)
        if width == 1:
            yield from map(self.send, requests)
            return
        from collections import deque  # noqa: PLC0415
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (12 ms)

        pool = ThreadPoolExecutor(width)
        try:
            waiting = deque(pool.submit(self.send, request) for request in islice(requests, width))
            while waiting:
                answer = waiting.popleft().result()
                waiting.extend(pool.submit(self.send, request) for request in islice(requests, 1))
                yield answer
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def fetch(self, request: Request[Any], /) -> AbstractContextManager[Download]:
        """Open a file for reading as it comes; one attempt, since bytes may have been used."""
        return self._opened(self._pipeline.single(request))

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        time.sleep(seconds)

    def _rest(self) -> None:
        """Wait out a rest that the server asked another call of this client for."""
        left = self._rest_until - time.monotonic()
        if left > 0:
            self.sleep(left)

    @contextmanager
    def _opened(self, attempt: Attempt) -> Iterator[Download]:
        self._rest()
        started = time.perf_counter()
        with ExitStack() as stack:
            try:
                body = stack.enter_context(self._transport.stream(attempt))
            except (ConnectionFailed, UnexpectedAnswer, SegOpsApiError) as error:
                self._tell(attempt, error, started)
                raise
            self._tell(attempt, None, started)
            yield body

    def _tell(
        self,
        attempt: Attempt,
        answer: Reply | ConnectionFailed | UnexpectedAnswer | SegOpsApiError | None,
        started: float,
    ) -> None:
        if self._pipeline.trace is not None:
            self._pipeline.trace(Trace.of(attempt, answer, time.perf_counter() - started))

    def _try(self, attempt: Attempt) -> Reply | ConnectionFailed:
        started = time.perf_counter()
        answer: Reply | ConnectionFailed
        try:
            answer = self._transport.send(attempt)
        except ConnectionFailed as error:
            answer = error
        self._tell(attempt, answer, started)
        return answer
