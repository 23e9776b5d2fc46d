"""The Product segments pane."""

from __future__ import annotations

from studio import Scene, Studio


async def product_segments(studio: Studio) -> None:
    """Sets of products."""
    await studio.until("Rain jackets")


async def editor(studio: Studio) -> None:
    """A rule about products."""
    await studio.press("e")
    await studio.until("The API has")


SCENES = (
    Scene("product-segments", product_segments, place="product-segments"),
    Scene("product-segment-editor", editor, place="product-segments"),
)
