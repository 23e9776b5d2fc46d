"""The Pages pane."""

from __future__ import annotations

from studio import Scene, Studio


async def pages(studio: Studio) -> None:
    """The list, and how the first one reads."""
    await studio.until("Daypack")
    await studio.still()


async def page_preview(studio: Studio) -> None:
    """A page with its comparison and its questions."""
    await studio.until("Daypack")
    await studio.press("enter")
    await studio.until("1  Otter Hiking Boot")
    await studio.press("right_square_bracket")
    await studio.until("blocks")
    await studio.until("{")
    await studio.press("left_square_bracket")
    await studio.until("Our picks")


async def publish(studio: Studio) -> None:
    """The question before a page becomes public."""
    await studio.until("Daypack")
    await studio.press("down", "down", "down", "u")
    await studio.until("Publish 1 page?")


async def building(studio: Studio) -> None:
    """Two pages at work."""
    await studio.until("Daypack")
    studio.door.holds = lambda call: call.startswith("POST")
    await studio.press("G", "space", "k", "k", "space", "b")
    await studio.until("2 jobs")


async def meaning(studio: Studio) -> None:
    """Products found by what is meant."""
    await studio.until("Daypack")
    await studio.press("m")
    await studio.until("as a shopper")
    await studio.press(*"warm", "space", *"jacket", "enter")
    await studio.until("match 0")


async def page_form(studio: Studio) -> None:
    """A new page of a tracked question."""
    await studio.until("Daypack")
    await studio.press("n")
    await studio.until("New page")
    await studio.press("right", "right")


SCENES = (
    Scene("pages", pages, place="pages"),
    Scene("page-preview", page_preview, place="pages"),
    Scene("publish", publish, place="pages"),
    Scene("building", building, place="pages"),
    Scene("meaning", meaning, place="pages"),
    Scene("page-form", page_form, place="pages"),
)
