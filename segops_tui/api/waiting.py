"""Calls of several requests and pauses, such as "start the work and wait until it is done".

Such a call is a generator: it yields a request and is sent the answer, yields a `Sleep` and is
sent the seconds since the call began, or yields a `FetchFile`. The error of a request is thrown
into the generator. Each client adds only the sending and the sleeping.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import IO, Any, Final, TypeVar

from segops_tui.api.errors import NotFound, WaitTimedOut
from segops_tui.api.exchange import Sleep
from segops_tui.api.request import Request
from segops_tui.named_tuple import NamedTuple

T = TypeVar("T")

TIMEOUT: Final = 600.0
"""Seconds to wait for work where the caller says nothing; the vendor names no limit."""


class FetchFile(NamedTuple):
    """Download a file into `target`."""

    request: Request[Any]
    target: IO[bytes]


Step = Request[Any] | Sleep | FetchFile
Steps = Generator[Step, Any, T]


class Waiting(NamedTuple):
    """How long to wait for work on the server, and who is told how it goes."""

    timeout: float = TIMEOUT
    """Seconds, from the start of the call."""
    progress: Callable[[Any], object] | None = None
    """Called with the object each time it was fetched."""

    def until(
        self,
        request: Request[T],
        is_done: Callable[[T], bool],
        *,
        first_pause: float = 0.0,
        may_be_missing: bool = False,
    ) -> Steps[T]:
        """Fetch an object again and again until it is done, and return it.

        With `may_be_missing`, a 404 means that it is not there yet.

        Raises:
            WaitTimedOut: it was not done in time; the server works on.
        """
        if first_pause:
            yield Sleep(first_pause)
        elapsed = 0.0
        last: T | None = None
        for seconds in pauses():
            try:
                answer: T = yield request
            except NotFound:
                if not may_be_missing:
                    raise
            else:
                last = answer
                if self.progress is not None:
                    self.progress(answer)
                if is_done(answer):
                    return answer
            if elapsed >= self.timeout:
                raise WaitTimedOut(
                    f"Not done after {self.timeout:g} s: {request.method} {request.path}.",
                    last=last,
                )
            elapsed = yield Sleep(min(seconds, self.timeout - elapsed))
        raise AssertionError("unreachable")


def pauses(first: float = 0.15, longest: float = 2.0, growth: float = 1.4) -> Iterator[float]:
    """Seconds to wait between two polls: short at first, then longer and longer."""
    pause = first
    while True:
        yield pause
        pause = min(pause * growth, longest)
