"""The Users pane."""

from __future__ import annotations

from studio import Scene, Studio


async def _find(studio: Studio, number: str) -> None:
    await studio.until("200 of 5,099")
    await studio.press("slash", *number, "enter")
    await studio.until(f"u_{number}")
    await studio.until("1 of 1")


async def users(studio: Studio) -> None:
    """The list, and a profile."""
    await studio.until("200 of 5,099")
    await studio.press("slash", "u", "underscore", "0", "0", "0", "6", "enter")
    await studio.until("u_00069")
    await studio.until("8 of 8")


async def timeline(studio: Studio) -> None:
    """What one did, with a payload."""
    await _find(studio, "00066")
    await studio.press("right_square_bracket", "enter")
    await studio.until("46 events")


async def event_types(studio: Studio) -> None:
    """The chooser of types."""
    await _find(studio, "00066")
    await studio.press("right_square_bracket", "enter")
    await studio.until("46 events")
    await studio.press("t")
    await studio.until("every event")


async def user_segments(studio: Studio) -> None:
    """Where one is."""
    await _find(studio, "00066")
    await studio.press("right_square_bracket", "right_square_bracket", "enter")
    await studio.until("in 3 segments")


async def choose_segment(studio: Studio) -> None:
    """Which segment is explained."""
    await _find(studio, "00066")
    await studio.press("e")
    await studio.until("Not in these")


async def explain(studio: Studio) -> None:
    """Why not, in the narrow detail."""
    await choose_segment(studio)
    await studio.press(*"high", "enter")
    await studio.until("does not match")


async def explain_wide(studio: Studio) -> None:
    """Why not, as a table."""
    await explain(studio)
    await studio.press("enter")
    await studio.until("✗ not met" if studio.pilot.app.size.width > 100 else "has 0")


async def try_event(studio: Studio) -> None:
    """What an event would change."""
    await _find(studio, "00066")
    await studio.press("V")
    await studio.until("With a schema")
    await studio.press(*"order", "underscore", *"placed")
    await studio.until("order_id")
    studio.pilot.app.screen.write("payload", '{"total": 900, "item_count": 2}')
    await studio.press("ctrl+s")
    await studio.until("stay as they are")


async def merge(studio: Studio) -> None:
    """Both sides, and the id to type."""
    await _find(studio, "00066")
    await studio.press("M", *"u", "underscore", *"00126", "ctrl+s")
    await studio.until("It cannot be undone.")


async def alias(studio: Studio) -> None:
    """The question before it."""
    await _find(studio, "00066")
    await studio.press("a", *"anon", "underscore", *"00dc44479876", "ctrl+s")
    await studio.until("It cannot be undone.")


SCENES = (
    Scene("users", users, place="users"),
    Scene("timeline", timeline, place="users"),
    Scene("event-types", event_types, place="users"),
    Scene("user-segments", user_segments, place="users"),
    Scene("choose-segment", choose_segment, place="users"),
    Scene("explain", explain, place="users"),
    Scene("try-event", try_event, place="users"),
    Scene("merge", merge, place="users"),
    Scene("alias", alias, place="users"),
    Scene("explain-wide", explain_wide, place="users"),
)
