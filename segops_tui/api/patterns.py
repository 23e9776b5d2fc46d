"""Regular expressions of segment definitions: RE2, the syntax and the engine of the service.

RE2 takes time linear in the text for every pattern, so no pattern can stall a server.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

LONGEST_PATTERN: Final = 1000
"""Characters."""
MOST_WORK: Final = 300_000_000
"""The most instructions of a pattern times bytes of a text: some seconds at worst."""
_SHOWN: Final = 80
_REASON_HAS: Final = (
    ("(?=", "look-ahead"),
    ("(?!", "look-ahead"),
    ("(?<=", "look-behind"),
    ("(?<!", "look-behind"),
    ("(?P=", "a back-reference"),
    ("(?(", "a conditional"),
    ("(?>", "an atomic group"),
    ("(?#", "a comment"),
)


class PatternError(ValueError):
    """An invalid pattern; the message continues a sentence that starts with the pattern."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    _regexp: Any
    _size: int

    def is_found_in(self, text: bytes) -> bool:
        """Whether any part of a UTF-8 text matches.

        Raises:
            PatternError: the pattern is too large for so long a text.
        """
        if len(text) * self._size > MOST_WORK:
            raise PatternError(f"takes too long on a text of {len(text):,} bytes")
        return self._regexp.search(text) is not None


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """Compile a pattern.

    Raises:
        PatternError: RE2 refuses the pattern, or it is too long.
    """
    if len(source) > LONGEST_PATTERN:
        raise PatternError(f"is longer than {LONGEST_PATTERN} characters")
    try:
        source.encode()
    except UnicodeEncodeError as error:
        raise PatternError("is not valid Unicode text") from error
    # A shared library, and only needed for a rule with a pattern.
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        regexp = re2.compile(source, options)
        return Pattern(regexp, regexp.programsize)
    except re2.error as error:
        raise PatternError(_reason(source, error.args[0])) from error


def _reason(source: str, complaint: bytes | str) -> str:
    """Word RE2's complaint; name the construct if it is one that other engines have."""
    said = complaint.decode(errors="replace") if isinstance(complaint, bytes) else complaint
    if "invalid perl operator" in said:
        for opening, construct in _REASON_HAS:
            if opening in source:
                return f"uses {construct}, which RE2 does not have"
    if "invalid escape sequence: \\" in said and said[-1] in "123456789":
        return "uses a back-reference, which RE2 does not have"
    short = said if len(said) <= _SHOWN else f"{said[: _SHOWN - 1]}…"
    return f"is not a valid regular expression: {short}"
