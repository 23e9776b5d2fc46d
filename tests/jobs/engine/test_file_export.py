"""Export: the plan fed by hand, then carried out on the sandbox in both colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed, Gone
from segops_tui.api.exports import ExportJob
from segops_tui.jobs.engine.async_runner import run_job_async
from segops_tui.jobs.engine.download import Received
from segops_tui.jobs.engine.errors import CannotWrite, JobFailed, WouldOverwrite
from segops_tui.jobs.engine.plan import Fetch, Save, Send
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.registry import plan_of
from segops_tui.jobs.segment_export import start_export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan, Step

READY = {"id": 14, "status": "complete", "download_url": "/api/segments/exports/14/download/"}


def new(ledger: Ledger, to: Path, **changes: Any) -> Job:
    return start_export(
        ledger, **{"segment_id": 12, "name": "VIPs", "to": to, "profile": "sandbox", **changes}
    )


def walk(plan: Plan, *answers: Any) -> tuple[list[Step], Job]:
    """Walk a plan to its end: each `Send` and `Fetch` takes the next answer."""
    steps: list[Step] = []
    remaining = iter(answers)
    reply: Any = None
    try:
        while True:
            step = plan.throw(reply) if isinstance(reply, Exception) else plan.send(reply)
            steps.append(step)
            reply = next(remaining) if isinstance(step, Send | Fetch) else None
    except StopIteration as end:
        return steps, end.value


def export(**fields: Any) -> ExportJob:
    return ExportJob(fields)


def gone() -> Gone:
    return Gone("Export link expired.", status=410)


def test_it_is_saved_before_it_leaves_and_with_the_servers_id_after(
    ledger: Ledger, tmp_path: Path
) -> None:
    job = new(ledger, tmp_path / "a.csv")

    steps, done = walk(
        plan_of(job),
        export(export_id=14, status="pending"),
        export(id=14, status="pending"),
        export(**READY),
        Received(120, 4),
    )

    kinds = [type(step) for step in steps if isinstance(step, Save | Send | Fetch)]
    assert kinds == [Save, Send, Save, Send, Send, Save, Fetch]
    assert done.remote_ids == {"export-1": 14}
    assert done.summary == "3 members, 120 B in a.csv"
    assert (done.done, done.total) == (120, 120)


def test_the_servers_name_chooses_no_path(ledger: Ledger, tmp_path: Path) -> None:
    url = "https://files.example.com/../../etc/passwd?signature=1"

    steps, _ = walk(
        plan_of(new(ledger, tmp_path / "a.csv")),
        export(id=14),
        export(**{**READY, "download_url": url}),
        Received(1, 1),
    )

    fetch = next(step for step in steps if isinstance(step, Fetch))
    assert fetch.request.path == url
    assert fetch.target.path == tmp_path / "a.csv"


def test_an_expired_link_starts_anew_once_with_another_key(ledger: Ledger, tmp_path: Path) -> None:
    job = new(ledger, tmp_path / "a.csv")

    steps, done = walk(
        plan_of(job),
        export(id=14),
        export(**READY),
        gone(),
        export(id=15),
        export(**{**READY, "id": 15}),
        Received(1, 1),
    )

    posts = [step for step in steps if isinstance(step, Send) and step.request.mutates]
    assert [post.key for post in posts] == [job.keys["export-1"], job.keys["export-2"]]
    assert done.remote_ids == {"export-1": 14, "export-2": 15}


def test_a_link_that_expires_twice_is_an_error(ledger: Ledger, tmp_path: Path) -> None:
    answers = [export(id=14), export(**READY), gone(), export(id=15), export(**READY), gone()]

    with pytest.raises(Gone):
        walk(plan_of(new(ledger, tmp_path / "a.csv")), *answers)


def test_a_broken_download_is_tried_again(ledger: Ledger, tmp_path: Path) -> None:
    broken = ConnectionFailed("The download ended after 3 of 10 bytes.")

    steps, done = walk(
        plan_of(new(ledger, tmp_path / "a.csv")),
        export(id=14),
        export(**READY),
        broken,
        Received(10, 2),
    )

    assert len([step for step in steps if isinstance(step, Fetch)]) == 2
    assert done.state == "done"


def test_an_export_that_fails_there_fails_here_with_its_words(
    ledger: Ledger, tmp_path: Path
) -> None:
    with pytest.raises(JobFailed, match="no room"):
        walk(
            plan_of(new(ledger, tmp_path / "a.csv")),
            export(id=14),
            export(id=14, status="failed", error="no room"),
        )


def test_an_existing_file_is_refused_before_anything_is_noted_or_sent(
    ledger: Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")

    with pytest.raises(WouldOverwrite, match="exists"):
        new(ledger, path)

    assert ledger.list() == []
    assert new(ledger, path, force=True).params["force"] is True


def test_the_format_follows_the_name(ledger: Ledger, tmp_path: Path) -> None:
    assert new(ledger, tmp_path / "a.parquet").params["format"] == "parquet"
    assert new(ledger, tmp_path / "a.txt").params["format"] == "csv"
    with pytest.raises(CannotWrite, match="xlsx"):
        new(ledger, tmp_path / "a.xlsx", format="xlsx")


@pytest.fixture
def computed(client: Any, shoppers: int, clock: Any) -> int:
    client.segments.compute(shoppers)
    for _ in range(3):
        clock.advance(2)
        client.segments.get(shoppers)
    return shoppers


def test_an_export_ends_in_its_place(
    client: Any,
    ledger: Ledger,
    listener: Any,
    computed: int,
    tmp_path: Path,
    unix: Callable[[], float],
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    job = new(ledger, folder / "members.csv", segment_id=computed)

    done = run_job(plan_of(job), job, client, ledger, report=listener, clock=unix)

    lines = (folder / "members.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["user_id", "ada", "bob", "cyd"]
    assert done.summary.startswith("3 members, ")
    assert listener.stages == ["starting", "preparing", "downloading", "done"]
    assert [path.name for path in folder.iterdir()] == ["members.csv"]


async def test_an_awaited_export_comes_to_the_same(
    async_client: Any, ledger: Ledger, computed: int, tmp_path: Path, unix: Callable[[], float]
) -> None:
    job = new(ledger, tmp_path / "members.csv", segment_id=computed)

    done = await run_job_async(plan_of(job), job, async_client, ledger, clock=unix)

    assert done.result["members"] == 3
    assert len((tmp_path / "members.csv").read_bytes()) == done.result["bytes"]


def test_a_link_the_sandbox_let_expire_is_made_anew(
    client: Any, ledger: Ledger, computed: int, tmp_path: Path, clock: Any, unix: Any
) -> None:
    """The laptop slept between the export and the download."""
    job = new(ledger, tmp_path / "members.csv", segment_id=computed)

    def sleep(job: Job) -> None:
        if job.stage == "downloading" and job.params["starts"] == 1:
            clock.advance(hours=2)

    done = run_job(plan_of(job), job, client, ledger, clock=unix, after_save=sleep)

    assert done.result["members"] == 3
    assert set(done.remote_ids) == {"export-1", "export-2"}
