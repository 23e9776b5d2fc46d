"""What panes tell the frame around them.

Knows facts that concern more than one pane; what is one pane's own is a message of its class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from segops_tui.tui.core.problems import Problem


class Answered(Message):
    """The server answered something sensible."""


class Troubled(Message):
    """A request failed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__()


class Counted(Message):
    """A pane knows how many there are in all."""

    def __init__(self, pane: str, count: int | None) -> None:
        self.pane, self.count = pane, count
        super().__init__()


class Paused(Message):
    """A pane stopped or started refreshing by itself."""

    def __init__(self, *, paused: bool) -> None:
        self.paused = paused
        super().__init__()
