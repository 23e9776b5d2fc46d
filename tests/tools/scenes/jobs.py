"""The Jobs pane."""

from __future__ import annotations

from studio import Scene, Studio


async def jobs(studio: Studio) -> None:
    """The ledger."""
    await studio.until("High LTV buyers")
    await studio.press("space", "space", "space", "r")
    await studio.done(3)
    await studio.press("0")
    await studio.until("● done")


SCENES = (Scene("jobs", jobs),)
