"""Messages from panes to the frame around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping


class Answered(Message):
    """A request succeeded."""


class Counted(Message):
    """The total number of rows of a pane."""

    def __init__(self, pane: str, count: int | None) -> None:
        self.pane, self.count = pane, count
        super().__init__()


class Alerted(Message):
    """What the health check found: errors and warnings by pane."""

    def __init__(self, alerts: Mapping[str, tuple[int, int]]) -> None:
        self.alerts = alerts
        super().__init__()


class Jump(Message):
    """The user wants to go to another place, named as a link: `segment/12/rule`."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__()


class Paused(Message):
    """A pane paused or resumed automatic refresh."""

    def __init__(self, *, paused: bool) -> None:
        self.paused = paused
        super().__init__()
