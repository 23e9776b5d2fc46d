"""Shared rate limit for all jobs of a profile: one 429 pauses every job, not only its own."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from segops_tui.api.errors import RateLimited
from segops_tui.api.exchange import Reply, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_DEFAULT: Final = 1.0
"""Seconds to pause if a 429 has no `Retry-After`."""
_LONGEST: Final = 60.0
"""A monthly quota asks for weeks (contract §1.4): the jobs try again after this many seconds."""


class AttemptTrace(Protocol):
    """What a client reports of each attempt (`client.pipeline.Trace`)."""

    @property
    def status(self) -> int | None:
        """The HTTP status, if there was an answer."""

    @property
    def answered(self) -> Sequence[tuple[str, str]]:
        """The headers of the answer."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time during which no request may be sent."""

    until: float
    left: float
    """Seconds from now."""


class RateGate:
    """One for each profile of a process; any thread may use it. `clock` is monotonic."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0
        self._guard = threading.Lock()

    def pause(self, *, after: Pause | None = None) -> Pause | None:
        """The pause to wait for; None if there is none, or none longer than `after`."""
        with self._guard:
            left = self._until - self._clock()
            if left <= 0 or (after is not None and self._until <= after.until):
                return None
            return Pause(self._until, left)

    def close_for(self, seconds: float) -> None:
        """Close the gate for at least this many seconds from now."""
        with self._guard:
            self._until = max(self._until, self._clock() + min(max(seconds, 0.0), _LONGEST))

    def note_error(self, error: Exception) -> None:
        """Close the gate if a call ended with a 429."""
        if isinstance(error, RateLimited):
            self.close_for(_DEFAULT if error.retry_after is None else error.retry_after)

    def note_attempt(self, trace: AttemptTrace) -> None:
        """Close the gate if an attempt got a 429 that the client is going to retry by itself.

        Pass it to a client as its `trace`.
        """
        if trace.status != 429:
            return
        headers = {name.lower(): value for name, value in trace.answered}
        seconds = retry_after(Reply(429, headers, b"", time.time()))
        self.close_for(_DEFAULT if seconds is None else seconds)
