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
    assert traffic.forms(112.0) == (
        "120 ms · 8 retries · 9 of 300 a minute · HTTP 500 12 s ago",
        "120 ms · 9 of 300 a minute · HTTP 500 12 s ago",
        "120 ms · HTTP 500 12 s ago",
        "120 ms",
    )
    assert traffic.forms(165.0)[0] == "120 ms · 8 retries · 8 of 300 a minute"
    assert traffic.forms(165.0)[-2:] == ("120 ms · 8 of 300 a minute", "120 ms")
    assert traffic.forms(500.0) == ()


def test_a_server_that_does_not_answer_has_no_latency() -> None:
    traffic = Traffic()
    traffic.add(trace(0.02), 0.0)
    traffic.add(trace(0.001, None), 1.0)
    traffic.add(trace(0.001, None, number=2), 2.0)
    assert traffic.forms(3.0) == (
        "1 retry · 3 a minute · no answer 1 s ago",
        "3 a minute · no answer 1 s ago",
        "no answer 1 s ago",
    )
    traffic.add(trace(0.02), 4.0)
    assert traffic.forms(5.0)[-2:] == ("20 ms · no answer 3 s ago", "20 ms")
