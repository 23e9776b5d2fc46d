"""The Segments pane: finding, reading and recomputing segments."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Tabs

from segops_tui.api.errors import ConnectionFailed, PermissionDenied
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.engine.job import Job
from segops_tui.nouns.segments import RECOMPUTE
from segops_tui.tui.core.job_runner import Ended
from segops_tui.tui.rules.pane import start_recomputes
from segops_tui.tui.segments.changes import why_none
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from conftest import Asker
    from segops_tui.nouns.segments import RECOMPUTE
from segops_tui.tui.segments.pane import SegmentsPane

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


async def test_every_segment_is_listed_with_its_count_in_the_title(stage, three, seen):
    """The title says how many there are, and the rows are the server's."""
    async with stage.run() as pilot:
        assert names(pilot) == ["Buyers", "Absent", "Crowd"]
        assert "Segments 3 of 3" in seen(pilot)
        assert "○ draft" in seen(pilot)


async def test_a_filter_narrows_as_it_is_typed_and_escape_gives_it_up(stage, three, typed):
    """`/` filters at each key; escape shows every row again and goes back to the table."""
    async with stage.run() as pilot:
        await pilot.press("slash")
        await typed(pilot, "cro")
        assert names(pilot) == ["Crowd"]
        assert pane_of(pilot).counts() == (1, 3)

        await pilot.press("escape")

        assert names(pilot) == ["Buyers", "Absent", "Crowd"]
        assert pane_of(pilot).table.has_focus


async def test_a_filter_stays_while_one_walks_the_rows(stage, three, typed):
    """Enter leaves the field and keeps the filter; escape in the table clears it."""
    async with stage.run() as pilot:
        await pilot.press("slash")
        await typed(pilot, "b")
        await pilot.press("enter")
        assert pane_of(pilot).table.has_focus
        assert names(pilot) == ["Buyers", "Absent"]

        await pilot.press("escape")

        assert len(names(pilot)) == 3


async def test_a_filter_without_a_hit_says_so(stage, three, typed, seen):
    """An empty table is not a broken one."""
    async with stage.run() as pilot:
        await pilot.press("slash")
        await typed(pilot, "zz")
        await pilot.pause()

        assert "No segment matches “zz”. Press esc to show all." in seen(pilot)


async def test_s_sorts_by_column_after_column_and_S_turns_it_round(stage, three):
    """Names sort whatever their case; the last press shows the server's order again."""
    async with stage.run() as pilot:
        await pilot.press("s")
        assert names(pilot) == ["Absent", "Buyers", "Crowd"]

        await pilot.press("S")
        assert names(pilot) == ["Crowd", "Buyers", "Absent"]

        await pilot.press("s", "s", "s", "s")
        assert names(pilot) == ["Buyers", "Absent", "Crowd"]


async def test_the_cursor_stays_on_its_segment_when_the_order_changes(stage, three):
    """Sorting moves rows, not the person's attention."""
    async with stage.run() as pilot:
        await pilot.press("down")
        assert pane_of(pilot).row.name == "Absent"

        await pilot.press("s")

        assert pane_of(pilot).row.name == "Absent"
        assert pane_of(pilot).table.cursor_row == 0


async def test_a_title_that_is_clicked_sorts_by_its_column(stage, three):
    """The mouse does what `s` does."""
    async with stage.run() as pilot:
        await pilot.click(pane_of(pilot).table, offset=(5, 0))
        await pilot.pause()

        assert names(pilot) == ["Absent", "Buyers", "Crowd"]


async def test_the_rule_is_read_as_a_tree_with_the_names_of_segments(stage, ask, bought, seen):
    """A condition that refers to a segment names it."""
    first = ask.ok("POST", "/api/segments/", {"name": "First", "definition": bought})
    inside = {"type": "segment_membership", "segment_id": first["id"], "operator": "in"}
    rule = {"logic": "OR", "conditions": [BOUGHT, inside]}
    ask.ok("POST", "/api/segments/", {"name": "Second", "definition": rule})

    async with stage.run() as pilot:
        await pilot.press("down")
        await pilot.pause()

        assert "ANY of" in seen(pilot)
        assert "└ in segment “First”" in seen(pilot)


async def test_recompute_is_watched_until_the_count_has_changed(stage, three, seen, reached):
    """`r` runs a job, and the row then shows its members and by how many they changed."""
    async with stage.run() as pilot:
        await pilot.press("r")
        await reached(pilot, lambda: pane_of(pilot).rows[0].member_count == 2)
        await reached(pilot, lambda: "+2" in seen(pilot))

        assert "● computed" in seen(pilot)
        assert "0 → 2 members (+2)" in seen(pilot)
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui segments recompute 1"


async def test_while_it_computes_the_row_the_tray_and_the_header_say_so(stage, three, gated, seen):
    """A slow server is seen to be slow, in three places."""
    async with stage.run() as pilot:
        with gated(stage, lambda call: call.startswith("POST") and "compute" in call):
            await pilot.press("r")
            await pilot.pause(0.3)

            assert "◌ computing" in seen(pilot)
            assert "▶ recompute Buyers" in seen(pilot)
            assert "1 job running" in seen(pilot)


async def test_a_segment_that_computes_is_not_started_twice(stage, three, gated, seen):
    """The key says why it does nothing."""
    async with stage.run() as pilot:
        with gated(stage, lambda call: call.startswith("POST") and "compute" in call):
            await pilot.press("r")
            await pilot.pause(0.3)
            await pilot.press("r")
            await pilot.pause()

            assert "It is being recomputed already." in seen(pilot)
            assert sum("/compute/" in call for call in stage.door.asked) == 1


async def test_marked_segments_are_recomputed_together(stage, three, reached):
    """The command log has the one command for all of them."""
    async with stage.run() as pilot:
        await pilot.press("space", "space", "r")
        await reached(pilot, lambda: [s.member_count for s in pane_of(pilot).rows][:2] == [2, 2])

        assert pane_of(pilot).rows[2].last_computed_at is None
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui segments recompute 1 2"
        assert pane_of(pilot).table.marked == []


async def test_recompute_stale_tells_how_many_and_does_nothing_on_enter(stage, three, seen):
    """No is what Enter answers."""
    async with stage.run() as pilot:
        await pilot.press("R")
        await pilot.pause()
        assert "Recompute 3 segments?" in seen(pilot)
        assert "sandbox" in seen(pilot)

        await pilot.press("enter")
        await pilot.pause()

        assert not any("/compute/" in call for call in stage.door.asked)


async def test_recompute_stale_starts_every_stale_one(stage, three, reached):
    """`y` says yes."""
    async with stage.run() as pilot:
        await pilot.press("R", "y")
        await reached(pilot, lambda: all(s.member_count == 2 for s in pane_of(pilot).rows))

        pane = pane_of(pilot)
        stale = pane.action("segments.recompute_stale")
        assert pane.unavailable(stale).startswith("Nothing is stale")


async def test_deleting_is_refused_by_default(stage, three, seen):
    """The dialog names what goes and how many; Enter leaves it."""
    async with stage.run() as pilot:
        await pilot.press("space", "space", "d")
        await pilot.pause()
        assert "Delete 2 segments?" in seen(pilot)
        assert "Buyers and Absent" in seen(pilot)

        await pilot.press("enter")
        await pilot.pause()

        assert len(names(pilot)) == 3
        assert not any(call.startswith("DELETE") for call in stage.door.asked)


async def test_deleting_names_the_rules_and_the_tools_that_use_the_segment(shop, seen, reached):
    async with shop.run() as pilot:
        pane = pane_of(pilot)
        used = next(row.id for row in pane.rows if row.name == "Newsletter readers")
        pane.table.cursor_row = pane.shown().index(next(r for r in pane.rows if r.id == used))
        await pilot.press("d")
        await reached(pilot, lambda: "In use:" in seen(pilot))

        assert "the rule of High LTV buyers → Klaviyo" in seen(pilot)


async def test_a_segment_may_be_deleted_where_its_uses_cannot_be_read(
    stage, three, seen, reached, gated
):
    async with stage.run() as pilot:
        send = stage.door.send

        async def refuse(attempt):
            if "/activations/" in attempt.target:
                raise PermissionDenied("No.", status=403, method="GET", path="/activations/")
            return await send(attempt)

        stage.door.send = refuse
        await pilot.press("d")
        await reached(pilot, lambda: "What uses it could not be read" in seen(pilot))

        assert "Delete 1 segment?" in seen(pilot)


async def test_deleting_takes_the_rows_away(stage, three, reached):
    """A yes deletes, and the log has the command."""
    async with stage.run() as pilot:
        await pilot.press("d", "y")
        await reached(pilot, lambda: names(pilot) == ["Absent", "Crowd"])

        assert pilot.app.workspace.log.entries[-1].command == "segops-tui segments delete 1 --yes"


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


async def test_a_draft_says_why_nobody_is_in_it(stage, three, reached, seen):
    """An empty list of members tells what to do."""
    async with stage.run() as pilot:
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "Never computed, so it has" in seen(pilot))


async def test_sql_is_asked_for_the_segment_the_cursor_rests_on(stage, three, reached, seen):
    """Walking past rows asks for none of them."""
    async with stage.run() as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await reached(pilot, lambda: "SELECT" in seen(pilot))
        before = stage.door.asked.count("POST /segments/preview/")

        for row in (1, 2, 1, 2):
            pane_of(pilot).table.cursor_row = row
        await reached(pilot, lambda: stage.door.asked.count("POST /segments/preview/") > before)
        await pilot.pause(0.3)

        assert stage.door.asked.count("POST /segments/preview/") == before + 1


async def test_versions_are_compared_with_the_one_before(stage, ask, bought, reached, seen):
    """What went and what came has a sign as well as a colour."""
    ask.ok("POST", "/api/segments/", {"name": "Changed", "definition": bought})
    lately = {**BOUGHT, "window_days": 30}
    rule = {"logic": "AND", "conditions": [lately]}
    ask.ok("PATCH", "/api/segments/1/", {"definition": rule})

    async with stage.run() as pilot:
        await pilot.press(*["left_square_bracket"] * 3)
        await reached(pilot, lambda: "Version 2 against version 1" in seen(pilot))

        assert "−   order_placed" in seen(pilot)
        assert "+   order_placed" in seen(pilot)


async def test_enter_opens_the_detail_in_full_and_escape_comes_back(stage, three):
    """On a narrow screen this is the only way to it."""
    async with stage.run(size=(80, 24)) as pilot:
        pane = pane_of(pilot)
        assert not pane.detail.display

        await pilot.press("enter")
        await pilot.pause()
        assert pane.detail.display
        assert not pane.box.display
        assert pane.detail.has_focus_within

        await pilot.press("escape")
        await pilot.pause()
        assert pane.box.display
        assert pane.table.has_focus


async def test_members_are_exported_to_the_file_that_was_named(
    stage, ask, bought, tmp_path: Path, reached, typed, seen
):
    """The file is there when the job has ended, and the log has the command."""
    ask.ok("POST", "/api/segments/", {"name": "Buyers", "definition": bought})
    ask.ok("POST", "/api/segments/1/compute/")
    ask.sandbox.settle()
    target = tmp_path / "out.csv"

    async with stage.run() as pilot:
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("ctrl+u")
        pilot.app.screen.query_one("Input").value = str(target)
        await pilot.press("enter")
        await reached(pilot, target.exists)
        await reached(pilot, lambda: "2 members" in seen(pilot))

        assert target.read_text().splitlines()[0] == "user_id,computed_at"
        assert f"--to {target}" in pilot.app.workspace.log.entries[-1].command


async def test_an_export_does_not_overwrite_unless_told(
    stage, ask, bought, tmp_path: Path, reached, seen
):
    """A file that exists is named as the reason, and is left alone."""
    ask.ok("POST", "/api/segments/", {"name": "Buyers", "definition": bought})
    ask.ok("POST", "/api/segments/1/compute/")
    ask.sandbox.settle()
    target = tmp_path / "mine.csv"
    target.write_text("precious")

    async with stage.run() as pilot:
        await pilot.press("x")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(target)
        await pilot.press("enter")
        await pilot.pause()
        assert "The file exists." in seen(pilot)
        assert target.read_text() == "precious"

        await pilot.press("tab", "space", "shift+tab", "enter")
        await reached(pilot, lambda: target.read_text() != "precious")


async def test_a_segment_without_members_cannot_be_exported(stage, three, told):
    """The reason names the key that helps."""
    async with stage.run() as pilot:
        await pilot.press("x")
        await pilot.pause()

        assert "It was never computed, so it has no members yet. Press r to compute it." in told(
            pilot
        )


DAY = timedelta(days=1)


@pytest.fixture
def grown(stage, ask: Asker, bought: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment that had five members three days ago and has two today, as has another."""
    ask.ok("POST", "/api/segments/", {"name": "Buyers", "definition": bought})
    ask.ok("POST", "/api/segments/", {"name": "Crowd", "definition": bought})
    connection = sqlite3.connect(stage.path)
    moment = int((stage.now() - 3 * DAY).timestamp() * 1_000_000)
    connection.execute("INSERT INTO segment_history VALUES (1, ?, 5)", (moment,))
    connection.commit()
    connection.close()
    for number in (1, 2):
        ask.ok("POST", f"/api/segments/{number}/compute/")
    ask.sandbox.settle()


async def test_a_history_is_a_line_and_its_figures(stage, grown, reached, seen):
    """First and last, lowest and highest, each with its day, and the change."""
    async with stage.run() as pilot:
        await pilot.press("left_square_bracket", "left_square_bracket", "enter")
        await reached(pilot, lambda: "Lowest" in seen(pilot))

        assert "First    5  2026-05-29" in seen(pilot)
        assert "Last     2  2026-06-01" in seen(pilot)
        assert "Change   ▼ −3 (60%)" in seen(pilot)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE segments SET last_computed_at = NULL", "Never computed, so there is no history"),
        ("UPDATE segments SET is_active = 0", "and this one is inactive"),
        ("DELETE FROM segment_history", "No history yet"),
    ],
)
async def test_a_history_that_is_not_there_says_why(stage, grown, reached, seen, change, said):
    """Never computed, paused or too young: each is another thing to do."""
    connection = sqlite3.connect(stage.path)
    connection.execute(change)
    connection.commit()
    connection.close()
    async with stage.run() as pilot:
        await pilot.press("left_square_bracket", "left_square_bracket", "enter")
        await reached(pilot, lambda: said in " ".join(seen(pilot).split()))


async def test_overlap_names_the_other_segment_its_share_and_its_limits(
    stage, grown, reached, seen
):
    """Only the top pairs are told, and the tab says so."""
    async with stage.run() as pilot:
        await pilot.press("left_square_bracket", "enter")
        await reached(pilot, lambda: "100%" in seen(pilot))

        screen = " ".join(seen(pilot).split())
        assert "Crowd 2 100% ██████████" in screen
        assert "Only the top 20 pairs are" in screen

        await pilot.press("enter")
        await reached(pilot, lambda: "Buyers 2 100%" in " ".join(seen(pilot).split()))
        assert pane_of(pilot).row.name == "Crowd"


async def test_a_tab_that_cannot_be_filled_says_so_and_is_asked_again(stage, grown, reached, seen):
    """Offline is not empty."""
    async with stage.run() as pilot:
        stage.door.error = ConnectionFailed("No route.", method="GET", url="https://x.test/")
        await pilot.press("left_square_bracket", "enter")
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        stage.door.error = None
        await pilot.press("left_square_bracket", "right_square_bracket")
        await reached(pilot, lambda: "100%" in seen(pilot))


async def test_the_end_of_a_batch_is_told_in_one_line(stage, ask, three, reached, told, gated):
    """How many grew, shrank and stayed, then those that changed most."""
    ask.ok("POST", "/api/segments/1/compute/")
    ask.sandbox.settle()
    async with stage.run() as pilot:
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("ctrl+a", "r")
            await reached(pilot, lambda: len(pilot.app.workspace.jobs.progress) == 3)
        await reached(pilot, lambda: not pilot.app.workspace.jobs.progress)

        assert "✓ 3 recomputed 2 grew, 1 unchanged\nrecompute Absent: 0 → 2 members" in told(pilot)


async def test_jobs_that_end_in_one_turn_of_the_loop_are_one_batch(
    stage, three, reached, told, gated
):
    async with stage.run() as pilot:
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("ctrl+a", "r")
            running = pilot.app.workspace.jobs
            await reached(pilot, lambda: len(running.progress) == 3)
            for job in list(running._jobs.values()):
                running._end(Ended(job))
            await pilot.pause()

            assert told(pilot).startswith("✓ 3 recomputed 3 unchanged\nrecompute Absent")


async def test_a_batch_of_which_one_fails_counts_it(stage, ask, three, reached, told):
    """What failed is told by itself as well, with the reason."""
    ask.ok("DELETE", "/api/segments/3/")
    async with stage.run() as pilot:
        pane = pane_of(pilot)
        gone = Segment({**pane.rows[0].raw, "id": 3, "name": "Crowd"})
        pane.run_worker(start_recomputes(pane, [*pane.rows, gone], RECOMPUTE))
        await reached(pilot, lambda: "2 recomputed" in told(pilot))

        assert "✓ 2 recomputed 2 grew, 1 failed" in told(pilot)
        assert "✗ recompute Crowd" in told(pilot)


async def test_several_marked_are_exported_into_a_folder(
    stage, ask, three, tmp_path: Path, reached, seen
):
    """A file a segment, the one without members left out; the log has the one command."""
    for number in (1, 2):
        ask.ok("POST", f"/api/segments/{number}/compute/")
    ask.sandbox.settle()
    folder = tmp_path / "out"

    async with stage.run() as pilot:
        await pilot.press("ctrl+a", "x")
        await reached(pilot, lambda: "Export 2 segments" in seen(pilot))
        assert "4 members in all, a CSV file a segment; 1 skipped (never computed)" in " ".join(
            seen(pilot).replace("│", " ").split()
        )
        pilot.app.screen.query_one("Input").value = str(folder)
        await pilot.press("enter")
        await reached(pilot, lambda: folder.is_dir() and len(list(folder.glob("*.csv"))) == 2)

        assert sorted(file.name for file in folder.iterdir()) == ["Absent-2.csv", "Buyers-1.csv"]
        line = pilot.app.workspace.log.entries[-1].command
        assert line == f"segops-tui segments export 1 2 --to {folder}/"


async def test_a_folder_whose_files_would_be_replaced_is_refused(
    stage, ask, three, tmp_path: Path, reached, told
):
    """Nothing is begun unless all can be."""
    for number in (1, 2):
        ask.ok("POST", f"/api/segments/{number}/compute/")
    ask.sandbox.settle()
    (tmp_path / "Buyers-1.csv").write_text("precious")

    async with stage.run() as pilot:
        await pilot.press("space", "space", "x")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(tmp_path)
        await pilot.press("enter")
        await reached(pilot, lambda: "would be replaced" in told(pilot))

        assert (tmp_path / "Buyers-1.csv").read_text() == "precious"
        assert not any("export" in call for call in stage.door.asked)


async def test_stale_segments_are_sorted_apart_from_computed_ones(shop):
    """The state is made of a time, so its words are what sorts."""
    async with shop.run() as pilot:
        pane = pane_of(pilot)
        pane.source.sort_by("state")
        column = next(column for column in pane.columns() if column.key == "state")
        states = [column.text(row, pane.context()) for row in pane.shown()]

        assert len(set(states)) > 2
        assert len([a for a, b in itertools.pairwise(states) if a != b]) == len(set(states)) - 1


async def test_recompute_stale_leaves_inactive_segments_alone(shop, seen, reached):
    async with shop.run() as pilot:
        inactive = [row.name for row in pane_of(pilot).rows if not row.is_active]
        await pilot.press("R")
        await reached(pilot, lambda: "Recompute" in seen(pilot) and "older than" in seen(pilot))
        dialog = seen(pilot).split("╭─ Recompute")[1]

        assert inactive
        assert not any(name in dialog for name in inactive)


async def test_who_joined_and_left_at_a_recompute_is_listed(
    stage, ask, three, reached, seen, gated
):
    """Compared while it is recomputed; before, the tab says what to do."""
    async with stage.run(size=(140, 36)) as pilot:
        await pilot.press(*["right_square_bracket"] * 3)
        await reached(
            pilot, lambda: "Press r to recompute it; then" in " ".join(seen(pilot).split())
        )
        await pilot.press("r")
        await reached(pilot, lambda: "2 joined, 0 left" in seen(pilot))
        assert "+ joined  ann" in seen(pilot)

        ask.track(("zoe", "order_placed"))
        await pilot.press("r")
        await reached(pilot, lambda: "1 joined, 0 left" in seen(pilot))
        assert "zoe" in seen(pilot)

        # The list may show the new compute before its members are read.
        ask.track(("yan", "order_placed"))
        with gated(stage, lambda call: "/members/?limit=1000" in call):
            await pilot.press("r")
            await reached(pilot, lambda: pane_of(pilot).workspace.jobs.progress)
            await reached(pilot, lambda: any("/compute/" in c for c in stage.door.asked[-20:]))
            await pilot.pause(0.6)
            pane_of(pilot).refetch()
            await reached(pilot, lambda: "It is being recomputed; then" in seen(pilot))
        await reached(pilot, lambda: "+ joined  yan" in seen(pilot))
        folder = pane_of(pilot)._kept_members.file_of(1).parent

    assert not folder.exists()


async def test_a_list_marks_missing_segments_and_new_rules_and_a_recompute_names_what_follows(
    stage, ask, bought, clock, seen, told, reached
):
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
        await reached(pilot, lambda: "◍ rule changed" in seen(pilot))
        assert "missing segment 99" in seen(pilot)

        computes = sum("/compute/" in call for call in stage.door.asked)
        await pilot.press("r")
        await reached(pilot, lambda: "Recompute 1 segment?" in seen(pilot))
        assert "First: missing segment 99" in seen(pilot)
        assert "the rule of Second → Klaviyo" in seen(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert sum("/compute/" in call for call in stage.door.asked) == computes

        ask.ok("PATCH", f"/api/segments/{first}/", {"definition": bought})
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: not pane_of(pilot).problem_of(pane_of(pilot).rows[0]))
        await pilot.press("r")
        await reached(pilot, lambda: "the rule of Second → Klaviyo" in told(pilot))


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_what_is_wrong_with_a_rule_is_read_whole_in_list_and_detail(
    stage, ask, bought, size, seen, reached
):
    """Names give way; a text that is too long for the list is whole in the detail."""
    name = "A segment with quite a long name"
    ask.ok("POST", "/api/segments/", {"name": name, "definition": bought})
    typo = {"type": "event_count", "event_type": "odrer", "operator": "gte", "value": 1}
    rule = {"logic": "AND", "conditions": [typo]}
    ask.ok("POST", "/api/segments/", {"name": f"{name}, and a typo", "definition": rule})
    async with stage.run(size=size) as pilot:
        pane = pane_of(pilot)
        pane.workspace.unused_events.add("odrer")
        pane.draw_rows()
        await reached(pilot, lambda: "unknown event odrer" in seen(pilot))

        missing = {"type": "segment_membership", "segment_id": 99, "operator": "in"}
        broken = {"logic": "AND", "conditions": [typo, missing]}
        pane.source.put(Segment({**pane.rows[1].raw, "definition": broken}), is_new=False)
        await pilot.press("enter")
        await reached(pilot, lambda: "✗ missing segment 99, unknown" in seen(pilot))


async def test_recomputes_that_a_dead_server_ends_are_one_notice(stage, three, seen, told, reached):
    async with stage.run(size=(140, 30)) as pilot:
        pane, job = pane_of(pilot), Job(
            id="j1", kind=pane_of(pilot).job_kind, target="1", target_name="Buyers",
            profile="sandbox", command="",
        )  # fmt: skip
        stage.door.error = ConnectionFailed("No route.", method="GET", url="https://x.test/")

        pane.job_ended(Ended(job, stage.door.error))
        await reached(pilot, lambda: "Cannot reach the server: No route." in seen(pilot))

        assert "Not refreshed" not in told(pilot)


async def test_tabs_without_room_are_counted_and_named_when_they_are_reached(stage, three, seen):
    """No title is cut, and the keys that go to the others are named below."""
    async with stage.run(size=(140, 30)) as pilot:
        detail = pane_of(pilot).detail
        await pilot.pause()
        assert "Rule  Members  SQL  Changes  Used by +3›" in seen(pilot)
        assert "[ ] other tabs" in seen(pilot)

        detail.turn(-1)
        await pilot.pause()
        await pilot.pause()

        assert "‹+4 Used by  Versions  History  Overlap" in seen(pilot)
        assert detail.tabs.active == "overlap"

        await pilot.press("tab")
        assert isinstance(pilot.app.focused, Tabs)
        await pilot.press("down")
        assert isinstance(pilot.app.focused, NounTable)


async def test_the_focus_is_never_lost_however_fast_tabs_are_turned(shop, seen, reached):
    """Without a focus no key of the pane works, escape included."""
    async with shop.run(size=(80, 24)) as pilot:
        pane, screen = pane_of(pilot), pilot.app.screen
        await pilot.press("enter")
        for step in (1, 1, 1, -1, 1):
            pane.detail.turn(step)
        await reached(pilot, lambda: isinstance(screen.focused, NounTable))
        assert pane.detail.tabs.active == "changes"
        assert pane.detail.tabs.active_pane in screen.focused.ancestors

        screen.set_focus(None)
        await reached(pilot, lambda: pane.detail.has_focus_within)
        await pilot.press("escape")
        await reached(pilot, lambda: pane.table.has_focus)
        screen.set_focus(None)
        await reached(pilot, lambda: pane.table.has_focus)


async def test_escape_leaves_a_detail_that_tab_has_reached_and_ages_agree(
    stage, ask, bought, clock, seen, reached
):
    only = ask.ok("POST", "/api/segments/", {"name": "Only", "definition": bought})["id"]
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


async def test_what_relies_on_a_segment_is_listed_and_enter_goes_there(
    stage, ask, bought, seen, reached
):
    first = ask.ok("POST", "/api/segments/", {"name": "First", "definition": bought})["id"]
    config = {"list_id": "L1", "api_key": "k"}
    body = {"segment": first, "connector_type": "klaviyo", "config": config}
    ask.ok("POST", "/api/activations/", body)
    async with stage.run(place=f"segment/{first}/used-by") as pilot:
        await reached(pilot, lambda: "connector" in seen(pilot))
        assert "First → Klaviyo" in seen(pilot)

        await pilot.press("enter")
        await reached(pilot, lambda: pilot.app.screen.place == "activations")


async def test_a_segment_is_duplicated_deactivated_and_restored(
    stage, ask, three, reached, seen, told
):
    """The copy has the rule under a new name; an earlier version is shown before it returns."""
    ask.ok("PATCH", "/api/segments/1/", {"definition": {"logic": "OR", "conditions": [BOUGHT]}})
    async with stage.run(size=(140, 40)) as pilot:
        await pilot.press("V")
        await reached(pilot, lambda: "move to an earlier version" in told(pilot))

        await pilot.press("t")
        await reached(pilot, lambda: pane_of(pilot).rows[0].is_active is False)
        assert "is_active=false" in pilot.app.workspace.log.entries[-1].command
        await pilot.press("t")
        await reached(pilot, lambda: pane_of(pilot).rows[0].is_active is True)

        await pilot.press(*["left_square_bracket"] * 3, "enter")
        await reached(pilot, lambda: "against version 1" in seen(pilot))
        await pilot.press("down")
        await pilot.press("V")
        await reached(pilot, lambda: "Restore version 1 of Buyers?" in seen(pilot))
        assert '+   "logic": "AND"' in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: "Restored. Press r to recompute." in told(pilot))

        await pilot.press("escape", "D")
        await reached(pilot, lambda: "Duplicate Buyers" in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Copy of Buyers" in names(pilot))

    assert ask.ok("GET", "/api/segments/1/")["definition"]["logic"] == "AND"
    assert ask.ok("GET", "/api/segments/4/")["definition"] == {
        "logic": "AND", "conditions": [BOUGHT],
    }  # fmt: skip


def test_why_nothing_is_compared_is_told_apart():
    segment = Segment({"id": 1, "member_count": 92})
    never = why_none(segment, was_recomputed=False, is_running=False)
    since = why_none(segment, was_recomputed=True, is_running=False)
    now = why_none(segment, was_recomputed=True, is_running=True)
    assert never.startswith("Press r to recompute it; then those who joined")
    assert "Its last compute did not come from here" in since
    assert since.endswith("Press r to recompute it again.")
    assert now.startswith("It is being recomputed")
