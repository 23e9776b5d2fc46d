"""Guards: refuse a mutating request before it is sent, whichever screen or command made it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from segops_tui.api.errors import Refused
from segops_tui.api.json_text import deeply, json_text
from segops_tui.api.keys import redact
from segops_tui.system import uptime

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.request import Request

UNLOCKED_MINUTES: Final = 15.0
"""How long a production profile stays unlocked, in minutes."""

_MAX_QUOTED: Final = 120
"""Characters of a body that a refusal quotes."""
_SENSITIVE: Final = r"(?i)key|token|secret|password|credential|authorization"


class Guard(Protocol):
    """Checks each mutating request before it is sent; a client has at most one guard."""

    def check(self, request: Request[Any], *, key: str) -> None:
        """Return to let the request pass, or raise."""


class ReadOnly:
    """Refuses every mutation."""

    def __init__(self, reason: str, *, hint: str | None = None) -> None:
        self._reason, self._hint = reason, hint

    def check(self, request: Request[Any], *, key: str) -> None:  # noqa: ARG002
        """Refuse the request.

        Raises:
            Refused: always.
        """
        raise refusal(self._reason, request, hint=self._hint)


class Lock:
    """Refuses every mutation until the user unlocks it, and again when the time is over.

    One lock belongs to one open workspace: the client checks it, the console shows `remaining`.
    """

    def __init__(
        self,
        reason: str,
        *,
        hint: str | None = None,
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._reason, self._hint, self._clock = reason, hint, clock
        self._until: float | None = None

    @property
    def remaining(self) -> float:
        """Seconds until it locks itself; 0 while locked."""
        return 0.0 if self._until is None else max(self._until - self._clock(), 0.0)

    @property
    def is_unlocked(self) -> bool:
        """Whether mutations may be sent now."""
        return self.remaining > 0

    def unlock(self, minutes: float = UNLOCKED_MINUTES) -> None:
        """Let mutations pass for `minutes`.

        Raises:
            ValueError: `minutes` is not between 0 and a day.
        """
        if not 0 < minutes <= 24 * 60:
            raise ValueError(f"minutes must be between 0 and 1440, not {minutes}")
        self._until = self._clock() + minutes * 60

    def lock(self) -> None:
        """Refuse mutations from now on."""
        self._until = None

    def check(self, request: Request[Any], *, key: str) -> None:  # noqa: ARG002
        """Let the request pass while unlocked.

        Raises:
            Refused: the lock is locked.
        """
        if not self.is_unlocked:
            raise refusal(self._reason, request, hint=self._hint)


class WouldSend(Exception):
    """A dry run stopped at this mutation."""

    def __init__(self, request: Request[Any], key: str) -> None:
        super().__init__(f"{request.method} {request.path}")
        self.request, self.key = request, key


class DryRunGuard:
    """Stops at the first mutation and reports it."""

    def check(self, request: Request[Any], *, key: str) -> None:
        """Stop at the request.

        Raises:
            WouldSend: always.
        """
        raise WouldSend(request, key)


def refusal(reason: str, request: Request[Any], *, hint: str | None) -> Refused:
    """The error that names what was not sent."""
    summary = summarize_body(request)
    return Refused(
        f"{reason}: {request.method} {request.path} was not sent"
        f"{' (' + summary + ')' if summary else ''}.",
        method=request.method,
        path=request.path,
        hint=hint,
    )


def summarize_body(request: Request[Any]) -> str:
    """A short description of what a request carries, such as `body {"name": "VIPs"}`; "" for none.

    Values with names like "token" are left out, and so is anything that looks like a key.
    """
    if request.upload is not None:
        return f"file {request.upload.filename}"
    if request.body is None:
        return ""
    text = redact(
        json_text(deeply(lambda: _without_secrets(request.body)), ensure_ascii=False, default=str)
    )
    return f"body {text if len(text) <= _MAX_QUOTED else text[: _MAX_QUOTED - 1] + '…'}"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "…" if re.search(_SENSITIVE, str(name)) else _without_secrets(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(item) for item in value[:20]]
    return value
