"""The requests of the last minute: how fast they are answered, how many were retried, what failed.

The API does not tell what is left of its limit per minute, so what this console sent is counted
against the plan's limit; other programs with the same key may have sent more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from segops_tui import wording

if TYPE_CHECKING:
    from segops_tui.client.pipeline import Trace

WINDOW: Final = 60.0
"""Seconds that are counted; the limit of a plan is per minute (contract §1.4)."""
_LATEST: Final = 8
"""Answers whose median is the latency."""
_MOST: Final = 5_000


class Sent(NamedTuple):
    """One attempt: when it ended, how long it took, whether it was a retry, and was answered."""

    when: float
    seconds: float
    is_retry: bool
    is_answered: bool


@dataclass(slots=True)
class Traffic:
    """What was sent of late."""

    limit: int | None = None
    """Requests a minute that the plan allows, where the API tells."""
    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=_MOST))
    error: str = ""
    """The last failure in short: `HTTP 500`."""
    failed_at: float = 0.0

    def add(self, trace: Trace, when: float) -> None:
        """Count an attempt that ended at `when`, in Unix seconds."""
        is_answered = trace.status is not None
        self.sent.append(Sent(when, trace.seconds, trace.number > 1, is_answered))
        if trace.status is None or trace.status == 429 or trace.status >= 500:
            self.error = "no answer" if trace.status is None else f"HTTP {trace.status}"
            self.failed_at = when

    @property
    def is_answered(self) -> bool | None:
        """Whether the last request was answered; None before the first."""
        return self.sent[-1].is_answered if self.sent else None

    def forms(self, now: float) -> tuple[str, ...]:
        """What is told, the longest form first; a narrow header takes a shorter one.

        `120 ms · 2 retries · 37 of 300 a minute · HTTP 500 12 s ago`; `120 ms · HTTP 500 12 s ago`;
        `120 ms`. While there is no answer, that is what stays.
        """
        recent = [each for each in self.sent if now - each.when < WINDOW]
        if not recent:
            return ()
        answered = [each.seconds for each in recent if each.is_answered][-_LATEST:]
        latency = _latency(median(answered)) if answered else ""
        retries = sum(each.is_retry for each in recent)
        retried = wording.plural(retries, "retry", "retries") if retries else ""
        of = f" of {self.limit:,}" if self.limit else ""
        sent = f"{len(recent):,}{of} a minute"
        failed = ""
        if self.error and now - self.failed_at < WINDOW:
            failed = f"{self.error} {wording.span(max(now - self.failed_at, 0))} ago"
        if not recent[-1].is_answered:
            latency = ""
        forms = (
            (latency, retried, sent, failed),
            (latency, sent, failed),
            (latency, failed or sent),
            (latency or failed,),
        )
        told = (" · ".join(part for part in form if part) for form in forms)
        return tuple(dict.fromkeys(told))


def _latency(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
