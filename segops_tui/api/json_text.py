"""JSON as text, also of values that are nested deeper than Python's encoder reaches."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_DEEP: Final = 20_000
"""Frames; Python's reader nests at most a thousand levels, and a writer takes some for each."""


def json_text(value: Any, **options: Any) -> str:
    """`json.dumps` for any value that was read from JSON.

    Raises:
        ValueError: the value has a NaN or an infinity and `allow_nan` is False.
        TypeError: the value is not JSON.
    """
    return deeply(lambda: json.dumps(value, **options))


def deeply(write: Callable[[], T]) -> T:
    """Call a function that descends into a value, again with more room if it is too deep."""
    try:
        return write()
    except RecursionError:
        usual = sys.getrecursionlimit()
    # Frames of Python functions take no room on the thread's own stack.
    sys.setrecursionlimit(max(usual, _DEEP))
    try:
        return write()
    finally:
        sys.setrecursionlimit(usual)


def without_nan(value: Any) -> Any:
    """The value with null for each NaN and infinity, which JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return value
