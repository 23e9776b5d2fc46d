"""The tabs of a detail in the room there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.widgets import Static, TabPane

from segops_tui.tui.panes.tab_strip import MORE, More, TabStrip, tabs_in_view

SEGMENT = [6, 9, 5, 9, 9, 10, 9, 9]
"""Rule, Members, SQL, Changes, Used by, Versions, History, Overlap, a cell at each side."""


@pytest.mark.parametrize(
    ("active", "room", "shown"),
    [
        (0, 66, range(8)),
        (0, 65, range(7)),
        (0, 41, range(5)),
        (4, 41, range(5)),
        (5, 41, range(2, 6)),
        (7, 41, range(4, 8)),
        (0, 32, range(4)),
        (3, 4, range(3, 4)),
    ],
)
def test_the_tabs_that_fit_are_shown_around_the_open_one(
    active: int, room: int, shown: range
) -> None:
    assert tabs_in_view(SEGMENT, active, room) == shown


@given(st.lists(st.integers(3, 20), min_size=1, max_size=10), st.integers(0, 9), st.integers(0, 99))
def test_the_open_tab_is_shown_and_no_title_is_cut(widths: list[int], at: int, room: int) -> None:
    active = at % len(widths)

    shown = tabs_in_view(widths, active, room)

    assert active in shown
    edges = MORE * ((shown.start > 0) + (shown.stop < len(widths)))
    assert len(shown) == 1 or sum(widths[shown.start : shown.stop]) + edges <= room


class Strip(App[None]):
    """A strip with the tabs of a segment."""

    CSS = "Tab { padding: 0 1; } Tab.-beyond { width: 0; min-width: 0; padding: 0; }"

    def compose(self) -> ComposeResult:
        with TabStrip(initial="t0"):
            for number, cells in enumerate(SEGMENT):
                with TabPane("x" * (cells - 2), id=f"t{number}"):
                    yield Static("")


async def test_the_line_is_under_the_open_tab_when_there_is_suddenly_room() -> None:
    """Also while it is on its way to where the title was."""
    async with Strip().run_test(size=(41, 10)) as pilot:
        pilot.app.query_one(TabStrip).active = "t5"
        await pilot.pause(0.4)
        line = pilot.app.query_one("Underline")
        for end, place in (("highlight_start", 4.0), ("highlight_end", 12.0)):
            line.animate(end, place, duration=0.3)

        await pilot.resize_terminal(80, 10)
        await pilot.pause(0.5)

        title = pilot.app.query_one("#tabs-list > Tab.-active")
        region = title.virtual_region.shrink(title.styles.gutter)
        assert (line.highlight_start, line.highlight_end) == region.column_span  # type: ignore[attr-defined]
        assert region.x == sum(SEGMENT[:5]) + 1


async def test_a_tab_that_was_opened_out_of_sight_is_shown_among_all_there_is_room_for() -> None:
    async with Strip().run_test(size=(80, 10)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.display = False
        await pilot.pause()
        strip.active = "t5"
        await pilot.pause()
        strip.display = True
        await pilot.pause(0.1)
        assert not strip.hides_tabs

        strip.display = False
        await pilot.resize_terminal(41, 10)
        strip.active = "t7"
        strip.display = True
        await pilot.pause(0.1)
        assert [more.count for more in strip.query(More)] == [4, 0]
