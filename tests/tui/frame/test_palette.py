"""Going to anything by its name."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from segops_tui.api.errors import ConnectionFailed

EVERY_RUN = [
    ("basecamp", "competitors", "Basecamp Union"),
    ("trail mug", "products", ""),
    ("u_00066", "users", "u_00066"),
]
"""A list that is fetched whole, one that is searched by the server, and an exact id."""
THOROUGH = [
    ("lapsed vips", "segments", "Lapsed VIPs"),
    ("what are the best waterproof", "queries", ""),
    ("hooks.example", "webhooks", ""),
    ("order_placed", "schemas", "order_placed"),
]


def _offers(pilot, words):
    options = pilot.app.screen.query(OptionList)
    return any(words in str(option.prompt) for each in options for option in each.options)


async def _look_for(pilot, words):
    await pilot.press("ctrl+p")
    pilot.app.screen.query_one("CommandInput").value = words


@pytest.mark.parametrize("places", [EVERY_RUN, pytest.param(THOROUGH, marks=pytest.mark.thorough)])
async def test_an_object_of_a_pane_never_opened_is_a_name_away(shop, reached, places):
    """A pane is too, and so is an action, which is offered with its key."""
    async with shop.run() as pilot:
        screen = pilot.app.screen
        for words, name, label in places:
            await _look_for(pilot, words)
            await reached(pilot, lambda: _offers(pilot, "Go to this"))
            await pilot.press("enter")
            await reached(pilot, lambda name=name: screen.pane and screen.pane.id == name)
            pane = screen.pane
            if label:
                await reached(pilot, lambda pane=pane: pane.row is not None)
                assert pane.noun.label(pane.row) == label, words

        await _look_for(pilot, "save view")
        await reached(pilot, lambda: _offers(pilot, "^s"))
        await pilot.press("escape", "colon")
        pilot.app.screen.query_one("CommandInput").value = "webhooks"
        await reached(pilot, lambda: _offers(pilot, "Go to Webhooks"))
        await pilot.press("enter")
        await reached(pilot, lambda: screen.pane.id == "webhooks")


async def test_enter_takes_what_was_typed_and_a_job_is_a_name_away(
    stage, ask, reached, seen, typed, gated
):
    """The list of everything is on the screen; the person is faster than the search.

    What was found before does not stay while a slow server is asked. A job is found, also one that
    began after the palette was open. Neither jobs nor actions ask a server. Hostile names are
    offered as text.
    """
    count = {"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}
    definition = {"logic": "AND", "conditions": [count]}
    ask.ok("POST", "/api/segments/", {"name": "High LTV buyers", "definition": definition})
    ask.ok("POST", "/api/segments/", {"name": "[/bold]\x1b[31m<evil>"})
    async with stage.run() as pilot:
        screen = pilot.app.screen
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await pilot.press(*"theme", "enter")
        await reached(pilot, lambda: pilot.app.theme == "segops-light")

        await _look_for(pilot, "theme")
        await reached(pilot, lambda: "Switch to the next theme" in seen(pilot))
        with gated(stage, lambda call: "q=" in call):
            await typed(pilot, " tent")
            await reached(pilot, lambda: "◌ searching …" in seen(pilot))
            assert "Switch to the next theme" not in seen(pilot)
        await reached(pilot, lambda: "No matches found" in seen(pilot))
        assert "searching" not in seen(pilot)
        await pilot.press("escape")

        await _look_for(pilot, "evil")
        await reached(pilot, lambda: _offers(pilot, "<evil>"))
        assert "\x1b" not in seen(pilot)
        await pilot.press("escape")
        await pilot.press("r")
        await reached(pilot, lambda: pilot.app.workspace.jobs.outcomes)
        await pilot.press("colon")
        pilot.app.screen.query_one("CommandInput").value = "recompute high ltv"
        await reached(pilot, lambda: _offers(pilot, "Go to this job"))
        await pilot.press("enter")
        await reached(pilot, lambda: screen.pane.id == "jobs" and screen.pane.row is not None)

        assert screen.pane.row.title == "recompute High LTV buyers"

        stage.door.error = ConnectionFailed("gone")
        await _look_for(pilot, "theme")
        await reached(pilot, lambda: _offers(pilot, "Theme"))
