"""One clock for every age on the screen, whether or not the server answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from segops_tui.api.errors import ConnectionFailed
from segops_tui.tui.table.columns import ColumnWidths, TableColumn

if TYPE_CHECKING:
    from textual.pilot import Pilot


def pass_time(pilot: Pilot[int], clock, **delta) -> None:
    """What the frame does every few seconds, some time later."""
    clock.advance(**delta)
    pilot.app.screen_stack[0]._age()


async def test_ages_in_a_user_s_tabs_in_a_dialog_and_behind_it_go_on_while_the_server_is_dead(
    shop, clock, seen, reached
):
    """The column grows with its ages, so that none is cropped."""
    async with shop.run(place="user/u_00066/timeline", size=(140, 36)) as pilot:
        screen = pilot.app.screen
        detail = screen.pane.detail
        await reached(pilot, lambda: detail.timeline.current is not None)
        await pilot.resize_terminal(80, 24)
        screen.go("segments")
        await reached(pilot, lambda: "9 d ago" in seen(pilot))
        pilot.app.screen.go("products")
        await reached(pilot, lambda: "Products 2,104" in seen(pilot))
        await pilot.press("I")
        await reached(pilot, lambda: "1 mo ago" in seen(pilot))
        times = [row.created_at for row in pilot.app.screen._table.loaded_rows]
        assert len(times) > 1
        assert times == sorted(times, reverse=True)
        shop.door.error = ConnectionFailed("down")

        pass_time(pilot, clock, days=290)

        await reached(pilot, lambda: re.search(r"\b1\d mo ago", seen(pilot)))
        await pilot.press("escape")
        pilot.app.screen.go("segments")
        pass_time(pilot, clock, days=1)
        await reached(pilot, lambda: "9 mo ago" in seen(pilot))

        screen.go("users")
        await pilot.resize_terminal(140, 36)
        # In the summary, and beside the event under the cursor.
        await reached(pilot, lambda: len(re.findall(r"\b(?:9|10) mo ago", seen(pilot))) >= 2)
        facts = dict(detail.profile._facts.facts)
        assert facts["Last seen"].endswith(" mo ago)")


async def test_the_clock_goes_on_behind_two_dialogs(stage, clock, seen, reached, painted):
    async with stage.run(place="schemas", size=(80, 24)) as pilot:
        await pilot.press("n")
        await reached(pilot, lambda: "New schema" in seen(pilot))
        await pilot.press("ctrl+g")
        await reached(pilot, lambda: "Keys" in seen(pilot))
        assert "12:00:00" in seen(pilot)

        clock.advance(seconds=7)
        pilot.app.screen_stack[0]._tick()

        await reached(pilot, lambda: "12:00:07" in seen(pilot))


def test_a_column_grows_with_its_ages() -> None:
    age = ["59 s ago"]
    widths = ColumnWidths([TableColumn("age", "AGE", lambda _row: age[0])])
    widths.measure([None])

    age[0] = "1 min ago"

    assert widths.measure([None])
    assert widths.natural(widths.columns[0]) == len("1 min ago")
