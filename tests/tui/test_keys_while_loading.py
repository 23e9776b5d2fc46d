"""Keys typed behind an action that opens something: none of them acts on the list behind it."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.dialogs.dialog import Loading
from segops_tui.tui.frame.main import MainScreen
from segops_tui.tui.panes.registry import PANES

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from segops_tui.nouns.action import Action

EVERY_RUN = ["health", "segments", "users", "activations"]
THOROUGH = [entry.name for entry in PANES if entry.name not in {*EVERY_RUN, "analytics", "jobs"}]
"""Dialogs that open at once or load what those of the other panes do.

Analytics opens nothing, and an empty list of jobs nothing that Health does not.
"""


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the actions that were started."""
    ids: list[str] = []
    perform = ActionOwner.perform

    def remember(owner: ActionOwner, action: Action) -> None:
        ids.append(action.id)
        perform(owner, action)

    monkeypatch.setattr(ActionOwner, "perform", remember)
    return ids


def letters_of(pane: Any) -> list[str]:
    """Ten letters that do something in the pane."""
    keys = [key for action in pane.ACTIONS for key in action.key.split(",")]
    return [key for key in keys if len(key) == 1 and key.isalpha()][:10]


def is_bare(pilot: Pilot[Any]) -> bool:
    """Whether the panes are in front."""
    return isinstance(pilot.app.screen, MainScreen)


async def close_all(pilot: Pilot[Any], reached: Callable[..., Any]) -> None:
    """Close whatever is open without an answer, once it is there."""

    def is_there() -> bool:
        screen = pilot.app.screen
        return not isinstance(screen, Loading) and screen.focused is not None

    while not is_bare(pilot):
        await reached(pilot, is_there)
        if not is_bare(pilot):
            pilot.app.screen.dismiss(None)
        await pilot.pause()


def may_open(action: Action, place: str) -> bool:
    """Whether an action may open a screen of its own.

    Of those that every list has, some only draw; the others are the same in each, and Health has
    no more than them.
    """
    if action.id.startswith(("list.", "pane.")):
        return place == "health" and iscoroutinefunction(action.run)
    return "editor" not in action.id


async def type_ahead(pilot: Pilot[Any], keys: list[str]) -> None:
    """Send keys faster than any of them can be answered."""
    for key in keys:
        pilot.app._driver.send_message(events.Key(key, key))  # type: ignore[union-attr]
    await pilot.pause()


@pytest.mark.parametrize("places", [EVERY_RUN, pytest.param(THOROUGH, marks=pytest.mark.thorough)])
async def test_no_other_action_is_done_while_a_dialog_loads_or_behind_what_the_frame_opens(
    shop, places, performed, reached, gated, typed
):
    """Each action is started by its key while the server answers nothing.

    The frame's open help, its search, the palette and the logs.
    """
    async with shop.run() as pilot:
        for place in places:
            pilot.app.screen.go(place)
            await reached(pilot, lambda place=place: pilot.app.screen.pane.id == place)
            await reached(pilot, lambda: pilot.app.screen.pane.has_answer)
            await each_of_the_pane(shop, pilot, place, performed, reached, gated)

        pane = pilot.app.screen.pane
        own = {action.id for action in pane.ACTIONS}
        for action in pilot.app.ACTIONS:
            if action.id in {"app.quit", "app.theme"} or pilot.app.unavailable(action):
                continue
            with gated(shop, lambda _call: True):
                performed.clear()
                await type_ahead(pilot, [action.key.split(",")[0], *letters_of(pane)])
                assert not is_bare(pilot), action.id
                assert not own & set(performed), action.id
                if action.id == "app.help":
                    await typed(pilot, "/export")
                    assert pilot.app.screen.query_one("Input").value == "export"
            await close_all(pilot, reached)


async def each_of_the_pane(stage, pilot, place, performed, reached, gated) -> None:
    pane = pilot.app.screen.pane
    opening = []
    for action in pane.ACTIONS:
        if not may_open(action, place) or pane.unavailable(action):
            continue
        with gated(stage, lambda _call: True):
            pane.table.focus()
            performed.clear()
            await pilot.press(action.key.split(",")[0])
            await reached(pilot, lambda: performed)
            is_loading = isinstance(pilot.app.screen, Loading)
            opens_nothing_yet = is_bare(pilot)
            if is_loading:
                await type_ahead(pilot, letters_of(pane))
                await pilot.press("escape")
                assert is_bare(pilot), action.id
                assert performed == [action.id]
        if opens_nothing_yet:
            await pilot.pause(0.2)
            assert is_bare(pilot), f"{action.id} holds no keys before it opens a screen"
        else:
            opening.append(action)
            await close_all(pilot, reached)
    assert opening, place
