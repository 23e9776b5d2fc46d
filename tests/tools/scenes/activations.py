"""The Activations pane."""

from __future__ import annotations

from studio import Scene, Studio


async def activations(studio: Studio) -> None:
    """Which segment goes where, and how that went; one fails."""
    await studio.until("Activations 3 of 3")
    await studio.until("100%")
    await studio.press("down", "down")
    await studio.until("✗ error")


async def form(studio: Studio) -> None:
    """A new one: what the chosen tool needs, the segment by its name."""
    await studio.press("n")
    await studio.until("New activation")
    await studio.press("right", "tab", *"lapsed", "tab", *"htp")
    await studio.until("https://")


async def never(studio: Studio) -> None:
    """The warning before a sync that would empty an audience."""
    await studio.press("n")
    await studio.until("New activation")
    await studio.press("tab", *"young", "tab", *"L1", "tab", *"k1", "ctrl+s")
    await studio.until("Activations 4 of 4")
    await studio.press("r")
    await studio.until("never computed")


async def syncing(studio: Studio) -> None:
    """A sync under way."""
    await studio.until("100%")
    studio.door.holds = lambda call: call.startswith("POST")
    await studio.press("space", "space", "r")
    await studio.until("syncing")


SCENES = (
    Scene("activations", activations, place="activations"),
    Scene("activation-form", form, place="activations"),
    Scene("activation-never", never, place="activations"),
    Scene("activation-syncing", syncing, place="activations"),
)
