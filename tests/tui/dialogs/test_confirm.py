"""A question fits the screen, however long its details are."""

from __future__ import annotations

from textual.widgets import Static

from segops_tui.tui.dialogs.confirm import Confirm


def question(name: str) -> Confirm:
    return Confirm(
        "Restore version 3?",
        lines=["It is saved as a new version. Members change at the next recompute."],
        details=Static("\n".join(f"line {number}" for number in range(60))),
        profile="prod",
        yes="Restore it",
        command="segops-tui segments restore 1 3 --yes",
        typed_name=name,
    )


async def test_the_buttons_are_in_sight_below_long_details(stage):
    async with stage.run(size=(80, 24)) as pilot:
        for name in ("", "prod"):
            confirm = question(name)
            await pilot.app.push_screen(confirm)
            for size in ((80, 24), (140, 40)):
                await pilot.resize_terminal(*size)
                await pilot.pause(0.05)
                box, buttons = confirm.query_one(".dialog"), confirm.query_one(".buttons")
                assert box.content_region.contains_region(buttons.region), (name, size)
                assert confirm.query_one("VerticalScroll").size.height >= 3
            await pilot.press("escape")
