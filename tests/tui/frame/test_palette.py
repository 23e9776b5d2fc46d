"""Going to anything by its name."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import ConnectionFailed


@pytest.mark.parametrize(
    ("words", "pane", "label"),
    [
        ("lapsed vips", "segments", "Lapsed VIPs"),
        ("what are the best waterproof", "queries", None),
        ("basecamp", "competitors", "Basecamp Union"),
        ("hooks.example", "webhooks", None),
        ("trail mug", "products", None),
        ("u_00066", "users", "u_00066"),
        ("order_placed", "schemas", "order_placed"),
    ],
)
async def test_an_object_of_a_pane_never_opened_is_a_name_away(
    shop, typed, reached, words, pane, label
):
    async with shop.run() as pilot:
        await pilot.press("ctrl+p")
        pilot.app.screen.query_one("CommandInput").value = words
        screen = pilot.app.screen_stack[-2]
        await reached(pilot, lambda: _offers(pilot, "Go to this"))
        await pilot.press("enter")
        await reached(pilot, lambda: screen.pane is not None and screen.pane.id == pane)
        if label:
            await reached(
                pilot,
                lambda: (
                    screen.pane.row is not None and screen.pane.noun.label(screen.pane.row) == label
                ),
            )


def _offers(pilot, words):
    from textual.widgets import OptionList

    options = pilot.app.screen.query(OptionList)
    return any(words in str(option.prompt) for each in options for option in each.options)


async def test_a_pane_is_a_name_away(shop, typed, reached):
    async with shop.run() as pilot:
        screen = pilot.app.screen
        await pilot.press("colon")
        pilot.app.screen.query_one("CommandInput").value = "webhooks"
        await reached(pilot, lambda: _offers(pilot, "Go to Webhooks"))
        await pilot.press("enter")
        await reached(pilot, lambda: screen.pane.id == "webhooks")


async def test_an_action_is_offered_with_its_key(shop, reached):
    async with shop.run() as pilot:
        await pilot.press("ctrl+p")
        pilot.app.screen.query_one("CommandInput").value = "save view"
        await reached(pilot, lambda: _offers(pilot, "^s"))


async def test_the_palette_works_without_a_server(shop, reached):
    async with shop.run() as pilot:
        shop.door.error = ConnectionFailed("gone")
        await pilot.press("ctrl+p")
        pilot.app.screen.query_one("CommandInput").value = "theme"
        await reached(pilot, lambda: _offers(pilot, "Theme"))


async def test_hostile_names_are_offered_as_text(stage, ask, reached, seen):
    ask.ok("POST", "/api/segments/", {"name": "[/bold]\x1b[31m<evil>"})
    async with stage.run() as pilot:
        await pilot.press("ctrl+p")
        pilot.app.screen.query_one("CommandInput").value = "evil"
        await reached(pilot, lambda: _offers(pilot, "<evil>"))
        assert "\x1b" not in seen(pilot)


async def test_enter_at_once_takes_what_was_typed_and_not_what_stood_there(shop, reached):
    """The list of everything is on the screen; the person is faster than the search."""
    async with shop.run() as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"theme", "enter")
        await reached(pilot, lambda: pilot.app.theme == "segops-light")


async def test_a_job_is_a_name_away(shop, reached):
    """Jobs are this machine's; no server is asked for them."""
    async with shop.run() as pilot:
        screen = pilot.app.screen
        await pilot.press("r")
        await reached(pilot, lambda: pilot.app.workspace.jobs.outcomes)
        await pilot.press("colon")
        pilot.app.screen.query_one("CommandInput").value = "recompute high ltv"
        await reached(pilot, lambda: _offers(pilot, "Go to this job"))
        await pilot.press("enter")
        await reached(pilot, lambda: screen.pane.id == "jobs" and screen.pane.row is not None)

        assert screen.pane.row.title == "recompute High LTV buyers"
