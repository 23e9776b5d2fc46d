"""Keys typed behind an action that opens something: none of them acts on the list behind it."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.dialogs.dialog import Loading
from segops_tui.tui.frame.main import MainScreen
from segops_tui.tui.panes.registry import PANES

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from segops_tui.nouns.action import Action


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


def may_open(action: Action) -> bool:
    """Whether an action may open a screen: not one that every list has and that only draws."""
    draws = not iscoroutinefunction(action.run) and action.id.startswith(("list.", "pane."))
    return not draws and "editor" not in action.id


async def opens_something(pilot: Pilot[Any], action: Action) -> bool:
    """Start an action while the server answers at once, and see whether a screen opens."""
    pilot.app.screen.pane.perform(action)
    for _ in range(20):
        await pilot.pause(0.01)
        if not is_bare(pilot) and not isinstance(pilot.app.screen, Loading):
            return True
    return False


@pytest.mark.parametrize("place", [entry.name for entry in PANES if entry.name != "analytics"])
async def test_no_other_action_is_done_while_a_dialog_loads(shop, place, performed, reached, gated):
    async with shop.run(place=place) as pilot:
        pane = pilot.app.screen.pane
        opening = []
        for action in pane.ACTIONS:
            if may_open(action) and not pane.unavailable(action):
                if await opens_something(pilot, action):
                    opening.append(action)
                await close_all(pilot, reached)
        assert opening

        for action in opening:
            if pane.unavailable(action):
                continue
            with gated(shop, lambda _call: True):
                pane.table.focus()
                await pilot.pause()
                performed.clear()
                await pilot.press(action.key.split(",")[0])
                await reached(pilot, lambda: performed)
                await pilot.pause()
                if not is_bare(pilot) and not isinstance(pilot.app.screen, Loading):
                    await close_all(pilot, reached)
                    continue
                for key in letters_of(pane):
                    await pilot.press(key)
                assert performed == [action.id]
            await close_all(pilot, reached)


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
                await pilot.press(action.key.split(",")[0], *letters_of(pane))
                await pilot.pause()
                assert not is_bare(pilot), action.id
                assert not own & set(performed), action.id
                if action.id == "app.help":
                    await typed(pilot, "/export")
                    assert pilot.app.screen.query_one("Input").value == "export"
            await close_all(pilot, reached)
