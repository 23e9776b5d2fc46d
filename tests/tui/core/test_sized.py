"""Widgets that hear of every size they are given, and have the one they need."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.app import App
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.widgets import Static

from segops_tui.tui.core.sized import Sized
from segops_tui.tui.widgets.plain_text import PlainText


class Room(Static, Sized):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__("here")
        self.sizes: list[Size] = []

    def fit_size(self) -> None:
        self.sizes.append(self.outer_size)


class House(App[None]):
    """A place for it, and a widget that is out of sight."""

    CSS = "VerticalScroll { height: 4; }"

    def compose(self):
        with VerticalScroll():
            yield Static("a line\n" * 30)
            yield Static("the last", id="below")
        yield Vertical(id="place")


@pytest.mark.usefixtures("painted")
async def test_a_size_is_told_once_also_where_textual_sends_no_resize():
    """A widget that changes out of sight makes Textual look for places in a new map.

    `mount` asks for one before the layout, and the layout finds nothing new then.
    """
    async with House().run_test(size=(40, 10)) as pilot:
        house = pilot.app
        house.query_one("#below").refresh()
        await pilot.pause(0.1)
        room = Room()
        await house.query_one("#place").mount(room)
        await pilot.pause(0.1)
        assert room.sizes == [Size(40, 1)]

        await pilot.resize_terminal(30, 10)
        await pilot.pause(0.1)
        assert room.sizes == [Size(40, 1), Size(30, 1)]

        room.refresh(layout=True)
        await pilot.pause(0.1)
        assert len(room.sizes) == 2


class Late(PlainText):
    """A text that changes at a click before a layout and after it, and is not idle between."""

    async def on_click(self, _event: events.Click) -> None:
        self.update("loading …")
        below = Static("below")
        self.parent.mount(below)
        while not below.size:
            await asyncio.sleep(0.01)
        self.update("one\ntwo\nthree")


class Page(App[None]):
    """A text that scrolls."""

    def compose(self):
        with VerticalScroll():
            yield Late("click")


@pytest.mark.usefixtures("painted")
async def test_a_text_has_room_for_its_last_lines_also_if_a_layout_came_between_two_changes():
    async with Page().run_test(size=(40, 10)) as pilot:
        text = pilot.app.query_one(Late)

        await pilot.click(Late)
        await pilot.pause(0.1)

        assert text.size == Size(40, 3)
