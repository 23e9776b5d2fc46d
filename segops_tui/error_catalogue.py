"""How every error reads, for the command and the console alike: its kind, its title, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from segops_tui import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["offline", "unauthorised", "refused", "limited", "error"]


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """The words for one class of errors; the message is the error's own."""

    kind: Kind
    title: str
    hint: str = ""
    """What to do next. An error that carries a hint of its own uses that."""
    console_hint: str = ""
    """The same in the console, where a key does it; `hint` if empty."""


ENTRIES: Final[Mapping[str, ErrorEntry]] = {
    "TimedOut": ErrorEntry(
        "offline",
        "No answer in time",
        "The request may have been carried out. --timeout 2m waits longer.",
        "The server may be slow. Press {again} to try again.",
    ),
    "ConnectionFailed": ErrorEntry(
        "offline",
        "Cannot reach the server",
        "Is the address right and reachable? segops-tui whoami shows it.",
        "Is the network up? Press {again} to try again.",
    ),
    "AuthenticationFailed": ErrorEntry(
        "unauthorised",
        "The key was refused",
        "The key is unknown or revoked. See which key is in use: segops-tui whoami",
    ),
    "PermissionDenied": ErrorEntry(
        "unauthorised",
        "Not allowed",
        "The key's role or the plan does not allow this; see segops-tui whoami.",
        "The key's role or the plan does not allow this; ask an owner of the workspace.",
    ),
    "NotFound": ErrorEntry(
        "error", "Not found", console_hint="It may have been deleted; press ctrl+r to reload."
    ),
    "RateLimited": ErrorEntry(
        "limited", "Too many requests", "Try again in {wait}.", "Try again in {wait}: {again}."
    ),
    "Invalid": ErrorEntry("error", "Not accepted", console_hint="Change what was sent."),
    "ServerFailed": ErrorEntry(
        "error",
        "The server failed",
        "The server failed; try again later.",
        "The server failed; press {again} to try again.",
    ),
    "SegOpsApiError": ErrorEntry("error", "The server refused the request"),
    "UnexpectedAnswer": ErrorEntry(
        "error",
        "Unreadable response",
        "Is the address that of a SegOps API? segops-tui whoami shows it.",
        "Is the address that of a SegOps API? Press {again} to try again.",
    ),
    "Refused": ErrorEntry("refused", "Not sent"),
    "SegOpsConfigError": ErrorEntry(
        "unauthorised", "The profile does not work", console_hint="Change it and press {again}."
    ),
    "WouldOverwrite": ErrorEntry(
        "error",
        "Nothing was written",
        "Overwrite it with --force.",
        "Choose another name, or tick that the file is replaced.",
    ),
    "CannotWrite": ErrorEntry("error", "Nothing was written"),
    "WrongWorkspace": ErrorEntry("error", "Another workspace"),
    "LedgerFailed": ErrorEntry("error", "The list of jobs does not work"),
    "WorkspaceInvalid": ErrorEntry("error", "The files cannot be applied"),
    "ChangedSince": ErrorEntry("error", "Changed since the plan was made"),
    "VariableMissing": ErrorEntry("error", "A secret is missing"),
    "FileChanged": ErrorEntry("error", "The file has changed"),
    "BadFile": ErrorEntry("error", "The file cannot be imported"),
    "CannotUndo": ErrorEntry("error", "The import cannot be undone"),
    "MappingNeeded": ErrorEntry("error", "Column mapping needed"),
    "MayRunTwice": ErrorEntry(
        "error",
        "It may run twice",
        "To start it again: segops-tui jobs resume ID --yes",
        "To start it again, press 0, then r on the job.",
    ),
    "JobFailed": ErrorEntry("error", "The job failed"),
    "WorkFailed": ErrorEntry("error", "The server gave up"),
    "WaitTimedOut": ErrorEntry("error", "Not done in time", "The server works on."),
    "JobBusy": ErrorEntry("error", "The job is busy"),
    "BadSamples": ErrorEntry("error", "No events to learn from"),
    "SegOpsError": ErrorEntry("error", "Failed", console_hint="Press {again} to try again."),
}
"""By the name of the class, so that no layer has to be imported for its errors."""


def entry_for(error: BaseException) -> ErrorEntry:
    """The entry of an error's class, or of the nearest class it derives from."""
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((ENTRIES[name] for name in names if name in ENTRIES), ENTRIES["SegOpsError"])


def command_hint(error: BaseException) -> str:
    """What to do next, on the command line; empty where there is nothing to say."""
    return _own_hint(error) or _filled(entry_for(error).hint, error)


def console_hint(error: BaseException, *, again: str = "ctrl+r") -> str:
    """What to do next, in the console; empty where there is nothing to say.

    `again` is the key that sends the request again.
    """
    entry = entry_for(error)
    hint = (entry.console_hint or entry.hint).replace("{again}", again)
    return _own_hint(error) or _filled(hint, error)


def _own_hint(error: BaseException) -> str:
    return str(getattr(error, "hint", None) or "")


def _filled(hint: str, error: BaseException) -> str:
    seconds = getattr(error, "retry_after", None)
    return hint.replace("{wait}", wording.span(seconds) if seconds else "a minute")
