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


async def facets(studio: Studio) -> None:
    """The values to narrow the catalogue by, with what one of them leaves."""
    await studio.until("NW-")
    await studio.press("f")
    await studio.until("Casa Brisa")
    await studio.press(*"ridge")
    await studio.until("Ridge Assembly   ")


async def narrowed(studio: Studio) -> None:
    """One brand and one colour of it."""
    await studio.until("NW-")
    for words in ("ridge", "moss"):
        await studio.press("f")
        await studio.until("enter choose")
        await studio.press(*words, "enter")
    await studio.until("color=Moss")


async def product_form(studio: Studio) -> None:
    """A product in its form."""
    await studio.until("NW-")
    await studio.press("e")
    await studio.until("ctrl+s save")


async def set_attribute(studio: Studio) -> None:
    """One attribute for three products."""
    await studio.until("NW-")
    await studio.press("space", "space", "space", "b")
    await studio.until("Set an attribute of 3 products")
    await studio.press("tab", *"Fern")


SCENES = (
    Scene("products", products, place="products"),
    Scene("score", score, place="products"),
    Scene("facets", facets, place="products"),
    Scene("narrowed", narrowed, place="products"),
    Scene("product-form", product_form, place="products"),
    Scene("set-attribute", set_attribute, place="products"),
)
