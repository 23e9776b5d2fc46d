"""The Segments pane."""

from __future__ import annotations

from studio import Scene, Studio


async def segments(studio: Studio) -> None:
    """The list, and the rule of the first where there is room for it."""
    await studio.until("Segments 14 of 14")


async def filtered(studio: Studio) -> None:
    """A filter, two marks."""
    await studio.press("slash", "v", "i", "p", "enter", "space")
    await studio.until("1 marked")


async def members(studio: Studio) -> None:
    """Who is in it, in full width."""
    await studio.press("right_square_bracket", "enter")
    await studio.until("u_0")


async def sql(studio: Studio) -> None:
    """The statement behind a rule."""
    await studio.press("right_square_bracket", "right_square_bracket", "enter")
    await studio.until("SELECT")


async def versions(studio: Studio) -> None:
    """What the last save changed."""
    await studio.press("left_square_bracket", "enter")
    await studio.until("against version")


async def recompute(studio: Studio) -> None:
    """Some done, with what has changed; the others under way."""
    await studio.press("space", "space", "r")
    await studio.done(2)
    studio.door.holds = lambda call: call.startswith("POST")
    await studio.press("R", "y")
    await studio.until("jobs running")


async def delete(studio: Studio) -> None:
    """The question before it."""
    await studio.press("space", "space", "d")
    await studio.until("Delete 2 segments?")


async def export(studio: Studio) -> None:
    """Where to."""
    await studio.press("x")
    await studio.until("segment-1-members.csv")


SCENES = (
    Scene("segments", segments),
    Scene("filter", filtered),
    Scene("members", members),
    Scene("sql", sql),
    Scene("versions", versions),
    Scene("recompute", recompute),
    Scene("delete", delete),
    Scene("export", export),
)
