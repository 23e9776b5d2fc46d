"""A rate limit one job meets is every job's: they all rest, and go on together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.errors import RateLimited
from segops_tui.api.resources.segments import Segments
from segops_tui.client.pipeline import Trace
from segops_tui.jobs.engine.async_runner import run_jobs_async
from segops_tui.jobs.engine.plan import Save, Send, read
from segops_tui.jobs.engine.rate_gate import RateGate
from segops_tui.jobs.engine.runner import run_job, run_jobs
from segops_tui.jobs.recompute import start_recompute

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan


class Now:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


class Throttled:
    """A client that gets one 429 with 20 s, and records when requests were sent."""

    def __init__(self, now: Now) -> None:
        self._now, self._is_told = now, False
        self.asked: list[tuple[str, float]] = []

    def send(self, request: Any, /, *, key: str | None = None) -> Any:
        self.asked.append((request.path, self._now()))
        if not self._is_told:
            self._is_told = True
            error = RateLimited("slow down", status=429)
            error.retry_after = 20.0
            raise error
        return None

    def fetch(self, request: Any, /) -> Any:
        raise AssertionError

    def sleep(self, seconds: float, /) -> None:
        self._now.time += seconds


class AsyncThrottled(Throttled):
    async def send(self, request: Any, /, *, key: str | None = None) -> Any:
        return super().send(request, key=key)

    async def sleep(self, seconds: float, /) -> None:
        super().sleep(seconds)


def asking(job: Job) -> Plan:
    yield Save(job.at("asking"))
    yield from read(Segments.get.build(None, job.target))
    yield Send(Segments.get.build(None, job.target))
    return job.ended({})


def jobs(ledger: Ledger, number: int) -> list[Job]:
    return [
        start_recompute(ledger, segment_id=n + 1, name="", profile="sandbox") for n in range(number)
    ]


def test_all_jobs_rest_when_one_is_told_to(ledger: Ledger) -> None:
    now = Now()
    client = Throttled(now)

    outcomes = run_jobs(
        jobs(ledger, 3), asking, client, ledger, concurrency=1, rate_gate=RateGate(clock=now)
    )

    assert [outcome.job.state for outcome in outcomes] == ["done"] * 3
    assert client.asked[0][1] == 0.0
    assert all(at >= 20.0 for _, at in client.asked[1:])


async def test_all_awaited_jobs_rest_when_one_is_told_to(ledger: Ledger) -> None:
    now = Now()
    client = AsyncThrottled(now)

    outcomes = await run_jobs_async(
        jobs(ledger, 3), asking, client, ledger, rate_gate=RateGate(clock=now)
    )

    assert [outcome.job.state for outcome in outcomes] == ["done"] * 3
    assert sorted({at for _, at in client.asked})[1] >= 20.0


def test_a_job_of_its_own_run_heeds_a_shared_turnstile(ledger: Ledger) -> None:
    now, waits = Now(), []
    rate_gate = RateGate(clock=now)
    rate_gate.close_for(7.0)
    client = Throttled(now)
    client._is_told = True
    (job,) = jobs(ledger, 1)

    run_job(
        asking(job),
        job,
        client,
        ledger,
        rate_gate=rate_gate,
        report=lambda progress: waits.append(progress.stage),
    )

    assert client.asked[0][1] == 7.0


def test_what_a_client_sits_out_by_itself_is_heard_too() -> None:
    """A client retries a 429 that no runner sees; its trace reports it."""
    now = Now()
    rate_gate = RateGate(clock=now)
    rate_gate.note_attempt(Trace("GET", "/x", 200, 0.1, None, answered=(("retry-after", "9"),)))
    assert rate_gate.pause() is None

    rate_gate.note_attempt(Trace("GET", "/x", 429, 0.1, None, answered=(("Retry-After", "9"),)))

    pause = rate_gate.pause()
    assert pause is not None
    assert pause.left == 9.0


def test_a_shorter_wish_does_not_open_it_earlier_and_weeks_are_not_waited_for() -> None:
    now: Callable[[], float] = Now()
    rate_gate = RateGate(clock=now)
    rate_gate.close_for(30.0)
    rate_gate.close_for(2.0)
    first = rate_gate.pause()
    rate_gate.close_for(1_000_000.0)
    second = rate_gate.pause(after=first)

    assert first is not None
    assert second is not None
    assert (first.left, second.left) == (30.0, 60.0)


def test_who_has_waited_is_not_kept_by_a_clock_that_stands_still() -> None:
    rate_gate = RateGate(clock=Now())
    rate_gate.close_for(5.0)
    waited = rate_gate.pause()

    assert rate_gate.pause(after=waited) is None
