"""The Health pane: an alert is seen first, understood, and one key away from where it is mended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from segops_tui.api.errors import ConnectionFailed
from segops_tui.tui.frame.bars import PaneBar, SidebarEntry
from segops_tui.tui.health.pane import RETRY_EVERY

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from segops_tui.tui.health.pane import HealthPane

GONE = ConnectionFailed("No route to host.", method="GET", url="https://api.example.com/api/x")


def pane_of(pilot: Pilot[Any]) -> HealthPane:
    return pilot.app.screen.pane  # type: ignore[attr-defined,no-any-return]


def is_checked(pilot: Pilot[Any]) -> bool:
    pane = pane_of(pilot)
    return pane.has_answer and not pane.source.pending


async def test_an_alert_is_the_first_line_and_enter_goes_where_it_is_mended(
    shop, seen, reached, gated, monkeypatch
):
    """The cursor stays on the first finding until it is moved.

    At 80 columns too: what, why, where, in one key; `<` comes back to the same line.
    The detail has the remedy, and `Y` copies its command.

    A server that dies adds a finding and takes none away. What an earlier check found or could not
    read ends with its last candidate: where no segment was changed after its compute, there are no
    versions to read.
    """
    shop.open_client()
    console = shop.console(place="health")
    with gated(shop, lambda call: "activations" in call):
        async with console.run_test(size=(80, 24), notifications=True) as pilot:
            await reached(pilot, lambda: getattr(console.screen, "pane", None) is not None)
            await reached(pilot, lambda: "activations" in [*pane_of(pilot).source.pending])
            await reached(pilot, lambda: len(pane_of(pilot).rows) > 3)
            await pilot.press("down", "down")
            chosen = pane_of(pilot).row.id
            shop.door.gate.set()
            await reached(pilot, lambda: is_checked(pilot))
            assert pane_of(pilot).rows[0].check == "sync"
            assert pane_of(pilot).row.id == chosen

            pane_of(pilot).table.cursor_row = 0
            await reached(pilot, lambda: "The key is refused" in seen(pilot))
            screen = seen(pilot)
            first = screen.splitlines()[4]
            assert "✗ error    Talon.One stopped receiving Lapsed VIPs" in first
            assert "enter goes there" in screen
            assert re.search(r"7\w*✗", screen.splitlines()[1])

            await pilot.press("enter")
            await reached(pilot, lambda: "HTTP 401, the API key is not valid." in seen(pilot))
            assert pilot.app.screen.place == "activations"

            await pilot.press("less_than_sign")
            await reached(pilot, lambda: pilot.app.screen.place == "health")
            assert pane_of(pilot).row.what == "Talon.One stopped receiving Lapsed VIPs"

            await pilot.resize_terminal(140, 40)
            await reached(pilot, lambda: "Give the connector a new key" in seen(pilot))
            assert "The build of Inflatable kayaks with sails failed" in seen(pilot)
            await pilot.press("Y")
            await reached(pilot, lambda: "Copied" in seen(pilot))
            assert pilot.app.clipboard == "segops-tui activations update 3 --set config.api_key=…"

            changed = "The rule of Lapsed VIPs changed"
            await reached(pilot, lambda: is_checked(pilot) and changed in seen(pilot))
            before = {row.what for row in pane_of(pilot).rows}
            shop.door.error = GONE
            await pilot.press("ctrl+r")
            await reached(pilot, lambda: "could not be read" in seen(pilot))
            await reached(pilot, lambda: is_checked(pilot))

            rows = pane_of(pilot).rows
            assert len(rows) == len(before) + 1
            assert rows[0].why == "Cannot reach the server: No route to host."
            assert "○ offline" in seen(pilot)
            assert pane_of(pilot).refresh_every == RETRY_EVERY

            shop.door.error = None
            monkeypatch.setattr(
                "segops_tui.tui.health.source.edited_segments", lambda _readings: []
            )
            await pilot.press("ctrl+r")
            await reached(pilot, lambda: changed not in seen(pilot))
            await reached(pilot, lambda: is_checked(pilot))
            assert "could not be read" not in seen(pilot)
            others = {what for what in before if changed not in what}
            assert others <= {row.what for row in pane_of(pilot).rows}


async def test_nothing_is_well_before_all_is_read_and_the_remedy_of_a_dead_server_is_a_key_away(
    stage, seen, reached, gated
):
    """Parts are shown as they are read.

    A dead server is about no object, so enter opens the finding itself where there is no detail.
    """
    stage.open_client()
    console = stage.console(place="health")
    with gated(stage, lambda call: "usage" in call):
        async with console.run_test(size=(100, 30)) as pilot:
            await reached(pilot, lambda: "Nothing wrong so far; reading usage …" in seen(pilot))
            assert "All well" not in seen(pilot)
            stage.door.gate.set()
            await reached(pilot, lambda: "All well" in seen(pilot))

            stage.door.error = GONE
            await pilot.press("ctrl+r")
            await reached(pilot, lambda: "enter shows the remedy" in seen(pilot))
            await reached(pilot, lambda: is_checked(pilot))
            assert "No route to host. · enter shows the remedy ─╯" in seen(pilot)
            await pilot.press("enter")
            await reached(pilot, lambda: "Is the network up?" in seen(pilot))
            assert "esc back to the list" in seen(pilot)


def test_the_sidebar_marks_errors_and_else_warnings() -> None:
    bar = PaneBar([SidebarEntry("health", "H", "Health"), SidebarEntry("pages", "4", "Pages")])
    bar.set_reactive(PaneBar.alerts, {"pages": (1, 2), "segments": (0, 3)})
    health, pages = bar._entries
    assert bar._mark(health) == ("✗1 ", "$error")
    assert bar._mark(pages) == ("✗1 ", "$error")
    bar.set_reactive(PaneBar.alerts, {"pages": (0, 2)})
    assert bar._mark(pages) == ("!2 ", "$warning")
    bar.set_reactive(PaneBar.alerts, {})
    assert bar._mark(pages) == ("", "")
