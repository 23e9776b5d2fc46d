"""What makes tests of the console quick changes nothing that they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.pilot import Pilot


def styles_of(pilot: Pilot[Any]) -> dict[Any, Any]:
    """The rules of every widget in front and of its component classes."""
    return {
        node: (
            dict(node.styles.base._rules),
            {part: dict(style.base._rules) for part, style in node._component_styles.items()},
        )
        for node in pilot.app.screen.walk_children(with_self=True)
    }


async def test_remembered_styles_are_those_that_textual_finds(shop, quick):
    """Twice, as the second console finds all that the first one has left; the order is turned."""
    keys = ("2", "question_mark", "escape", "T", "down", "d", "escape", "1", "slash", "enter")
    for order in (keys, keys[::-1]):
        async with shop.run() as pilot:
            for key in order:
                await pilot.press(key)
                remembered = styles_of(pilot)
                with quick.styles_found_anew():
                    pilot.app.stylesheet.update(pilot.app.screen)
                assert styles_of(pilot) == remembered


async def test_a_key_is_done_with_when_what_it_asked_for_is_there(shop, quick):
    """Without a pause: the requests run in threads."""
    async with shop.run() as pilot:
        await pilot.press("2")
        assert pilot.app.screen.pane.has_answer
