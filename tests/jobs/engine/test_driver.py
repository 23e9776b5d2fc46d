"""The driver decides and never waits: here replies are given by hand, without client or clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed, Invalid, RateLimited
from segops_tui.api.resources.segments import Segments
from segops_tui.jobs.engine.driver import JobRun, OnDisk
from segops_tui.jobs.engine.plan import Save, Send, Wait, send_until_answered
from segops_tui.jobs.engine.rate_gate import RateGate
from segops_tui.jobs.recompute import start_recompute

if TYPE_CHECKING:
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan


def compute_once(job: Job) -> Plan:
    job = job.at("starting")
    yield Save(job)
    yield Send(Segments.compute.build(None, job.target), key=job.keys["compute"])
    return job.ended({"summary": "sent"})


def compute_until_answered(job: Job) -> Plan:
    request = Segments.compute.build(None, job.target)
    yield from send_until_answered(request, key=job.keys["compute"])
    return job.ended({"summary": "sent"})


@pytest.fixture
def job(ledger: Ledger) -> Job:
    return start_recompute(ledger, segment_id=12, name="VIPs", profile="sandbox")


def run_of(plan: Plan, job: Job, ledger: Ledger, **options: Any) -> JobRun:
    standard: dict[str, Any] = {"report": None, "clock": lambda: 0.0, "after_save": None}
    return JobRun(plan, job, ledger, **{**standard, "rate_gate": RateGate(), **options})


def test_a_transition_is_on_disk_before_the_next_request_is_sent(ledger: Ledger, job: Job) -> None:
    actions = run_of(compute_once(job), job, ledger).actions()

    save = next(actions)
    assert isinstance(save, OnDisk)
    send = actions.send(save.call())

    assert isinstance(send, Send)
    assert ledger.get(job.id).stage == "starting"


def test_a_429_closes_the_gate_for_every_job_that_shares_it(ledger: Ledger, job: Job) -> None:
    """The job that met it waits, and so does one whose first request has not been sent."""
    gate = RateGate(clock=lambda: 100.0)
    first = run_of(compute_until_answered(job), job, ledger, rate_gate=gate).actions()
    other = run_of(compute_until_answered(job), job, ledger, rate_gate=gate).actions()

    refusal = RateLimited("Slow down.", status=429)
    refusal.retry_after = 7.0

    assert isinstance(next(first), Send)
    assert first.throw(refusal) == Wait(7.0)
    assert next(other) == Wait(7.0)


@pytest.mark.parametrize(
    ("error", "state"),
    [(ConnectionFailed("refused"), "detached"), (Invalid("empty", status=400), "failed")],
)
def test_an_error_decides_the_state_that_is_left_behind(
    ledger: Ledger, job: Job, error: Exception, state: str
) -> None:
    run = run_of(compute_once(job), job, ledger)

    run.end_by(error)

    assert (run.job.state, ledger.get(job.id).state) == (state, state)
