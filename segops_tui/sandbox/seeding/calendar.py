"""The 180 days that the shop has events for: their dates, how busy each is, and its events."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.timestamps import DAY, HOUR, SECOND, micros

if TYPE_CHECKING:
    from random import Random

DAYS: Final = 180

_WEEKDAYS: Final = (1.0, 0.97, 0.95, 1.02, 1.05, 1.28, 1.35)
"""Weights of Monday to Sunday: an outdoor shop is busiest on weekends."""

_BUSY_HOURS: Final = (
    1, 1, 0, 0, 0, 1, 2, 4, 5, 5, 5, 6, 8, 7, 5, 5, 6, 7, 9, 11, 12, 10, 6, 3,
)  # fmt: skip
"""Weights of the local hours of a day: lunch and evening are busiest."""


class Calendar:
    """`DAYS` days in UTC; the last one contains `now`."""

    def __init__(self, now: datetime) -> None:
        self.now = micros(now)
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.first = midnight - timedelta(days=DAYS - 1)
        self._start = micros(self.first)
        busy = [self._busyness(day) for day in range(DAYS)]
        self._before = [0.0, *accumulate(busy)]
        self._hours = [hour for hour, weight in enumerate(_BUSY_HOURS) for _ in range(weight)]

    def start(self, day: int) -> int:
        """The first microsecond of a day; day 0 is the oldest."""
        return self._start + day * DAY

    def date(self, day: int) -> datetime:
        """Midnight of a day; negative days come before the first one."""
        return self.first + timedelta(days=day)

    def ago(self, *, days: float = 0, hours: float = 0) -> int:
        """The time so long before now, as a whole second."""
        when = self.now - int(days * DAY) - int(hours * HOUR)
        return when // SECOND * SECOND

    def pick_day(self, rng: Random, first: int, last: int) -> int:
        """Draw a day from `first` to `last`, a busy one more often."""
        low, high = self._before[first], self._before[last + 1]
        return min(bisect_right(self._before, low + rng.random() * (high - low)) - 1, last)

    def pick_time(self, rng: Random, day: int, hours_ahead: int) -> int:
        """Draw a time of a day; `hours_ahead` is the shopper's offset from UTC."""
        hours = self._hours
        hour = (hours[int(rng.random() * len(hours))] - hours_ahead) % 24
        return self._start + day * DAY + int((hour + rng.random()) * 3600) * SECOND

    def _busyness(self, day: int) -> float:
        """A day's weight: weekends, slow growth, and two sales a year."""
        date = self.date(day)
        weight = _WEEKDAYS[date.weekday()] * (1 + 0.25 * day / DAYS)
        if (date.month == 11 and date.day >= 20) or (date.month == 6 and date.day >= 15):
            weight *= 1.7
        elif date.month == 12 and date.day <= 20:
            weight *= 1.4
        elif date.month in {1, 2}:
            weight *= 0.85
        return weight


Event = tuple[str, str, int, int, str]
"""User id, event type, occurred at, received at, payload: a row of `events`."""

_DAYS_AHEAD: Final = 20
"""Days after the last one; events there are written but never read."""


class Timeline:
    """The days of the calendar, each a list of events."""

    def __init__(self, calendar: Calendar) -> None:
        self._start = calendar.start(0)
        self._days: list[list[Event]] = [[] for _ in range(DAYS + _DAYS_AHEAD)]
        self.lag = 0
        """Microseconds between an event and its arrival at the server, for events added next."""

    def add(self, user_id: str, event_type: str, at: int, payload: str) -> None:
        """Add an event, today or later."""
        day = (at - self._start) // DAY
        self._days[day].append((user_id, event_type, at, at + self.lag, payload))

    def take(self, day: int) -> list[Event]:
        """Remove and return a day's events, by time."""
        events, self._days[day] = self._days[day], []
        events.sort(key=itemgetter(2))
        return events
