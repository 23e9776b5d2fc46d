"""How long work will take, from how long it took before.

Knows durations and how they vary; knows no job and no clock. The API tells no percentage of
most work, so this is the only estimate there is, and it says how sure it is.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MANY: Final = 8
"""From so many runs on, the fastest and the slowest tenth count as exceptions."""
_SLACK: Final = 0.1
"""Even runs that took the same to the second may differ by so much next time."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds that a run takes: most likely, and between which it ought to be."""

    typical: float
    least: float
    most: float

    def left(self, elapsed: float) -> float | None:
        """Seconds still to go, or None once it takes longer than it ever did."""
        if elapsed < self.typical:
            return self.typical - elapsed
        return self.most - elapsed if elapsed < self.most else None

    def range_left(self, elapsed: float) -> tuple[float, float] | None:
        """The fewest and the most seconds still to go, or None once nobody knows."""
        if elapsed >= self.most:
            return None
        return max(self.least - elapsed, 0.0), self.most - elapsed


def estimate(history: Sequence[float]) -> Estimate | None:
    """The median of earlier runs, widened by how much they vary; one run says little."""
    runs = sorted(history)
    if not runs:
        return None
    typical = statistics.median(runs)
    if len(runs) == 1:
        return Estimate(typical, typical / 2, typical * 2)
    least, most = runs[0], runs[-1]
    if len(runs) >= _MANY:
        tenths = statistics.quantiles(runs, n=10, method="inclusive")
        least, most = tenths[0], tenths[-1]
    return Estimate(typical, min(least, typical * (1 - _SLACK)), max(most, typical * (1 + _SLACK)))
