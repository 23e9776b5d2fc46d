"""The Segments pane: finding, reading and recomputing segments."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed, PermissionDenied
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.engine.job import Job
from segops_tui.nouns.segments import RECOMPUTE
from segops_tui.tui.core.job_runner import Ended
from segops_tui.tui.core.links import Link
from segops_tui.tui.dialogs.path_form import PathForm
from segops_tui.tui.rules.pane import start_recomputes
from segops_tui.tui.segments.changes import why_none
from segops_tui.tui.segments.pane import SegmentsPane
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from textual.pilot import Pilot

    from conftest import Asker

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}


@pytest.fixture
def bought(ask: Asker) -> dict[str, Any]:
    """A rule two people meet."""
    ask.track(("ann", "order_placed"), ("ben", "order_placed"), ("cara", "page_view"))
    return {"logic": "AND", "conditions": [BOUGHT]}


@pytest.fixture
def three(ask: Asker, bought: dict[str, Any]) -> None:
    """Three segments, none computed."""
    for name in ("Buyers", "Absent", "Crowd"):
        ask.ok("POST", "/api/segments/", {"name": name, "definition": bought})


def pane_of(pilot: Pilot[Any]) -> SegmentsPane:
    return pilot.app.screen.pane  # type: ignore[attr-defined,no-any-return]


def names(pilot: Pilot[Any]) -> list[str]:
    return [segment.name for segment in pane_of(pilot).shown()]


async def test_a_recompute_is_watched_and_segments_are_filtered_and_sorted(
    stage, three, gated, typed, seen, reached, told
):
    """While it computes, the row, the tray and the header say so, and it is not started twice.

    Marked segments are recomputed together: the command log has the one command for all of them.

    `/` filters at each key; escape shows every row again and goes back to the table. Enter leaves
    the field and keeps the filter. An empty table is not a broken one. `s` goes from column to
    column, whatever the case of names, and `S` turns the order round; the last press shows the
    server's order again. A click on a title sorts as well. Sorting moves rows, not the person's
    attention.
    """
    async with stage.run() as pilot:
        pane, log = pane_of(pilot), pilot.app.workspace.log.entries
        assert names(pilot) == ["Buyers", "Absent", "Crowd"]
        assert "Segments 3 of 3" in seen(pilot)
        assert "○ draft" in seen(pilot)
        with gated(stage, lambda call: call.startswith("POST") and "compute" in call):
            await pilot.press("r")
            await pilot.pause(0.3)
            assert "◌ computing" in seen(pilot)
            assert "▶ recompute Buyers" in seen(pilot)
            assert "1 job running" in seen(pilot)

            await pilot.press("r")
            assert "It is being recomputed already." in told(pilot)
            assert sum("/compute/" in call for call in stage.door.asked) == 1

        await reached(pilot, lambda: pane.rows[0].member_count == 2)
        await reached(pilot, lambda: "+2" in seen(pilot))
        assert "● computed" in seen(pilot)
        assert "0 → 2 members (+2)" in told(pilot)
        assert log[-1].command == "segops-tui segments recompute 1"

        computed_at = pane.rows[0].last_computed_at
        await pilot.press("down", "space", "space", "r")
        await reached(pilot, lambda: [row.member_count for row in pane.rows] == [2, 2, 2])
        assert pane.rows[0].last_computed_at == computed_at
        assert sum("/compute/" in call for call in stage.door.asked) == 3
        assert log[-1].command == "segops-tui segments recompute 2 3"
        assert pane.table.marked == []

        await pilot.press("slash")
        await typed(pilot, "cro")
        assert names(pilot) == ["Crowd"]
        assert pane.counts() == (1, 3)
        await pilot.press("escape")
        assert names(pilot) == ["Buyers", "Absent", "Crowd"]
        assert pane.table.has_focus

        await pilot.press("slash", "b", "enter")
        assert pane.table.has_focus
        assert names(pilot) == ["Buyers", "Absent"]
        await pilot.press("escape")
        assert len(names(pilot)) == 3

        await pilot.press("slash", "z", "z")
        assert "No segment matches “zz”. Press esc to show all." in seen(pilot)
        await pilot.press("escape")

        pane.table.cursor_row = 0
        await pilot.press("down")
        assert pane.row.name == "Absent"
        await pilot.press("s")
        assert names(pilot) == ["Absent", "Buyers", "Crowd"]
        assert pane.row.name == "Absent"
        assert pane.table.cursor_row == 0
        await pilot.press("S")
        assert names(pilot) == ["Crowd", "Buyers", "Absent"]
        await pilot.press("s", "s", "s", "s")
        assert names(pilot) == ["Buyers", "Absent", "Crowd"]
        await pilot.click(pane.table, offset=(5, 0))
        assert names(pilot) == ["Absent", "Buyers", "Crowd"]


async def test_a_draft_says_what_it_lacks_and_the_stale_are_recomputed_or_deleted_after_a_yes(
    stage, three, seen, reached, told
):
    """Why nobody is in a draft, and why it cannot be exported, tells what to do.

    Walking past rows asks for the SQL of none of them. The question names what goes and how many;
    No is what enter answers, and `y` says yes. A segment may be deleted where its uses cannot be
    read.
    """
    async with stage.run() as pilot:
        pane = pane_of(pilot)
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "Never computed, so it has" in seen(pilot))
        await pilot.press("x")
        reason = "It was never computed, so it has no members yet. Press r to compute it."
        assert reason in told(pilot)

        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "SELECT" in seen(pilot))
        before = stage.door.asked.count("POST /segments/preview/")
        for row in (1, 2, 1, 2):
            pane.table.cursor_row = row
        await reached(pilot, lambda: stage.door.asked.count("POST /segments/preview/") > before)
        await pilot.pause(0.3)
        assert stage.door.asked.count("POST /segments/preview/") == before + 1
        pane.table.cursor_row = 0

        await pilot.press("R")
        assert "Recompute 3 segments?" in seen(pilot)
        assert "sandbox" in seen(pilot)
        await pilot.press("enter")
        assert not any("/compute/" in call for call in stage.door.asked)

        await pilot.press("R", "y")
        await reached(pilot, lambda: all(s.member_count == 2 for s in pane.rows))
        stale = pane.action("segments.recompute_stale")
        assert pane.unavailable(stale).startswith("Nothing is stale")

        await pilot.press("space", "space", "d")
        assert "Delete 2 segments?" in seen(pilot)
        assert "Buyers and Absent" in seen(pilot)
        await pilot.press("enter")
        assert len(names(pilot)) == 3
        assert not any(call.startswith("DELETE") for call in stage.door.asked)

        send = stage.door.send

        async def refuse(attempt):
            if "/activations/" in attempt.target:
                raise PermissionDenied("No.", status=403, method="GET", path="/activations/")
            return await send(attempt)

        stage.door.send = refuse
        await pilot.press("escape", "d")
        await reached(pilot, lambda: "What uses it could not be read" in seen(pilot))
        assert "Delete 1 segment?" in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: names(pilot) == ["Buyers", "Absent"])
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui segments delete 3 --yes"


async def test_members_are_listed_page_by_page(stage, ask, bought, reached, seen):
    """A cursor leads from page to page; the whole is never asked for."""
    people = [(f"user{number:04}", "order_placed") for number in range(450)]
    ask.track(*people)
    ask.ok("POST", "/api/segments/", {"name": "Many", "definition": bought})
    ask.ok("POST", "/api/segments/1/compute/")
    ask.sandbox.settle()

    async with stage.run() as pilot:
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "ann" in seen(pilot))
        asked = [call for call in stage.door.asked if "/members/" in call]
        assert asked == ["GET /segments/1/members/?limit=200"]

        await pilot.press("enter", "end")
        await reached(pilot, lambda: "user0197" in seen(pilot))
        await pilot.press("end")
        await reached(pilot, lambda: "user0397" in seen(pilot))
        await pilot.press("end")
        await reached(pilot, lambda: "user0449" in seen(pilot))


async def test_members_are_exported_to_what_was_named_and_the_end_of_a_batch_is_told_in_one_line(
    stage, ask, three, tmp_path: Path, reached, told, seen, gated
):
    """The log has the one command; a file a segment, the one without members left out.

    What exists is named as the reason and left alone, unless a box says otherwise; of several
    nothing is begun unless all can be.

    The end of a batch of recomputes tells how many grew, shrank and stayed, then those that changed
    most. One that fails is counted, and told by itself as well, with the reason. Jobs that end in
    one turn of the loop are one batch.
    """
    for number in (1, 2):
        ask.ok("POST", f"/api/segments/{number}/compute/")
    ask.sandbox.settle()
    target, mine, folder = tmp_path / "out.csv", tmp_path / "mine.csv", tmp_path / "out"
    mine.write_text("precious")

    async with stage.run() as pilot:
        log = pilot.app.workspace.log.entries

        async def export_to(path: Path) -> None:
            await pilot.press("x")
            await reached(pilot, lambda: isinstance(pilot.app.screen, PathForm))
            pilot.app.screen.query_one("Input").value = str(path)
            await pilot.press("enter")

        await export_to(target)
        await reached(pilot, target.exists)
        await reached(pilot, lambda: "2 members" in told(pilot))
        assert target.read_text().splitlines()[0] == "user_id,computed_at"
        assert f"--to {target}" in log[-1].command

        await export_to(mine)
        await pilot.pause()
        assert "The file exists." in seen(pilot)
        assert mine.read_text() == "precious"
        await pilot.press("tab", "space", "shift+tab", "enter")
        await reached(pilot, lambda: mine.read_text() != "precious")

        await pilot.press("ctrl+a", "x")
        await reached(pilot, lambda: "Export 2 segments" in seen(pilot))
        assert "4 members in all, a CSV file a segment; 1 skipped (never computed)" in " ".join(
            seen(pilot).replace("│", " ").split()
        )
        pilot.app.screen.query_one("Input").value = str(folder)
        await pilot.press("enter")
        await reached(pilot, lambda: folder.is_dir() and len(list(folder.glob("*.csv"))) == 2)
        assert sorted(file.name for file in folder.iterdir()) == ["Absent-2.csv", "Buyers-1.csv"]
        assert log[-1].command == f"segops-tui segments export 1 2 --to {folder}/"

        (tmp_path / "Buyers-1.csv").write_text("precious")
        exports = sum("export" in call for call in stage.door.asked)
        pane_of(pilot).table.cursor_row = 0
        await pilot.press("escape", "space", "space")
        await export_to(tmp_path)
        await reached(pilot, lambda: "would be replaced" in told(pilot))
        assert (tmp_path / "Buyers-1.csv").read_text() == "precious"
        assert sum("export" in call for call in stage.door.asked) == exports

        pane, running = pane_of(pilot), pilot.app.workspace.jobs
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("ctrl+a", "r")
            await reached(pilot, lambda: len(running.progress) == 3)
        await reached(pilot, lambda: not running.progress)
        assert "✓ 3 recomputed 1 grew, 2 unchanged\nrecompute Crowd: 0 → 2 members" in told(pilot)

        ask.track(("dora", "order_placed"))
        ask.ok("DELETE", "/api/segments/3/")
        pane.run_worker(start_recomputes(pane, pane.rows, RECOMPUTE))
        await reached(pilot, lambda: "2 recomputed" in told(pilot))
        assert "✓ 2 recomputed 2 grew, 1 failed" in told(pilot)
        assert "✗ recompute Crowd" in told(pilot)

        pane.refetch()
        await reached(pilot, lambda: len(names(pilot)) == 2)
        before = len(told(pilot))
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("ctrl+a", "r")
            await reached(pilot, lambda: len(running.progress) == 2)
            for job in list(running._jobs.values()):
                running._end(Ended(job))
            await pilot.pause()
            said = told(pilot)[before:].strip()
            assert said.startswith("✓ 2 recomputed 2 unchanged\nrecompute Absent")


DAY = timedelta(days=1)


@pytest.fixture
def grown(stage, ask: Asker, bought: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment that had five members three days ago and has two today, as has another."""
    ask.ok("POST", "/api/segments/", {"name": "Buyers", "definition": bought})
    ask.ok("POST", "/api/segments/", {"name": "Crowd", "definition": bought})
    had_members(stage, stage.now() - 3 * DAY, 5)
    for number in (1, 2):
        ask.ok("POST", f"/api/segments/{number}/compute/")
    ask.sandbox.settle()


def had_members(stage: Any, moment: datetime, count: int) -> None:
    """Give the history of the first segment a count."""
    with closing(sqlite3.connect(stage.path)) as connection, connection:
        at = int(moment.timestamp() * 1_000_000)
        connection.execute("INSERT INTO segment_history VALUES (1, ?, ?)", (at, count))


async def test_a_history_is_a_line_or_says_why_not_and_an_overlap_names_the_other_segment(
    stage, ask, bought, grown, reached, seen
):
    """First and last, lowest and highest, each with its day, and the change.

    Without a history: too young, paused or never computed, each is another thing to do.

    Only the top pairs are told, and the tab says so. A tab that cannot be filled says why, and is
    asked again: offline is not empty. `ctrl+r` asks again for what the tab has, too.
    """
    async with stage.run() as pilot:
        stage.door.error = ConnectionFailed("No route.", method="GET", url="https://x.test/")
        await pilot.press("left_square_bracket", "enter")
        await reached(pilot, lambda: "ctrl+r to try again" in " ".join(seen(pilot).split()))
        stage.door.error = None
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "100%" in seen(pilot))

        await pilot.press("left_square_bracket")
        await reached(pilot, lambda: "Lowest" in seen(pilot))
        assert "First    5  2026-05-29" in seen(pilot)
        assert "Last     2  2026-06-01" in seen(pilot)
        assert "Change   ▼ −3 (60%)" in seen(pilot)
        had_members(stage, stage.now() - 2 * DAY, 9)
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "Highest  9  2026-05-30" in seen(pilot))

        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "100%" in seen(pilot))
        screen = " ".join(seen(pilot).split())
        assert "Crowd 2 100% ██████████" in screen
        assert "Only the top 20 pairs are" in screen

        await pilot.press("enter")
        await reached(pilot, lambda: "Buyers 2 100%" in " ".join(seen(pilot).split()))
        assert pane_of(pilot).row.name == "Crowd"

        ask.ok("POST", "/api/segments/", {"name": "Draft", "definition": bought})
        with closing(sqlite3.connect(stage.path)) as connection, connection:
            connection.execute("DELETE FROM segment_history")
            connection.execute("UPDATE segments SET is_active = 0 WHERE id = 2")
        await pilot.resize_terminal(240, 20)
        await pilot.press("escape", "home", "left_square_bracket", "ctrl+r")
        for said in (
            "No history yet",
            "and this one is inactive",
            "Never computed, so there is no history",
        ):
            await reached(pilot, lambda said=said: said in " ".join(seen(pilot).split()))
            await pilot.press("down")


async def test_stale_segments_are_sorted_apart_and_inactive_ones_are_not_recomputed(
    stage, ask, bought, clock, seen, reached
):
    """The state is made of a time, so its words are what sorts."""
    for number in range(1, 9):
        ask.ok("POST", "/api/segments/", {"name": f"Segment {number}", "definition": bought})
    for day in ((1, 4, 8), (2, 6)):
        for number in day:
            ask.ok("POST", f"/api/segments/{number}/compute/")
            clock.advance(hours=1)
        ask.ok("GET", "/api/segments/")
        clock.advance(days=2 if day[0] == 1 else 0)
    ask.ok("PATCH", "/api/segments/8/", {"is_active": False})
    async with stage.run() as pilot:
        pane = pane_of(pilot)
        pane.source.sort_by("state")
        column = next(column for column in pane.columns() if column.key == "state")
        states = [column.text(row, pane.context()) for row in pane.shown()]
        assert len(set(states)) == 4
        assert len([a for a, b in itertools.pairwise(states) if a != b]) == len(set(states)) - 1

        [inactive] = [row.name for row in pane.rows if not row.is_active]
        await pilot.press("R")
        await reached(pilot, lambda: "Recompute" in seen(pilot) and "older than" in seen(pilot))
        dialog = seen(pilot).split("╭─ Recompute")[1]
        assert "Segment 1" in dialog
        assert inactive not in dialog


async def test_who_joined_and_left_is_listed_and_a_segment_deactivated_restored_and_duplicated(
    stage, ask, three, reached, seen, told, gated
):
    """Compared while it is recomputed; before, the tab says what to do.

    A version is compared with the one before: what went and what came has a sign, and an earlier
    one is shown before it returns. The copy has the rule under a new name.
    """
    lately = {"logic": "OR", "conditions": [{**BOUGHT, "window_days": 30}]}
    ask.ok("PATCH", "/api/segments/1/", {"definition": lately})
    async with stage.run(size=(140, 40)) as pilot:
        pane = pane_of(pilot)
        pane.detail.turn(3)
        await reached(
            pilot, lambda: "Press r to recompute it; then" in " ".join(seen(pilot).split())
        )
        await pilot.press("r")
        await reached(pilot, lambda: pane.rows[0].member_count == 2)
        await reached(pilot, lambda: "2 joined, 0 left" in seen(pilot))
        assert "+ joined  ann" in seen(pilot)

        ask.track(("zoe", "order_placed"))
        await pilot.press("r")
        await reached(pilot, lambda: pane.rows[0].member_count == 3)
        await reached(pilot, lambda: "1 joined, 0 left" in seen(pilot))
        assert "zoe" in seen(pilot)

        # The list may show the new compute before its members are read.
        ask.track(("yan", "order_placed"))
        with gated(stage, lambda call: "/members/?limit=1000" in call):
            await pilot.press("r")
            await reached(pilot, lambda: pane.workspace.jobs.progress)
            await reached(pilot, lambda: any("/compute/" in c for c in stage.door.asked[-20:]))
            await pilot.pause(0.6)
            pane.refetch()
            await reached(pilot, lambda: "It is being recomputed; then" in seen(pilot))
        await reached(pilot, lambda: "+ joined  yan" in seen(pilot))
        folder = pane._kept_members.file_of(1).parent

        await pilot.press("V")
        await reached(pilot, lambda: "move to an earlier version" in told(pilot))

        await pilot.press("t")
        await reached(pilot, lambda: pane.rows[0].is_active is False)
        assert "is_active=false" in pilot.app.workspace.log.entries[-1].command
        await pilot.press("t")
        await reached(pilot, lambda: pane.rows[0].is_active is True)

        pane.detail.turn(2)
        await pilot.press("enter")
        await reached(pilot, lambda: "Version 2 against version 1" in seen(pilot))
        assert "−   order_placed" in seen(pilot)
        assert "+   order_placed" in seen(pilot)
        await pilot.press("down", "V")
        await reached(pilot, lambda: "Restore version 1 of Buyers?" in seen(pilot))
        assert '+   "logic": "AND"' in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: "Restored. Press r to recompute." in told(pilot))

        await pilot.press("escape", "D")
        await reached(pilot, lambda: "Duplicate Buyers" in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Copy of Buyers" in names(pilot))

    assert not folder.exists()
    assert ask.ok("GET", "/api/segments/1/")["definition"]["logic"] == "AND"
    assert ask.ok("GET", "/api/segments/4/")["definition"] == {
        "logic": "AND", "conditions": [BOUGHT],
    }  # fmt: skip


async def test_a_list_marks_missing_segments_and_new_rules_and_questions_name_what_follows(
    stage, ask, bought, clock, seen, told, reached
):
    """A rule is read as a tree with the names of segments.

    What a recompute reaches and what a deletion takes away is named, through the rules between.
    """
    first = ask.ok("POST", "/api/segments/", {"name": "First", "definition": bought})["id"]
    inside = {"type": "segment_membership", "segment_id": first, "operator": "in"}
    missing = {"type": "segment_membership", "segment_id": 99, "operator": "in"}
    rule = {"logic": "OR", "conditions": [inside, missing]}
    second = ask.ok("POST", "/api/segments/", {"name": "Second", "definition": rule})["id"]
    config = {"list_id": "L1", "api_key": "k"}
    body = {"segment": second, "connector_type": "klaviyo", "config": config}
    ask.ok("POST", "/api/activations/", body)
    ask.ok("POST", f"/api/segments/{first}/compute/")
    clock.advance(seconds=30)
    ask.ok("GET", "/api/segments/")
    clock.advance(seconds=30)
    ask.ok("PATCH", f"/api/segments/{first}/", {"definition": rule | {"conditions": [missing]}})

    async with stage.run(size=(140, 36)) as pilot:
        pane = pane_of(pilot)
        await reached(pilot, lambda: "◍ rule changed" in seen(pilot))
        assert "missing segment 99" in seen(pilot)
        await pilot.press("down")
        await pilot.pause()
        assert "ANY of" in seen(pilot)
        assert "├ in segment “First”" in seen(pilot)
        await pilot.press("up")

        computes = sum("/compute/" in call for call in stage.door.asked)
        await pilot.press("r")
        await reached(pilot, lambda: "Recompute 1 segment?" in seen(pilot))
        assert "First: missing segment 99" in seen(pilot)
        assert "the rule of Second → Klaviyo" in seen(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert sum("/compute/" in call for call in stage.door.asked) == computes

        await pilot.press("d")
        await reached(pilot, lambda: "In use:" in seen(pilot))
        assert "the rule of Second → Klaviyo" in seen(pilot)
        await pilot.press("escape")

        # Switching several off asks as much.
        await pilot.press("space", "space", "t")
        await reached(pilot, lambda: "Deactivate 2 segments?" in seen(pilot))
        assert "In use:" in seen(pilot)
        assert "Klaviyo" in seen(pilot)
        assert f"$ segops-tui segments update {first} --set" in seen(pilot)
        await pilot.press("Y")
        assert pilot.app.clipboard.count(" --set is_active=false") == 2
        await pilot.press("escape", "escape", "up")

        ask.ok("PATCH", f"/api/segments/{first}/", {"definition": bought})
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: not pane.problem_of(pane.rows[0]))
        await pilot.press("r")
        await reached(pilot, lambda: "the rule of Second → Klaviyo" in told(pilot))


async def test_what_is_wrong_with_a_rule_is_read_whole_in_list_and_detail(
    stage, ask, bought, seen, reached
):
    """Names give way; a text that is too long for the list is whole in the detail."""
    name = "A segment with quite a long name"
    ask.ok("POST", "/api/segments/", {"name": name, "definition": bought})
    typo = {"type": "event_count", "event_type": "odrer", "operator": "gte", "value": 1}
    rule = {"logic": "AND", "conditions": [typo]}
    ask.ok("POST", "/api/segments/", {"name": f"{name}, and a typo", "definition": rule})
    async with stage.run(size=(140, 40)) as pilot:
        pane = pane_of(pilot)
        pane.workspace.unused_events.add("odrer")
        pane.draw_rows()
        await reached(pilot, lambda: "unknown event odrer" in seen(pilot))
        await pilot.resize_terminal(80, 24)
        await reached(pilot, lambda: "unknown event odrer" in seen(pilot))

        missing = {"type": "segment_membership", "segment_id": 99, "operator": "in"}
        broken = {"logic": "AND", "conditions": [typo, missing]}
        pane.source.put(Segment({**pane.rows[1].raw, "definition": broken}), is_new=False)
        await pilot.press("enter")
        await reached(pilot, lambda: "✗ missing segment 99, unknown" in seen(pilot))
        await pilot.resize_terminal(140, 40)
        await reached(pilot, lambda: "✗ missing segment 99, unknown" in seen(pilot))


async def test_the_focus_is_never_lost_and_tabs_without_room_are_counted_and_named(
    stage, three, seen, told, reached
):
    """On a narrow screen enter is the only way to the detail; escape comes back.

    However fast tabs are turned: without a focus no key of the pane works, escape included. No
    title is cut, and the keys that go to the others are named below. Recomputes that a dead server
    ends are one notice.
    """
    async with stage.run(size=(80, 24)) as pilot:
        pane, screen = pane_of(pilot), pilot.app.screen
        assert not pane.detail.display
        await pilot.press("enter")
        assert pane.detail.display
        assert not pane.box.display
        assert pane.detail.has_focus_within

        for step in (1, 1, 1, -1, 1):
            pane.detail.turn(step)
        await reached(pilot, lambda: isinstance(screen.focused, NounTable))
        assert pane.detail.tabs.active == "changes"
        assert pane.detail.tabs.active_page in screen.focused.ancestors
        screen.set_focus(None)
        await reached(pilot, lambda: pane.detail.has_focus_within)

        await pilot.press("escape")
        await reached(pilot, lambda: pane.table.has_focus)
        assert pane.box.display
        screen.set_focus(None)
        await reached(pilot, lambda: pane.table.has_focus)

        pane.detail.turn(-3)
        await pilot.resize_terminal(140, 30)
        await pilot.pause()
        assert "Rule  Members  SQL  Changes  Used by +3›" in seen(pilot)
        assert "[ ] other tabs" in seen(pilot)

        pane.detail.turn(-1)
        await pilot.pause()
        await pilot.pause()
        assert "‹+4 Used by  Versions  History  Overlap" in seen(pilot)
        assert pane.detail.tabs.active == "overlap"

        await pilot.press("tab")
        assert pane.detail.tabs.bar.has_focus
        await pilot.press("down")
        assert isinstance(pilot.app.focused, NounTable)

        job = Job(
            id="j1", kind=pane.job_kind, target="1", target_name="Buyers",
            profile="sandbox", command="",
        )  # fmt: skip
        stage.door.error = ConnectionFailed("No route.", method="GET", url="https://x.test/")
        pane.job_ended(Ended(job, stage.door.error))
        await reached(pilot, lambda: "Cannot reach the server: No route." in seen(pilot))
        assert "Not refreshed" not in told(pilot)


async def test_ages_agree_and_what_relies_on_a_segment_is_listed_and_gone_to(
    stage, ask, bought, clock, seen, reached
):
    """Escape leaves a detail that tab has reached; enter goes to what relies on the segment."""
    only = ask.ok("POST", "/api/segments/", {"name": "Only", "definition": bought})["id"]
    config = {"list_id": "L1", "api_key": "k"}
    body = {"segment": only, "connector_type": "klaviyo", "config": config}
    ask.ok("POST", "/api/activations/", body)
    ask.ok("POST", f"/api/segments/{only}/compute/")
    clock.advance(minutes=1)
    ask.ok("GET", "/api/segments/")
    async with stage.run(size=(140, 36)) as pilot:
        await reached(pilot, lambda: "● computed" in seen(pilot))
        pane = pane_of(pilot)
        await pilot.press("tab")
        assert pane.detail.has_focus_within
        await pilot.press("escape")
        assert pane.table.has_focus

        clock.advance(minutes=17)
        pilot.app.screen._age()
        await reached(pilot, lambda: seen(pilot).count("17 min ago") == 2)

        await pilot.press("]")
        await reached(pilot, lambda: pane.detail.members.table.row_count > 0)
        ages = seen(pilot).count("17 min ago")
        clock.advance(minutes=1)
        pilot.app.screen._age()
        await reached(pilot, lambda: seen(pilot).count("18 min ago") == ages > 2)

        pilot.app.screen.visit(Link("segments", str(only), "used-by"))
        await reached(pilot, lambda: "connector" in seen(pilot))
        assert "Only → Klaviyo" in seen(pilot)
        await pilot.press("enter")
        await reached(pilot, lambda: pilot.app.screen.place == "activations")


def test_why_nothing_is_compared_is_told_apart():
    segment = Segment({"id": 1, "member_count": 92})
    never = why_none(segment, was_recomputed=False, is_running=False)
    since = why_none(segment, was_recomputed=True, is_running=False)
    now = why_none(segment, was_recomputed=True, is_running=True)
    assert never.startswith("Press r to recompute it; then those who joined")
    assert "Its last compute did not come from here" in since
    assert since.endswith("Press r to recompute it again.")
    assert now.startswith("It is being recomputed")
