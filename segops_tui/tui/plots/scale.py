"""Axis scales of plots: tick values, and how numbers and days are formatted beside an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from textual.content import Content

from segops_tui import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Unit = Literal["count", "percent", "position"]
"""A whole number; a percentage from 0 to 100; a rank, of which 1 is the best."""

_LARGEST: Final = 1e300
_SHORT: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_STEPS: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis: the values at its bottom and top, and the ticks between them."""

    bottom: float
    top: float
    ticks: Sequence[float]

    def share(self, value: float) -> float:
        """How far up a value is: 0 at the bottom, 1 at the top."""
        # Halves, since the difference of two floats may overflow.
        span = self.top / 2 - self.bottom / 2
        return min(max((value / 2 - self.bottom / 2) / span, 0.0), 1.0) if span else 0.5


def to_number(value: Any) -> float | None:
    """Return a value as a finite number, or None; huge values are clamped."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return _LARGEST if value > 0 else -_LARGEST
    except (TypeError, ValueError):
        return None
    return max(-_LARGEST, min(number, _LARGEST)) if math.isfinite(number) else None


def scale_of(values: Iterable[float], unit: Unit, *, most: int) -> Scale:
    """Return the axis for some values (at least one), with about `most` ticks."""
    known = sorted(values)
    low, high = known[0], known[-1]
    if unit == "position":
        return _ranks(high, most)
    if low >= 0 and low < high - low:
        low = 0.0  # From zero where that costs less than half of the height.
    if low == high:
        room = max(1.0, abs(low) / 10)
        low, high = (max(0.0, low - room) if low >= 0 else low - room), high + room
    step = _step(high - low, most, whole=unit == "count")
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    if unit == "percent" and high <= 100:
        top = min(top, 100.0)
    ticks = [bottom + step * at for at in range(round((top - bottom) / step) + 1)]
    return Scale(bottom, top, [tick for tick in ticks if tick <= top])


def format_value(value: float | None, unit: Unit) -> str:
    """Format a value in full: `1,234`, `12.5%`, `#3`; None is a dash."""
    if value is None:
        return "–"
    if abs(value) >= 1e15:
        return format_short(value, unit)
    if unit == "position":
        return f"#{_plain(value)}"
    return f"{_plain(value)}%" if unit == "percent" else _plain(value)


def format_short(value: float, unit: Unit) -> str:
    """Format a value for an axis: `1,200`, `12k`, `3.5M`, `40%`, `#3`."""
    if abs(value) >= 1e15:
        return f"{value:.0e}".replace("e+", "e")
    if unit == "position":
        return f"#{_plain(value)}"
    if unit == "percent" and abs(value) < 10_000:
        return f"{_plain(value)}%"
    for size, letter in _SHORT:
        if abs(value) >= max(size, 10_000):
            return f"{_plain(value / size)}{letter}"
    return _plain(value)


def day_labels(labels: Sequence[str]) -> list[str]:
    """Format labels for an axis: days as `12 May`, times on the same day as `14:30`."""
    moments = [_moment(label) for label in labels]
    days = {moment.date() for moment in moments if moment is not None}
    is_one_day = len(days) == 1 and len(labels) > 1
    return [
        label
        if moment is None
        else moment.strftime("%H:%M")
        if is_one_day
        else f"{moment.day} {_MONTHS[moment.month - 1]}"
        for label, moment in zip(labels, moments, strict=True)
    ]


def _moment(label: str) -> datetime | None:
    try:
        return datetime.fromisoformat(label)
    except ValueError:
        return None


def _ranks(worst: float, most: int) -> Scale:
    """Put rank 1 at the top, and at least two ranks on the axis."""
    last = max(2, math.ceil(worst))
    step = int(_step(last - 1, most, whole=True))
    if last / step > 1_000:  # Too large for a rank; two ticks are enough.
        return Scale(float(last), 1.0, [1.0, float(last)])
    # 1, 3, 5 and 7, but 1, 5, 10 and 15.
    ranks = range(1, last + step, step) if step < 5 else [1, *range(step, last + step, step)]
    return Scale(float(ranks[-1]), 1.0, [float(rank) for rank in ranks])


def _step(span: float, most: int, *, whole: bool) -> float:
    raw = span / max(1, most - 1)
    size = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(factor * size for factor in _STEPS if factor * size >= raw * 0.999)
    return max(1.0, step) if whole else step


def _plain(value: float) -> str:
    rounded = round(value, 1)
    return wording.count(int(rounded)) if rounded == int(rounded) else f"{rounded:,.1f}"


FILLED = "$primary"
EMPTY = "$border-blurred"
_PULSE = 5


def meter(fraction: float, cells: int, *, style: str = FILLED) -> Content:
    """Return a bar filled to a fraction, in steps of half a cell."""
    halves = round(max(0.0, min(fraction, 1.0)) * cells * 2)
    full, half = divmod(halves, 2)
    done = "━" * full + ("╸" if half else "")
    return Content.assemble((done, style), ("─" * (cells - len(done)), EMPTY))


def pulse(elapsed: float, cells: int, *, style: str = FILLED) -> Content:
    """Return an indeterminate bar: a short run that moves with the elapsed seconds."""
    length = min(_PULSE, cells)
    span = max(1, cells - length)
    at = int(elapsed * 6) % (2 * span)
    at = at if at <= span else 2 * span - at
    return Content.assemble(
        ("─" * at, EMPTY), ("━" * length, style), ("─" * (cells - length - at), EMPTY)
    )


def spinner(elapsed: float) -> str:
    """Return one character that turns with the elapsed seconds."""
    return "◐◓◑◒"[int(elapsed * 4) % 4]
