"""The customers of the seeded shop: their habits, their traits, and the days they were active."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.seeding.assortment import (
    CATEGORIES,
    COUNTRIES,
    FIRST_NAMES,
    INTERESTS,
    LAST_NAMES,
)
from segops_tui.sandbox.seeding.calendar import DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from random import Random

    from segops_tui.sandbox.seeding.calendar import Calendar

LAST: Final = DAYS - 1
Span = tuple[int, int]
"""First and last day; the first is negative for people who joined before the first event."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A kind of customer, from which people are drawn. Rates are per 30 days."""

    name: str
    share: int
    visits: float
    views: float
    """Products viewed per visit."""
    cart: float
    """Probability that a visit fills a cart."""
    buys: float
    """Probability that a filled cart is ordered."""
    basket: float
    """Products in a cart after the first."""
    reads: float
    """Probability that a subscriber opens a newsletter."""
    subscribes: float
    """Probability that a person subscribes to the newsletter."""
    app: float
    """Probability that a person has the app."""
    span: Callable[[Random], Span]


def _joined(rng: Random) -> int:
    """A day of joining: half of the people joined earlier, the others more each month."""
    if rng.random() < 0.5:
        return -int(rng.random() * 900) - 1
    return int(DAYS * rng.random() ** 0.7)


def _steady(rng: Random) -> Span:
    return min(_joined(rng), LAST), LAST


def _fading(rng: Random) -> Span:
    joined = min(_joined(rng), LAST)
    return joined, min(LAST, max(joined, 0) + int(rng.expovariate(1 / 90)) + 1)


def _lapsed(rng: Random) -> Span:
    return -int(rng.random() * 1000) - 30, LAST - rng.randint(32, 120)


def _trial(rng: Random) -> Span:
    joined = rng.randint(0, LAST - 3)
    return joined, min(LAST, joined + rng.randint(4, 45))


def _recent(rng: Random) -> Span:
    return LAST - int(rng.random() * 24), LAST


def _passing(rng: Random) -> Span:
    first = rng.randint(0, LAST)
    return first, min(LAST, first + rng.randint(0, 20))


LOYAL: Final = Habit("loyal", 13, 2.2, 1.1, 0.36, 0.55, 0.7, 0.55, 0.7, 0.5, _steady)
LAPSED_VIP: Final = Habit("lapsed VIP", 6, 3.0, 1.3, 0.44, 0.62, 1.0, 0.25, 0.6, 0.4, _lapsed)
OCCASIONAL: Final = Habit("occasional", 20, 0.8, 1.0, 0.27, 0.42, 0.4, 0.3, 0.4, 0.2, _steady)
WINDOW_SHOPPER: Final = Habit(
    "window shopper", 19, 2.0, 2.1, 0.13, 0.02, 0.5, 0.2, 0.3, 0.3, _fading
)
TRIAL: Final = Habit("trial", 10, 3.0, 1.0, 0.18, 0.05, 0.3, 0.3, 0.45, 0.6, _trial)
MEMBER: Final = Habit("member", 8, 2.1, 0.9, 0.3, 0.55, 0.6, 0.5, 0.75, 0.9, _steady)
READER: Final = Habit("newsletter reader", 15, 0.6, 0.9, 0.12, 0.25, 0.2, 0.62, 1.0, 0.15, _steady)
NEW: Final = Habit("new", 6, 4.5, 1.2, 0.26, 0.3, 0.4, 0.45, 0.5, 0.35, _recent)
VISITOR: Final = Habit("anonymous visitor", 3, 3.6, 1.2, 0.1, 0.0, 0.2, 0.0, 0.0, 0.0, _passing)

HABITS: Final = (
    LOYAL, LAPSED_VIP, OCCASIONAL, WINDOW_SHOPPER, TRIAL, MEMBER, READER, NEW, VISITOR,
)  # fmt: skip


ALIASED_SHARE: Final = 0.12
"""Share of the recent customers who were anonymous visitors before they were identified."""
EMAIL_ID_SHARE: Final = 0.15
"""Share of the customers whose id is an e-mail address instead of a number."""

_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_SOURCES: Final = ("organic", "paid_search", "instagram", "friend", "newsletter", "ai_assistant")


@dataclass(slots=True)
class Person:
    """A sender of events; the last three fields change from day to day."""

    user_id: str
    anonymous_id: str
    """The id until the day `known_from`, or ""."""
    habit: Habit
    first_day: int
    last_day: int
    known_from: int
    hours_ahead: int
    favourites: tuple[int, ...]
    traits: str
    """The lasting traits as JSON, without the closing brace."""
    has_app: bool
    app_version: str
    is_identified: bool
    plan: str
    has_newsletter: bool

    def payload(self) -> str:
        """Today's payload of `context_identified`."""
        newsletter = "true" if self.has_newsletter else "false"
        return f'{self.traits}, "plan": "{self.plan}", "newsletter": {newsletter}}}'


def people(rng: Random, *, count: int, calendar: Calendar) -> Iterator[Person]:
    """Yield `count` customers, then a few visitors who are never identified."""
    shares = [habit.share for habit in HABITS]
    mixed = rng.choices(HABITS, shares, k=count)
    extra = count * VISITOR.share // 100
    known = (habit if habit is not VISITOR else MEMBER for habit in mixed)
    for number, habit in enumerate(known, start=1):
        yield _person(rng, number, habit, calendar)
    for _ in range(extra):
        yield _visitor(rng)


def _person(rng: Random, number: int, habit: Habit, calendar: Calendar) -> Person:
    joined, last_day = habit.span(rng)
    first_day = max(joined, 0)
    is_aliased = 0 <= joined < last_day and rng.random() < ALIASED_SHARE
    by_email = rng.random() < EMAIL_ID_SHARE
    user_id = f"user-{number:05d}@example.com" if by_email else f"u_{number:05d}"
    country = _SHARED_COUNTRIES[int(rng.random() * len(_SHARED_COUNTRIES))]
    return Person(
        user_id=user_id,
        anonymous_id=_anonymous_id(rng) if is_aliased else "",
        habit=habit,
        first_day=first_day,
        last_day=last_day,
        known_from=min(first_day + rng.randint(1, 9), last_day) if is_aliased else first_day,
        hours_ahead=country.hours_ahead,
        favourites=tuple(rng.choices(_CATEGORY_NUMBERS, k=3)),
        traits=_traits(rng, number, calendar.date(joined).date(), country.code, country.cities),
        has_app=rng.random() < habit.app,
        app_version=rng.choice(_APP_VERSIONS),
        is_identified=False,
        plan="plus" if habit is MEMBER and joined < 0 else "free",
        has_newsletter=rng.random() < habit.subscribes,
    )


def _visitor(rng: Random) -> Person:
    first_day, last_day = VISITOR.span(rng)
    return Person(
        user_id=_anonymous_id(rng),
        anonymous_id="",
        habit=VISITOR,
        first_day=first_day,
        last_day=last_day,
        known_from=LAST + 1,
        hours_ahead=rng.choice(COUNTRIES).hours_ahead,
        favourites=(rng.randrange(len(CATEGORIES)),),
        traits="{",
        has_app=False,
        app_version="",
        is_identified=True,
        plan="",
        has_newsletter=False,
    )


_SHARED_COUNTRIES: Final = tuple(country for country in COUNTRIES for _ in range(country.share))
_CATEGORY_NUMBERS: Final = range(len(CATEGORIES))
_INTERESTS: Final = tuple(
    (first, second, third)[:count]
    for count in (0, 1, 1, 2, 2, 3)
    for first, second, third in permutations(INTERESTS, 3)
)
"""Sets of interests to draw from: much cheaper than drawing each interest."""
_APP_VERSIONS: Final = ("5.4.0", "5.4.0", "5.4.0", "5.3.2", "5.3.2", "5.1.0", "4.9.7", "4.8.1")


def _anonymous_id(rng: Random) -> str:
    return f"anon_{rng.getrandbits(48):012x}"


def _traits(rng: Random, number: int, joined: date, country: str, cities: tuple[str, ...]) -> str:
    """The lasting traits as JSON without its closing brace; some are missing."""
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    traits: dict[str, object] = {
        "email": f"customer-{number:05d}@example.com",
        "first_name": first,
        "last_name": last,
        "country": country,
        "signup_date": joined.isoformat(),
        "acquisition_source": rng.choice(_SOURCES),
        "interests": rng.choice(_INTERESTS),
    }
    if rng.random() < 0.93:
        traits["city"] = rng.choice(cities)
    if rng.random() < 0.8:
        age = int(rng.triangular(17, 72, 33))
        traits["age"] = age
        traits["birthday"] = (
            f"{joined.year - age}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        )
    return _JSON.encode(traits)[:-1]


def starts_trial(person: Person, rng: Random) -> bool:
    """Whether a person starts a trial of the paid membership on joining."""
    if person.habit in {TRIAL, MEMBER}:
        return person.plan == "free"
    return rng.random() < 0.05
