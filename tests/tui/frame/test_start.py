"""What a start of the console costs, as counts: a clock would tell of the machine."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen

from segops_tui.tui.frame.app import Console
from segops_tui.tui.frame.bars import PaneBar
from segops_tui.tui.panes.tab_strip import TabPage

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, styles_found_anew: None) -> Counter[str]:
    """How often styles were matched, places were computed and the focus was moved."""
    counts: Counter[str] = Counter()

    def count(owner: type, name: str) -> None:
        original: Callable[..., object] = getattr(owner, name)

        def counting(self, *given, **named):
            counts[name] += 1
            return original(self, *given, **named)

        monkeypatch.setattr(owner, name, counting)

    count(Stylesheet, "apply")
    count(Stylesheet, "reparse")
    count(Screen, "_refresh_layout")
    count(Screen, "set_focus")
    return counts


async def test_a_start_matches_styles_less_than_five_times_a_widget(shop, counted):
    """Each class set after mounting matches every rule again, for all widgets below it."""
    async with shop.run() as pilot:
        counts = counted.copy()
        widgets = len(list(pilot.app.screen.walk_children()))
        assert widgets <= 24
        assert counts["apply"] <= 5 * widgets
        assert counts["_refresh_layout"] <= 8
        assert counts["set_focus"] == 1
        assert not counts["reparse"], "the style sheets are read once, for the theme that is shown"
        assert len(pilot.app.screen_stack) == 1


async def test_a_tab_has_its_content_when_it_is_shown(stage, ask, reached):
    ask.ok("POST", "/api/segments/", {"name": "Only"})
    async with stage.run() as pilot:
        tabs = pilot.app.screen.pane.detail.tabs
        assert [page.id for page in tabs.query(TabPage)] == ["rule"]
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: tabs.active_page.is_mounted)
        assert [page.id for page in tabs.query(TabPage)] == ["rule", "members"]
        assert tabs.active_page.children


@pytest.mark.usefixtures("painted")
async def test_nothing_is_opened_before_the_frame_is_painted(stage, monkeypatch, reached):
    """A workspace that opens at once would have its pane loaded first, and the paint wait."""
    order: list[str] = []
    display = App._display

    def displaying(app, screen, renderable):
        display(app, screen, renderable)
        if not app._batch_count and screen.query(PaneBar):
            order.append("painted")

    monkeypatch.setattr(App, "_display", displaying)
    monkeypatch.setattr(Console, "open_workspace", lambda _app: order.append("opened"))
    console = stage.console()
    async with console.run_test(size=(100, 30)) as pilot:
        await reached(pilot, lambda: "opened" in order)

    assert order[0] == "painted"
