"""Bad days: refusals, cut connections, a server that is away, forgets, or has another clock."""

from __future__ import annotations

import runpy
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.async_runner import run_jobs_async
from segops_tui.jobs.engine.errors import JobFailed, LedgerFailed
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.rate_gate import RateGate
from segops_tui.jobs.engine.runner import run_job, run_jobs
from segops_tui.jobs.page_builds import start_build
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.registry import plan_of, resume
from segops_tui.sandbox.core.in_process import AsyncInProcess, InProcess
from segops_tui.sandbox.server.fault_injection import FaultInjector, InjectedFaults, parse_failures

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.sandbox.core.app import Sandbox

MIXED = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("mixed_jobs.py")), run_name="mixed_jobs")
)
NUMBER = 40
STORM = InjectedFaults(failures=parse_failures("429=5%,500=5%,drop=5%"))


@pytest.fixture
def prepared(workspace: Sandbox) -> Sandbox:
    MIXED.prepare(workspace, 1 + NUMBER // 9)
    return workspace


def storm_client(
    kind: Any, door: Any, sandbox: Sandbox, clock: Any, unix: Any, tries: list[Any]
) -> Any:
    """A client that tries once: every refusal and every cut is the plan's to deal with."""
    guard = threading.Lock()

    def move(seconds: float) -> None:
        # Two threads that move one clock at once would turn it back.
        with guard:
            clock.advance(seconds)

    injector = FaultInjector(sandbox, STORM, seed=7, clock=unix, sleep=move)
    pipeline = Pipeline(Policy(max_retries=0), trace=tries.append)
    client = kind(transport=door(injector), pipeline=pipeline)
    client.move = move
    return client


def was_stormy(tries: list[Any]) -> None:
    """All three kinds of failure were met, often."""
    for status in (None, 429, 500):
        assert sum(trace.status == status for trace in tries) > 5


def accounted_for(jobs: list[Job], ledger: Ledger, sandbox: Sandbox) -> None:
    """Every job is done, and the server did each exactly once."""
    sandbox.settle()
    stored = [ledger.get(job.id) for job in jobs]
    assert {(job.kind, job.state, job.error) for job in stored if job.state != "done"} == set()
    assert MIXED.census(sandbox.store.path) == MIXED.expected(jobs)
    imports = sum(job.kind == "import" for job in jobs)
    created = sum(job.result["created"] for job in stored if job.kind == "import")
    assert created == imports * MIXED.ROWS


def test_in_a_storm_every_job_ends_none_doubled_none_lost(
    prepared: Sandbox, client: Any, ledger: Ledger, tmp_path: Path, clock: Any, unix: Any
) -> None:
    jobs = MIXED.start(ledger, tmp_path, NUMBER)
    tries: list[Any] = []
    storm = storm_client(type(client), InProcess, prepared, clock, unix, tries)
    rate_gate = RateGate(clock=unix)

    run_jobs(jobs, plan_of, storm, ledger, clock=unix, rate_gate=rate_gate)
    for _ in range(10):
        left = [resume(ledger, job.id)[0] for job in ledger.list() if job.is_resumable]
        run_jobs(left, plan_of, storm, ledger, clock=unix, rate_gate=rate_gate)

    was_stormy(tries)
    accounted_for(jobs, ledger, prepared)


async def test_in_a_storm_awaited_jobs_all_end_too(
    prepared: Sandbox, async_client: Any, ledger: Ledger, tmp_path: Path, clock: Any, unix: Any
) -> None:
    jobs = MIXED.start(ledger, tmp_path, NUMBER)
    tries: list[Any] = []
    storm = storm_client(type(async_client), AsyncInProcess, prepared, clock, unix, tries)
    rate_gate = RateGate(clock=unix)

    await run_jobs_async(jobs, plan_of, storm, ledger, clock=unix, rate_gate=rate_gate)
    for _ in range(10):
        left = [resume(ledger, job.id)[0] for job in ledger.list() if job.is_resumable]
        await run_jobs_async(left, plan_of, storm, ledger, clock=unix, rate_gate=rate_gate)

    was_stormy(tries)
    accounted_for(jobs, ledger, prepared)


class Away:
    """A sandbox that cannot be reached for a while, each change made or not just before."""

    def __init__(self, inner: Sandbox, now: Callable[[], float], seconds: float) -> None:
        self._inner, self._now, self._seconds = inner, now, seconds
        self._changes, self._from = 0, float("inf")
        self._guard = threading.Lock()

    def answer(self, call: Any) -> Any:
        with self._guard:
            self._changes += call.method != "GET"
            if self._changes == 6 and self._from == float("inf"):
                self._from = self._now()
                self._inner.answer(call)
        if self._from <= self._now() < self._from + self._seconds:
            raise ConnectionFailed("connection refused")
        return self._inner.answer(call)

    def tick(self) -> bool:
        return self._inner.tick()

    def close(self) -> None:
        self._inner.close()


def test_a_server_that_is_gone_for_half_a_minute_costs_no_job_that_was_on_its_way(
    prepared: Sandbox, client: Any, ledger: Ledger, tmp_path: Path, clock: Any, unix: Any
) -> None:
    jobs = MIXED.start(ledger, tmp_path, 12)
    away = type(client)(
        transport=InProcess(Away(prepared, unix, 30.0)), pipeline=Pipeline(Policy(max_retries=0))
    )
    away.move = clock.advance

    outcomes = run_jobs(jobs, plan_of, away, ledger, clock=unix, concurrency=1)
    clock.advance(60)
    left = [resume(ledger, job.id)[0] for job in ledger.list(state="detached")]
    run_jobs(left, plan_of, away, ledger, clock=unix, concurrency=1)

    accounted_for(jobs, ledger, prepared)
    assert len(outcomes) - len(left) > 6


def test_something_that_was_deleted_under_a_job_fails_it_with_words(
    prepared: Sandbox, client: Any, ledger: Ledger, unix: Any
) -> None:
    job = start_build(ledger, page_id=1, name="", profile="sandbox")

    def delete(job: Job) -> None:
        if job.stage == "building" and job.state == "running":
            client.pages.delete(1)

    with pytest.raises(JobFailed, match="no longer knows what this job is about") as failed:
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=delete)

    assert failed.value.hint
    assert ledger.get(job.id).state == "failed"


def test_a_clock_that_jumps_back_ends_no_job_wrongly(
    prepared: Sandbox, client: Any, ledger: Ledger, listener: Any, clock: Any
) -> None:
    """This machine's clock is set back a day while a job runs; the server's is not."""
    offset = [timedelta()]
    job = start_recompute(ledger, segment_id=1, name="", profile="sandbox")

    def jump(job: Job) -> None:
        if job.stage == "computing":
            offset[0] = timedelta(days=-1)

    done = run_job(
        plan_of(job),
        job,
        client,
        ledger,
        report=listener,
        clock=lambda: (clock() + offset[0]).timestamp(),
        after_save=jump,
    )

    assert done.state == "done"
    assert all(progress.elapsed >= 0 for progress in listener.heard)
    assert all(progress.eta is None or progress.eta >= 0 for progress in listener.heard)


def test_a_ledger_that_is_taken_away_stops_a_job_before_its_next_request(
    prepared: Sandbox, client: Any, ledger: Ledger, unix: Any
) -> None:
    job = start_recompute(ledger, segment_id=1, name="", profile="sandbox")

    def close(_job: Job) -> None:
        ledger.close()

    with pytest.raises(LedgerFailed):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=close)


def test_a_ledger_that_fills_up_under_a_job_says_how_to_go_on(
    prepared: Sandbox, client: Any, ledger: Ledger, unix: Any
) -> None:
    job = start_recompute(ledger, segment_id=1, name="", profile="sandbox")

    def fill(saved: Job) -> None:
        if saved.stage == "computing":
            ledger._database.execute("PRAGMA query_only = 1")

    with pytest.raises(LedgerFailed) as failed:
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=fill)

    assert failed.value.hint == f"Free some disk space, then go on: segops-tui jobs resume {job.id}"
