"""Half a year of events in order of time, made one day after the other in constant memory."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.timestamps import DAY, SECOND
from segops_tui.sandbox.seeding.assortment import CATEGORIES, SITE
from segops_tui.sandbox.seeding.calendar import DAYS, Calendar, Event, Timeline
from segops_tui.sandbox.seeding.catalogue import ARRIVED_DAYS_AGO
from segops_tui.sandbox.seeding.people import MEMBER, VISITOR, Person, starts_trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from segops_tui.sandbox.seeding.catalogue import SeededProduct

Item = tuple[str, float, str]
"""SKU, price, and payload of a view: a tuple, since there may be 50,000."""


@dataclass(slots=True)
class Shelves:
    """Items by category; late arrivals wait for `set_out_arrivals`."""

    items: list[list[Item]] = field(default_factory=lambda: [[] for _ in CATEGORIES])
    arrivals: list[tuple[int, Item]] = field(default_factory=list)

    def add(self, product: SeededProduct) -> None:
        """Add a product to its category, or to the arrivals."""
        name = _JSON.encode(product.name)
        payload = (
            f'{{"product_id": "{product.sku}", "name": {name}, '
            f'"category": "{product.category}", "price": {product.price}}}'
        )
        shelf = _NUMBERS[product.category]
        item = (product.sku, product.price, payload)
        if product.is_arrival:
            self.arrivals.append((shelf, item))
        else:
            self.items[shelf].append(item)

    def set_out_arrivals(self) -> None:
        """Move the arrivals to the front of their categories."""
        for shelf, item in self.arrivals:
            self.items[shelf].insert(0, item)
        self.arrivals.clear()

    def pick(self, rng: Random, person: Person) -> Item:
        """Draw an item: two times in three of a favourite category, front ones more often."""
        wanted = person.favourites
        chance = rng.random() * 1.5
        number = wanted[int(chance * len(wanted))] if chance < 1 else rng.randrange(len(_NUMBERS))
        shelf = self.items[number]
        return shelf[int(len(shelf) * rng.random() ** 2)]


_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_NUMBERS: Final = {category.name: number for number, category in enumerate(CATEGORIES)}


_PAGES: Final = tuple(
    f'{{"path": "{path}", "title": "{title}", "referrer": "{referrer}"}}'
    for path, title in (
        ("/", "Home"), ("/new", "New in"), ("/sale", "Sale"), ("/journal/how-to-layer",
        "How to layer"), ("/collections/women", "Women"), ("/collections/men", "Men"),
        ("/repairs", "Repairs"), ("/plus", "Northwind Plus"), ("/stores", "Stores"),
    )
    for referrer in ("", "https://search.example.com", "https://social.example.com")
)  # fmt: skip
_SEARCHES: Final = (
    '{"query": "rain jacket", "results": 148}', '{"query": "tent 2 person", "results": 61}',
    '{"query": "merino", "results": 212}', '{"query": "[sale]", "results": 1}',
    '{"query": "wide boots", "results": 0}', '{"query": "vegan sleeping bag", "results": 9}',
    '{"query": "stöve", "results": 1}',
)  # fmt: skip
_ASSISTANTS: Final = tuple(
    f'{{"source_provider": "{name}", "query_hint": {hint}, "landing_url": "{SITE}/new", '
    f'"referrer_url": "https://{name}.example.com/"}}'
    for name in ("chatgpt", "perplexity", "claude")
    for hint in ('"best light rain jacket"', '"gift for a hiker"', "null")
)
_COUPONS: Final = (("WELCOME10", 10), ("TRAIL15", 15), ("PLUS20", 20), ("LAST30", 30))
_TOPICS: Final = ("return", "delivery", "sizing", "damaged", "invoice")
_SHIPPING: Final = ("standard", "standard", "express", "pickup")
_PAYMENTS: Final = ("card", "card", "paypal", "gift_card")


class Visits:
    """Adds the events of visits to a timeline, and numbers the orders."""

    def __init__(self, rng: Random, *, shelves: Shelves, timeline: Timeline) -> None:
        self._rng = rng
        self._random = rng.random
        self._shelves = shelves
        self._timeline = timeline
        self._add = timeline.add
        self._orders = 100_000

    def visit(self, person: Person, user_id: str, at: int) -> None:
        """Add the events of one visit that starts at `at`."""
        random = self._random
        self._timeline.lag = 200_000 + int(random() * 3 * SECOND)
        self._arrive(person, user_id, at)
        item = None
        add, pick, rng = self._add, self._shelves.pick, self._rng
        for _ in range(1 + int(random() * 2 * person.habit.views)):
            at += (15 + int(random() * 110)) * SECOND
            item = pick(rng, person)
            add(user_id, "product_viewed", at, item[2])
        if item is not None and random() < person.habit.cart:
            self._fill_cart(person, user_id, item, at)

    def _arrive(self, person: Person, user_id: str, at: int) -> None:
        random = self._random
        if person.has_app and random() < 0.6:
            platform = "ios" if person.first_day % 2 else "android"
            payload = f'{{"platform": "{platform}", "version": "{person.app_version}"}}'
            self._add(user_id, "app_opened", at, payload)
            return
        if random() < 0.03:
            payload = _ASSISTANTS[int(random() * len(_ASSISTANTS))]
            self._add(user_id, "ai_referral_session", at, payload)
        self._add(user_id, "page_viewed", at, _PAGES[int(random() * len(_PAGES))])
        if random() < 0.1:
            payload = _SEARCHES[int(random() * len(_SEARCHES))]
            self._add(user_id, "search_performed", at + 9 * SECOND, payload)

    def _fill_cart(self, person: Person, user_id: str, item: Item, at: int) -> None:
        random = self._random
        lines = [(item, 1 if random() < 0.88 else 2)]
        while len(lines) < 6 and random() < person.habit.basket / (1 + person.habit.basket):
            lines.append((self._shelves.pick(self._rng, person), 1))
        for (sku, price, _), quantity in lines:
            at += (20 + int(random() * 60)) * SECOND
            payload = f'{{"product_id": "{sku}", "quantity": {quantity}, "price": {price}}}'
            self._add(user_id, "added_to_cart", at, payload)
        chance = random()
        if chance > person.habit.buys * 1.5:
            return
        at += (30 + int(random() * 200)) * SECOND
        value = round(sum(price * quantity for (_, price, _), quantity in lines), 2)
        count = sum(quantity for _, quantity in lines)
        payload = f'{{"cart_value": {value}, "item_count": {count}}}'
        self._add(user_id, "checkout_started", at, payload)
        if chance < person.habit.buys:
            self._order(user_id, lines, value, count, at + 90 * SECOND)

    def _order(
        self, user_id: str, lines: list[tuple[Item, int]], value: float, count: int, at: int
    ) -> None:
        random = self._random
        self._orders += 1
        order = f'"order_id": "NW-{self._orders}"'
        coupon = ""
        if random() < 0.22:
            code, discount = _COUPONS[int(random() * len(_COUPONS))]
            value = round(value * (100 - discount) / 100, 2)
            coupon = f', "coupon": "{code}", "discount": {discount}'
        shipping = _SHIPPING[int(random() * len(_SHIPPING))]
        payload = (
            f'{{{order}, "total": {value}, "currency": "USD", "item_count": {count}, '
            f'"product_id": "{lines[0][0][0]}", '
            f'"payment_method": "{_PAYMENTS[int(random() * len(_PAYMENTS))]}", '
            f'"shipping": {{"method": "{shipping}", "gift": {_truth(random() < 0.08)}}}{coupon}}}'
        )
        self._add(user_id, "order_placed", at, payload)
        self._follow_up(user_id, lines, order, at)

    def _follow_up(self, user_id: str, lines: list[tuple[Item, int]], order: str, at: int) -> None:
        """Deliver each line some days later; some people write a review or open a ticket."""
        random = self._random
        delivered = at + DAY + int(random() * 4 * 86_400) * SECOND
        for (sku, price, _), quantity in lines:
            payload = (
                f'{{{order}, "product_id": "{sku}", "quantity": {quantity}, "price": {price}}}'
            )
            self._add(user_id, "order_completed", delivered, payload)
        chance = random()
        later = delivered + int(random() * 5 * 86_400) * SECOND
        if chance < 0.05:
            priority = ("low", "normal", "high")[int(random() * 3)]
            payload = (
                f'{{{order}, "topic": "{self._rng.choice(_TOPICS)}", "priority": "{priority}"}}'
            )
            self._add(user_id, "support_ticket_opened", later, payload)
        elif chance < 0.18:
            rating = 5 - int(random() ** 2 * 5)
            payload = f'{{"product_id": "{lines[0][0][0]}", "rating": {rating}}}'
            self._add(user_id, "review_submitted", later, payload)


def _truth(value: bool) -> str:
    return "true" if value else "false"


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
