"""The Segments pane."""

from __future__ import annotations

from typing import Any

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
    await studio.press(*["left_square_bracket"] * 3, "enter")
    await studio.until("against version")


async def history(studio: Studio) -> None:
    """How the count went, in full width."""
    await studio.press(*["left_square_bracket"] * 2, "enter")
    await studio.until("Last ")


async def overlap(studio: Studio) -> None:
    """Who shares people with it."""
    await studio.press("left_square_bracket", "enter")
    await studio.until("100%")


async def editor(studio: Studio) -> None:
    """A rule that is being written, with whom it matches."""
    await studio.press("e")
    await studio.until("up to date")


async def editor_json(studio: Studio) -> None:
    """The same rule as JSON."""
    await studio.press("e")
    await studio.until("up to date")
    await studio.press("ctrl+t")
    await studio.until('"conditions"')


async def editor_offers(studio: Studio) -> None:
    """What can stand under the cursor."""
    await studio.press("e")
    await studio.until("up to date")
    await studio.press("ctrl+t", "ctrl+home")
    await studio.press(*["down"] * 4, "end", *["left"] * 10)
    await studio.press("ctrl+@")
    await studio.until("How long ago")


async def editor_faults(studio: Studio) -> None:
    """What is wrong, where it stands; the figures are those of before."""
    await studio.press("e")
    await studio.until("up to date")
    await studio.press("ctrl+t", "ctrl+home")
    await studio.press(*["down"] * 8, "end", "left", "left", "x")
    await studio.press(*["down"] * 12, "end", "left", "x", "escape")
    await studio.until("line 21")


async def editor_changes(studio: Studio) -> None:
    """The question before what another editor left is saved."""
    await studio.press("e")
    await studio.until("up to date")
    await studio.press("ctrl+t", "ctrl+home")
    await studio.press("down", "end", "left", "left", *["backspace"] * 3, "O", "R", "escape")
    await studio.press(*["down"] * 8, "end", "backspace", "0", "0")
    editor: Any = studio.pilot.app.screen
    editor.run_worker(editor.confirm_and_send)
    await studio.until("Save High LTV buyers?")


async def editor_condition(studio: Studio) -> None:
    """Choosing a condition by what it asks."""
    await studio.press("e")
    await studio.until("up to date")
    await studio.press("ctrl+n")
    await studio.until("It begins as")


async def editor_new(studio: Studio) -> None:
    """A new segment."""
    await studio.press("n")
    await studio.until("New segment")


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
    Scene("segment-history", history),
    Scene("segment-overlap", overlap),
    Scene("segment-editor", editor),
    Scene("segment-editor-json", editor_json),
    Scene("segment-editor-offers", editor_offers),
    Scene("segment-editor-faults", editor_faults),
    Scene("segment-editor-changes", editor_changes),
    Scene("segment-editor-condition", editor_condition),
    Scene("segment-editor-new", editor_new),
    Scene("recompute", recompute),
    Scene("delete", delete),
    Scene("export", export),
)
