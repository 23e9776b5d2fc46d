"""Fault injection: slow answers, failures, cut connections and a rate limit around a sandbox."""

from __future__ import annotations

import math
import os
import random
import re
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import ConnectionFailed
from segops_tui.sandbox.core.calls import refusal
from segops_tui.sandbox.core.errors import ApiRefusal, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.sandbox.core.admission import Caller
    from segops_tui.sandbox.core.calls import Answer, Answering, Call

DROP: Final = "drop"
_SPANS: Final = {
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("m", "min", "minute"), 60.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
}
_LATENCY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)?")
_RATE: Final = re.compile(r"(\d+)\s*/\s*([a-z]+)")
_SPEED: Final = re.compile(r"(\d+(?:\.\d+)?)\s*[x×]?")
_CHANCE: Final = re.compile(r"(drop|[45]\d\d)\s*=\s*(\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Rate:
    """The calls allowed in a span of time."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class InjectedFaults:
    """Which faults to inject."""

    latency: float = 0.0
    """Mean seconds to add; each answer waits between 0.5 and 1.5 times as long."""
    failures: tuple[tuple[str, float], ...] = ()
    """Statuses, or `drop` for a cut connection, and their chances, which add up to at most 1."""
    rate: Rate | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to inject."""
        return not (self.latency or self.failures or self.rate)


class FaultInjector:
    """A sandbox that fails on request; the same seed draws the same faults."""

    def __init__(
        self,
        inner: Answering,
        faults: InjectedFaults,
        *,
        seed: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        new_request_id: Callable[[], str] = lambda: f"req_{os.urandom(8).hex()}",
    ) -> None:
        self._inner, self.faults = inner, faults
        self._clock, self._sleep, self._new_request_id = clock, sleep, new_request_id
        self._random = random.Random(seed)
        self._recent: deque[float] = deque()
        self._guard = threading.Lock()

    def admit(self, method: str, path: str, headers: Mapping[str, str], /) -> Caller:
        """Return who calls; no fault is injected here."""
        return self._inner.admit(method, path, headers)

    def answer(self, call: Call, /) -> Answer:
        """Answer late, refuse, or pass the call on.

        Raises:
            ConnectionFailed: the connection was cut; half the time after the call was executed.
        """
        with self._guard:
            wait = self.faults.latency * self._random.uniform(0.5, 1.5)
            throttled = self._throttled()
            failure = self._failure()
            is_executed = self._random.random() < 0.5
        if wait:
            self._sleep(wait)
        if throttled is not None:
            return self._refusal(throttled)
        if failure == DROP:
            if is_executed:
                self._inner.answer(call)
            raise ConnectionFailed("The sandbox cut the connection (fault injection).")
        if failure is not None:
            return self._refusal(_failed(int(failure)))
        return self._inner.answer(call)

    def tick(self) -> bool:
        """Advance the wrapped sandbox's due work."""
        return self._inner.tick()

    def close(self) -> None:
        """Close the wrapped sandbox."""
        self._inner.close()

    def _throttled(self) -> ApiRefusal | None:
        rate = self.faults.rate
        if rate is None:
            return None
        now = self._clock()
        while self._recent and self._recent[0] <= now - rate.seconds:
            self._recent.popleft()
        if len(self._recent) < rate.calls:
            self._recent.append(now)
            return None
        return throttled(self._recent[0] + rate.seconds - now)

    def _failure(self) -> str | None:
        draw = self._random.random()
        for name, chance in self.faults.failures:
            if draw < chance:
                return name
            draw -= chance
        return None

    def _refusal(self, problem: ApiRefusal) -> Answer:
        answer = refusal(problem)
        headers = {**answer.headers, "x-request-id": self._new_request_id()}
        return type(answer)(answer.status, headers, answer.body)


def throttled(seconds: float) -> ApiRefusal:
    """A 429 that says when to retry."""
    retry_after = max(1, math.ceil(seconds))
    words = f"Request was throttled. Expected available in {retry_after} seconds."
    return ApiRefusal(429, {"detail": words}, {"retry-after": str(retry_after)})


def parse_latency(text: str) -> float:
    """Parse `80ms` or `1.5s` as seconds.

    Raises:
        ValueError: the text is not a duration of at most ten minutes.
    """
    match = _LATENCY.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f'"{text}" is not a duration; write 80ms or 1.5s.')
    seconds = float(match[1]) / (1000 if match[2] != "s" else 1)
    if seconds > 600:
        raise ValueError(f'"{text}" is longer than ten minutes.')
    return seconds


def parse_failures(text: str) -> tuple[tuple[str, float], ...]:
    """Parse `429=5%,500=2%,drop=1%`.

    Raises:
        ValueError: a part is not `status=chance%`, or the chances exceed 100%.
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        match = _CHANCE.fullmatch(part.strip().lower())
        if match is None:
            raise ValueError(
                f'"{part.strip()}" is not a failure rate; write 429=5%, 500=2% or drop=1%.'
            )
        found[match[1]] = float(match[2]) / 100
    if sum(found.values()) > 1:
        raise ValueError("The failure rates add up to more than 100%.")
    return tuple(found.items())


def parse_speed(text: str) -> float:
    """Parse how many times faster jobs run: `10x`, `0.5x`.

    Raises:
        ValueError: the text is not a factor from 0.01 to 1,000,000.
    """
    match = _SPEED.fullmatch(text.strip().lower())
    speed = float(match[1]) if match else 0.0
    if not 0.01 <= speed <= 1_000_000:
        raise ValueError(f"{text!r} is not a speed; write 10x, or 0.5x for half.")
    return speed


def parse_rate(text: str) -> Rate:
    """Parse `60/min`.

    Raises:
        ValueError: the text is not a number of calls per second, minute or hour.
    """
    match = _RATE.fullmatch(text.strip().lower())
    if match is None or match[2] not in _SPANS or not int(match[1]):
        raise ValueError(f'"{text}" is not a rate; write 60/min, 10/s or 1000/h.')
    return Rate(int(match[1]), _SPANS[match[2]])


def _failed(status: int) -> ApiRefusal:
    if status == 429:
        return throttled(1)
    words = "Server error." if status >= 500 else "Refused by fault injection."
    return refused(words, status=status)
