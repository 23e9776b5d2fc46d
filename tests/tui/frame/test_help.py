"""Help: every key that works where the focus is, and why another does not."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from segops_tui.config.profiles import ConsoleSettings as Preferences
from segops_tui.tui.frame.help import HelpScreen

EMPTY = {"logic": "AND", "conditions": []}


@pytest.fixture
def one(ask) -> None:
    ask.ok("POST", "/api/segments/", {"name": "Only", "definition": EMPTY})


async def test_a_key_is_found_by_a_word_and_a_question_the_log_and_a_form_have_help_too(
    stage, one, seen, reached
):
    """`esc` shows all again, and once more closes. At 80 columns stand under each other.

    In a filter the letters say that they are typed. A form has help on a key that is no letter:
    `?` is typed there.
    """
    async with stage.run(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        rows = [row for row in pilot.app.screen._rows if row.group == "Segments"]
        lines = seen(pilot).splitlines()
        starts = {
            line.index(row.text[:12])
            for row in rows
            for line in lines
            if row.available and row.title in line and row.text[:12] in line
        }
        assert len(starts) == 1
        assert all(len(line) <= 80 for line in lines)

        await pilot.resize_terminal(120, 36)
        await pilot.press("slash")
        box = pilot.app.screen.query_one(Input)
        box.value = "invert"
        await reached(pilot, lambda: "Show only the rows with" not in seen(pilot))
        assert "Mark what is unmarked" in seen(pilot)

        await pilot.press("x", "x")
        await reached(pilot, lambda: "No matching keys." in seen(pilot))

        await pilot.press("escape")
        await reached(pilot, lambda: "Show only the rows with" in seen(pilot))
        await pilot.press("escape")
        assert not isinstance(pilot.app.screen, HelpScreen)

        await pilot.resize_terminal(120, 60)
        await pilot.press("d")
        await reached(pilot, lambda: "No, leave it" in seen(pilot))
        await pilot.press("ctrl+g")
        await reached(pilot, lambda: "Copy what Yes will run." in seen(pilot))
        await pilot.press("escape", "escape")

        await pilot.press("L", "ctrl+g")
        await reached(pilot, lambda: "As curl, without the key." in seen(pilot))
        await pilot.press("escape", "escape")

        await pilot.press("slash", "ctrl+g")
        await reached(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        assert "Not available: the field takes this key as text" in seen(pilot)
        await pilot.press("escape", "escape")

        pilot.app.screen.go("competitors")
        await reached(pilot, lambda: pilot.app.screen.pane.id == "competitors")
        await pilot.press("n")
        await reached(pilot, lambda: "copy command" in seen(pilot))
        await pilot.press("question_mark")
        assert not isinstance(pilot.app.screen, HelpScreen)

        await pilot.press("ctrl+g")
        await reached(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        assert "Check it and send it." in seen(pilot)
        assert "shift+tab for the previous one" in seen(pilot)

        await pilot.press("escape")
        await pilot.pause()
        assert "copy command" in seen(pilot)


async def test_help_tells_the_keys_of_the_focus_and_why_one_does_not_work(stage, one, seen):
    """A disabled key is listed with its reason, and so is what is wrong in the config file."""
    wanted = Preferences(keys={"segments.recompte": "f", "app.help": "K"})
    async with stage.run(preferences=wanted, size=(120, 80)) as pilot:
        await pilot.press("K")
        text = seen(pilot)
        assert "no action 'segments.recompte'. Did you mean segments.recompute?" in text
        assert "Recompute" in text
        assert "Not available: It was never computed" in text
        assert "Half page down" in text

        await pilot.press("escape")
        assert pilot.app.screen.pane.table.has_focus
