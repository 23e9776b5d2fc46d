"""What the header tells of the requests of the last minute."""

from __future__ import annotations

from segops_tui.client.pipeline import Trace
from segops_tui.tui.core.traffic import Traffic


def trace(seconds: float, status: int | None = 200, number: int = 1) -> Trace:
    return Trace("GET", "/x/", status, seconds, None, number=number)


def test_latency_retries_the_share_of_the_limit_and_the_last_error_are_told() -> None:
    traffic = Traffic(limit=300)
    traffic.add(trace(9.0, 500), 100.0)
    for _ in range(8):
        traffic.add(trace(0.12, number=2), 110.0)
    assert traffic.words(112.0) == "120 ms · 8 retries · 9 of 300 a minute · HTTP 500 12 s ago"
    assert traffic.words(112.0, long=False) == "120 ms"
    assert traffic.words(165.0) == "120 ms · 8 retries · 8 of 300 a minute"
    assert traffic.words(500.0) == ""


def test_a_limit_that_the_api_does_not_tell_is_left_out() -> None:
    traffic = Traffic()
    traffic.add(trace(2.0, None), 0.0)
    assert traffic.words(1.0) == "2.0 s · 1 a minute · no answer 1 s ago"
