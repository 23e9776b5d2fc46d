"""The kinds of customer the shop has: how often each comes, looks, buys and reads mail.

Knows averages; a person is drawn from them in `people`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.seeding.calendar import DAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

LAST: Final = DAYS - 1
Span = tuple[int, int]
"""First and last day; the first is below zero for those who came before the events begin."""


@dataclass(frozen=True, slots=True)
class Habit:
    """An archetype. Rates are per 30 days, the others are probabilities."""

    name: str
    share: int
    visits: float
    views: float
    """Products looked at in a visit."""
    cart: float
    """That a visit fills a cart."""
    buys: float
    """That a filled cart is ordered."""
    basket: float
    """Products in a cart beyond the first."""
    reads: float
    """That a newsletter is opened, by those who take it."""
    subscribes: float
    """That a person takes the newsletter."""
    app: float
    """That a person has the app."""
    span: Callable[[Random], Span]


def _joined(rng: Random) -> int:
    """Half of the people came earlier; of the rest more and more each month."""
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
