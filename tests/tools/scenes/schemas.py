"""The Schemas pane."""

from __future__ import annotations

from studio import Scene, Studio


async def schemas(studio: Studio) -> None:
    """The list, and the properties of the first."""
    await studio.until("order_placed")
    await studio.until("6 of 6")


async def schema_form(studio: Studio) -> None:
    """Properties as lines, one of them with a fault."""
    await studio.until("order_placed")
    await studio.press("n")
    await studio.until("New schema")
    await studio.press(*"gift", "underscore", *"sent")
    studio.pilot.app.screen.write("properties", "total: number required\nnote: text\nto: string")
    await studio.until("is not a type")


async def schema_check(studio: Studio) -> None:
    """A payload with faults."""
    await studio.until("order_placed")
    await studio.press("V")
    await studio.until("Check a payload")
    studio.pilot.app.screen.write("payload", '{"item_count": "many", "coupon": "LAST10"}')
    await studio.press("ctrl+s")
    await studio.until("is dropped")


async def schema_guess(studio: Studio) -> None:
    """What was learnt from a user's events."""
    await studio.until("order_placed")
    await studio.press("i", *"u", "underscore", *"00066", "ctrl+s")
    await studio.until("new schemas")


SCENES = (
    Scene("schemas", schemas, place="schemas"),
    Scene("schema-form", schema_form, place="schemas"),
    Scene("schema-check", schema_check, place="schemas"),
    Scene("schema-guess", schema_guess, place="schemas"),
)
