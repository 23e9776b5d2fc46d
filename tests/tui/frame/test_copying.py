"""Copying to another profile: the plan first, and nothing is written where it is not allowed."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input

from segops_tui.api.errors import AuthenticationFailed
from segops_tui.tui.dialogs.chooser import Chooser
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.panes.copying import LEFT_BEHIND
from segops_tui.tui.panes.registry import PANES


def changed(stage: Any) -> list[str]:
    """What was sent to a workspace that changes it."""
    reads = ("GET", "POST /segments/preview/")
    return [call for call in stage.door.asked if not call.startswith(reads)]


def test_every_pane_that_copies_says_what_stays_behind():
    kinds = {
        action.id.removesuffix(".copy_to").replace("_", "-")
        for entry in PANES
        for action in entry.load().ACTIONS
        if action.id.endswith(".copy_to")
    }

    assert kinds == set(LEFT_BEHIND)
    assert {"segments", "product-segments", "schemas", "queries", "competitors"} == kinds


@pytest.fixture
def choose(reached):
    """Press C, and choose a profile."""

    async def choosing(pilot: Any, name: str) -> None:
        await pilot.press("C")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Chooser))
        pilot.app.screen.query_one(Input).value = name
        await pilot.press("enter")

    return choosing


async def test_another_workspace_is_written_to_only_once_its_plan_was_seen_and_its_name_typed(
    world, ask, choose, reached, seen, told
):
    """No leaves it as it was and closes it. What cannot be opened is told.

    A read-only profile is refused before anything is read. Where the other workspace has no segment
    that a rule refers to, both are in the plan. The job runs beside, and the workspace is closed
    and locked.
    """
    inside = {"type": "segment_membership", "segment_id": 1, "operator": "in"}
    rule = {"logic": "AND", "conditions": [inside]}
    ask.ok("POST", "/api/segments/", {"name": "Inner harbour", "definition": rule})

    def refuse(_profile: Any) -> None:
        raise AuthenticationFailed("Invalid API key.", status=401)

    async with world.run() as pilot:
        await choose(pilot, "prod")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("escape")
        await reached(pilot, lambda: world.closed == ["prod"])
        assert changed(world.prod) == []

        await choose(pilot, "audit")
        await reached(pilot, lambda: "read-only: audit is guarded" in told(pilot))
        assert world.prod.door.asked == []
        await reached(pilot, lambda: world.closed == ["prod", "audit"])

        world.before_opening, opens = refuse, world.before_opening
        await choose(pilot, "prod")
        await reached(pilot, lambda: "Not copied" in told(pilot))
        assert len(pilot.app.open_workspaces.workspaces) == 1

        world.before_opening = opens
        await pilot.press("down")
        await choose(pilot, "prod")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Confirm))

        assert "+ segment Harbour regulars" in seen(pilot)
        assert "2 to create: Harbour regulars and Inner harbour." in seen(pilot)
        assert "--with-references" in seen(pilot)
        await pilot.press("escape")
        await reached(pilot, lambda: world.closed == ["prod", "audit", "prod"])

        await pilot.press("up")
        await choose(pilot, "prod")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "+ segment Harbour regulars" in seen(pilot)
        assert "1 to create" in seen(pilot)
        assert "--profile staging --to prod" in seen(pilot)
        assert pilot.app.screen.query_one("#yes").disabled
        pilot.app.screen.query_one(Input).value = "prod"
        await pilot.press("enter")
        await reached(pilot, lambda: "created (segment 2)" in told(pilot))

        assert "p switches to prod" in told(pilot)
        assert changed(world.prod) == ["POST /segments/"]
        assert changed(world.staging) == []
        await reached(pilot, lambda: world.closed[3:] == ["prod"])
        assert len(pilot.app.open_workspaces.workspaces) == 1
        last = pilot.app.workspace.log.entries[-1].command
        assert last == "segops-tui segments copy 1 --profile staging --to prod"

        await choose(pilot, "prod")
        await reached(pilot, lambda: "the same in prod already" in told(pilot))
