"""The Analytics pane."""

from __future__ import annotations

from studio import Scene, Studio


async def overview(studio: Studio) -> None:
    """The workspace at a glance."""
    await studio.until("Members by segment, active")
    await studio.until("━")


async def trends(studio: Studio) -> None:
    """Three segments compared."""
    await studio.press("right_square_bracket")
    await studio.until("Members, last 30 days")
    await studio.press("space", "space", "down", "down", "space")
    await studio.until("3 marked")


async def overlap(studio: Studio) -> None:
    """Who shares members with whom."""
    await studio.press("right_square_bracket", "right_square_bracket")
    await studio.until("top 20 pairs")
    await studio.press("down", "down")


async def usage(studio: Studio) -> None:
    """Use against the plan."""
    await studio.press("left_square_bracket", "left_square_bracket")
    await studio.until("Users counted")


async def health(studio: Studio) -> None:
    """How connectors fare; one of them fails."""
    await studio.press("left_square_bracket")
    await studio.until("Latest syncs")
    await studio.press("down", "down")


SCENES = (
    Scene("analytics", overview, place="analytics"),
    Scene("trends", trends, place="analytics"),
    Scene("overlap", overlap, place="analytics"),
    Scene("usage", usage, place="analytics"),
    Scene("connector-health", health, place="analytics"),
)
