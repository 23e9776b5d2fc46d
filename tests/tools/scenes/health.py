"""The Health pane."""

from __future__ import annotations

from studio import Scene, Studio


async def health(studio: Studio) -> None:
    """What is wrong in the sample shop, the most urgent first."""
    await studio.until("Talon.One stopped receiving Lapsed VIPs")
    await studio.until("enter goes there")


SCENES = (Scene("health", health, place="health"),)
