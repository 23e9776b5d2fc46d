"""Progress bars of a given width, and a one-cell spinner."""

from __future__ import annotations

from textual.content import Content

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
