"""Saved filters: kept by name for each pane, picked, replaced and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.tui.core.ui_state import UiState
from segops_tui.tui.dialogs.saved_filters import FilterStore

if TYPE_CHECKING:
    from pathlib import Path


def test_filters_of_two_panes_do_not_meet_and_outlast_the_console(tmp_path: Path) -> None:
    file = tmp_path / "ui.json"
    segments = FilterStore(UiState(file), "segments")
    segments.put("old", "state:stale")
    segments.put("big", "members>500")
    segments.put("old", "!state:computed")

    assert FilterStore(UiState(file), "users").all() == {}
    assert list(FilterStore(UiState(file), "segments").all().items()) == [
        ("big", "members>500"),
        ("old", "!state:computed"),
    ]

    segments.remove("old")
    segments.remove("big")
    segments.remove("never was")
    assert UiState(file).get("filters of segments") is None


def test_filters_that_two_consoles_save_are_all_kept(tmp_path: Path) -> None:
    file = tmp_path / "ui.json"
    one, other = (FilterStore(UiState(file), "segments") for _ in range(2))
    one.put("old", "state:stale")
    other.put("big", "members>500")
    assert one.all() == other.all() == {"big": "members>500", "old": "state:stale"}

    other.remove("old")
    one.put("new", "vip")
    assert other.all() == {"big": "members>500", "new": "vip"}


def test_a_broken_file_has_no_filters(tmp_path: Path) -> None:
    file = tmp_path / "ui.json"
    file.write_text('{"filters of segments": {"odd": 5, "good": "x"}, "filters of users": []}')

    assert FilterStore(UiState(file), "segments").all() == {"good": "x"}
    assert FilterStore(UiState(file), "users").all() == {}


async def test_a_filter_is_saved_picked_and_deleted(stage, ask, seen, reached):
    for name in ("Buyers", "Absent", "Crowd"):
        ask.ok("POST", "/api/segments/", {"name": name})
    async with stage.run(place="segments", size=(140, 30)) as pilot:
        await pilot.press("slash")
        assert "state:word · members>500 · !not" in seen(pilot)
        pilot.app.focused.value = "!state:stale b"
        await reached(pilot, lambda: pilot.app.screen.pane.counts() == (2, 3))

        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Filters Segments" in seen(pilot))
        pilot.app.focused.value = "fresh and big"
        await reached(pilot, lambda: "ctrl+s saves as fresh and big: !state:stale" in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Filters Segments" not in seen(pilot))

        await pilot.press("escape")
        await reached(pilot, lambda: pilot.app.screen.pane.counts() == (3, 3))
        await pilot.press("F")
        await reached(pilot, lambda: "fresh and big" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: pilot.app.screen.pane.counts() == (2, 3))

        await pilot.press("F")
        await reached(pilot, lambda: "Filters Segments" in seen(pilot))
        await pilot.press("ctrl+d")
        await reached(pilot, lambda: "fresh and big" not in seen(pilot).split("Filters")[1][:400])
        await pilot.press("escape", "question_mark")
        await reached(pilot, lambda: "Filter language" in seen(pilot) or "Keys" in seen(pilot))
