"""Half a year of events in order of time, made one day after the other in constant memory."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.timestamps import DAY, SECOND
from segops_tui.sandbox.seeding.calendar import DAYS, Calendar, Event, Timeline
from segops_tui.sandbox.seeding.catalogue import ARRIVED_DAYS_AGO
from segops_tui.sandbox.seeding.people import MEMBER, VISITOR, Person, starts_trial
from segops_tui.sandbox.seeding.visits import Visits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from segops_tui.sandbox.seeding.visits import Shelves

_TRIAL_DAYS: Final = 14
_SUBJECTS: Final = (
    "New for the season", "How to pack for three days", "[Last call] 30% off", "Repairs are free",
    "Our trails of the month", "Members first: the sale 🏔️",
)  # fmt: skip
_REASONS: Final = ("too_expensive", "not_used", "moved", "other")


class EventStream:
    """What each person does on each day; read once, from the oldest day to the newest."""

    def __init__(
        self, rng: Random, *, people: Sequence[Person], shelves: Shelves, calendar: Calendar
    ) -> None:
        self._rng = rng
        self._people = people
        self._shelves = shelves
        self._calendar = calendar
        self._timeline = Timeline(calendar)
        self._add = self._timeline.add
        self._visits = Visits(rng, shelves=shelves, timeline=self._timeline)
        self._visitors = [array("l") for _ in range(DAYS)]
        self._changes: list[list[tuple[int, str]]] = [[] for _ in range(DAYS)]
        for index, person in enumerate(people):
            self._plan(index, person)

    def events(self) -> Iterator[Event]:
        """Yield every event up to now, by time."""
        until = self._calendar.now - 5 * SECOND
        for day in range(DAYS):
            if day == DAYS - ARRIVED_DAYS_AGO:
                self._shelves.set_out_arrivals()
            self._add_day(day)
            today = self._timeline.take(day)
            yield from today if day < DAYS - 1 else (row for row in today if row[2] < until)

    def _plan(self, index: int, person: Person) -> None:
        """Draw a person's days of visits and changes of membership."""
        rng, habit = self._rng, person.habit
        days = person.last_day - person.first_day + 1
        count = int(habit.visits * days / 30 * (0.45 + 1.1 * rng.random()) + rng.random())
        for _ in range(max(count, 1)):
            day = self._calendar.pick_day(rng, person.first_day, person.last_day)
            self._visitors[day].append(index)
        if person.anonymous_id:
            day = rng.randint(person.first_day, person.known_from - 1)
            self._visitors[day].append(index)
            self._changes[person.known_from].append((index, "known"))
        if habit is VISITOR:
            return
        start = person.known_from
        if starts_trial(person, rng):
            self._changes[start].append((index, "trial"))
            start += _TRIAL_DAYS
            if habit is MEMBER and start < DAYS:
                self._changes[start].append((index, "subscribed"))
        if habit is MEMBER and rng.random() < 0.3:
            day = start + rng.randint(5, DAYS)
            if day < DAYS:
                self._changes[day].append((index, "cancelled"))
        if person.has_newsletter and rng.random() < 0.12:
            self._changes[rng.randint(person.known_from, DAYS - 1)].append((index, "unsubscribed"))

    def _add_day(self, day: int) -> None:
        rng, calendar = self._rng, self._calendar
        self._timeline.lag = 750_000
        for index, change in self._changes[day]:
            self._add_change(self._people[index], change, day)
        if calendar.date(day).weekday() == 1:
            self._send_newsletter(day)
        for index in self._visitors[day]:
            person = self._people[index]
            at = calendar.pick_time(rng, day, person.hours_ahead)
            if day < person.known_from and person.anonymous_id:
                self._visits.visit(person, person.anonymous_id, at)
                continue
            if not person.is_identified:
                self._identify(person, at)
                at += SECOND
            self._visits.visit(person, person.user_id, at)

    def _identify(self, person: Person, at: int) -> None:
        person.is_identified = True
        self._add(person.user_id, "context_identified", at, person.payload())

    def _add_change(self, person: Person, change: str, day: int) -> None:
        rng = self._rng
        at = self._calendar.pick_time(rng, day, person.hours_ahead)
        payload = ""
        if change == "trial":
            payload = f'{{"plan": "plus", "days": {_TRIAL_DAYS}, "source": "checkout"}}'
            self._add(person.user_id, "trial_started", at, payload)
        elif change == "subscribed":
            person.plan = "plus"
            payload = '{"plan": "plus", "amount": 4.9, "currency": "USD", "interval": "month"}'
            self._add(person.user_id, "subscription_started", at, payload)
        elif change == "cancelled":
            person.plan = "free"
            payload = f'{{"plan": "plus", "reason": "{rng.choice(_REASONS)}"}}'
            self._add(person.user_id, "subscription_cancelled", at, payload)
        elif change == "unsubscribed":
            person.has_newsletter = False
            self._add(person.user_id, "newsletter_unsubscribed", at, '{"list": "weekly"}')
        self._identify(person, at + SECOND)

    def _send_newsletter(self, day: int) -> None:
        """Add an event for each person who opens Tuesday's mail within a day and a half."""
        random = self._rng.random
        sent = self._calendar.start(day) + 9 * 3600 * SECOND
        subject = _SUBJECTS[day // 7 % len(_SUBJECTS)]
        payload = f'{{"campaign": "weekly-{day // 7 + 1:02d}", "subject": "{subject}"}}'
        for person in self._people:
            if not person.has_newsletter or not person.is_identified:
                continue
            # People who left still get the mail, and open it less and less.
            gone = max(day - person.last_day, 0)
            if random() < person.habit.reads / (1 + gone / 30):
                delay = int(random() ** 3 * 1.5 * DAY) // SECOND * SECOND
                self._add(person.user_id, "email_opened", sent + delay, payload)
