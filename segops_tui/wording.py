"""Counts, ages, sizes and plurals, said the same way everywhere.

Knows values and the moment they are said; knows no noun, no colour and no locale: numbers are
grouped by commas and times are UTC, so that what is printed can be compared.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGES: Final = (
    (365 * 86400, "y"),
    (30 * 86400, "mo"),
    (86400, "d"),
    (3600, "h"),
    (60, "min"),
)
_SIZES: Final = ("B", "kB", "MB", "GB", "TB")


def count(number: int | None) -> str:
    """`1,234`; nothing known is a dash."""
    return "–" if number is None else f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 segment`, `2 segments`, `1,200 queries` (with the plural given where it is not -s)."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def delta(number: int | None) -> str:
    """`+81`, `−3` (a true minus), `0`."""
    if number is None:
        return "–"
    return f"{number:+,}".replace("-", "−") if number else "0"


def percent(share: float | None) -> str:
    """A share of 1 as `50%`; a little of it is never `0%`, nearly all of it never `100%`."""
    if share is None:
        return "–"
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def age(when: datetime | None, *, now: datetime) -> str:
    """`2 h ago`, `in 5 min`, `just now`; a time that never was is `never`."""
    if when is None:
        return "never"
    seconds = (now - when).total_seconds()
    if abs(seconds) < 10:
        return "just now"
    words = span(abs(seconds))
    return f"{words} ago" if seconds > 0 else f"in {words}"


def span(seconds: float) -> str:
    """A length of time by its largest unit: `9 d`, `2 h`, `14 s`."""
    for length, unit in _AGES:
        if seconds >= length:
            return f"{int(seconds // length):,} {unit}"
    return f"{int(seconds)} s"


def duration(seconds: float) -> str:
    """A length of time worth reading exactly: `0.4 s`, `14 s`, `2 min 03 s`, `1 h 05 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60:02d} min"


def clock(seconds: float) -> str:
    """Time left, as a progress bar shows it: `0:03`, `12:40`, `1:02:03`."""
    whole = max(round(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def size(octets: int | float) -> str:
    """Bytes in powers of ten: `980 B`, `2.1 MB`."""
    value = float(octets)
    for unit in _SIZES:
        if value < 999.5 or unit == _SIZES[-1]:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def rate(per_second: float, unit: str) -> str:
    """`3,900 rows/s`, or bytes as `2.1 MB/s`."""
    if unit == "bytes":
        return f"{size(per_second)}/s"
    return f"{per_second:,.0f} {unit}/s" if per_second >= 10 else f"{per_second:.1f} {unit}/s"


def moment(when: datetime | None) -> str:
    """`2026-05-02 14:32`, UTC; nothing is a dash."""
    return "–" if when is None else when.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def iso(when: datetime) -> str:
    """`2026-05-02T14:32:00Z`, the API's own form (contract §1.6)."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(words: Sequence[str], *, most: int = 5, word: str = "and") -> str:
    """`a, b and c`; past `most` the rest is counted: `a, b and 7 more`."""
    if len(words) > most:
        return f"{', '.join(words[:most])} {word} {len(words) - most:,} more"
    return f"{', '.join(words[:-1])} {word} {words[-1]}" if len(words) > 1 else "".join(words)


def plain(text: str) -> str:
    """A server's text made safe for one line of a terminal.

    Control characters, escape sequences' introducers and direction overrides become U+FFFD or
    vanish, white space of any kind becomes a blank: nothing moves the cursor, colours the
    screen or turns the line around.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


_DIRECTIONS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def _shown(character: str) -> str:
    if character in "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    if character in _DIRECTIONS:
        return ""
    category = unicodedata.category(character)
    return "\ufffd" if category in {"Cc", "Cs"} else character
