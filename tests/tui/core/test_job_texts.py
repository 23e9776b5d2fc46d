"""Jobs that were left: offered on start, taken up together, dropped after a question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segops_tui.api.account import SANDBOX, Account
from segops_tui.api.errors import ConnectionFailed, SegOpsError
from segops_tui.jobs.engine.job import Job
from segops_tui.jobs.recompute import start_recompute
from segops_tui.tui.core.job_runner import Ended
from segops_tui.tui.core.job_texts import failure_summary

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
RULE = {"logic": "AND", "conditions": [BOUGHT]}


@pytest.fixture
def left(stage, ask) -> list[str]:
    """Two jobs of this profile that nobody is at, and one of another."""
    for name in ("First", "Second"):
        ask.ok("POST", "/api/segments/", {"name": name, "definition": RULE})
    ledger = stage.open_ledger()
    ids = []
    theirs = ledger.bound_to(lambda _salt: Account("https://staging.example.com/api", "0f"))
    ours = ledger.bound_to(lambda _salt: SANDBOX)
    for number, name, bound, profile in ((1, "First", ours, "sandbox"),
                                         (2, "Second", ours, "sandbox"),
                                         (1, "Theirs", theirs, "sandbox")):  # fmt: skip
        job = start_recompute(bound, segment_id=number, name=name, profile=profile)
        ids.append(ledger.save(job.stopped("detached")).id)
    ledger.close()
    return ids


async def test_what_was_left_is_offered_on_start(stage, left, told, reached):
    """Only this workspace's, whatever the profile's name, and nothing is taken up unasked.

    One key takes all of it up; the other workspace's job stays as it is.
    """
    async with stage.run() as pilot:
        await reached(pilot, lambda: "2 detached jobs" in told(pilot))

        assert "Press 0, then R, to resume them." in told(pilot)
        assert "Theirs" not in told(pilot)
        assert pilot.app.workspace.jobs.progress == []

        ledger = pilot.app.workspace.ledger
        await pilot.press("0")
        await reached(pilot, lambda: pilot.app.screen.pane.id == "jobs")
        await pilot.press("R")
        await reached(pilot, lambda: len(ledger.list(state="done")) == 2)

        assert [job.id for job in ledger.list(state="detached")] == left[2:]


async def test_a_job_that_could_be_resumed_is_forgotten_after_a_question(stage, left, reached):
    """The default is no."""
    async with stage.run(place="jobs") as pilot:
        ledger = pilot.app.workspace.ledger
        await pilot.press("d", "enter")
        kept = len(ledger.list())
        await pilot.press("d", "y")
        await reached(pilot, lambda: len(ledger.list()) == 2)

        assert kept == 3


def failed(title: str, reason: str) -> Ended:
    job = Job(id=title, kind="sync", target=title, target_name=title, profile="p", command="")
    return Ended(job, SegOpsError(reason))


def _title(job: Job) -> str:
    return job.title


def test_six_failures_are_one_notice_and_those_of_one_reason_one_line() -> None:
    batch = [*(failed(f"S{n}", "The key is refused.") for n in range(5)), failed("Z", "Gone.")]
    title, lines = failure_summary(batch, lambda job: job.title)
    assert title == "6 jobs failed"
    assert len(lines) == 2
    assert lines[0].startswith("sync S0, sync S1, sync S2, sync S3 and 1 more: ")
    assert "The key is refused." in lines[0]


def test_failures_of_one_server_are_one_line_whatever_was_asked_of_it() -> None:
    url = "http://127.0.0.1:9/api/segments"
    batch = [
        replace(
            failed(f"S{n}", ""), error=ConnectionFailed("Gone.", method="GET", url=f"{url}/{n}/")
        )
        for n in range(3)
    ]

    title, lines = failure_summary(batch, lambda job: job.title)

    # The ledger has them as detached: to try again is to resume them, and not to fetch the list.
    assert title == "3 jobs detached"
    assert lines == [
        "sync S0, sync S1 and sync S2: Cannot reach the server: Gone.",
        "Press 0, then R, to resume them.",
    ]


def test_jobs_that_failed_and_jobs_that_can_be_resumed_are_counted_apart() -> None:
    gone = ConnectionFailed("Gone.", method="GET", url="http://127.0.0.1:9/api/segments/")
    detached = replace(failed("Z", ""), error=gone)

    title, lines = failure_summary([failed("S", "No."), failed("T", "No."), detached], _title)
    assert title == "2 jobs failed, 1 detached"
    assert lines[-1] == "Press 0, then R, to resume it."

    title, lines = failure_summary([detached], _title)
    assert (title, lines[-1]) == ("sync Z", "Press 0, then R, to resume it.")


def test_one_failure_is_told_by_its_title_and_its_reason() -> None:
    title, [words] = failure_summary([failed("S", "Gone.")], lambda job: job.title)
    assert title == "sync S"
    assert "Gone." in words
    assert failure_summary([], lambda job: job.title) == ("", [])
