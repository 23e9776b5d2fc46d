"""The async client."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from segops_tui.api.errors import ConnectionFailed, SegOpsError
from segops_tui.api.exchange import Policy, Sleep
from segops_tui.api.waiting import FetchFile
from segops_tui.client.pipeline import (
    BaseClient,
    Pipeline,
    account_of,
    connection_settings,
    max_concurrency,
)

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Callable,
        Coroutine,
        Iterator,
        Mapping,
    )
    from contextlib import AbstractAsyncContextManager

    from segops_tui.api.account import Account
    from segops_tui.api.exchange import Attempt, Reply
    from segops_tui.api.keys import Secret
    from segops_tui.api.request import Request
    from segops_tui.api.senders import AsyncDownload
    from segops_tui.api.waiting import Steps
    from segops_tui.client.pipeline import AsyncTransport

T = TypeVar("T")
V = TypeVar("V")


class AsyncSegOpsAdmin(BaseClient["AsyncSegOpsAdmin"]):
    """Client of one workspace; its calls are awaited.

    Without `api_key` and `base_url`, the environment variables SEGOPS_API_KEY and SEGOPS_API_URL
    are read. `timeout` limits one attempt, in seconds; `max_retries` counts attempts after the
    first.

    Raises:
        MissingKey: there is no key.
        WrongKeyKind: the key is not a secret key (`sk_…`).
        SegOpsConfigError: `base_url` is neither https nor on this machine.
    """

    is_async: ClassVar[bool] = True

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: AsyncTransport | None = None,
        pipeline: Pipeline | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(pipeline or Pipeline(Policy(max_retries=max_retries, timeout=timeout)))
        if transport is None:
            # The embedded sandbox saves the 110 ms that httpx takes to import.
            from segops_tui.client.http import AsyncHttpTransport  # noqa: PLC0415

            key, url = connection_settings(
                api_key, base_url, os.environ if environ is None else environ
            )
            transport = AsyncHttpTransport(key, base_url=url)
        self._transport = transport

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    def account(self, salt: str) -> Account:
        """The server and the key's fingerprint, so that a job is resumed in its own workspace."""
        return account_of(self._transport, salt)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def send(self, request: Request[T], /, *, key: str | None = None) -> T:
        """Send any request, including one no resource wraps; `key` is its idempotency key."""
        steps = self._steps(request, key)
        reply: Reply | ConnectionFailed | None = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, Sleep):
                await self.sleep(step.seconds)
                reply = None
            else:
                try:
                    reply = await self._transport.send(step)
                except ConnectionFailed as error:
                    reply = error

    async def carry_out(self, steps: Steps[T], /) -> T:
        """Carry out a call of several requests and pauses."""
        started = time.monotonic()
        answer: Any = None
        error: SegOpsError | None = None
        while True:
            try:
                step = steps.send(answer) if error is None else steps.throw(error)
            except StopIteration as stop:
                result: T = stop.value
                return result
            answer = error = None
            try:
                if isinstance(step, Sleep):
                    await self.sleep(step.seconds)
                    answer = time.monotonic() - started
                elif isinstance(step, FetchFile):
                    async with self.fetch(step.request) as file:
                        async for chunk in file:
                            step.target.write(chunk)
                else:
                    answer = await self.send(step)
            except SegOpsError as failure:
                error = failure

    def prefetch(self, requests: Iterator[Request[T]], /) -> AsyncGenerator[T, None]:
        """Send reads, a few at a time, and yield their results in order, in constant memory."""
        return self._ahead(self.send, requests)

    def try_each(self, requests: Iterator[Request[T]], /) -> AsyncGenerator[T | SegOpsError, None]:
        """The same, with the error of a request that fails in place of its result."""
        return self._ahead(self._tried, requests)

    async def _tried(self, request: Request[T]) -> T | SegOpsError:
        try:
            return await self.send(request)
        except SegOpsError as error:
            return error

    async def _ahead(
        self,
        send: Callable[[Request[T]], Coroutine[Any, Any, V]],
        requests: Iterator[Request[T]],
    ) -> AsyncGenerator[V, None]:
        pending: deque[asyncio.Task[V]] = deque()
        width = max_concurrency(self._transport)
        turns = asyncio.Semaphore(width)

        async def in_turn(request: Request[T]) -> V:
            async with turns:
                return await send(request)

        def start(number: int) -> None:
            for request in islice(requests, number):
                pending.append(asyncio.create_task(in_turn(request)))

        # As many again wait their turn, so that a late answer does not hold up the others.
        start(2 * width)
        try:
            while pending:
                result = await pending.popleft()
                start(1)
                yield result
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    def fetch(self, request: Request[Any], /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open a file as a stream of bytes; never retried, since bytes may have been used."""
        return self._open(self._pipeline.download(request))

    async def sleep(self, seconds: float, /) -> None:
        """Wait without blocking the event loop."""
        await asyncio.sleep(seconds)

    @asynccontextmanager
    async def _open(self, attempt: Attempt) -> AsyncIterator[AsyncDownload]:
        if self._pause > 0:
            await self.sleep(self._pause)
        async with AsyncExitStack() as stack:
            with self._traced(attempt):
                body = await stack.enter_async_context(self._transport.stream(attempt))
            yield body
