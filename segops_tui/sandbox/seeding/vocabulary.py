"""Who the invented shop is and where its customers live: its name, people's names, places.

Knows only words; how many people there are is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WORKSPACE: Final = "Northwind Outfitters"
TENANT_SLUG: Final = "northwind"
SITE: Final = "https://shop.example.com"


FIRST_NAMES: Final = (
    "Ava", "Noah", "Ingrid", "Mateo", "Yuki", "Amara", "Oskar", "Lucía", "Priya", "Jonas", "Zoë",
    "Tariq", "Freya", "Kofi", "Elena", "Sven", "Mei", "Hugo", "Nadia", "Callum", "Aino", "Rafael",
    "Signe", "Omar", "Clara", "Dmitri", "Leila", "Björn", "Hannah", "Tomás",
)  # fmt: skip

LAST_NAMES: Final = (
    "Lindqvist", "Okafor", "Marlowe", "Tanaka", "Reyes", "Sandvik", "Patel", "Novak", "Hale",
    "Moreau", "Virtanen", "Castillo", "Brandt", "O'Shea", "Nakamura", "Fields", "Haddad",
    "Kowalski", "Solberg", "Mensah", "Rossi", "Whitfield", "Åkesson", "Dubois", "Ferreira", "Bloom",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Country:
    """A country people order from."""

    code: str
    share: int
    hours_ahead: int
    cities: tuple[str, ...]


COUNTRIES: Final = (
    Country("US", 38, -6, ("Portland", "Denver", "Seattle", "Burlington", "Boise", "Chicago")),
    Country("GB", 14, 0, ("Sheffield", "Bristol", "Fort William", "London", "Keswick")),
    Country("DE", 11, 1, ("München", "Freiburg", "Berlin", "Köln")),
    Country("CA", 9, -5, ("Vancouver", "Canmore", "Montréal", "Toronto")),
    Country("NO", 6, 1, ("Oslo", "Bergen", "Tromsø")),
    Country("SE", 5, 1, ("Stockholm", "Göteborg", "Kiruna")),
    Country("FR", 5, 1, ("Chamonix", "Lyon", "Grenoble")),
    Country("DK", 3, 1, ("København", "Aarhus")),
    Country("FI", 2, 2, ("Helsinki", "Rovaniemi")),
    Country("JP", 3, 9, ("札幌市", "東京", "松本市")),
    Country("AU", 3, 10, ("Hobart", "Melbourne")),
    Country("IL", 1, 2, ("תל אביב", "חיפה")),
)

INTERESTS: Final = (
    "hiking", "trail running", "camping", "climbing", "ski touring", "bikepacking", "fishing",
    "photography", "travel", "paddling",
)  # fmt: skip
