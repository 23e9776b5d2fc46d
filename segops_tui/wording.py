"""Format counts, ages, sizes, times and plurals the same way everywhere.

Never localised: numbers have commas and times are UTC, so that output can be compared; only
`local_moment` is in the zone of the machine.
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
    """`1,234`; None is a dash."""
    return "–" if number is None else f"{number:,}"


def short_count(number: int) -> str:
    """At most four figures: `999`, `1.2k`, `35k`, `1M`; cut, not rounded up."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= size:
            whole, tenth = divmod(number * 10 // size, 10)
            return f"{whole}.{tenth}{unit}" if whole < 10 and tenth else f"{whole}{unit}"
    return str(number)


def plural(number: int | None, one: str, many: str | None = None) -> str:
    """`1 segment`, `2 segments`, `1,200 queries`, and `– segments` for a number that is unknown.

    `many` is the plural if it does not end in -s.
    """
    if number is None:
        return f"– {many or one + 's'}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def delta(number: int | None) -> str:
    """`+81`, `−3` (a true minus), `0`."""
    if number is None:
        return "–"
    return f"{number:+,}".replace("-", "−") if number else "0"


def percent(share: float | None) -> str:
    """A share of 1 as `50%`; small shares are `<1%`, never `0%`, and large ones `>99%`."""
    if share is None:
        return "–"
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def share(text: str) -> float:
    """The share of 1 that `20%`, or `20`, says.

    Raises:
        ValueError: it is no percentage from 0 to 10,000.
    """
    number = text.strip().removesuffix("%").strip()
    if not (number.isascii() and number.replace(".", "", 1).isdigit()) or float(number) > 10_000:
        raise ValueError(f"{text!r} is not a percentage such as 20%.")
    return float(number) / 100


def age(when: datetime | None, *, now: datetime) -> str:
    """`2 h ago`, `in 5 min`, `just now`; None is `never`."""
    if when is None:
        return "never"
    seconds = (now - when).total_seconds()
    if abs(seconds) < 10:
        return "just now"
    length = span(abs(seconds))
    return f"{length} ago" if seconds > 0 else f"in {length}"


def span(seconds: float) -> str:
    """A duration in its largest unit: `9 d`, `2 h`, `14 s`."""
    for length, unit in _AGES:
        if seconds >= length:
            return f"{int(seconds // length):,} {unit}"
    return f"{int(seconds)} s"


def duration(seconds: float) -> str:
    """A precise duration: `0.4 s`, `14 s`, `2 min 03 s`, `1 h 05 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600:,} h {total % 3600 // 60:02d} min"


def clock(seconds: float) -> str:
    """Time left in a progress bar: `0:03`, `12:40`, `1:02:03`."""
    total = max(round(seconds), 0)
    hours, rest = divmod(total, 3600)
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
    """`2026-05-02 14:32`, UTC; None is a dash."""
    return "–" if when is None else when.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def local_moment(when: datetime) -> str:
    """`2026-05-02 16:32 CEST`, in this machine's zone; for terminals only."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M %Z")


def iso(when: datetime) -> str:
    """`2026-05-02T14:32:00Z`, the API's own form (contract §1.6)."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(words: Sequence[str], *, most: int = 5, word: str = "and") -> str:
    """`a, b and c`; beyond `most` the rest is counted: `a, b and 7 more`."""
    if len(words) > most:
        return f"{', '.join(words[:most])} {word} {len(words) - most:,} more"
    return f"{', '.join(words[:-1])} {word} {words[-1]}" if len(words) > 1 else "".join(words)


def plain(text: str) -> str:
    """Make text from a server safe for one line of a terminal.

    Control characters become U+FFFD, direction overrides are removed, and whitespace of any kind
    becomes a space, so that the text cannot move the cursor, colour the screen or reverse the
    line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe(character) for character in text)


_DIRECTIONS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def _safe(character: str) -> str:
    if character in "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    if character in _DIRECTIONS:
        return ""
    category = unicodedata.category(character)
    return "\ufffd" if category in {"Cc", "Cs"} else character
