"""The async client.

Knows how to wait by awaiting; every decision is `api.exchange`'s.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from segops_tui.api.errors import ConnectionFailed, SegOpsApiError, UnexpectedAnswer
from segops_tui.api.exchange import Policy, Sleep
from segops_tui.api.namespaces import Namespaces
from segops_tui.client.pipeline import DEFAULT_URL, Pipeline, Trace, at_once
from segops_tui.client.raw import Http

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from segops_tui.api.endpoint import AsyncDownload
    from segops_tui.api.exchange import Attempt, Exchange, Reply
    from segops_tui.api.keys import Secret
    from segops_tui.api.request import Request
    from segops_tui.client.pipeline import AsyncTransport

T = TypeVar("T")


class AsyncSegOpsAdmin(Namespaces["AsyncSegOpsAdmin"]):
    """Talks to one workspace, awaited for each answer.

    `timeout` is seconds for one attempt, `max_retries` the further tries after the first.

    Raises:
        WrongKeyKind: the key is not a secret key (`sk_…`).
        SegOpsConfigError: the address is neither https nor this machine.
    """

    is_async: ClassVar[bool] = True

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        base_url: str = DEFAULT_URL,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: AsyncTransport | None = None,
        pipeline: Pipeline | None = None,
    ) -> None:
        if transport is None:
            # 110 ms of httpx that the embedded sandbox does not owe.
            from segops_tui.client.http import AsyncHttpTransport  # noqa: PLC0415

            transport = AsyncHttpTransport(api_key, base_url=base_url)
        self._transport = transport
        self._rest_until = 0.0
        self.on_change: Callable[[Request[Any]], None] | None = None
        """Told of every change that the server has answered for, with the request as it was."""
        self._pipeline = pipeline or Pipeline(Policy(max_retries=max_retries, timeout=timeout))
        self.http: Http[AsyncSegOpsAdmin] = Http(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._transport.aclose()

    async def send(self, request: Request[T], /, *, key: str | None = None) -> T:
        """Send any request, including one no resource wraps; `key` is its idempotency key."""
        flow: Exchange[T] = self._pipeline.converse(request, key=key)
        answer: Reply | ConnectionFailed | None = None
        while True:
            try:
                step = flow.send(answer)
            except StopIteration as stop:
                if request.mutates and self.on_change is not None:
                    self.on_change(request)
                return stop.value  # type: ignore[no-any-return]
            if isinstance(step, Sleep):
                if step.shared:
                    self._rest_until = time.monotonic() + step.seconds
                await self.sleep(step.seconds)
                answer = None
            else:
                await self._rest()
                answer = await self._try(step)

    async def send_ahead(self, requests: Iterator[Request[T]], /) -> AsyncGenerator[T, None]:
        """Carry out reads, a few at a time, and answer them in order, in constant memory."""
        width = at_once(self._transport)
        waiting: deque[asyncio.Task[T]] = deque()

        def begin(number: int) -> None:
            for request in islice(requests, number):
                waiting.append(asyncio.create_task(self.send(request)))

        begin(width)
        try:
            while waiting:
                answer = await waiting.popleft()
                begin(1)
                yield answer
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def fetch(self, request: Request[Any], /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open a file for reading as it comes; one attempt, since bytes may have been used."""
        return self._opened(self._pipeline.single(request))

    async def sleep(self, seconds: float, /) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def _rest(self) -> None:
        """Wait out a rest that the server asked another call of this client for."""
        left = self._rest_until - time.monotonic()
        if left > 0:
            await self.sleep(left)

    @asynccontextmanager
    async def _opened(self, attempt: Attempt) -> AsyncIterator[AsyncDownload]:
        await self._rest()
        started = time.perf_counter()
        async with AsyncExitStack() as stack:
            try:
                body = await stack.enter_async_context(self._transport.stream(attempt))
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

    async def _try(self, attempt: Attempt) -> Reply | ConnectionFailed:
        started = time.perf_counter()
        answer: Reply | ConnectionFailed
        try:
            answer = await self._transport.send(attempt)
        except ConnectionFailed as error:
            answer = error
        self._tell(attempt, answer, started)
        return answer
