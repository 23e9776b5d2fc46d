"""Errors as the console shows them: the catalogue's words, the request, and a symbol."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from textual.message import Message

from segops_tui.api.errors import (
    ConnectionFailed,
    Refused,
    SegOpsApiError,
    SegOpsError,
    UnexpectedAnswer,
)
from segops_tui.error_catalogue import Kind, console_hint, entry_for
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import App
    from textual.widget import Widget

__all__ = ["Kind", "Problem", "problem_of"]

SYMBOLS: Final[dict[Kind, str]] = {
    "offline": "○",
    "unauthorised": "⚿",
    "refused": "⊘",
    "limited": "◔",
    "error": "✗",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as text. It may hold text from the server, so it is never markup."""

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
    def reason(self) -> str:
        """The same for several requests that failed alike."""
        return replace(self, request="").words

    @property
    def words(self) -> str:
        """What happened, and in a line of its own what to do: for what is said in passing."""
        return "\n".join(one_line(words) for words in (self.line, self.hint) if words)


def problem_of(error: SegOpsError, *, again: str = "ctrl+r") -> Problem:
    """Describe an error for the console; `again` is the key that sends the request again."""
    entry, hint = entry_for(error), console_hint(error, again=again)
    return Problem(entry.kind, entry.title, str(error), _request_of(error), hint)


def _request_of(error: SegOpsError) -> str:
    match error:
        case ConnectionFailed():
            return f"{error.method} {error.url}".strip()
        case Refused():
            return f"{error.method} {error.path}"
        case SegOpsApiError():
            number = f", request {error.request_id}" if error.request_id else ""
            return f"{error.method} {error.path} → HTTP {error.status}{number}"
        case UnexpectedAnswer() if error.request_id:
            return f"request {error.request_id}"
        case _:
            return ""


class Troubled(Message):
    """A message to the frame: a request failed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__()


def notify_error(node: Widget | App[object], error: SegOpsError, title: str) -> None:
    """Show what an error means and what to do next, and tell the frame of it.

    The key of the action asks again: ctrl+r would only fetch the list.
    """
    problem = problem_of(error, again="the same key")
    node.notify(problem.words, title=title, severity="error", markup=False)
    node.post_message(Troubled(problem))


@contextmanager
def reporting(node: Widget | App[object], title: str) -> Iterator[None]:
    """Turn a `SegOpsError` into a notice with this title; the code after the block goes on."""
    try:
        yield
    except SegOpsError as error:
        notify_error(node, error, title)
