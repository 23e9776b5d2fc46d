"""Progress: fractions, rates and estimates from counts and moments."""

from __future__ import annotations

import pytest

from segops_tui.jobs.engine.job import Job
from segops_tui.jobs.engine.progress import Meter, Progress, estimate_duration


def job(**changes: object) -> Job:
    fields: dict[str, object] = {
        "id": "j1",
        "kind": "import",
        "target": "/tmp/a.csv",
        "target_name": "a.csv",
        "profile": "sandbox",
        "command": "segops-tui products import a.csv",
        "created_at": 100.0,
    }
    return Job(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_fraction_is_known_only_with_a_total() -> None:
    """Work of unknown length has no fraction."""
    known = Progress.of(job(done=30, total=120), now=101.0)
    unknown = Progress.of(job(done=30), now=101.0)

    assert known.fraction == 0.25
    assert unknown.fraction is None


def test_a_count_past_its_total_is_all_of_it() -> None:
    assert Progress.of(job(done=130, total=120), now=101.0).fraction == 1.0


def test_a_job_that_is_done_is_whole_whatever_was_counted() -> None:
    progress = Progress.of(job(state="done", stage="done"), now=101.0)

    assert (progress.fraction, progress.is_final, progress.eta) == (1.0, True, None)


def test_the_time_left_follows_the_rate() -> None:
    assert Progress.of(job(done=20, total=120), now=101.0, rate=50.0).eta == 2.0


def test_the_time_left_follows_earlier_runs_where_nothing_is_counted() -> None:
    """The API reports no percentage of a compute; earlier durations are the best estimate."""
    progress = Progress.of(job(), now=104.0, estimate=estimate_duration([10.0]))

    assert (progress.eta, progress.elapsed) == (6.0, 4.0)


def test_a_clock_that_jumps_back_makes_no_negative_time() -> None:
    progress = Progress.of(job(), now=40.0, estimate=estimate_duration([10.0]))

    assert (progress.elapsed, progress.eta) == (0.0, 10.0)


def test_a_rate_follows_steady_work_exactly_and_a_jump_gradually() -> None:
    meter = Meter()
    for second in range(5):
        meter.take(job(stage="importing", done=second * 100), now=float(second))
    steady = meter.rate
    jumped = meter.take(job(stage="importing", done=1_400), now=5.0)

    assert steady == pytest.approx(100.0)
    assert jumped is not None
    assert 100 < jumped < 1_000


def test_a_rate_begins_anew_with_a_stage() -> None:
    """Bytes a second say nothing about rows a second."""
    meter = Meter()
    meter.take(job(stage="uploading", done=0), now=0.0)
    meter.take(job(stage="uploading", done=1_000_000), now=1.0)

    assert meter.take(job(stage="importing", done=10), now=2.0) is None
    assert meter.take(job(stage="importing", done=30), now=3.0) == 20.0


def test_work_that_takes_longer_than_usual_is_given_until_the_slowest_run() -> None:
    """Past the median it may be as slow as the slowest run; past that it is unknown."""
    usual = estimate_duration([10.0, 12.0, 20.0])

    late = Progress.of(job(), now=115.0, estimate=usual)
    lost = Progress.of(job(), now=121.0, estimate=usual)

    assert (late.eta, late.eta_range) == (5.0, (0.0, 5.0))
    assert (lost.eta, lost.eta_range) == (None, None)


def test_an_estimate_is_the_median_and_as_wide_as_the_runs_differ() -> None:
    steady, wild = estimate_duration([10.0] * 5), estimate_duration([2.0, 9.0, 10.0, 60.0])

    assert steady is not None
    assert wild is not None
    assert (steady.typical, steady.least, steady.most) == (10.0, 9.0, 11.0)
    assert (wild.typical, wild.least, wild.most) == (9.5, 2.0, 60.0)


def test_one_odd_run_among_many_does_not_widen_an_estimate() -> None:
    found = estimate_duration([10.0] * 19 + [600.0])

    assert found is not None
    assert found.most == 11.0


def test_no_history_is_no_estimate() -> None:
    assert estimate_duration([]) is None
    assert Progress.of(job(), now=101.0).eta_range is None
