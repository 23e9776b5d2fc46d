"""What belongs to no pane."""

from __future__ import annotations

from studio import Scene, Studio


async def help_keys(studio: Studio) -> None:
    """The keys of the table and the pane."""
    await studio.press("question_mark")
    await studio.until("esc closes")


async def palette(studio: Studio) -> None:
    """Going to a segment by name."""
    await studio.press("ctrl+p")
    await studio.press("r", "e", "c", "o")
    await studio.until("Recompute stale")


async def log(studio: Studio) -> None:
    """What was done, as command lines."""
    await studio.press("space", "space", "r")
    await studio.done(2)
    await studio.press("down", "r", "L")
    await studio.until("recompute 1 2")


async def offline(studio: Studio) -> None:
    """A server that is down."""
    await studio.until("Cannot reach the server")


SCENES = (
    Scene("help", help_keys),
    Scene("palette", palette),
    Scene("log", log),
    Scene("offline", offline, broken=True),
)
