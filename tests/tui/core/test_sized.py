"""Widgets that hear of every size they are given."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.widgets import Static

from segops_tui.tui.core.sized import Sized


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
