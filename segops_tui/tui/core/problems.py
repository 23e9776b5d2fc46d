"""Errors as a person reads them on the screen: what happened, which request, what to do next.

The console's one place for such words; knows no widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from segops_tui import wording
from segops_tui.api.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    Invalid,
    NotFound,
    PermissionDenied,
    RateLimited,
    Refused,
    SegOpsApiError,
    SegOpsConfigError,
    SegOpsError,
    ServerFailed,
    TimedOut,
    UnexpectedAnswer,
)
from segops_tui.jobs.engine.errors import JobBusy, JobFailed
from segops_tui.jobs.imports.errors import BadFile, MappingNeeded
from segops_tui.tui.core.sample_events import BadSamples
from segops_tui.tui.core.text import one_line

Kind = Literal["offline", "unauthorised", "refused", "limited", "error"]

SYMBOLS: Final[dict[Kind, str]] = {
    "offline": "○",
    "unauthorised": "⚿",
    "refused": "⊘",
    "limited": "◔",
    "error": "✗",
}


_JOB_TITLES: Final[dict[type[SegOpsError], str]] = {
    BadFile: "The file cannot be imported",
    MappingNeeded: "Column mapping needed",
    JobFailed: "The job failed",
    JobBusy: "The job is busy",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure in words. The words may hold a server's text, so they never are markup."""

    kind: Kind
    title: str
    detail: str
    request: str = ""
    hint: str = ""

    @property
    def symbol(self) -> str:
        """Tells the kind without a colour."""
        return SYMBOLS[self.kind]

    @property
    def line(self) -> str:
        """All of it in one line."""
        asked = f" ({self.request})" if self.request else ""
        return f"{self.title}: {self.detail}{asked}"

    @property
    def words(self) -> str:
        """What happened, and in a line of its own what to do: for what is said in passing."""
        return "\n".join(one_line(words) for words in (self.line, self.hint) if words)


def problem_of(error: SegOpsError) -> Problem:
    """Say what an error means for whoever sits here."""
    match error:
        case TimedOut():
            return _offline(error, "No answer in time", "The server may be slow. ")
        case ConnectionFailed():
            return _offline(error, "Cannot reach the server", "Is the network up? ")
        case BadFile() | MappingNeeded() | JobFailed() | JobBusy():
            title = _JOB_TITLES.get(type(error), "The file has changed")
            return Problem("error", title, str(error), hint=error.hint or "")
        case BadSamples():
            return Problem("error", "No events to learn from", str(error), hint=error.hint)
        case SegOpsConfigError():
            hint = error.hint or "Change it and press ctrl+r."
            return Problem("unauthorised", "The profile does not work", str(error), hint=hint)
        case Refused():
            asked = f"{error.method} {error.path}"
            return Problem("refused", "Not sent", str(error), asked, error.hint or "")
        case SegOpsApiError():
            return _answered(error)
        case UnexpectedAnswer():
            return Problem(
                "error",
                "An answer nobody can read",
                str(error),
                _number(error.request_id),
                "Is the address that of a SegOps API? Press ctrl+r to try again.",
            )
        case _:
            return Problem("error", "Failed", str(error), hint="Press ctrl+r to try again.")


def _offline(error: ConnectionFailed, title: str, guess: str) -> Problem:
    asked = f"{error.method} {error.url}".strip()
    return Problem("offline", title, str(error), asked, f"{guess}Press ctrl+r to try again.")


def _answered(error: SegOpsApiError) -> Problem:
    asked = f"{error.method} {error.path} → HTTP {error.status}{_number(error.request_id)}"
    match error:
        case AuthenticationFailed():
            hint = "The key is unknown or revoked: segops-tui whoami says which key it is."
            return Problem("unauthorised", "The key was refused", str(error), asked, hint)
        case PermissionDenied():
            hint = "This key or plan may not do it; ask an owner of the workspace."
            return Problem("unauthorised", "Not allowed", str(error), asked, hint)
        case NotFound():
            hint = "Somebody may have deleted it; ctrl+r shows what there is."
            return Problem("error", "Not found", str(error), asked, hint)
        case RateLimited():
            wait = wording.span(error.retry_after) if error.retry_after else "a minute"
            return Problem(
                "limited", "Too many requests", str(error), asked, f"Try again in {wait}: ctrl+r."
            )
        case Invalid():
            return Problem("error", "Not accepted", str(error), asked, "Change what was sent.")
        case ServerFailed():
            hint = "The server's fault; press ctrl+r to try again."
            return Problem("error", "The server failed", str(error), asked, hint)
        case _:
            return Problem("error", "The server said no", str(error), asked)


def _number(request_id: str | None) -> str:
    return f", request {request_id}" if request_id else ""
