"""The tabs of a detail in the room there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.widgets import Static

from segops_tui.tui.panes.tab_strip import MORE, TabPage, TabStrip, tabs_in_view

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

    def compose(self) -> ComposeResult:
        with TabStrip(initial="t0"):
            for number, cells in enumerate(SEGMENT):
                with TabPage("x" * (cells - 2), id=f"t{number}"):
                    yield Static(f"content {number}")


def lines(strip: TabStrip) -> list[str]:
    """What the titles and the line under them look like."""
    return strip.bar.render().plain.splitlines()


async def test_the_line_is_under_the_open_tab_and_the_hidden_ones_are_counted() -> None:
    async with Strip().run_test(size=(41, 10)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        assert lines(strip)[0].endswith(" xxxxxxx +3›")
        strip.active = "t5"
        titles, line = lines(strip)
        assert titles.startswith("‹+2 xxx ")
        assert titles.endswith(" xxxxxxxx +2›")
        assert line == "━" * 26 + "╸" + "━" * 8 + "╺" + "━" * 5

        await pilot.resize_terminal(80, 10)

        titles, line = lines(strip)
        assert len(titles) == sum(SEGMENT)
        assert line.index("╸") == sum(SEGMENT[:5])
        assert not strip.bar.hides_tabs


async def test_a_click_goes_to_a_title_or_to_the_nearest_tab_without_room() -> None:
    async with Strip().run_test(size=(41, 10)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        for x, y, place in [(7, 0, "t1"), (16, 1, "t2"), (40, 0, "t5"), (1, 0, "t1"), (1, 0, "t0")]:
            await pilot.click(strip.bar, offset=(x, y))
            assert strip.active == place
        await pilot.hover(strip.bar, offset=(7, 0))
        assert strip.bar.hovered == 1
        await pilot.hover(strip, offset=(7, 5))
        assert strip.bar.hovered is None

        await pilot.press("left")
        assert strip.active == "t7"
        await pilot.press("right", "right")
        assert strip.active == "t1"


async def test_only_a_tab_that_is_shown_has_its_content_and_one_that_was_passed_has_none() -> None:
    async with Strip().run_test(size=(80, 10)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.turn(1)
        strip.turn(1)
        await pilot.pause()
        assert [page.id for page in strip.query(TabPage)] == ["t0", "t2"]
        assert [page.id for page in strip.query(TabPage) if page.display] == ["t2"]

        strip.turn(-2)
        await pilot.pause()
        assert [page.id for page in strip.query(TabPage) if page.display] == ["t0"]


async def test_a_tab_that_was_opened_out_of_sight_is_shown_among_all_there_is_room_for() -> None:
    async with Strip().run_test(size=(80, 10)) as pilot:
        strip = pilot.app.query_one(TabStrip)
        strip.display = False
        await pilot.pause()
        strip.active = "t5"
        await pilot.pause()
        strip.display = True
        await pilot.pause(0.1)
        assert not strip.bar.hides_tabs
        assert len(lines(strip)[0]) == sum(SEGMENT)

        strip.display = False
        await pilot.resize_terminal(41, 10)
        strip.active = "t7"
        strip.display = True
        await pilot.pause(0.1)
        assert strip.bar.hides_tabs
        assert lines(strip)[0].startswith("‹+4 ")
        assert strip.bar.in_view == range(4, 8)


async def test_without_colour_the_open_tab_is_reversed_while_the_titles_have_the_focus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with Strip(ansi_color=True).run_test(size=(80, 10)) as pilot:
        bar = pilot.app.query_one(TabStrip).bar

        def reversed_words() -> str:
            return "".join(part.text for part in bar.render_line(0) if part.style.reverse)  # type: ignore[union-attr]

        assert bar.has_focus
        assert reversed_words() == " xxxx "
        pilot.app.screen.set_focus(None)
        await pilot.pause()
        assert reversed_words() == ""
