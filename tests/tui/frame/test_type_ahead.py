"""Keys typed faster than the screen follows: each is for whatever the one before it opened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.widget import Widget
from textual.widgets import Input

from segops_tui.tui.core.type_ahead import TypeAhead
from segops_tui.tui.dialogs.dialog import Loading
from segops_tui.tui.frame.help import HelpScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.pilot import Pilot

NAMES = {"/": "slash", "?": "question_mark", "\x1b": "escape"}


def type_at_once(pilot: Pilot[Any], text: str) -> None:
    """Put all keys into the app's queue, as a terminal does with what was typed ahead."""
    for character in text:
        pilot.app.post_message(events.Key(NAMES.get(character, character), character))


@pytest.fixture
def three(ask: Any) -> None:
    """Three segments."""
    for name in ("Buyers", "Absent", "Crowd"):
        ask.ok("POST", "/api/segments/", {"name": name})


def shown(pilot: Pilot[Any]) -> list[str]:
    pane: Any = getattr(pilot.app.screen, "pane", None)
    return [] if pane is None else [segment.name for segment in pane.shown()]


async def test_words_typed_with_the_key_that_opens_the_filter_are_in_it_and_answer_no_question(
    stage, three, reached, gated, seen
):
    """So is what is pasted right after it, and what is typed into the search of the help.

    Keys go to the screen that was opened, and then back again: `?` opens the help, escape closes
    it, `/` is the table's again. A question is not answered by what was typed before it was shown,
    neither behind the key itself, nor while what uses the object is still being read.
    """
    async with stage.run() as pilot:
        type_at_once(pilot, "/crowd")
        await reached(pilot, lambda: getattr(pilot.app.focused, "value", "") == "crowd")
        await reached(pilot, lambda: shown(pilot) == ["Crowd"])

        await pilot.press("escape")
        await reached(pilot, lambda: len(shown(pilot)) == 3)
        type_at_once(pilot, "/")
        pilot.app.post_message(events.Paste("buy"))
        await reached(pilot, lambda: shown(pilot) == ["Buyers"])

        await pilot.press("escape")
        await reached(pilot, lambda: len(shown(pilot)) == 3)
        type_at_once(pilot, "?\x1b/ab")
        await reached(pilot, lambda: shown(pilot) == ["Absent"])
        assert not any(isinstance(screen, HelpScreen) for screen in pilot.app.screen_stack)

        await pilot.press("escape")
        type_at_once(pilot, "?/refresh")
        await reached(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await reached(pilot, lambda: pilot.app.screen.query_one(Input).value == "refresh")
        await pilot.press("escape", "escape")

        type_at_once(pilot, "dyy")
        await reached(pilot, lambda: "Delete 1 segment?" in seen(pilot))
        await pilot.press("escape")
        assert len(shown(pilot)) == 3

        with gated(stage, lambda call: "/activations/" in call):
            await pilot.press("d")
            await reached(pilot, lambda: isinstance(pilot.app.screen, Loading))
            await pilot.press("b", "y", "y")
        await reached(pilot, lambda: "Delete 1 segment?" in seen(pilot))
        assert not any(call.startswith("DELETE") for call in stage.door.asked)

        await pilot.press("y")
        await reached(pilot, lambda: len(shown(pilot)) == 2)


async def test_what_is_typed_behind_a_key_that_was_refused_acts_on_nothing(
    stage, reached, told, monkeypatch
):
    """It was meant for a form; `p` would open the profiles, and `q` ask to quit."""
    monkeypatch.setattr(TypeAhead, "typing_pause", 600.0)
    async with stage.run() as pilot:
        for key in ("e", "l", "a", "p", "q"):
            await pilot.press(key)
        assert told(pilot).count("not available") == 1
        assert len(pilot.app.screen_stack) == 1

        monkeypatch.setattr(TypeAhead, "typing_pause", 0.0)
        await pilot.press("question_mark")
        await reached(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))


class Stuck(Widget, can_focus=True):
    """Hands the focus on, and does not come back from its key before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()

    async def key_x(self) -> None:
        self.app.query_one(Input).focus()
        await self.let_go.wait()


class Two(TypeAhead):
    """A widget that is stuck at `x`, and a field that is not."""

    key_timeout = 0.1

    def compose(self) -> ComposeResult:
        """Both."""
        yield Stuck()
        yield Input()


async def test_a_key_that_hangs_does_not_freeze_the_keyboard():
    app = Two()

    async with app.run_test() as pilot:
        type_at_once(pilot, "xyz")
        # Not `reached`: a pause of the pilot waits for every widget, the stuck one too.
        async with asyncio.timeout(60):
            while app.query_one(Input).value != "yz":
                await asyncio.sleep(0.01)
        app.query_one(Stuck).let_go.set()
