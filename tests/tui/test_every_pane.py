"""What holds for every pane, whatever it lists: bad days, any size, odd records, hostile names."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed, RateLimited
from segops_tui.api.exchange import Reply
from segops_tui.tui.panes.registry import PANES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = [place.name for place in PANES]
REMOTE = [name for name in NAMES if name != "jobs"]
SHAPES = {"segments", "products", "analytics", "jobs"}
"""Panes that look like no other; the rest are a list and a detail, as segments are."""
SOURCES = {"health", "segments", "products", "users", "queries", "analytics"}
"""Panes that are read in a way of their own, or claim something; the rest list one collection."""


def sample(names: list[str], chosen: set[str]) -> list[Any]:
    """The panes a test goes through: those chosen, and in a thorough run the others too."""
    return [
        [name for name in names if name in chosen],
        pytest.param([n for n in names if n not in chosen], marks=pytest.mark.thorough),
    ]


GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")
TURN = 0.8
"""Seconds of CPU one turn of the loop may take; of the wall clock, a busy machine's would count."""


@pytest.fixture
def longest_turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], float]]:
    """Seconds of CPU time that the longest turn of the loop has taken so far.

    No garbage is collected meanwhile: there is what thousands of other tests have left.
    """
    turns = [0.0]
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        turns.append(time.thread_time() - began)

    monkeypatch.setattr(asyncio.Handle, "_run", timed)
    was_enabled = gc.isenabled()
    gc.disable()
    yield lambda: max(turns)
    if was_enabled:
        gc.enable()


CLAIMS = ("Nothing is stale", "No active query")
"""What cannot be said of rows that were not read."""


def before_it_opens(stage: Any, **state: Any) -> None:
    """Shut the door before anybody has come through."""
    stage.open_client()
    for name, value in state.items():
        setattr(stage.door, name, value)


@pytest.mark.parametrize("places", sample(REMOTE, SOURCES))
async def test_bad_days_are_told_by_their_names_and_take_nothing_away(
    shop, places, seen, gated, reached
):
    """Down at the first visit, back, throttled, a key refused, and an answer that does not come."""
    before_it_opens(shop, error=GONE)
    console = shop.console()
    async with console.run_test(size=(120, 24)) as pilot:
        await reached(pilot, lambda: console.workspace is not None)
        # Segments first: keys go there from every other pane.
        for place in sorted(places, key=lambda name: name != "segments"):
            shop.door.error = GONE
            console.screen.go(place)
            await reached(pilot, lambda place=place: console.screen.pane.id == place)
            await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
            text = seen(pilot)
            assert "○ offline" in text
            assert "searching" not in text
            reasons = {console.screen.pane.unavailable(a) for a in console.screen.pane.ACTIONS}
            assert not any(reason.startswith(CLAIMS) for reason in reasons)

            shop.door.error = None
            await pilot.press("ctrl+r")
            await reached(
                pilot,
                lambda: "● live" in (text := seen(pilot)) and "Cannot reach the server" not in text,
            )

            before = [line for line in seen(pilot).splitlines() if "│" in line][2]
            shop.door.error = RateLimited("Throttled.", status=429, method="GET", path="/x/")
            shop.door.error.retry_after = 12.0
            await pilot.press("ctrl+r")
            await reached(pilot, lambda: "Too many requests" in seen(pilot))

            shop.door.error, shop.door.status = None, 401
            await pilot.press("ctrl+r")
            await reached(pilot, lambda: "⚿ key refused" in seen(pilot))
            assert before.split("│")[3].strip()[:10] in seen(pilot)

            shop.door.status = None
            with gated(shop, lambda _call: True):
                await pilot.press("ctrl+r", "down", "down", "up", "1")
                await reached(pilot, lambda: console.screen.place == "segments")

        with gated(shop, lambda _call: True):
            await pilot.press("0", "ctrl+r", "down", "down", "up", "question_mark")
            await reached(pilot, lambda: "esc closes" in seen(pilot))
            await pilot.press("escape", "1")
            await reached(pilot, lambda: console.screen.place == "segments")


async def test_answers_of_nulls_and_wrong_types_are_drawn_all_the_same(stage, reached, seen):
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
    console = stage.console(place=REMOTE[0], open_client=lambda: client)
    async with console.run_test(size=(120, 24)) as pilot:
        await reached(pilot, lambda: console.workspace is not None)
        for place in REMOTE:
            console.screen.go(place)
            await pilot.press("down", "down", "right_square_bracket", "ctrl+r")
            assert console.screen.place == place
            assert console.is_running, place
            assert seen(pilot), place


@pytest.mark.parametrize("places", sample(NAMES, SHAPES))
async def test_every_size_draws_and_can_be_changed_and_nothing_holds_the_loop_up(
    shop, places, longest_turn, painted
):
    async with shop.run(size=(20, 5)) as pilot:
        for place in places:
            pilot.app.screen.go(place)
            await pilot.pause()
            assert pilot.app.screen.place == place
            await pilot.press("down", "enter", "right_square_bracket")
            for size in [(3, 2), (200, 60), (80, 24), (20, 5)]:
                await pilot.resize_terminal(*size)
            await pilot.press("escape", "ctrl+r")

    assert longest_turn() < TURN


async def test_an_empty_workspace_says_what_to_do_first(stage, seen, told, reached):
    """Where users come from, too. Of an empty ledger nothing is said."""
    async with stage.run() as pilot:
        screen = pilot.app.screen
        for place in NAMES:
            screen.go(place)
            await reached(pilot, lambda place=place: screen.pane.id == place)
            await reached(pilot, lambda: screen.pane.has_answer)
            text = seen(pilot)

            assert "Loading" not in text, place
            assert any(word in text for word in ("No ", "Nothing", "none", "yet")), place
            assert place != "users" or "A user is listed after their first event" in text
        assert "detached" not in told(pilot)
