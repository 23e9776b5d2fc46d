"""Times: stored as microseconds since 1970 in UTC, sent as ISO 8601 with a `Z`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, overload

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
_TICK: Final = timedelta(microseconds=1)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - EPOCH) // _TICK
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // _TICK


def micros(when: datetime) -> int:
    """Convert a time for storage; one without a zone is UTC."""
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return (aware - EPOCH) // _TICK


@overload
def wire(stored: int) -> str: ...
@overload
def wire(stored: int | None) -> str | None: ...
def wire(stored: int | None) -> str | None:
    """Format a stored time as it is sent.

    Fractions of a second are kept: a client that waits for `last_computed_at` to move
    (contract §2.3) must see two computes within one second as two. A time outside the years
    1 to 9999, which earlier versions stored, is sent as the nearest one inside.
    """
    if stored is None:
        return None
    return (EPOCH + timedelta(microseconds=min(max(stored, _FIRST), _LAST))).isoformat()[:-6] + "Z"


def parse(text: Any) -> int | None:
    """Parse a time from a request; None if it is not valid, or in UTC not in years 1 to 9999."""
    if not isinstance(text, str):
        return None
    try:
        moment = micros(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        return None
    return moment if _FIRST <= moment <= _LAST else None
