"""The Products pane."""

from __future__ import annotations

from studio import Scene, Studio


async def products(studio: Studio) -> None:
    """The catalogue."""
    await studio.until("NW-")
    await studio.until("2,104 of 2,104")


async def score(studio: Studio) -> None:
    """A product's score."""
    await studio.until("NW-")
    await studio.press("c", "right_square_bracket", "enter")
    await studio.until("of 100")
    await studio.until("/25")


SCENES = (
    Scene("products", products, place="products"),
    Scene("score", score, place="products"),
)
