"""The tab Members: traits as columns, asked for the rows in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.widgets import Input

from segops_tui.tui.core.ui_state import UiState
from segops_tui.tui.dialogs.column_chooser import ColumnChooser
from segops_tui.tui.dialogs.path_form import PathForm

if TYPE_CHECKING:
    from conftest import Asker

KEY = "columns of members in sandbox"
BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}


@pytest.fixture
def many(ask: Asker) -> None:
    """A segment of 60 members, each with an email; the first one's city is hostile."""
    told: list[Any] = []
    for number in range(60):
        traits: dict[str, Any] = {"email": f"{number}@example.com"}
        if number == 0:
            traits["city"] = "[red]Os\x1b[31mlo"
        user = f"user{number:04}"
        told += [(user, "order_placed"), (user, "context_identified", {"payload": traits})]
    ask.track(*told)
    rule = {"logic": "AND", "conditions": [BOUGHT]}
    ask.ok("POST", "/api/segments/", {"name": "Many", "definition": rule})
    ask.ok("POST", "/api/segments/1/compute/")
    ask.sandbox.settle()


def asked(stage: Any) -> list[str]:
    return [call for call in stage.door.asked if call.startswith("GET /explorer/users/user")]


async def test_traits_are_columns_asked_for_the_rows_in_sight_only_and_again_if_they_fail(
    stage, many, reached, seen, tmp_path
):
    """The chooser offers what users have; a wheel brings other rows, and their traits.

    A cell has … until its user is known; ctrl+r asks again for those that failed. Columns
    that were chosen before are there from the start.
    """
    state = UiState()
    state.put(KEY, ["user_id"])
    async with stage.run(size=(140, 40), ui_state=state) as pilot:
        await pilot.press("right_square_bracket", "enter")
        await reached(pilot, lambda: "user0000" in seen(pilot))
        assert "COMPUTED" not in seen(pilot)
        assert asked(stage) == []

        assert "| Columns" in seen(pilot).splitlines()[-1]
        await pilot.press("vertical_line")
        await reached(pilot, lambda: isinstance(pilot.app.screen, ColumnChooser))
        await pilot.press("down", "down", "space", "down", "space", "enter")
        await reached(pilot, lambda: "25@example.com" in seen(pilot))
        assert "CITY" in seen(pilot)
        assert "[red]Os" in seen(pilot), seen(pilot)
        assert "\x1b" not in seen(pilot)
        assert state.get(KEY) == ["user_id", "traits.city", "traits.email"]
        table = pilot.app.screen.pane.detail.members.table
        assert len(asked(stage)) == len(set(asked(stage))) == table.body_height
        log = pilot.app.workspace.log.entries[-1].command
        assert log == "segops-tui segments members 1 --traits city,email"

        table.post_message(
            events.MouseScrollDown(
                table, 5, 5, 0, 1, 0, shift=False, meta=False, ctrl=False, screen_x=90, screen_y=20
            )
        )
        await reached(pilot, lambda: table.scroll_offset.y > 0)
        await reached(pilot, lambda: f"{table.body_height}@example.com" in seen(pilot))
        moved = table.scroll_offset.y
        await reached(pilot, lambda: len(asked(stage)) == table.body_height + moved)

        to = tmp_path / "members.csv"
        await pilot.press("x")
        await reached(pilot, lambda: isinstance(pilot.app.screen, PathForm))
        assert "with city and email" in seen(pilot)
        pilot.app.screen.query_one(Input).value = str(to)
        await pilot.press("enter")
        await reached(pilot, to.exists)
        assert to.read_text().splitlines()[3] == ("user0002,2026-06-01T12:00:00Z,,2@example.com")
        log = pilot.app.workspace.log.entries[-1].command
        assert log == f"segops-tui segments export 1 --to {to} --traits city,email"

        stage.door.status = 500
        await pilot.press("end")
        await reached(pilot, lambda: "✗ failed" in seen(pilot))
        assert "could not be read; ctrl+r" in " ".join(seen(pilot).split())

        stage.door.status = None
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "59@example.com" in seen(pilot))

        assert "failed" not in seen(pilot)
        assert "could not be read" not in seen(pilot)


async def test_traits_that_come_while_their_row_is_out_of_sight_are_there_when_it_is_back(
    stage, many, reached, seen, gated
):
    state = UiState()
    state.put(KEY, ["user_id", "traits.email"])
    async with stage.run(size=(140, 40), ui_state=state) as pilot:
        await pilot.press("right_square_bracket", "enter")
        await reached(pilot, lambda: "0@example.com" in seen(pilot))
        members = pilot.app.screen.pane.detail.members
        table, traits = members.table, members.traits.traits
        with gated(stage, lambda call: "users/user0059" in call):
            await pilot.press("end")
            above = [f"user{number:04}" for number in range(60 - table.body_height, 59)]
            await reached(pilot, lambda: all(map(traits, above)))
            assert "58@example.com" in seen(pilot)
            assert "59@example.com" not in seen(pilot)
            bottom = table.scroll_offset.y
            table.scroll_to(y=0, animate=False, force=True, immediate=True)
        await reached(pilot, lambda: traits("user0059"))

        table.scroll_to(y=bottom, animate=False, force=True, immediate=True)
        await pilot.pause()

        assert "59@example.com" in seen(pilot)
