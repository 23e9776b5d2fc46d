"""Drivers: what an end means, letting go, many at once, and that both colours agree."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed, Invalid, Refused
from segops_tui.client.guard import DryRunGuard, ReadOnly, WouldSend
from segops_tui.jobs.engine.async_runner import run_job_async, run_jobs_async, run_part_async
from segops_tui.jobs.engine.plan import Note, Save, Send, Wait, Work
from segops_tui.jobs.engine.runner import run_job, run_jobs
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.registry import plan_of, resume

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan
    from segops_tui.jobs.engine.progress import Progress


def new(ledger: Ledger, segment_id: int = 12) -> Job:
    return start_recompute(ledger, segment_id=segment_id, name="VIPs", profile="sandbox")


class Client:
    """A client that answers every request with what it is given."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer

    def send(self, request: Any, /, *, key: str | None = None) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def fetch(self, request: Any, /) -> Any:
        raise AssertionError

    def sleep(self, seconds: float, /) -> None:
        time.sleep(min(seconds, 0.01))


def one_request(job: Job) -> Plan:
    from segops_tui.api.resources.segments import Segments

    job = job.at("starting")
    yield Save(job)
    yield Send(Segments.compute.build(None, job.target), key=job.keys["compute"])
    return job.ended({"summary": "sent"})


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ConnectionFailed("connection refused"), "detached"),
        (Invalid("definition: empty", status=400), "failed"),
        (KeyboardInterrupt(), "detached"),
    ],
)
def test_an_end_is_written_down_and_raised(
    ledger: Ledger, error: BaseException, state: str
) -> None:
    """What is transient or the user stops can be resumed; what the server refused cannot."""
    job = new(ledger)

    with pytest.raises(type(error)):
        run_job(one_request(job), job, Client(error), ledger)

    assert (ledger.get(job.id).state, ledger.get(job.id).stage) == (state, "starting")
    assert ledger.get(job.id).error == str(error)


def test_a_job_that_a_guard_kept_from_leaving_leaves_no_trace(
    client: Any, ledger: Ledger, shoppers: int
) -> None:
    for guard, error in ((ReadOnly("--read-only"), Refused), (DryRunGuard(), WouldSend)):
        client._pipeline = type(client._pipeline)(guard=guard)
        job = new(ledger, shoppers)

        with pytest.raises(error):
            run_job(plan_of(job), job, client, ledger)

        assert ledger.list() == []


def test_an_interrupted_job_goes_on_where_it_was(
    client: Any, ledger: Ledger, shoppers: int, unix: Callable[[], float]
) -> None:
    """Ctrl-C detaches; the server's work goes on; resuming sends nothing twice."""
    job = new(ledger, shoppers)

    def interrupt(job: Job) -> None:
        if job.stage == "computing" and job.state == "running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=interrupt)
    assert ledger.get(job.id).state == "detached"
    taken, plan = resume(ledger, job.id)
    done = run_job(plan, taken, client, ledger, clock=unix)

    assert done.summary == "0 → 3 members (+3)"


def test_a_jobs_time_goes_on_from_its_first_request(
    ledger: Ledger, clock: Any, unix: Callable[[], float]
) -> None:
    """Requests before its first step is saved are a part of it, and so of its estimate."""

    def two_steps(job: Job) -> Plan:
        clock.advance(10)
        yield Note(job)
        yield Save(job.at("starting"))
        clock.advance(10)
        yield Save(job.at("computing"))
        return job.ended({"summary": "done"})

    job = new(ledger)
    clock.advance(60)
    heard: list[Progress] = []
    done = run_job(two_steps(job), job, Client(), ledger, report=heard.append, clock=unix)

    assert [each.elapsed for each in heard] == [10.0, 10.0, 20.0, 20.0]
    assert done.took == 20.0


async def test_a_cancelled_job_can_be_resumed(
    async_client: Any, ledger: Ledger, shoppers: int, unix: Callable[[], float]
) -> None:
    job = new(ledger, shoppers)
    begun = asyncio.Event()

    def watch(job: Job) -> None:
        if job.stage == "computing":
            begun.set()

    async_client.sleep = lambda _seconds: asyncio.sleep(60)
    task = asyncio.create_task(
        run_job_async(plan_of(job), job, async_client, ledger, clock=unix, after_save=watch)
    )
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ledger.get(job.id).state == "detached"


def test_many_are_driven_a_few_at_a_time(ledger: Ledger) -> None:
    """Twelve jobs, four at once: never a fifth."""
    jobs = [new(ledger, number) for number in range(12)]
    guard, now, most = threading.Lock(), 0, 0
    full = threading.Barrier(4)

    def plan(job: Job) -> Plan:
        def run(_tell: Any) -> None:
            nonlocal now, most
            with guard:
                now += 1
                most = max(most, now)
            full.wait(120)
            with guard:
                now -= 1

        yield Work(run)
        return job.ended({})

    outcomes = run_jobs(jobs, plan, Client(), ledger, concurrency=4)

    assert most == 4
    assert [outcome.job.id for outcome in outcomes] == [job.id for job in jobs]
    assert {outcome.job.state for outcome in outcomes} == {"done"}


async def test_a_cancelled_part_closes_its_files_when_its_thread_has_ended() -> None:
    """SQLite crashes the process where one thread closes the connection that another one uses."""
    happened = []
    began, may_go_on = threading.Event(), threading.Event()

    def work(_report: object) -> None:
        began.set()
        may_go_on.wait(60)
        happened.append("worked")

    def part() -> Any:
        try:
            yield Work(work)
        finally:
            happened.append("closed")

    running = asyncio.ensure_future(run_part_async(part(), Client()))  # type: ignore[arg-type]
    await asyncio.to_thread(began.wait, 60)
    running.cancel()
    await asyncio.sleep(0)
    # As a loop does that ends.
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    asyncio.get_running_loop().call_later(0.05, may_go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await running
    del running

    assert happened == ["worked", "closed"]


@pytest.mark.parametrize("colour", ["blocking", "async"])
async def test_one_that_fails_does_not_stop_the_others(
    colour: str, client: Any, async_client: Any, ledger: Ledger, shoppers: int, unix: Any
) -> None:
    jobs = [new(ledger, shoppers), new(ledger, 999), new(ledger, shoppers)]

    if colour == "blocking":
        outcomes = run_jobs(jobs, plan_of, client, ledger, clock=unix)
    else:
        outcomes = await run_jobs_async(jobs, plan_of, async_client, ledger, clock=unix)

    assert [outcome.job.state for outcome in outcomes] == ["done", "failed", "done"]
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]


def test_an_interruption_lets_go_of_all_of_many(ledger: Ledger) -> None:
    """Those that run stop at their next step, in the middle of a wait if need be."""
    jobs = [new(ledger, number) for number in range(3)]
    all_wait = threading.Barrier(3, action=lambda: interrupt(threading.main_thread()))

    def plan(job: Job) -> Plan:
        yield Save(job.at("computing"))
        all_wait.wait(120)
        while True:
            yield Wait(60)

    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, plan, Client(), ledger)

    assert {ledger.get(job.id).state for job in jobs} == {"detached"}


def test_an_interruption_while_the_last_thread_starts_lets_go_of_its_job_too(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread works already when Ctrl-C is pressed, and `start` has not returned."""
    jobs = [new(ledger, number) for number in range(2)]
    works, start = threading.Event(), threading.Thread.start

    def interrupted_start(thread: threading.Thread) -> None:
        start(thread)
        if thread.name == "job-1":
            works.wait(120)
            raise KeyboardInterrupt

    def plan(job: Job) -> Plan:
        yield Save(job.at("computing"))
        if job is jobs[1]:
            works.set()
            time.sleep(0.05)
        while True:
            yield Wait(60)

    monkeypatch.setattr(threading.Thread, "start", interrupted_start)
    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, plan, Client(), ledger)

    assert {ledger.get(job.id).state for job in jobs} == {"detached"}


def interrupt(thread: threading.Thread) -> None:
    """Press Ctrl-C."""
    import signal

    assert thread.ident is not None
    signal.pthread_kill(thread.ident, signal.SIGINT)


def test_a_flood_of_progress_reaches_the_listener_as_a_trickle(
    ledger: Ledger, listener: Any
) -> None:
    """A thousand notes in one moment are one line; the last state is always reported."""
    job = new(ledger)

    def plan(job: Job) -> Plan:
        yield Save(job.at("computing"))
        for number in range(1_000):
            yield Note(job.at("computing", done=number, total=1_000))
        return job.ended({})

    run_job(plan(job), job, Client(), ledger, report=listener, clock=lambda: 5.0)

    assert [progress.stage for progress in listener.heard] == ["computing", "done"]


def test_a_long_wait_shows_signs_of_life(ledger: Ledger, clock: Any, unix: Any) -> None:
    job = new(ledger)
    client = Client()
    client.sleep = clock.advance  # type: ignore[method-assign]
    began = unix()

    def plan(job: Job) -> Plan:
        for _ in range(10):
            yield Wait(1.0)
        assert ledger.get(job.id).updated_at >= began + 8
        return job.ended({})

    run_job(plan(job), job, client, ledger, clock=unix)


def test_a_second_run_estimates_from_the_first(
    client: Any, ledger: Ledger, listener: Any, shoppers: int, unix: Any
) -> None:
    for _ in range(2):
        listener.heard.clear()
        job = new(ledger, shoppers)
        run_job(plan_of(job), job, client, ledger, report=listener, clock=unix)

    assert listener.heard[0].eta is not None
    assert listener.heard[0].eta > 0


def test_a_broken_ledger_stops_the_job_before_its_request(ledger: Ledger, tmp_path: Path) -> None:
    job = new(ledger)
    ledger.close()

    from segops_tui.jobs.engine.errors import LedgerFailed

    with pytest.raises(LedgerFailed):
        run_job(one_request(job), job, Client(AssertionError("it left")), ledger)


def test_the_blocking_side_loads_no_event_loop_and_no_http_library() -> None:
    code = (
        "import sys; import segops_tui.jobs.engine.runner, segops_tui.jobs.registry\n"
        "print({'asyncio', 'httpx', 'rich', 'textual'} & set(sys.modules))"
    )

    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "set()"
