"""Themes: the terminal's own colours, and none at all."""

from __future__ import annotations

import pytest
from textual.filter import Monochrome, NoColor

from segops_tui.config.profiles import ConsoleSettings as Preferences

EMPTY = {"logic": "AND", "conditions": []}


@pytest.fixture
def one(ask) -> None:
    ask.ok("POST", "/api/segments/", {"name": "Only", "definition": EMPTY})


def colours(console) -> set[str]:
    """Every colour that would be sent to the terminal."""
    strips = console.screen._compositor.render_strips()
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    found = {style.color for style in styles} | {style.bgcolor for style in styles}
    return {colour.name for colour in found if colour is not None}


def are_grey(console) -> None:
    assert [f for f in console.get_line_filters() if isinstance(f, Monochrome)]
    for name in colours(console) - {"default"}:
        assert name[1:3] == name[3:5] == name[5:7], name


async def test_the_theme_of_the_terminal_sends_its_sixteen_colours_alone(stage, one, seen):
    async with stage.run(preferences=Preferences(theme="ansi")) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Segments" in seen(pilot)

        assert not {name for name in colours(pilot.app) if name.startswith("#")}


async def test_without_colour_a_state_is_a_word_and_a_symbol_and_every_theme_is_grey(
    shop, monkeypatch, seen
):
    """That of the terminal sends no colour: greys of the terminal's own would all be black."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with shop.run() as pilot:
        await pilot.press("space")
        text = seen(pilot)

        for words in ("○ draft", "● computed", "◍ stale", "● live", "1 marked"):
            assert words in text
        are_grey(pilot.app)
        svg = pilot.app.export_screenshot()
        await pilot.press("T")
        assert pilot.app.theme == "segops-light"
        are_grey(pilot.app)
        await pilot.press("T")
        assert pilot.app.theme == "segops-ansi"
        assert colours(pilot.app) <= {"default"}
        assert [f for f in pilot.app.get_line_filters() if isinstance(f, NoColor)]
    frame = "#c5c8c6"
    fills = {svg[at + 6 : at + 13] for at in range(len(svg)) if svg.startswith("fill: #", at)}
    assert all(c[1:3] == c[3:5] == c[5:7] for c in fills - {frame}), fills
