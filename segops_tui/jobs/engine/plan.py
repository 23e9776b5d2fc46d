"""A job as a plan: what to send, when to look again, what to remember, when to stop.

Knows steps, and no client, no clock and no file: whoever walks the plan supplies them. A plan
is a generator of steps; it is sent what came of each and ends by returning the final job, or
by an error.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from segops_tui.api.errors import (
    ConnectionFailed,
    NotFound,
    RateLimited,
    SegOpsError,
    ServerFailed,
)

if TYPE_CHECKING:
    from segops_tui.api.request import Page, Request
    from segops_tui.jobs.engine.download import Target
    from segops_tui.jobs.engine.job import Job

T = TypeVar("T")

Tell = Callable[["Job"], None]

_PATIENCE: Final = 120.0
"""Seconds of waiting before a server that does not answer ends the watching. The work itself
goes on over there, and the job can be taken up again."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; its parsed answer comes back, an error is thrown in.

    `told` makes a job of the bytes uploaded so far.
    """

    request: Request[Any]
    key: str | None = None
    told: Callable[[int], Job] | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Download to `target`; a `Received` comes back once the file is whole and in its place."""

    request: Request[Any]
    target: Target
    told: Callable[[int, int | None], Job]


@dataclass(frozen=True, slots=True)
class Wait:
    """Come back after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Save:
    """Write the job to the ledger before anything else happens, and tell of it."""

    job: Job


@dataclass(frozen=True, slots=True)
class Note:
    """Tell of the job; the ledger hears of it now and then."""

    job: Job


@dataclass(frozen=True, slots=True)
class Work:
    """Do something on this machine that takes a while; what it answers comes back."""

    run: Callable[[Tell], Any]


Step = Send | Fetch | Wait | Save | Note | Work
Plan = Generator[Step, Any, "Job"]
Part = Generator[Step, Any, T]


def pauses(first: float = 0.15, longest: float = 2.0, growth: float = 1.4) -> Iterator[float]:
    """How long to wait between two looks: briefly at first, then less and less often."""
    pause = first
    while True:
        yield pause
        pause = min(pause * growth, longest)


def is_passing(error: SegOpsError) -> bool:
    """Whether the same call may well succeed later."""
    return isinstance(error, ConnectionFailed | ServerFailed | RateLimited)


def once(
    request: Request[T], *, key: str | None = None, told: Callable[[int], Job] | None = None
) -> Part[T]:
    """Send and take the answer: a server never heard of is no reason to wait for minutes.

    Raises:
        SegOpsError: the answer is no, or there was none.
    """
    answer: T = yield Send(request, key=key, told=told)
    return answer


class Patience:
    """How long to wait after each failure that may pass, and when to stop waiting."""

    def __init__(self) -> None:
        self._waited = 0.0
        self._pauses = pauses(1.0, 15.0, 2.0)

    def wait_after(self, error: SegOpsError) -> Wait:
        """The wait before the next try.

        Raises:
            SegOpsError: `error`, since it does not pass or has not for two minutes.
        """
        if self._waited >= _PATIENCE or not is_passing(error):
            raise error
        asked = getattr(error, "retry_after", None) or 0.0
        seconds = max(next(self._pauses), min(asked, 60.0))
        self._waited += seconds
        return Wait(seconds)


def look(request: Request[T]) -> Part[T]:
    """Ask about work that goes on elsewhere, sitting out what passes.

    Raises:
        SegOpsError: the answer is no, or there was none for two minutes.
    """
    return insist(request)


def insist(
    request: Request[T], *, key: str | None = None, told: Callable[[int], Job] | None = None
) -> Part[T]:
    """Send until it is answered, sitting out what passes; a change goes under one key each time.

    Raises:
        SegOpsError: the answer is no, or there was none for two minutes.
    """
    patience = Patience()
    while True:
        try:
            answer = yield from once(request, key=key, told=told)
        except SegOpsError as error:
            yield patience.wait_after(error)
        else:
            return answer


def look_or_none(request: Request[T]) -> Part[T | None]:
    """Ask about what may not be there yet.

    Raises:
        SegOpsError: as `look`, but for "not found".
    """
    try:
        return (yield from look(request))
    except NotFound:
        return None


def every(request: Request[Page[T]]) -> Part[list[T]]:
    """All of a listing, page by page."""
    found: list[T] = []
    following: Request[Page[T]] | None = request
    while following is not None:
        page = yield from look(following)
        found += page.items
        following = page.following(following)
    return found
