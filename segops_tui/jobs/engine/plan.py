"""A job as a plan: a generator of steps that decides what to send, poll and remember.

A plan does no I/O: a runner carries out each step and sends its result back. The plan ends by
returning the final job, or by an error.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from segops_tui.api.errors import (
    ConnectionFailed,
    NotFound,
    RateLimited,
    SegOpsError,
    ServerFailed,
)
from segops_tui.api.request import PageTrail
from segops_tui.api.waiting import pauses

if TYPE_CHECKING:
    from segops_tui.api.request import Page, Request
    from segops_tui.jobs.engine.download import Target
    from segops_tui.jobs.engine.job import Job

T = TypeVar("T")

ReportJob = Callable[["Job"], None]

_PATIENCE: Final = 120.0
"""Seconds of waiting before a server that does not answer ends the plan. The server keeps working,
and the job can be resumed."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; its parsed answer comes back, an error is thrown in.

    `progress` makes a job of the number of bytes uploaded.
    """

    request: Request[Any]
    key: str | None = None
    progress: Callable[[int], Job] | None = None


@dataclass(frozen=True, slots=True)
class ReadEach:
    """Send requests that only read, a few at a time.

    A list comes back, in order: the answer to each, or the `SegOpsError` that it ended with.
    """

    requests: Sequence[Request[Any]]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Download to `target`; a `Received` comes back once the file is complete and in place."""

    request: Request[Any]
    target: Target
    progress: Callable[[int, int | None], Job]


@dataclass(frozen=True, slots=True)
class Wait:
    """Continue after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Save:
    """Write the job to the ledger before anything else happens, and report it."""

    job: Job


@dataclass(frozen=True, slots=True)
class Note:
    """Report the job; the ledger only gets a heartbeat now and then."""

    job: Job


@dataclass(frozen=True, slots=True)
class Work:
    """Do something on this machine that takes a while; its result comes back."""

    run: Callable[[ReportJob], Any]


Step = Send | ReadEach | Fetch | Wait | Save | Note | Work
Plan = Generator[Step, Any, "Job"]
Part = Generator[Step, Any, T]


def is_passing(error: SegOpsError) -> bool:
    """Whether the same call may well succeed later."""
    return isinstance(error, ConnectionFailed | ServerFailed | RateLimited)


def send_once(
    request: Request[T], *, key: str | None = None, progress: Callable[[int], Job] | None = None
) -> Part[T]:
    """Send without retries: a first request that fails should fail at once.

    Raises:
        SegOpsError: the request failed.
    """
    answer: T = yield Send(request, key=key, progress=progress)
    return answer


class Patience:
    """How long to wait after each transient failure, and when to give up."""

    def __init__(self) -> None:
        self._waited = 0.0
        self._pauses = pauses(1.0, 15.0, 2.0)

    def wait_after(self, error: SegOpsError) -> Wait:
        """The wait before the next try.

        Raises:
            SegOpsError: `error`, since it is not transient or has lasted two minutes.
        """
        if self._waited >= _PATIENCE or not is_passing(error):
            raise error
        asked = getattr(error, "retry_after", None) or 0.0
        seconds = max(next(self._pauses), min(asked, 60.0))
        self._waited += seconds
        return Wait(seconds)


def read(request: Request[T]) -> Part[T]:
    """Send a request that only reads, retrying transient failures.

    Raises:
        SegOpsError: the request was refused, or failed for two minutes.
    """
    return send_until_answered(request)


def send_until_answered(
    request: Request[T], *, key: str | None = None, progress: Callable[[int], Job] | None = None
) -> Part[T]:
    """Send until there is an answer, retrying transient failures under the same key.

    Raises:
        SegOpsError: the request was refused, or failed for two minutes.
    """
    patience = Patience()
    while True:
        try:
            answer = yield from send_once(request, key=key, progress=progress)
        except SegOpsError as error:
            yield patience.wait_after(error)
        else:
            return answer


def read_or_none(request: Request[T]) -> Part[T | None]:
    """Read what may not exist yet.

    Raises:
        SegOpsError: as `read`, except for "not found".
    """
    try:
        return (yield from read(request))
    except NotFound:
        return None


def read_all(request: Request[Page[T]]) -> Part[list[T]]:
    """All of a listing, page by page."""
    found: list[T] = []
    following: Request[Page[T]] | None = request
    trail = PageTrail(request.path, cursor=request.query.get("cursor"))
    while following is not None:
        page = yield from read(following)
        trail.add(page.items, page.cursor)
        found += page.items
        following = page.next_request(following)
    return found
