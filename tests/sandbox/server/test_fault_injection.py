"""Bad days on request."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.sandbox.core.app import Call
from segops_tui.sandbox.server.fault_injection import (
    FaultInjector,
    InjectedFaults,
    Rate,
    parse_failures,
    parse_latency,
    parse_rate,
    parse_speed,
)

LIST = Call("GET", "/api/segments/")


class Seconds:
    """A clock of seconds whose sleeping moves it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def outcomes(injector, calls):
    """The result of each of some calls: a status, or `drop`."""
    found = []
    for _ in range(calls):
        try:
            found.append(injector.answer(LIST).status)
        except ConnectionFailed:
            found.append("drop")
    return found


def test_latency_is_spread_around_its_figure(sandbox):
    seconds = Seconds()
    injector = FaultInjector(
        sandbox, InjectedFaults(latency=0.1), clock=seconds, sleep=seconds.sleep
    )

    waits = []
    for _ in range(50):
        before = seconds.now
        injector.answer(LIST)
        waits.append(seconds.now - before)

    assert 0.05 <= min(waits) < max(waits) <= 0.15


def test_failures_come_as_often_as_asked(sandbox):
    injector = FaultInjector(
        sandbox, InjectedFaults(failures=(("429", 0.2), ("500", 0.1), ("drop", 0.1)))
    )

    counts = Counter(outcomes(injector, 500))

    assert {name: round(count / 500, 1) for name, count in counts.items()} == {
        200: 0.6,
        429: 0.2,
        500: 0.1,
        "drop": 0.1,
    }


def test_the_same_seed_brings_the_same_day(sandbox):
    def day(seed):
        return outcomes(
            FaultInjector(sandbox, InjectedFaults(failures=(("500", 0.5),)), seed=seed), 30
        )

    assert day(1) == day(1) != day(2)


def test_a_cut_connection_may_have_been_heard(sandbox, ask):
    """Half of the calls that get no answer were carried out all the same."""
    injector = FaultInjector(sandbox, InjectedFaults(failures=(("drop", 1.0),)))

    for _ in range(40):
        with pytest.raises(ConnectionFailed):
            injector.answer(Call("POST", "/api/segments/", body=b'{"name": "x"}'))

    assert 10 < ask.ok("GET", "/api/segments/")["count"] < 30


def test_a_rate_limit_says_when_to_come_back(sandbox):
    seconds = Seconds()
    injector = FaultInjector(sandbox, InjectedFaults(rate=Rate(2, 60)), clock=seconds)

    first = outcomes(injector, 2)
    seconds.now = 47.5
    refused = injector.answer(LIST)
    seconds.now = 60.0
    later = outcomes(injector, 3)

    assert (first, later) == ([200, 200], [200, 200, 429])
    assert (refused.status, refused.headers["retry-after"]) == (429, "13")
    assert json.loads(refused.body) == {
        "detail": "Request was throttled. Expected available in 13 seconds."
    }
    assert refused.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("text", "seconds"), [("80ms", 0.08), ("1.5s", 1.5), ("80", 0.08), (" 2 S ", 2.0)]
)
def test_a_latency_is_read(text, seconds):
    assert parse_latency(text) == pytest.approx(seconds)


def test_failures_are_read():
    assert parse_failures("429=5%, 500=2% ,drop=0.5%") == (
        ("429", 0.05),
        ("500", 0.02),
        ("drop", 0.005),
    )


@pytest.mark.parametrize(
    ("text", "rate"),
    [("60/min", Rate(60, 60)), ("5 / s", Rate(5, 1)), ("1000/hour", Rate(1000, 3600))],
)
def test_a_rate_is_read(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    ("parse", "text", "words"),
    [
        (parse_latency, "soon", "write 80ms or 1.5s"),
        (parse_latency, "-5ms", "write 80ms or 1.5s"),
        (parse_latency, "2000s", "longer than ten minutes"),
        (parse_failures, "", "is not a failure rate"),
        (parse_failures, "200=5%", "is not a failure rate"),
        (parse_failures, "429=60%,500=50%", "more than 100%"),
        (parse_rate, "60", "write 60/min"),
        (parse_rate, "0/min", "write 60/min"),
        (parse_rate, "5/fortnight", "write 60/min"),
        (parse_speed, "fast", "write 10x"),
        (parse_speed, "0x", "write 10x"),
        (parse_speed, "-2x", "write 10x"),
    ],
)
def test_a_fault_that_cannot_be_parsed_says_how_to_write_it(parse, text, words):
    with pytest.raises(ValueError, match=words):
        parse(text)


@pytest.mark.parametrize(("text", "speed"), [("10x", 10.0), ("0.5 ×", 0.5), ("3", 3.0)])
def test_a_speed_is_read(text, speed):
    assert parse_speed(text) == speed


def test_faults_know_whether_they_are_empty():
    assert InjectedFaults().is_empty
    assert not InjectedFaults(latency=0.1).is_empty
