"""Log of a session: equivalent command lines, and the change requests the server answered.

Holds no API key, and no secret that was in a body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.json_text import json_text
from segops_tui.api.keys import redact
from segops_tui.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from segops_tui.api.request import Request

LONGEST: Final = 20_000
"""Characters of a body that are kept; a longer one is replaced by the name of a file."""
HIDDEN: Final = "…"
"""Replaces a secret."""
_KEPT: Final = 1_000
"""The newest entries that are kept."""
_SECRET = re.compile(r"secret|password|token|(^|_)key$|apikey|authorization", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LoggedCommand:
    """The command line equivalent to one action of the user."""

    when: datetime
    command: str


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A change that was sent, without secrets."""

    when: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    upload: str = ""
    """The file name of a multipart body."""
    form_field: str = "file"
    is_long: bool = False
    """The body was too long to keep."""
    hides: bool = False
    """A secret was left out."""

    @classmethod
    def of(cls, request: Request[Any], *, when: datetime) -> LoggedRequest:
        """Log a request."""
        body, hides = _masked(request.body)
        is_long = len(json_text(body, ensure_ascii=False, default=str)) > LONGEST
        query = {name: value for name, value in request.query.items() if value is not None}
        upload = request.upload
        return cls(
            when,
            request.method,
            redact(request.path),
            tuple((name, redact(str(value))) for name, value in query.items()),
            None if is_long else body,
            "" if upload is None else plain(upload.filename),
            "file" if upload is None else upload.field,
            is_long,
            hides,
        )

    @property
    def title(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class LoggedNotice:
    """A notice that was shown, without keys."""

    when: datetime
    severity: str
    title: str
    words: str


@dataclass(slots=True)
class CommandLog:
    """The commands and requests of a session, oldest first."""

    now: Callable[[], datetime]
    entries: list[LoggedCommand] = field(default_factory=list)
    requests: list[LoggedRequest] = field(default_factory=list)
    """The changes the server has answered."""

    def add(self, command: str) -> None:
        """Log a command line."""
        self.entries.append(LoggedCommand(self.now(), redact(command)))
        del self.entries[:-_KEPT]

    def add_request(self, request: Request[Any]) -> None:
        """Log a change that was sent."""
        self.requests.append(LoggedRequest.of(request, when=self.now()))
        del self.requests[:-_KEPT]


def _masked(value: Any) -> tuple[Any, bool]:
    """The body without its secrets, and whether it had any."""
    if isinstance(value, dict):
        return _masked_object(value)
    if isinstance(value, list | tuple):
        pairs = [_masked(item) for item in value]
        return [item for item, _ in pairs], any(hides for _, hides in pairs)
    if isinstance(value, str):
        safe = redact(value)
        return safe, safe != value
    return value, False


def _masked_object(value: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    shown, hides = {}, False
    for name, item in value.items():
        if _SECRET.search(name) and isinstance(item, str) and item:
            shown[name], hides = HIDDEN, True
        else:
            shown[name], hidden = _masked(item)
            hides = hides or hidden
    return shown, hides
