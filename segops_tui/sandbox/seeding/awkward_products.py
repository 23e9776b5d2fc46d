"""A handful of products that are awkward to show, store or score, on purpose.

Knows data that has broken screens before; does not know what breaks on it today.
"""

from __future__ import annotations

from typing import Final

ODD_PRODUCTS: Final = (
    ("[SALE] Trail Jacket", "JKT"),
    ("[/bold] Socks", "SOC"),
    ("[red]Alert[/red] Headlamp [new]", "LGT"),
    ("🏔️ Summit Mug 🔥 (2-pack)", "BOT"),
    ("👩‍👩‍👧 Family Tent 4P", "TNT"),
    ("מעיל גשם לטיולים", "JKT"),
    ("حذاء المشي الجبلي", "BOO"),
    ('The "Bothy" 18" Tarp', "TNT"),
    ("O'Malley's Wool Cap; DROP TABLE hats", "HAT"),
    ("Crème Brûlée Camp Stöve № 5", "COK"),
    ("Glow \x1b[31mRed\x1b[0m Headlamp", "LGT"),
    ("日和 ウィンターソックス", "SOC"),
    ('=HYPERLINK("https://shop.example.com","Click") Bottle', "BOT"),
    ("<b>Bold</b> & Brave Backpack 25L", "BPK"),
    (
        "Extremely Long Expedition-Grade Four-Season Convertible Double-Wall Geodesic Shelter"
        " System with Detachable Vestibule, Integrated Footprint, Reflective Guylines, Repair Kit,"
        " Colour-Coded Poles and a Name That Nobody Has Ever Read to Its End",
        "TNT",
    ),
    ("Tab\tand\nNewline Gaiters", "TRS"),
    ("   Spacious   Mittens   ", "GLV"),
    ("Reversed \u202eretiaG Gaiter", "TRS"),
    ("x", "POL"),
)
"""Name and category: brackets, markup, emoji, right-to-left text, quotes, escapes, a formula."""

ODD_EVERY: Final = 97
"""They stand this many products apart, so that none crowds the first screen."""


def odd_at(index: int) -> tuple[str, str] | None:
    """The odd product to put at a place of the catalogue, if any."""
    place, offset = divmod(index - 60, ODD_EVERY)
    return ODD_PRODUCTS[place] if offset == 0 and 0 <= place < len(ODD_PRODUCTS) else None
