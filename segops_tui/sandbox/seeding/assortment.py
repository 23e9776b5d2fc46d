"""The words of the invented shop: what it sells, what it is called, and where customers live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OWN_BRAND: Final = "Northwind"


@dataclass(frozen=True, slots=True)
class Category:
    """A category of products and its price range."""

    name: str
    code: str
    cheapest: int
    dearest: int
    nouns: tuple[str, ...]
    materials: tuple[str, ...]
    features: tuple[str, ...]
    use: str
    """What the products are for, as the end of a sentence."""


_SHELVES: Final = """
Jackets | JKT | 89 449 | Shell Jacket, Down Parka, Rain Jacket, Anorak, Insulated Jacket, Softshell
  Recycled nylon, 3-layer polyester, Waxed cotton
  taped seams, a two-way zip, a helmet-compatible hood, a hidden pocket
  days that start dry and end wet
Fleece | FLC | 49 159 | Fleece Hoodie, Pile Jacket, Half-Zip Fleece, Fleece Vest
  Recycled polyester, Wool blend
  flatlock seams, thumb loops, a chest pocket
  camp evenings and cold offices
Base Layers | BAS | 35 119 | Crew, Tights, Zip-Neck Top, Thermal Top
  Merino wool, Merino-Tencel, Polypropylene
  flatlock seams, thumb loops, a dropped tail
  ski tours and long descents
Trousers | TRS | 59 219 | Hiking Trousers, Zip-Off Pants, Climbing Pants, Rain Trousers
  Stretch nylon, Organic cotton, Recycled polyester
  articulated knees, a gusset, a zipped pocket, adjustable cuffs
  rock, heather and airports
Shorts | SHO | 35 99 | Trail Shorts, Camp Shorts, Swim Shorts
  Stretch nylon, Organic cotton
  a gusset, a key pocket, a quick-dry liner
  hot trails and cold lakes
Shirts | SHI | 29 119 | Camp Shirt, Flannel Shirt, Sun Hoodie, Logo Tee, Linen Shirt
  Organic cotton, Hemp, Linen
  corozo buttons, a loop for sunglasses, a sun-proof weave
  the part of the trip with a terrace
Boots | BOO | 119 389 | Hiking Boot, Approach Boot, Winter Boot, Mountaineering Boot
  Full-grain leather, Nubuck, Synthetic
  a resoleable welt, a rubber rand, a gusseted tongue
  loads, scree and bad weather
Trail Shoes | TRL | 89 219 | Trail Runner, Fell Shoe, Light Hiker, Sandal
  Engineered mesh, Synthetic
  a rock plate, six-millimetre lugs, speed laces
  fast kilometres on soft ground
Socks | SOC | 12 39 | Hiking Sock, Running Sock, Liner Sock, Boot Sock
  Merino wool, Cotton blend
  a padded heel, a seamless toe, a lifetime promise
  feet that have to last until Sunday
Hats | HAT | 19 69 | Beanie, Sun Hat, Trucker Cap, Balaclava
  Merino wool, Organic cotton, Acrylic
  a soft lining, a packable brim, a woven label
  wind, sun and bad hair
Gloves | GLV | 25 149 | Liner Glove, Ski Glove, Work Glove, Mitten
  Goat leather, Softshell, Wool blend
  touch-screen fingertips, a nose wipe, a wrist leash
  cold hands that still have to tie knots
Backpacks | BPK | 59 349 | Daypack 18L, Trekking Pack 55L, Roll-Top 25L, Climbing Pack 32L
  Ripstop nylon, Recycled polyester
  a rain cover, a hip belt with pockets, a laptop sleeve, ice-axe loops
  a day out or a week away
Tents | TNT | 179 899 | 1-Person Tent, 2-Person Tent, Family Tent, Tarp
  Silnylon, Ripstop polyester
  colour-coded poles, reflective guylines, a repair kit, a fitted footprint
  nights above the tree line
Sleeping Bags | SLP | 99 549 | Summer Bag, Three-Season Bag, Winter Bag, Camp Quilt
  Hydrophobic down, Synthetic fill
  a draught collar, a compression sack, an anti-snag zip
  nights colder than the forecast
Cookware | COK | 15 139 | Pot, Gas Stove, Mug, Pan Set
  Titanium, Anodised aluminium, Steel
  folding handles, a lid that drains, a mesh bag
  coffee first and supper later
Lighting | LGT | 19 129 | Headlamp, Camp Lantern, Bike Light
  Polycarbonate, Aluminium
  a red light, USB-C charging, a lock for the switch
  early starts and late returns
Bottles | BOT | 14 59 | Insulated Bottle, Soft Flask, Trail Mug
  Stainless steel, Tritan
  a leak-proof lid, a carry loop, a wide mouth
  water that is cold and tea that is not
Poles | POL | 49 199 | Trekking Poles, Folding Poles, Snow Poles
  Carbon, Aluminium
  cork grips, flick locks, two sizes of basket
  knees that would like to be asked first
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


def _categories(text: str) -> tuple[Category, ...]:
    lines = [line.strip() for line in text.strip().splitlines()]
    found = []
    for head, materials, features, use in zip(*(lines[at::4] for at in range(4)), strict=True):
        name, code, prices, nouns = (part.strip() for part in head.split("|"))
        low, high = map(int, prices.split())
        found.append(
            Category(name, code, low, high, _words(nouns), _words(materials), _words(features), use)
        )
    return tuple(found)


CATEGORIES: Final = _categories(_SHELVES)

_MAKERS: Final = _words(
    "Fjellbris, Tarnwater, Kestrel & Daughters, Morrow Down, Ridge Assembly, Åsgård Utstyr,"
    "Casa Brisa, Old Quarry, Lumen Peak, Piñon, Saltmarsh, Hiyori Works"
)
BRANDS: Final = (OWN_BRAND, OWN_BRAND, OWN_BRAND, *_MAKERS)
"""All invented; the shop's own brand is listed three times to be drawn more often."""

SERIES: Final = _words(
    "Skarvan, Alder, Birkett, Cairn, Drift, Ember, Fathom, Gale, Heron, Isfjord, Juniper, Kelpie,"
    "Larch, Moraine, Nunatak, Osprey Ridge, Petrel, Quill, Rannoch, Sila, Tundra, Umbra, Vesper,"
    "Whin, Yarrow, Zephyr, Arête, Bothy, Col, Dune, Eider, Firn, Granite, Hollow, Inlet, Jökull,"
    "Knoll, Lichen, Midge, Névé, Otter, Plover, Runnel, Scarp, Tarn, Upland, Vale, Wren"
)

COLOURS: Final = _words(
    "Moss, Slate, Rust, Ink, Sand, Glacier, Charcoal, Heather, Ochre, Pine, Cranberry, Bone, Dusk,"
    "Signal Orange"
)

TAGS: Final = _words(
    "hiking, camping, climbing, running, travel, winter, summer, waterproof, vegan, recycled,"
    "lightweight, bestseller, new, sale, gift"
)


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
    """A country that people order from, and its share of the customers."""

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
