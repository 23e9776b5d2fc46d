"""`jobs watch|wait|resume|forget` and what killed, interrupted and failed work comes to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.account import SANDBOX, Account
from segops_tui.config.paths import find_paths
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.segment_export import start_export
from segops_tui.session import open_ledger
from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from tests.cli.conftest import Program

ROWS = 12_000


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A marketplace's catalogue, long enough to be stopped in the middle of."""
    file = tmp_path / "catalogue.csv"
    lines = [f"KILL-{number:05d},Kill thing {number},{number % 90}.50\n" for number in range(ROWS)]
    file.write_text("sku,name,price\n" + "".join(lines))
    return file


def ledger_of(program: Program) -> closing[Ledger]:
    """The ledger as the built-in sandbox's runs see it."""
    ledger = open_ledger(find_paths({"SEGOPS_TUI_HOME": str(program.home)}))
    return closing(ledger.bound_to(lambda _salt: SANDBOX))


def begin(program: Program, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "segops_tui", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean_environment(), "SEGOPS_TUI_HOME": str(program.home)},
    )


def wait_until(program: Program, is_so: Callable[[list[Job]], bool]) -> list[Job]:
    """The ledger's jobs, as soon as something is so of them."""
    until = time.monotonic() + 120
    with ledger_of(program) as ledger:
        while time.monotonic() < until:
            jobs = ledger.list()
            if jobs and is_so(jobs):
                return jobs
            time.sleep(0.01)
    raise AssertionError(jobs)


def lost_job(program: Program) -> str:
    """A job that was let go of, and whose segment is no more."""
    with ledger_of(program) as ledger:
        job = start_recompute(ledger, segment_id=9999, name="Gone", profile="sandbox")
        return ledger.save(job.stopped("detached")).id


def let_go(program: Program, *ids: str) -> list[str]:
    program("segments", "recompute", *ids, "--no-wait")
    return [job["id"] for job in program("jobs", "list", "-o", "json").data][::-1]


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param("uploading", marks=pytest.mark.thorough),
        pytest.param("mapping", marks=pytest.mark.thorough),
        "importing",
    ],
)
def test_a_killed_import_is_resumed_to_the_same_catalogue(
    changing: Program, catalogue: Path, stage: str
) -> None:
    order = ["checking", "uploading", "mapping", "review", "confirming", "importing"]
    later = set(order[order.index(stage) :])
    with begin(changing, "products", "import", str(catalogue), "--yes") as running:
        [job] = wait_until(changing, lambda jobs: jobs[0].stage in later)
        running.kill()

    [seen] = changing("jobs", "list", "-o", "json").data
    resumed = changing("jobs", "resume", job.id, "-o", "json")

    assert seen["state"] in {"interrupted", "waiting"}
    assert (resumed.code, resumed.data["state"]) == (0, "done")
    assert resumed.data["result"]["created"] == ROWS
    query = ("-f", "q=Kill thing", "-f", "page_size=1")
    assert changing("api", "GET", "/pim/products/", *query).data["count"] == ROWS
    assert changing("products", "imports", "-o", "json").out.count('"catalogue.csv"') == 1


def test_ctrl_c_lets_go_of_jobs_and_all_are_resumed(changing: Program) -> None:
    with begin(changing, "segments", "recompute", "1", "2") as running:
        wait_until(changing, lambda jobs: [j.stage for j in jobs] == ["computing"] * 2)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=240)
    resumed = changing("jobs", "resume", "--all", "-o", "json")

    assert running.returncode == 130
    assert "segops-tui jobs resume --all" in said
    assert (resumed.code, {job["state"] for job in resumed.data}) == (0, {"done"})


def test_waiting_takes_up_what_was_let_go_of(changing: Program) -> None:
    ids = let_go(changing, "1", "2")

    ended = changing("jobs", "wait", "--all", "-o", "json")

    assert ended.code == 0
    assert {job["id"]: job["state"] for job in ended.data} == dict.fromkeys(ids, "done")
    assert "nothing to wait for" in changing("jobs", "wait", "--all").err


@pytest.mark.usefixtures("real_waits")
def test_waiting_too_long_exits_9_and_the_job_can_still_be_waited_for(changing: Program) -> None:
    [job] = let_go(changing, "1")

    late = changing("jobs", "wait", job, "--wait-timeout", "0.1")
    ended = changing("jobs", "wait", job)

    assert (late.code, ended.code) == (9, 0)
    assert "Waited 0.1 s; 1 job still running" in late.err


def test_one_of_several_that_fails_does_not_stop_the_others(changing: Program) -> None:
    [good] = let_go(changing, "1")
    bad = lost_job(changing)

    ended = changing("jobs", "resume", "--all", "-o", "json")

    assert ended.code == 8
    assert {j["id"]: j["state"] for j in ended.data} == {good: "done", bad: "failed"}


def test_waiting_for_a_job_that_fails_exits_8(changing: Program) -> None:
    assert changing("jobs", "wait", lost_job(changing)).code == 8


def test_a_watch_sees_what_another_process_does(changing: Program) -> None:
    with begin(changing, "segments", "recompute", "1", "2") as running:
        wait_until(changing, lambda jobs: len(jobs) == 2 and jobs[0].stage == "computing")

        ended = changing("jobs", "watch", "-o", "ndjson")

        running.communicate(timeout=240)
    events = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert {e["event"] for e in events} == {"progress", "done", "result"}
    assert len({e["job"] for e in events if e["event"] == "done"}) == 2
    assert [e["state"] for e in events if e["event"] == "result"] == ["done", "done"]


def test_a_watch_without_a_terminal_writes_plain_lines(changing: Program) -> None:
    with begin(changing, "segments", "recompute", "1") as running:
        [job] = wait_until(changing, lambda jobs: jobs[0].stage == "computing")

        ended = changing("jobs", "watch", job.id)

        running.communicate(timeout=240)
    assert ended.code == 0
    assert "computing" in ended.err.splitlines()[0]
    assert "\x1b" not in ended.err
    assert "no job is running" in changing("jobs", "watch").err


@pytest.mark.parametrize(
    "words",
    [
        ("segments", "recompute", "1"),
        ("pages", "build", "6"),
        ("activations", "sync", "1"),
    ],
    ids=" ".join,
)
def test_a_job_tells_an_event_a_line(changing: Program, words: tuple[str, ...]) -> None:
    ended = changing(*words, "-o", "ndjson", "--quiet")

    events: list[dict[str, Any]] = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, ended.err) == (0, "")
    assert [e["event"] for e in events][-2:] == ["done", "result"]
    assert {e["event"] for e in events[:-2]} == {"progress"}
    assert {e["job"] for e in events[:-1]} == {events[0]["job"]}


def test_a_file_on_stdout_has_no_events_in_it(changing: Program) -> None:
    ended = changing("segments", "export", "1", "--to", "-", "-o", "ndjson")

    assert (ended.code, ended.out.splitlines()[0]) == (0, "user_id,computed_at")


def test_forgetting_what_is_done_leaves_the_rest(changing: Program) -> None:
    changing("segments", "recompute", "1")
    left = lost_job(changing)

    ended = changing("jobs", "forget", "--done")

    assert (ended.code, ended.err) == (0, "forgot 1 job\n")
    assert changing("jobs", "list", "-o", "name").out == f"{left}\n"


def test_forgetting_what_can_be_resumed_is_asked_about(changing: Program) -> None:
    left = lost_job(changing)

    refused = changing("jobs", "forget", left)
    forgotten = changing("jobs", "forget", left, "--yes")

    assert (refused.code, forgotten.code) == (2, 0)
    assert "can still be resumed (recompute Gone)" in refused.err
    assert changing("jobs", "list", "-o", "json").data == []


@pytest.mark.parametrize("verb", ["show", "watch", "wait", "resume", "forget"])
def test_a_job_that_is_not_there_exits_5(program: Program, verb: str) -> None:
    ended = program("jobs", verb, "nothing")

    assert (ended.code, ended.out) == (5, "")


@pytest.mark.parametrize("verb", ["wait", "resume", "forget"])
def test_which_jobs_has_to_be_said(program: Program, verb: str) -> None:
    assert program("jobs", verb).code == 2


def test_a_job_of_another_profile_is_left_to_it(changing: Program) -> None:
    theirs = Account("https://staging.example.com/api", "0f")
    with ledger_of(changing) as ledger:
        job = start_recompute(
            ledger.bound_to(lambda _salt: theirs), segment_id=1, name="Theirs", profile="staging"
        )
        ledger.save(job.stopped("detached"))

    named = changing("jobs", "resume", job.id)
    every = changing("jobs", "resume", "--all")

    assert (named.code, every.code) == (2, 0)
    assert "--profile staging" in named.err
    assert "skipped 1 job of other workspaces" in every.err
    assert changing("jobs", "show", job.id, "-o", "json").data["state"] == "detached"


def test_states_are_chosen(changing: Program) -> None:
    changing("segments", "recompute", "1")
    left = lost_job(changing)

    detached = changing("jobs", "list", "--state", "detached", "-o", "name")
    both = changing("jobs", "list", "--state", "done", "--state", "detached", "-o", "json")

    assert detached.out == f"{left}\n"
    assert len(both.data) == 2
    assert changing("jobs", "list", "--state", "lost").code == 2


def test_a_resume_that_may_not_change_anything_leaves_the_job_as_it_was(changing: Program) -> None:
    with ledger_of(changing) as ledger:
        job = start_recompute(ledger, segment_id=1, name="First", profile="sandbox")
        before = ledger.save(job.stopped("detached"))

    dry = changing("jobs", "resume", job.id, "--dry-run")
    refused = changing("jobs", "resume", job.id, "--read-only")

    assert (dry.code, refused.code) == (0, 2)
    assert dry.data["dry_run"]["url"].endswith("/segments/1/compute/")
    with ledger_of(changing) as ledger:
        after = ledger.get(job.id)
    assert (after.state, after.stage, after.params) == ("detached", before.stage, before.params)
    assert changing("jobs", "resume", job.id).code == 0


def test_a_start_that_was_not_sent_is_not_taken_for_one_without_an_answer(
    changing: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Account("https://shop.example.com/api", "0f")
    monkeypatch.setattr("segops_tui.sandbox.core.in_process.SANDBOX", there)
    with ledger_of(changing) as ledger:
        bound = ledger.bound_to(lambda _salt: there)
        to = tmp_path / "members.csv"
        job = start_export(bound, segment_id=1, name="S", to=to, profile="sandbox")
        ledger.save(job.stopped("detached"))

    dry = changing("jobs", "resume", job.id, "--dry-run")
    refused = changing("jobs", "resume", job.id, "--read-only")
    resumed = changing("jobs", "resume", job.id)

    assert (dry.code, refused.code, resumed.code) == (0, 2, 0), resumed.err


@pytest.mark.parametrize(
    "words", ["products score", "pages build", "queries run", "segments recompute"]
)
def test_one_id_of_several_that_fails_exits_8(changing: Program, words: str) -> None:
    ended = changing(*words.split(), "1", "9999", "-o", "json")

    assert ended.code == 8


def test_an_export_that_may_run_twice_needs_a_yes(
    changing: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its start was recorded and no answer; the API lists no exports to look at."""
    there = Account("https://shop.example.com/api", "0f")
    monkeypatch.setattr("segops_tui.sandbox.core.in_process.SANDBOX", there)
    to = tmp_path / "members.csv"
    with ledger_of(changing) as ledger:
        bound = ledger.bound_to(lambda _salt: there)
        job = start_export(bound, segment_id=1, name="S", to=to, profile="sandbox")
        ledger.save(job.at("starting").stopped("detached"))

    refused = changing("jobs", "resume", job.id)
    waiting = changing("jobs", "show", job.id, "-o", "json").data["state"]
    agreed = changing("jobs", "resume", job.id, "--yes")

    assert (refused.code, waiting, agreed.code) == (2, "waiting", 0)
    assert "may export twice" in refused.err
    assert "jobs resume ID --yes" in refused.err
    assert to.is_file()


def test_a_job_is_found_by_the_beginning_of_its_id_and_by_its_name(program: Program) -> None:
    with ledger_of(program) as ledger:
        ids = [
            start_recompute(ledger, segment_id=n, name=f"S{n}", profile="sandbox").id
            for n in (1, 2)
        ]
    first, second = ids

    assert program("jobs", "show", first[:5], "-o", "json").data["id"] == first
    assert program("jobs", "show", "Recompute  s2", "-o", "json").data["id"] == second
    assert program("jobs", "show", first[:3]).code == 5
    assert program("jobs", "forget", first[:6], first, "--yes").code == 0
    assert program("jobs", "show", first).code == 5


def test_a_name_of_several_jobs_lists_them(program: Program) -> None:
    with ledger_of(program) as ledger:
        ids = [start_recompute(ledger, segment_id=1, name="S1", profile="sandbox").id for _ in "ab"]

    ended = program("jobs", "show", "recompute S1")

    assert ended.code == 2
    assert "2 jobs are meant by 'recompute S1', newest first:" in ended.err
    assert all(key in ended.err for key in ids)
