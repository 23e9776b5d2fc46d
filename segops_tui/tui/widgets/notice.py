"""A message shown in place of a pane's content: loading, empty, or what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from segops_tui.tui.core.text import one_line
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from segops_tui.tui.core.problems import Kind, Problem

_STYLES: Final[dict[Kind, str]] = {
    "offline": "$error",
    "unauthorised": "$error",
    "refused": "$warning",
    "limited": "$warning",
    "error": "$error",
}


class Notice(PlainText, can_focus=True):
    """A few centred lines: a symbol with a title, the details, a hint.

    It can have the focus in place of the table, so that the pane's keys keep working.
    """

    DEFAULT_CSS = """
    Notice {
        width: 1fr; height: 1fr;
        content-align: center middle; text-align: center;
        padding: 0 2;
    }
    """

    def show_text(self, title: str, *, hint: str = "", symbol: str = "", style: str = "") -> None:
        """Show a title and a hint."""
        lines = [Content.styled(f"{symbol} {title}".strip(), f"bold {style}".strip())]
        if hint:
            lines.extend([Content(""), Content.styled(one_line(hint), "$text-muted")])
        self.update(Content("\n").join(lines))

    def show_problem(self, problem: Problem) -> None:
        """Show a problem: what failed, which request, what to do next."""
        style = _STYLES[problem.kind]
        lines = [
            Content.styled(f"{problem.symbol} {problem.title}", f"bold {style}"),
            Content(""),
            Content(one_line(problem.detail)),
        ]
        if problem.request:
            lines.append(Content.styled(one_line(problem.request), "$text-muted"))
        if problem.hint:
            lines.extend([Content(""), Content.styled(one_line(problem.hint), "$primary")])
        self.update(Content("\n").join(lines))
