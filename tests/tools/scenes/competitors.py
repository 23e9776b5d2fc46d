"""The Competitors pane."""

from __future__ import annotations

from studio import Scene, Studio


async def competitors(studio: Studio) -> None:
    """Who is ahead how often."""
    await studio.until("Competitors 4 of 4")
    await studio.until("80%")


async def competitor(studio: Studio) -> None:
    """One of them in full."""
    await competitors(studio)
    await studio.press("enter")
    await studio.until("put you ahead")


async def competitor_form(studio: Studio) -> None:
    """Adding one."""
    await competitors(studio)
    await studio.press("n")
    await studio.until("Also called")


SCENES = (
    Scene("competitors", competitors, place="competitors"),
    Scene("competitor", competitor, place="competitors"),
    Scene("competitor-form", competitor_form, place="competitors"),
)
