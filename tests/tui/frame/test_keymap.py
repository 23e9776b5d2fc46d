"""Keys and looks as a person wants them: from the config file, and by a key."""

from __future__ import annotations

import pytest

from segops_tui.config.profiles import ConsoleSettings
from segops_tui.tui.core.ui_state import UiState
from segops_tui.tui.frame.keymap import checked, every_id, normal


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ("o", "o"),
        ("?", "question_mark"),
        (",", "comma"),
        ("ctrl+f, F", "ctrl+f,F"),
        ("/ , :", "slash,colon"),
    ],
)
def test_keys_are_named_as_a_person_types_them(given, keys):
    assert normal(given) == keys


def test_an_unknown_action_is_named_with_the_nearest_known():
    keys, complaints = checked({"list.srot": "o"})

    assert keys == {}
    assert complaints == ["keys: there is no action 'list.srot'. Did you mean list.sort?"]


def test_two_actions_on_one_key_are_reported_and_ones_in_different_panes_are_not():
    _, clash = checked({"list.sort": "r"})
    _, swap = checked({"list.sort": "S", "list.reverse": "s"})
    _, apart = checked({"segments.recompute": "c"})

    assert "keys: segments.recompute and list.sort are both on r." in clash
    assert swap == []
    assert apart == []


def test_the_keys_that_ship_are_in_nobodys_way():
    """Giving everything the key it has changes nothing and clashes with nothing."""
    from segops_tui.tui.frame.app import Console
    from segops_tui.tui.panes.registry import PANES

    actions = [a for owner in (Console, *(p.load() for p in PANES)) for a in owner.ACTIONS]
    _, complaints = checked({a.id: a.key for a in actions if a.key and a.id in every_id()})

    assert complaints == []


@pytest.fixture
def three(ask) -> None:
    count = {"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}
    for name in ("Buyers", "Absent", "Crowd"):
        definition = {"logic": "AND", "conditions": [count]}
        ask.ok("POST", "/api/segments/", {"name": name, "definition": definition})


async def test_keys_theme_and_bell_of_the_config_file_are_a_person_s(
    stage, three, seen, told, reached, monkeypatch
):
    """A key works and is shown; a wrong keymap is a notice, and the console opens.

    The theme outranks what was worn last. The bell rings at the end of a job.
    """
    rung = []
    memory = UiState()
    memory.put("theme", "light")
    keys = {
        "list.filter": "f", "table.cursor_down": "n2", "nothing.at_all": "f", "list.sort": "r",
    }  # fmt: skip
    wanted = ConsoleSettings(keys=keys, theme="ansi", bell=True)
    async with stage.run(ui_state=memory, preferences=wanted) as pilot:
        assert pilot.app.theme == "segops-ansi"
        assert "there is no action 'nothing.at_all'" in told(pilot)
        assert "are both on r" in told(pilot)
        assert "Segments 3 of 3" in seen(pilot)
        assert "f Filter" in seen(pilot)
        await pilot.press("f")
        await reached(pilot, lambda: pilot.app.screen.pane.box.has_class("-filtering"))

        monkeypatch.setattr(pilot.app, "bell", lambda: rung.append(True))
        pane = pilot.app.screen.pane
        pane.perform(pane.action("segments.recompute"))
        await reached(pilot, lambda: rung)


async def test_T_goes_through_the_themes_and_the_choice_is_remembered(stage, tmp_path):
    file = tmp_path / "state" / "console.json"
    async with stage.run(ui_state=UiState(file)) as pilot:
        worn = [pilot.app.theme]
        await pilot.press("T")
        worn.append(pilot.app.theme)
    async with stage.run(ui_state=UiState(file)) as pilot:
        again = pilot.app.theme
        for _ in range(2):
            await pilot.press("T")
            worn.append(pilot.app.theme)

    assert worn == ["segops-dark", "segops-light", "segops-ansi", "segops-dark"]
    assert again == "segops-light"
