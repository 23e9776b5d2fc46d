"""The Product segments pane."""

from __future__ import annotations

from studio import Scene, Studio


async def product_segments(studio: Studio) -> None:
    """Sets of products."""
    await studio.until("ALL of")


SCENES = (Scene("product-segments", product_segments, place="product-segments"),)
