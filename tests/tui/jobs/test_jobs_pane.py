"""The Jobs pane and who drives jobs: live, resumed, collapsed to what a screen can draw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segops_tui.api.account import Account
from segops_tui.jobs.engine.progress import Progress
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.segment_export import start_export
from segops_tui.tui.core.job_runner import CONCURRENCY
from segops_tui.tui.frame.bars import job_line

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
BURST = 1_000
RULE = {"logic": "AND", "conditions": [BOUGHT]}


@pytest.fixture
def one(ask) -> None:
    ask.ok("POST", "/api/segments/", {"name": "Only", "definition": RULE})


async def test_a_job_is_live_while_it_runs_waits_for_its_turn_and_is_listed_with_its_result(
    stage, ask, one, seen, told, reached, gated
):
    """An empty ledger says how a job comes about; one that runs here cannot be resumed, and one
    that failed says so and stays in the pane.

    One that waits for its turn has no time: it would start again when its work begins. A burst of
    progress is one drawing of the newest: a thousand words in a moment are more than
    anybody sees.
    """
    async with stage.run(place="jobs") as pilot:
        assert "No jobs yet." in seen(pilot)
        await pilot.press("1")
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("r", "0")
            await reached(pilot, lambda: "▶ running" in seen(pilot))
            pane = pilot.app.screen.pane
            assert pane.unavailable(pane.action("jobs.resume")).startswith("It is running")

        await reached(pilot, lambda: pilot.app.workspace.jobs.outcomes)
        await reached(pilot, lambda: "● done" in seen(pilot))
        assert "recompute Only" in seen(pilot)
        assert "0 → 0 members (unchanged)" in seen(pilot)

        stage.door.status = 403
        await pilot.press("1", "r")
        await reached(pilot, lambda: "✗ recompute Only" in told(pilot))
        stage.door.status = None
        await pilot.press("0")
        await reached(pilot, lambda: "✗ failed" in seen(pilot))

        for number in range(CONCURRENCY):
            ask.ok("POST", "/api/segments/", {"name": f"S{number}", "definition": RULE})
        jobs = pilot.app.workspace.jobs
        with gated(stage, lambda call: "compute" in call):
            await pilot.press("1", "ctrl+r", "ctrl+a", "r")
            await reached(pilot, lambda: len(jobs.progress) == CONCURRENCY + 1)
            await reached(pilot, lambda: sum(each.is_waiting for each in jobs.progress) == 1)
            last = jobs.progress[-1]
            assert last.elapsed_at(last.updated_at + 60) == 0.0
            assert job_line(last, 60, now=last.updated_at + 60).plain.split("  ")[1] == "waiting"
            await pilot.press("0")
            await reached(pilot, lambda: "waiting" in seen(pilot))
        await reached(pilot, lambda: not jobs.progress)

        job = start_recompute(
            pilot.app.workspace.ledger, segment_id=1, name="Only", profile="sandbox"
        )
        heard = []
        jobs.changed.subscribe(pilot.app, heard.append, immediate=True)
        jobs._jobs[job.id] = job
        first = Progress.of(job, now=0.0)
        for number in range(BURST):
            jobs._report(replace(first, done=number, total=BURST))
        await pilot.pause(0.3)
        assert len(heard) <= 2, "the clock may tick in between"
        assert heard[-1][0].done == BURST - 1
        jobs._jobs.clear()
        jobs._progress.clear()


async def test_a_job_that_was_left_is_taken_up_and_one_that_may_run_twice_after_a_question(
    stage, one, seen, reached
):
    """Another process left them; `r` drives them to their end.

    The answer to the start of an export was lost, and the API lists no exports.
    """
    stage.open_client()
    stage.door.at = Account("https://shop.example.com/api", "0f")
    ledger = stage.open_ledger()
    there = ledger.bound_to(stage.door.account)
    to = stage.folder / "only.csv"
    job = start_export(there, segment_id=1, name="Only", to=to, profile="sandbox")
    ledger.save(job.at("starting").stopped("waiting", "It may have been started."))
    left = start_recompute(there, segment_id=1, name="Only", profile="sandbox")
    ledger.save(left.stopped("detached"))
    ledger.close()

    async with stage.run(place="jobs") as pilot:
        table = pilot.app.screen.pane.table
        table.cursor_row = [row.id for row in pilot.app.screen.pane.shown()].index(left.id)
        assert "◍ detached" in seen(pilot)
        await pilot.press("r")
        await reached(pilot, lambda: "● done" in seen(pilot))
        posts = [call for call in stage.door.asked if call.startswith("POST")]

        table.cursor_row = [row.id for row in pilot.app.screen.pane.shown()].index(job.id)
        await pilot.press("r")
        await reached(pilot, lambda: "although it may run twice" in seen(pilot))
        await pilot.press("n")
        assert [call for call in stage.door.asked if call.startswith("POST")] == posts
        await pilot.press("r")
        await reached(pilot, lambda: "although it may run twice" in seen(pilot))
        await pilot.press("y")
        await reached(pilot, lambda: seen(pilot).count("● done") == 3)

    assert to.is_file()
