"""Notices that are shown in passing: all of each can be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.widgets import Button
from textual.widgets._toast import Toast

import segops_tui.tui

if TYPE_CHECKING:
    from textual.pilot import Pilot

STYLES = Path(segops_tui.tui.__file__).parent / "styles" / "console.tcss"
KEY = "sk_test_0123456789abcdef"
FAILURE = (
    "No connection to the server: Cannot reach http://127.0.0.1:9: Connection refused"
    " (POST http://127.0.0.1:9/api/v1/segments/4/recompute/)\n"
    "Is the address right and the server up? Press the same key to try again."
)


class _Styled(App[None]):
    """Nothing but the console's style sheet, and what is notified."""

    CSS_PATH = STYLES


def _read(pilot: Pilot[Any]) -> str:
    """The words of the notice on the screen, without the spaces between them."""
    place = pilot.app.screen.query_one(Toast).content_region
    lines = (strip.text for strip in pilot.app.screen._compositor.render_strips())
    return "".join("".join(line[place.x : place.right] for line in lines if "▌" in line).split())


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.thorough)])
async def test_a_notice_is_whole_at_every_width(step):
    async with _Styled().run_test(size=(80, 24), notifications=True) as pilot:
        pilot.app.notify(FAILURE, title="Not recomputed", severity="error", timeout=600)
        said = "".join(f"Not recomputed{FAILURE}".split())
        cut = []
        for width in range(60, 201, step):
            await pilot.resize_terminal(width, 24)
            if _read(pilot) != said:
                cut.append(width)

    assert cut == []


async def test_a_notice_lies_over_no_answer_and_a_long_one_keeps_its_title_and_its_remedy(
    stage, ask, reached
):
    ask.ok("POST", "/api/segments/", {"name": "Only"})
    server = "segment_id: " + "No such value. " * 200
    async with stage.run(size=(80, 24), notices=True) as pilot:
        pilot.app.notify(f"{server}\nCorrect the rule.", title="T" * 80, markup=False)
        await pilot.pause()
        read = _read(pilot)
        assert read.startswith("T" * 80 + "segment_id:Nosuch")
        assert read.endswith("…Correcttherule.!showsallofit.")
        await pilot.press("exclamation_mark", "escape")
        pilot.app.clear_notifications()

        await pilot.press("d")
        await reached(pilot, lambda: pilot.app.screen.query(Button))
        pilot.app.notify(FAILURE, title="Not recomputed", severity="error", timeout=600)
        await reached(pilot, lambda: pilot.app.screen.query(Toast))
        notice = pilot.app.screen.query_one(Toast).region
        assert notice
        assert not any(button.region.overlaps(notice) for button in pilot.app.screen.query(Button))


async def test_a_key_is_in_no_notice(stage, ask, told):
    async with stage.run() as pilot:
        pilot.app.notify(f"Refused: {KEY}", title=f"With {KEY}", markup=False)

        assert "With sk_test_" in told(pilot)
        assert KEY not in told(pilot)
