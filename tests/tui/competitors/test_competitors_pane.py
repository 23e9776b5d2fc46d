"""The Competitors pane: brands, who leads how often, and bad days."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Reply
from segops_tui.client.guard import Lock
from segops_tui.tui.core.opened import Opened

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from segops_tui.tui.competitors.pane import CompetitorsPane

GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")
HOSTILE = ("[/foo]", "[@click=app.quit]x[/]", "\x1b[31mred", "\u202eleft", "x" * 200)


@pytest.fixture
def two(ask) -> None:
    ask.ok(
        "POST",
        "/api/ai-reach/competitors/",
        {"name": "Fjord", "domain": "fjord.example", "brand_aliases": ["Fjord & Co"]},
    )
    ask.ok("POST", "/api/ai-reach/competitors/", {"name": "Kettle", "is_active": False})


def pane_of(pilot: Pilot[Any]) -> CompetitorsPane:
    return next(screen.pane for screen in pilot.app.screen_stack if hasattr(screen, "pane"))


async def test_each_says_how_often_the_own_brand_leads_also_with_hostile_names_and_odd_rates(
    shop, seen, reached
):
    """They sort by that."""
    brands = [
        {"id": at, "name": name, "domain": name, "brand_aliases": [name, None, 3]}
        for at, name in enumerate(HOSTILE, start=1)
    ]
    rates = [
        {},
        {"competitor_id": "1", "competitor_name": None, "wins": "many", "win_rate": "0.5"},
        {"competitor_id": 2, "win_rate": 7, "total": None},
        {"competitor_id": 3, "wins": -1, "losses": 2.5, "win_rate": 0.25, "total": 4},
    ]

    async def told(attempt: Any) -> Reply:
        body = rates if "win-rate" in attempt.target else brands
        return Reply(200, {}, json.dumps(body).encode(), 0.0)

    async with shop.run(place="competitors", size=(140, 40)) as pilot:
        await reached(pilot, lambda: "80%" in seen(pilot))

        assert "also called Fjord and Fell, F&F" in seen(pilot)
        assert "▲ you lead" in seen(pilot)
        assert "answers that name either" in seen(pilot)

        await pilot.press("s", "s")
        won = [pane_of(pilot)._won(row) for row in pane_of(pilot).shown()]
        assert won == sorted(won, reverse=True)

        shop.door.send = told
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "50%" in seen(pilot))
        for _ in HOSTILE:
            assert not any(sign in seen(pilot) for sign in "\x1b\x07\u202e\x9b")
            await pilot.press("down", "right_square_bracket")
        assert "[/foo]" in seen(pilot)


async def test_one_is_made_changed_and_deleted_once_the_profile_is_unlocked(
    stage, two, seen, told, reached
):
    """A locked one says why nothing is changed, and brands stay when win rates cannot be had.

    What was never compared says why; an empty list says which key adds one.
    """
    lock = Lock("production", clock=lambda: 0.0)
    opened = Opened(stage.open_client(), lock)
    send = stage.door.send

    async def no_rates(attempt: Any) -> Reply:
        if "win-rate" in attempt.target:
            raise GONE
        return await send(attempt)

    stage.door.send = no_rates
    async with stage.run(place="competitors", size=(140, 40), open_client=lambda: opened) as pilot:
        await reached(pilot, lambda: "No route to host." in seen(pilot))
        assert "Kettle" in seen(pilot)
        await pilot.press("n", "e", "d")
        await reached(pilot, lambda: told(pilot).count("locked: U unlocks") == 3)
        assert not any(not call.startswith("GET") for call in stage.door.asked)

        stage.door.send = send
        lock.unlock()
        pilot.app.clear_notifications()
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "No answer names it or your brand yet." in seen(pilot))
        await pilot.press("down")
        await reached(pilot, lambda: "Paused, so it is not compared with." in seen(pilot))

        await pilot.press("n")
        await reached(pilot, lambda: "New competitor" in seen(pilot))
        name, _, aliases = pilot.app.screen.query(Input)
        name.value = "Fjord"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "competitor with this name already exists." in seen(pilot))
        name.value, aliases.value = "Larch", "Larch Ltd, L&Co"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Competitors 3 of 3" in seen(pilot))
        assert pane_of(pilot).rows[-1].brand_aliases == ["Larch Ltd", "L&Co"]

        await pilot.press("e")
        await reached(pilot, lambda: "Edit Larch" in seen(pilot))
        await pilot.press("tab", "tab", "tab", "right", "ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).rows[-1].is_active is False)
        line = pilot.app.workspace.log.entries[-1].command
        assert line == "segops-tui competitors update 3 --set is_active=false"

        await pilot.press("d", "y")
        await reached(pilot, lambda: "Competitors 2 of 2" in seen(pilot))
        await pilot.press("space", "up", "space", "d", "y")
        await reached(pilot, lambda: "No competitors yet. Press n to add one" in seen(pilot))
