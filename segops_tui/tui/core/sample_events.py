"""Events in a file on this machine, to learn schemas from: an array, `{"events": …}`, or NDJSON.

Knows JSON and which line is not it; sends nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.errors import SegOpsError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST: Final = 20_000_000
"""Bytes that are read."""
MOST: Final = 2_000
"""Events that are sent to be learnt from, the first of the file."""


class BadSamples(SegOpsError):
    """There are no events that can be learnt from."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def read_events(path: Path) -> list[dict[str, Any]]:
    """The first events of a file.

    Raises:
        BadSamples: it cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > LARGEST:
            largest = wording.size(LARGEST)
            raise BadSamples(f"{path} is over {largest}; take a part of it.", hint=_HINT)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadSamples(f"{path} cannot be read: {why}.", hint=_HINT) from error
    events = _events(text, str(path))[:MOST]
    if not events:
        raise BadSamples(f"{path} has no events in it.", hint=_HINT)
    return events


def _events(text: str, name: str) -> list[dict[str, Any]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [_event(line, f"{name}, line {n}") for n, line in _lines(text)]
    if isinstance(whole, dict):
        listed = whole.get("events")
        whole = listed if isinstance(listed, list) else [whole]
    if not isinstance(whole, list) or not all(isinstance(item, dict) for item in whole):
        raise BadSamples(f"{name} must hold events, which are objects.", hint=_HINT)
    return whole


def _lines(text: str) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def _event(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadSamples(f"{where}: not JSON.", hint=_HINT) from error
    if not isinstance(value, dict):
        raise BadSamples(f"{where}: an object was expected.", hint=_HINT)
    return value


_HINT: Final = 'JSON: an array of {"event_type": …, "payload": …}, or one of them a line.'
