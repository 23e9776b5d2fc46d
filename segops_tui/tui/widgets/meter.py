"""Bars of a given number of cells: how far something is, or that it goes on.

Knows fractions and cells; what they measure is written beside them by others.
"""

from __future__ import annotations

from textual.content import Content

FILLED = "$primary"
EMPTY = "$border-blurred"
_PULSE = 5


def meter(fraction: float, cells: int, *, style: str = FILLED) -> Content:
    """A bar filled so far, to half a cell."""
    halves = round(max(0.0, min(fraction, 1.0)) * cells * 2)
    whole, half = divmod(halves, 2)
    done = "━" * whole + ("╸" if half else "")
    return Content.assemble((done, style), ("─" * (cells - len(done)), EMPTY))


def pulse(elapsed: float, cells: int, *, style: str = FILLED) -> Content:
    """A bar of something with no end in sight: a short run that wanders with the time passed."""
    length = min(_PULSE, cells)
    span = max(1, cells - length)
    at = int(elapsed * 6) % (2 * span)
    at = at if at <= span else 2 * span - at
    return Content.assemble(
        ("─" * at, EMPTY), ("━" * length, style), ("─" * (cells - length - at), EMPTY)
    )


def spinner(elapsed: float) -> str:
    """One cell that turns with the time passed."""
    return "◐◓◑◒"[int(elapsed * 4) % 4]
