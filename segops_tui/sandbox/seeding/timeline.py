"""Events put on the day on which they happen, some of them days ahead.

Holds the days from today on; a day that was read is gone. It does not know what happens.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.timestamps import DAY
from segops_tui.sandbox.seeding.calendar import DAYS

if TYPE_CHECKING:
    from segops_tui.sandbox.seeding.calendar import Calendar

Event = tuple[str, str, int, int, str]
"""User id, event type, occurred at, received at, payload: a row of `events`."""

_DAYS_AHEAD: Final = 20
"""Days after the last one that may be written to, and are never read."""


class Timeline:
    """The days of the calendar, each a list of events."""

    def __init__(self, calendar: Calendar) -> None:
        self._start = calendar.start(0)
        self._days: list[list[Event]] = [[] for _ in range(DAYS + _DAYS_AHEAD)]
        self.lag = 0
        """Microseconds between an event and its arrival at the server, until set anew."""

    def add(self, user_id: str, event_type: str, at: int, payload: str) -> None:
        """Put down an event, today or later."""
        day = (at - self._start) // DAY
        self._days[day].append((user_id, event_type, at, at + self.lag, payload))

    def take(self, day: int) -> list[Event]:
        """Hand over a day's events by time, and forget them."""
        events, self._days[day] = self._days[day], []
        events.sort(key=itemgetter(2))
        return events
