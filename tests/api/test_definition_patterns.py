"""Regular expressions mean what RE2 means by them, and what RE2 lacks is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.api.patterns import LONGEST_PATTERN, PatternError, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a(?=b)", "look-ahead"),
        ("a(?!b)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "look-behind"),
        (r"(a)\1", "back-reference"),
        ("(?P<x>a)(?P=x)", "back-reference"),
        ("(a)?(?(1)b|c)", "conditional"),
        ("(?>a+)b", "atomic"),
        ("a++", "possessive"),
        ("a{2,3}+", "possessive"),
        ("(?x) a", "flag"),
        ("(", "not a valid"),
        ("[a", "not a valid"),
        ("*", "not a valid"),
        ("\\", "not a valid"),
        ("a{99999999999999}", "not a valid"),
        ("[[:nope:]]", "unknown character class"),
        ("(" * 900, "nested too deeply|not a valid"),
        ("a" * (LONGEST_PATTERN + 1), "longer than"),
    ],
)
def test_what_re2_cannot_run_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        ("(?i)ABC", "xabcx", True),
        ("[[:digit:]]{2}", "a12", True),
        ("[^[:alpha:]]", "abc", False),
        ("[[]x", "[x", True),
        ("[]x]+$", "]x", True),
        ("[^]]", "]", False),
        ("[a&&b]", "&", True),
        ("[a||b~~]", "~", True),
        ("[--a]", "0", True),
        ("[a--]", "-", None),
        ("[a^-c]", "_", True),
        (r"[\]x]\[", "][", True),
        (r"abc\z", "abc", True),
        (r"\(?=", "(=", True),
        ("[(?=]", "=", True),
        (r"\\1", "\\1", True),
        ("(?<year>[0-9]{4})", "in 2024", True),
        ("(?:a|b)+?c", "abc", True),
        ("(?s:a.b)", "a\nb", True),
        ("x}+", "x}}", True),
        ("é{2}", "éé", True),
    ],
)
def test_a_pattern_finds_what_re2_would_find(pattern: str, text: str, found: bool | None) -> None:
    """`None` marks a pattern both engines refuse."""
    if found is None:
        with pytest.raises(PatternError):
            compile_pattern(pattern)
        return

    assert (compile_pattern(pattern).search(text) is not None) is found


@settings(max_examples=600, derandomize=True, deadline=None)
@given(pattern=st.text(alphabet=r"ab[]()?+*{}|^$\-:&~=!<>P1,.i", max_size=12))
def test_any_text_is_a_pattern_or_a_pattern_error(pattern: str) -> None:
    """Nothing else is raised, and Python is given no reason to warn."""
    with contextlib.suppress(PatternError):
        compile_pattern(pattern).search("ab1")
