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

FETCH_NOTHING = {"product-segments", "schemas", "competitors", "webhooks"}
"""Their dialogs open at once."""
PLACES = [
    pytest.param(entry.name, marks=pytest.mark.thorough)
    if entry.name in FETCH_NOTHING
    else entry.name
    for entry in PANES
    if entry.name not in {"analytics", "jobs"}
]
"""Analytics opens nothing, and an empty list of jobs nothing that Health does not."""


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


@pytest.mark.parametrize("place", PLACES)
async def test_no_other_action_is_done_while_a_dialog_loads(shop, place, performed, reached, gated):
    """Each action is started by its key while the server answers nothing."""
    async with shop.run(place=place) as pilot:
        pane = pilot.app.screen.pane
        opening = []
        for action in pane.ACTIONS:
            if not may_open(action, place) or pane.unavailable(action):
                continue
            with gated(shop, lambda _call: True):
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
        assert opening


async def test_keys_typed_behind_what_the_frame_opens_reach_it_and_not_the_list(
    shop, performed, reached, gated, typed
):
    """Help, its search, the palette, the logs; the server answers nothing meanwhile."""
    async with shop.run() as pilot:
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
