"""Watching segments: rounds in order, alarms, and what keeps a round from being carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.resources.segments import Segment
from segops_tui.nouns.segments import in_order_of_dependence
from segops_tui.tui.segments.watch import WatchPlan, alarm, every_fault, threshold_fault

if TYPE_CHECKING:
    from conftest import Asker

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}


def segment(key: int, *refers_to: int) -> Segment:
    conditions = [
        {"type": "segment_membership", "segment_id": other, "operator": "in"} for other in refers_to
    ]
    definition = {"logic": "AND", "conditions": conditions or [BOUGHT]}
    return Segment({"id": key, "name": f"S{key}", "definition": definition})


def test_what_others_refer_to_comes_first():
    """A reference to what is not watched does not count; a circle ends too."""
    found = in_order_of_dependence([segment(1, 2), segment(2, 3, 9), segment(3), segment(4)])
    circle = in_order_of_dependence([segment(1, 2), segment(2, 1), segment(3)])

    assert [[each.id for each in group] for group in found] == [[3, 4], [2], [1]]
    assert [[each.id for each in group] for group in circle] == [[3], [1, 2]]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (100, 81, ""),
        (100, 80, "100 → 80 members (−20%); the threshold is 20%."),
        (100, 150, "100 → 150 members (+50%); the threshold is 20%."),
        (0, 3, "0 → 3 members; the threshold is 20%."),
        (3, None, ""),
    ],
)
def test_a_change_from_the_threshold_on_is_an_alarm(before, after, words):
    assert alarm(before, after, 0.2) == words


@pytest.mark.parametrize(
    ("typed", "fault"),
    [("15m", ""), ("2h", ""), ("5s", "From 1m to 7d."), ("soon", "Not a length"), ("9d", "From")],
)
def test_an_interval_is_checked_as_it_is_typed(typed, fault):
    assert every_fault(typed).startswith(fault)
    assert bool(every_fault(typed)) == bool(fault)
    assert threshold_fault("20%") == ""
    assert threshold_fault("much") != ""


async def test_watched_segments_are_recomputed_again_and_again(
    stage, ask: Asker, reached, seen, told
):
    """An alarm tells of a change; a server that is away and a lock skip the round; it ends."""
    ask.track(("ann", "order_placed"), ("ben", "order_placed"))
    rule = {"logic": "AND", "conditions": [BOUGHT]}
    inside = {"type": "segment_membership", "segment_id": 1, "operator": "in"}
    ask.ok("POST", "/api/segments/", {"name": "Buyers", "definition": rule})
    late = {"logic": "AND", "conditions": [inside]}
    ask.ok("POST", "/api/segments/", {"name": "Inside", "definition": late})

    async with stage.run(size=(140, 36)) as pilot:
        pane: Any = pilot.app.screen.pane
        await pilot.press("space", "space", "w")
        await reached(pilot, lambda: "Watch 2 segments" in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pane.watcher.due)
        await reached(pilot, lambda: "watching 2, next at " in seen(pilot))
        assert "Buyers: 0 → 2 members; the threshold is 20%." in told(pilot)
        assert "Inside: 0 → 2 members" in told(pilot)

        stage.door.error = ConnectionFailed("No route.", method="GET", url="https://x.test/")
        before = len(stage.door.asked)
        await pane.watcher.round(WatchPlan((1, 2), 60.0, 0.2))
        assert pane.watcher.skipped == "Cannot reach the server"
        assert pane.watcher.note.startswith(
            "watching 2, skipped: Cannot reach the server, next at "
        )
        assert not any("compute" in call for call in stage.door.asked[before:])
        stage.door.error = None

        await pilot.press("w")
        await reached(pilot, lambda: "Stop watching" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: pane.watcher.watch is None)
        assert "watching" not in pane.list_note()
