"""What customers can look at and put into a cart: a few products often, most of them rarely.

Knows SKUs, prices and the event payload of each; remembers no customer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.seeding.assortment import CATEGORIES

if TYPE_CHECKING:
    from random import Random

    from segops_tui.sandbox.seeding.catalogue import Product
    from segops_tui.sandbox.seeding.people import Person

Item = tuple[str, float, str]
"""SKU, price, and the payload of looking at it: a tuple, for there may be 50,000."""


@dataclass(slots=True)
class Shelves:
    """Items by category; those that arrived late are set out by `set_out_arrivals`."""

    items: list[list[Item]] = field(default_factory=lambda: [[] for _ in CATEGORIES])
    arrivals: list[tuple[int, Item]] = field(default_factory=list)

    def add(self, product: Product) -> None:
        """Put a product on its shelf, or aside until it has arrived."""
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
        """Put what arrived to the front, where new things stand."""
        for shelf, item in self.arrivals:
            self.items[shelf].insert(0, item)
        self.arrivals.clear()

    def pick(self, rng: Random, person: Person) -> Item:
        """Draw an item: two times in three from a favourite shelf, front ones more often."""
        wanted = person.favourites
        chance = rng.random() * 1.5
        number = wanted[int(chance * len(wanted))] if chance < 1 else rng.randrange(len(_NUMBERS))
        shelf = self.items[number]
        return shelf[int(len(shelf) * rng.random() ** 2)]


_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_NUMBERS: Final = {category.name: number for number, category in enumerate(CATEGORIES)}
