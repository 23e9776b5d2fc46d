"""A rate limit one job meets is every job's: they all rest, and go on together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.errors import RateLimited
from segops_tui.api.resources.segments import Segments
from segops_tui.client.pipeline import Trace
from segops_tui.jobs.engine.async_runner import drive_all_async
from segops_tui.jobs.engine.plan import Save, Send, look
from segops_tui.jobs.engine.rate_gate import Turnstile
from segops_tui.jobs.engine.runner import drive, drive_all
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
    """A client that is told once to come back after 20 s, and notes when it was asked."""

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
    yield from look(Segments.get.build(None, job.target))
    yield Send(Segments.get.build(None, job.target))
    return job.ended({})


def jobs(ledger: Ledger, number: int) -> list[Job]:
    return [
        start_recompute(ledger, segment_id=n + 1, name="", profile="sandbox") for n in range(number)
    ]


def test_all_jobs_rest_when_one_is_told_to(ledger: Ledger) -> None:
    now = Now()
    client = Throttled(now)

    outcomes = drive_all(
        jobs(ledger, 3), asking, client, ledger, concurrency=1, turnstile=Turnstile(clock=now)
    )

    assert [outcome.job.state for outcome in outcomes] == ["done"] * 3
    assert client.asked[0][1] == 0.0
    assert all(at >= 20.0 for _, at in client.asked[1:])


async def test_all_awaited_jobs_rest_when_one_is_told_to(ledger: Ledger) -> None:
    now = Now()
    client = AsyncThrottled(now)

    outcomes = await drive_all_async(
        jobs(ledger, 3), asking, client, ledger, turnstile=Turnstile(clock=now)
    )

    assert [outcome.job.state for outcome in outcomes] == ["done"] * 3
    assert sorted({at for _, at in client.asked})[1] >= 20.0


def test_a_job_of_its_own_run_heeds_a_shared_turnstile(ledger: Ledger) -> None:
    now, waits = Now(), []
    turnstile = Turnstile(clock=now)
    turnstile.close_for(7.0)
    client = Throttled(now)
    client._is_told = True
    (job,) = jobs(ledger, 1)

    drive(
        asking(job),
        job,
        client,
        ledger,
        turnstile=turnstile,
        report=lambda progress: waits.append(progress.stage),
    )

    assert client.asked[0][1] == 7.0


def test_what_a_client_sits_out_by_itself_is_heard_too() -> None:
    """A client retries a 429 where no driver sees it; its trace tells."""
    now = Now()
    turnstile = Turnstile(clock=now)
    turnstile.heard(Trace("GET", "/x", 200, 0.1, None, answered=(("retry-after", "9"),)))
    assert turnstile.closing() is None

    turnstile.heard(Trace("GET", "/x", 429, 0.1, None, answered=(("Retry-After", "9"),)))

    closing = turnstile.closing()
    assert closing is not None
    assert closing.left == 9.0


def test_a_shorter_wish_does_not_open_it_earlier_and_weeks_are_not_waited_for() -> None:
    now: Callable[[], float] = Now()
    turnstile = Turnstile(clock=now)
    turnstile.close_for(30.0)
    turnstile.close_for(2.0)
    first = turnstile.closing()
    turnstile.close_for(1_000_000.0)
    second = turnstile.closing(after=first)

    assert first is not None
    assert second is not None
    assert (first.left, second.left) == (30.0, 60.0)


def test_who_has_waited_is_not_kept_by_a_clock_that_stands_still() -> None:
    turnstile = Turnstile(clock=Now())
    turnstile.close_for(5.0)
    waited = turnstile.closing()

    assert turnstile.closing(after=waited) is None
