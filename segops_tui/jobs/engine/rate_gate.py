"""Where every job of a profile passes before each request; closed while the server asks for rest.

Knows until when it is closed, from any thread; knows no job, and lets whoever drives do the
waiting. One 429 stops all jobs that share the value, not only the one that was told.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from segops_tui.api.errors import RateLimited
from segops_tui.api.exchange import Reply, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_UNSAID: Final = 1.0
"""Seconds, where a 429 does not say how long."""
_LONGEST: Final = 60.0
"""A monthly quota asks for weeks (contract §1.4): nobody waits for that, a try tells."""


class Attempt(Protocol):
    """What a client tells of each attempt (`client.conversation.Trace`)."""

    @property
    def status(self) -> int | None:
        """The HTTP status, where there was an answer."""

    @property
    def answered(self) -> Sequence[tuple[str, str]]:
        """Headers of the answer."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time during which nobody passes."""

    until: float
    left: float
    """Seconds, as of now."""


class RateGate:
    """One for each profile of a process. `clock` only ever grows."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0
        self._guard = threading.Lock()

    def pause(self, *, after: Pause | None = None) -> Pause | None:
        """How long it is closed; None if it is open, or closed no longer than `after` was."""
        with self._guard:
            left = self._until - self._clock()
            if left <= 0 or (after is not None and self._until <= after.until):
                return None
            return Pause(self._until, left)

    def close_for(self, seconds: float) -> None:
        """Let nobody pass for so long from now; a shorter time changes nothing."""
        with self._guard:
            self._until = max(self._until, self._clock() + min(max(seconds, 0.0), _LONGEST))

    def note_error(self, error: Exception) -> None:
        """Learn from what ended a call."""
        if isinstance(error, RateLimited):
            self.close_for(_UNSAID if error.retry_after is None else error.retry_after)

    def note_attempt(self, trace: Attempt) -> None:
        """Learn from an attempt: a client's own retries sit a 429 out where nobody sees it.

        To be a client's `trace`, or called by it.
        """
        if trace.status != 429:
            return
        headers = {name.lower(): value for name, value in trace.answered}
        wanted = retry_after(Reply(429, headers, b"", time.time()))
        self.close_for(_UNSAID if wanted is None else wanted)
