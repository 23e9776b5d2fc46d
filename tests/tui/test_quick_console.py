"""What makes tests of the console quick changes nothing that they see."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from textual.message_pump import MessagePump

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


async def test_remembered_styles_and_texts_are_those_that_textual_finds(stage, ask, quick, seen):
    """Twice, as the second console finds all that the first one has left; the order is turned."""
    keys = ("2", "question_mark", "escape", "T", "d", "escape", "1", "slash")
    ask.ok("POST", "/api/segments/", {"name": "Only"})
    ask.ok("POST", "/api/pim/products/", {"sku": "a", "name": "a"})
    for order in (keys, keys[::-1]):
        async with stage.run() as pilot:
            for key in order:
                await pilot.press(key)
                read = seen(pilot).split("\n")
                strips = pilot.app.screen._compositor.render_strips()
                assert read == [strip.text.rstrip() for strip in strips]
                remembered = styles_of(pilot)
                with pytest.MonkeyPatch.context() as patch:
                    quick.find_styles_anew(patch)
                    pilot.app.stylesheet.update(pilot.app.screen)
                assert styles_of(pilot) == remembered


async def test_handlers_found_once_are_those_that_textual_finds(stage, quick, monkeypatch):
    find_once, kinds = MessagePump._get_dispatch_methods, set()

    def compare(pump, method_name, message):
        found = list(find_once(pump, method_name, message))
        assert found == quick.handlers_of(pump, method_name, message)
        kinds.add((type(pump), type(message)))
        return found

    monkeypatch.setattr(MessagePump, "_get_dispatch_methods", compare)
    async with stage.run() as pilot:
        for key in ("n", "tab", "escape", "2", "colon", "down", "escape", "question_mark"):
            await pilot.press(key)
    assert len(kinds) > 200


async def test_a_key_is_done_with_when_what_it_asked_for_is_there(stage):
    """Without a pause: the requests run in threads."""
    async with stage.run() as pilot:
        await pilot.press("2")
        assert pilot.app.screen.pane.has_answer


async def test_the_clock_stands_still_at_work_and_jumps_where_there_is_none():
    loop = asyncio.get_running_loop()
    began, really = loop.time(), time.monotonic()
    await asyncio.sleep(0)
    assert loop.time() == began

    await asyncio.sleep(3600)
    assert loop.time() - began == pytest.approx(3600)  # A clock of floats may be off by one bit.
    assert time.monotonic() - really < 1800


async def test_a_thread_is_waited_for_before_a_timer_that_is_due_later(latch):
    ended = []
    working = asyncio.get_running_loop().run_in_executor(None, lambda: ended.append(latch.wait(60)))
    await asyncio.sleep(3600)  # Held up, it is waited for by nobody.
    assert not ended

    latch.set()
    await working

    async def after_a_while() -> None:
        await asyncio.sleep(1800)
        ended.append("timer")

    await asyncio.gather(
        after_a_while(), asyncio.to_thread(lambda: (time.sleep(0.05), ended.append("thread")))
    )
    assert ended == [True, "thread", "timer"]
