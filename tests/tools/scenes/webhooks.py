"""The Webhooks pane."""

from __future__ import annotations

from studio import Scene, Studio


async def webhooks(studio: Studio) -> None:
    """The list, and the settings of the first."""
    await studio.until("Webhooks 2 of 2")
    await studio.until("○ paused")


async def webhook_test(studio: Studio) -> None:
    """How to try it."""
    await webhooks(studio)
    await studio.press("right_square_bracket", "enter")
    await studio.until("webhooks sign")


async def webhook_form(studio: Studio) -> None:
    """Changing one: the secret is not shown."""
    await webhooks(studio)
    await studio.press("e")
    await studio.until("Leave empty to keep")


SCENES = (
    Scene("webhooks", webhooks, place="webhooks"),
    Scene("webhook-test", webhook_test, place="webhooks"),
    Scene("webhook-form", webhook_form, place="webhooks"),
)
