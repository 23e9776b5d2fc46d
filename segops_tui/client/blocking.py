"""The blocking client. Never imports asyncio: start-up pays for it."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
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
    from collections.abc import Callable, Generator, Iterator, Mapping
    from contextlib import AbstractContextManager

    from segops_tui.api.account import Account
    from segops_tui.api.exchange import Attempt, Reply
    from segops_tui.api.keys import Secret
    from segops_tui.api.request import Request
    from segops_tui.api.senders import Download
    from segops_tui.api.waiting import Steps
    from segops_tui.client.pipeline import Transport

T = TypeVar("T")
V = TypeVar("V")


class SegOpsAdmin(BaseClient["SegOpsAdmin"]):
    """Client of one workspace; each call blocks until its result arrives.

    Without `api_key` and `base_url`, the environment variables SEGOPS_API_KEY and SEGOPS_API_URL
    are read. `timeout` limits one attempt, in seconds; `max_retries` counts attempts after the
    first.

    Raises:
        MissingKey: there is no key.
        WrongKeyKind: the key is not a secret key (`sk_…`).
        SegOpsConfigError: `base_url` is neither https nor on this machine.
    """

    is_async: ClassVar[bool] = False

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 3,
        transport: Transport | None = None,
        pipeline: Pipeline | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(pipeline or Pipeline(Policy(max_retries=max_retries, timeout=timeout)))
        if transport is None:
            from segops_tui.client.direct import DirectTransport  # noqa: PLC0415 (10 ms)

            key, url = connection_settings(
                api_key, base_url, os.environ if environ is None else environ
            )
            transport = DirectTransport(key, base_url=url)
        self._transport = transport

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def account(self, salt: str) -> Account:
        """The server and the key's fingerprint, so that a job is resumed in its own workspace."""
        return account_of(self._transport, salt)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def send(self, request: Request[T], /, *, key: str | None = None) -> T:
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
                self.sleep(step.seconds)
                reply = None
            else:
                try:
                    reply = self._transport.send(step)
                except ConnectionFailed as error:
                    reply = error

    def carry_out(self, steps: Steps[T], /) -> T:
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
                    self.sleep(step.seconds)
                    answer = time.monotonic() - started
                elif isinstance(step, FetchFile):
                    with self.fetch(step.request) as file:
                        for chunk in file:
                            step.target.write(chunk)
                else:
                    answer = self.send(step)
            except SegOpsError as failure:
                error = failure

    def prefetch(self, requests: Iterator[Request[T]], /) -> Generator[T, None, None]:
        """Send reads, a few at a time, and yield their results in order, in constant memory."""
        return self._ahead(self.send, requests)

    def try_each(self, requests: Iterator[Request[T]], /) -> Generator[T | SegOpsError, None, None]:
        """The same, with the error of a request that fails in place of its result."""
        return self._ahead(self._tried, requests)

    def _tried(self, request: Request[T]) -> T | SegOpsError:
        try:
            return self.send(request)
        except SegOpsError as error:
            return error

    def _ahead(
        self, send: Callable[[Request[T]], V], requests: Iterator[Request[T]]
    ) -> Generator[V, None, None]:
        width = max_concurrency(self._transport)
        if width == 1:
            yield from map(send, requests)
            return
        from collections import deque  # noqa: PLC0415
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (12 ms)

        pool = ThreadPoolExecutor(width)
        try:
            # As many again wait their turn, so that a late answer does not hold up the others.
            pending = deque(pool.submit(send, request) for request in islice(requests, 2 * width))
            while pending:
                result = pending.popleft().result()
                pending.extend(pool.submit(send, request) for request in islice(requests, 1))
                yield result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def fetch(self, request: Request[Any], /) -> AbstractContextManager[Download]:
        """Open a file as a stream of bytes; never retried, since bytes may have been used."""
        return self._open(self._pipeline.download(request))

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        time.sleep(seconds)

    @contextmanager
    def _open(self, attempt: Attempt) -> Iterator[Download]:
        if self._pause > 0:
            self.sleep(self._pause)
        with ExitStack() as stack:
            with self._traced(attempt):
                body = stack.enter_context(self._transport.stream(attempt))
            yield body
