"""Guards: a mutating request is refused here, before it leaves, whatever screen or command asks.

Knows requests and a clock; knows no profile's file and no person. A client holds at most one
guard.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from segops_tui.api.errors import Refused
from segops_tui.api.keys import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.request import Request

UNLOCKED_MINUTES: Final = 15.0
"""How long a production profile stays unlocked."""

_MOST: Final = 120
"""Characters of a body that a refusal quotes."""
_SECRET: Final = re.compile(r"key|token|secret|password|credential|authorization", re.IGNORECASE)


class Guard(Protocol):
    """Asked about every mutating request before it is sent."""

    def check(self, request: Request[Any], *, key: str) -> None:
        """Let it pass by returning, or raise."""


class ReadOnly:
    """Refuses every mutation."""

    def __init__(self, reason: str, *, hint: str | None = None) -> None:
        self._reason, self._hint = reason, hint

    def check(self, request: Request[Any], *, key: str) -> None:  # noqa: ARG002
        """Refuse.

        Raises:
            Refused: always.
        """
        raise refusal(self._reason, request, hint=self._hint)


def waking_clock() -> float:
    """Seconds that only grow, those a laptop sleeps through included where the system says."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Lock:
    """Refuses every mutation until a person unlocks it, and again when time is over.

    One lock belongs to one open workspace: the client asks it, the console shows `remaining`.
    """

    def __init__(
        self,
        reason: str,
        *,
        hint: str | None = None,
        clock: Callable[[], float] = waking_clock,
    ) -> None:
        self._reason, self._hint, self._clock = reason, hint, clock
        self._until: float | None = None

    @property
    def remaining(self) -> float:
        """Seconds until it locks itself; 0 while it is locked."""
        return 0.0 if self._until is None else max(self._until - self._clock(), 0.0)

    @property
    def is_unlocked(self) -> bool:
        """Whether a mutation may leave now."""
        return self.remaining > 0

    def unlock(self, minutes: float = UNLOCKED_MINUTES) -> None:
        """Let mutations pass for so long from now.

        Raises:
            ValueError: that is no time, or for ever.
        """
        if not 0 < minutes <= 24 * 60:
            raise ValueError(f"minutes are between 0 and a day, not {minutes}")
        self._until = self._clock() + minutes * 60

    def lock(self) -> None:
        """Refuse mutations from now on."""
        self._until = None

    def check(self, request: Request[Any], *, key: str) -> None:  # noqa: ARG002
        """Let it pass while unlocked.

        Raises:
            Refused: it is locked.
        """
        if not self.is_unlocked:
            raise refusal(self._reason, request, hint=self._hint)


class WouldSend(Exception):
    """Carries the mutation a dry run stopped at."""

    def __init__(self, request: Request[Any], key: str) -> None:
        super().__init__(f"{request.method} {request.path}")
        self.request, self.key = request, key


class DryRun:
    """Stops at the first mutation and tells what it was."""

    def check(self, request: Request[Any], *, key: str) -> None:
        """Stop.

        Raises:
            WouldSend: always.
        """
        raise WouldSend(request, key)


def refusal(reason: str, request: Request[Any], *, hint: str | None) -> Refused:
    """The error that says what would have been sent."""
    summary = summarised(request)
    return Refused(
        f"{reason}: {request.method} {request.path} was not sent"
        f"{', nor its ' + summary if summary else ''}.",
        method=request.method,
        path=request.path,
        hint=hint,
    )


def summarised(request: Request[Any]) -> str:
    """What a request carries, in a few words: `body {"name": "VIPs"}`; "" where nothing.

    A value whose name sounds like a secret is left out, and so is anything that is a key.
    """
    if request.upload is not None:
        return f"file {request.upload.filename}"
    if request.body is None:
        return ""
    text = redact(json.dumps(_discreet(request.body), ensure_ascii=False, default=str))
    return f"body {text if len(text) <= _MOST else text[: _MOST - 1] + '…'}"


def _discreet(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "…" if _SECRET.search(str(name)) else _discreet(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_discreet(item) for item in value[:20]]
    return value
