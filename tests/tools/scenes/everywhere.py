"""What belongs to no pane."""

from __future__ import annotations

from studio import Scene, Studio


async def help_keys(studio: Studio) -> None:
    """The keys of the table and the pane."""
    await studio.press("question_mark")
    await studio.until("esc closes")


async def help_form(studio: Studio) -> None:
    """The keys of a form, over it; a letter is typed there."""
    await studio.press("n")
    await studio.until("ctrl+y")
    await studio.press("ctrl+g")
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


async def log_curl(studio: Studio) -> None:
    """What was done as requests, one of them in full."""
    await studio.press("r")
    await studio.done(1)
    await studio.press("L")
    await studio.until("recompute 1")
    await studio.press("c")
    await studio.until("ApiKey $SEGOPS_API_KEY")


async def question(studio: Studio) -> None:
    """A question, with the command that a yes is the same as."""
    await studio.press("space", "space", "d")
    await studio.until("segops-tui segments delete")


async def offline(studio: Studio) -> None:
    """A server that is down."""
    await studio.until("Cannot reach the server")


SCENES = (
    Scene("help", help_keys),
    Scene("help-form", help_form, place="products"),
    Scene("palette", palette),
    Scene("log", log),
    Scene("log-curl", log_curl),
    Scene("question", question),
    Scene("offline", offline, broken=True),
)
