"""Times: stored as whole microseconds since 1970 in UTC, sent as ISO 8601 with a `Z`.

Knows both spellings; never asks what time it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, overload

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
_TICK: Final = timedelta(microseconds=1)


def micros(when: datetime) -> int:
    """A moment as it is stored; one without a zone is UTC."""
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return (aware - EPOCH) // _TICK


@overload
def wire(stored: int) -> str: ...
@overload
def wire(stored: int | None) -> str | None: ...
def wire(stored: int | None) -> str | None:
    """A stored moment as it is sent.

    A fraction is sent where there is one: a client that waits for `last_computed_at` to move
    (contract §2.3) must see two computes within one second as two.
    """
    if stored is None:
        return None
    return (EPOCH + timedelta(microseconds=stored)).isoformat()[:-6] + "Z"


def parse(text: Any) -> int | None:
    """A moment somebody sent, or None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        return micros(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        return None
