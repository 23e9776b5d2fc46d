"""What holds for every pane, whatever it lists: bad days, any size, odd records, hostile names."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from segops_tui.api.errors import ConnectionFailed, RateLimited
from segops_tui.api.exchange import Reply
from segops_tui.tui.screens.places import PLACES

NAMES = [place.name for place in PLACES]
REMOTE = [name for name in NAMES if name != "jobs"]
GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")


def before_it_opens(stage: Any, **state: Any) -> None:
    """Shut the door before anybody has come through."""
    stage.open_client()
    for name, value in state.items():
        setattr(stage.door, name, value)


@pytest.mark.parametrize("place", REMOTE)
async def test_a_server_that_is_down_is_said_to_be_and_asked_again_by_a_key(
    shop, place, seen, reached
):
    before_it_opens(shop, error=GONE)
    console = shop.console(place=place)
    async with console.run_test(size=(120, 36)) as pilot:
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        assert "○ offline" in seen(pilot)
        shop.door.error = None

        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "● live" in seen(pilot))
        await reached(pilot, lambda: "Cannot reach the server" not in seen(pilot))


@pytest.mark.parametrize("place", REMOTE)
async def test_a_key_refused_in_the_middle_leaves_what_is_there_to_be_read(
    shop, place, seen, reached
):
    async with shop.run(place=place) as pilot:
        before = [line for line in seen(pilot).splitlines() if "│" in line][2]
        shop.door.status = 401
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "⚿ key refused" in seen(pilot))

        assert before.split("│")[3].strip()[:10] in seen(pilot)


@pytest.mark.parametrize("place", REMOTE)
async def test_a_server_that_asks_for_rest_is_told_as_that(shop, place, seen, reached):
    async with shop.run(place=place) as pilot:
        error = RateLimited("Request was throttled.", status=429, method="GET", path="/x/")
        error.retry_after = 12.0
        shop.door.error = error
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "Too many requests" in seen(pilot))


@pytest.mark.parametrize("place", NAMES)
async def test_keys_work_while_every_answer_is_waited_for(shop, place, seen, gated, reached):
    async with shop.run(place=place) as pilot:
        with gated(shop, lambda _call: True):
            await pilot.press("ctrl+r", "down", "down", "up")
            await pilot.press("question_mark")
            await reached(pilot, lambda: "esc closes" in seen(pilot))
            await pilot.press("escape", "1")
            await reached(pilot, lambda: pilot.app.screen.place == "segments")


@pytest.mark.parametrize("place", REMOTE)
async def test_answers_of_nulls_and_wrong_types_are_drawn_all_the_same(stage, place, reached):
    odd = [{}, None, 3, "x", [], {"id": None, "name": None, "data": 7, "tags": "a", "trend": {}}]
    odd.append({"id": "9", "name": {"a": 1}, "definition": [], "providers": None, "config": 4})
    listed = [row for row in odd if isinstance(row, dict)]
    body: Any = {"count": 99, "next": None, "results": odd, "fields": None, "results_": 1}

    async def answer(attempt: Any) -> Reply:
        wants_list = any(part in attempt.target for part in ("analytics/", "ai-", "explain"))
        content = json.dumps(listed if wants_list else body).encode()
        return Reply(200, {}, content, 0.0)

    client = stage.open_client()
    stage.door.send = answer
    console = stage.console(place=place, open_client=lambda: client)
    async with console.run_test(size=(120, 36)) as pilot:
        await reached(pilot, lambda: console.workspace is not None)
        await pilot.pause(0.3)
        await pilot.press("down", "down", "right_square_bracket", "ctrl+r")
        await pilot.pause(0.2)
        assert console.is_running


@pytest.mark.parametrize("place", NAMES)
async def test_every_size_draws_and_can_be_changed(shop, place):
    async with shop.run(place=place, size=(80, 24)) as pilot:
        await pilot.press("enter", "right_square_bracket")
        for size in [(20, 5), (200, 60), (100, 30), (3, 2), (120, 36)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()


@pytest.mark.parametrize("place", NAMES)
async def test_an_empty_workspace_says_what_to_do_first(stage, place, seen, reached):
    async with stage.run(place=place) as pilot:
        await pilot.pause(0.2)
        text = seen(pilot)

        assert "Loading" not in text
        assert any(word in text for word in ("No ", "Nothing", "none", "yet"))


@pytest.mark.parametrize("place", NAMES)
async def test_no_callback_of_ours_holds_the_loop_up(shop, place, caplog):
    """Debug mode of asyncio names whatever takes longer than the limit; half a second here, since
    a busy machine stops everybody now and then."""
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0.5
    try:
        with caplog.at_level(logging.WARNING, logger="asyncio"):
            async with shop.run(place=place) as pilot:
                await pilot.press("down", "enter", "right_square_bracket", "escape", "ctrl+r")
                await pilot.pause(0.2)
    finally:
        loop.set_debug(False)

    ours = [r.getMessage() for r in caplog.records if "segops_tui" in r.getMessage()]
    assert ours == []
