"""Regular expressions are RE2's: what it refuses is refused, and no pattern takes long."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.api.patterns import LONGEST_PATTERN, PatternError, compile_pattern


def finds(pattern: str, text: str) -> bool:
    return compile_pattern(pattern).is_found_in(text.encode())


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
        ("a++", "bad repetition operator"),
        ("a{2,3}+", "bad repetition operator"),
        ("(?x) a", "not a valid"),
        ("a{1001}", "repetition size"),
        (r"a\Z", "not a valid"),
        ("(?:\\pL{1000}){1}", "too large"),
        ("\ud800", "Unicode"),
        ("(", "not a valid"),
        ("[a", "not a valid"),
        ("*", "not a valid"),
        ("\\", "not a valid"),
        ("[[:nope:]]", "character class"),
        ("(" * 900, "not a valid"),
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
        (r"^\pL+$", "Ångström", True),
        (r"\p{Greek}", "abc", False),
        (r"\Qa.b\E+", "a.bb", True),
        (r"\Qa.b\E", "axb", False),
        (r"\d", "٣", False),
        (r"\w", "é", False),
        ("a$", "a\n", False),
        ("(?m)a$", "a\n", True),
        ("a{99999999999999}", "a{99999999999999}", True),
        (r"^\C\C$", "é", True),
    ],
)
def test_a_pattern_finds_what_re2_would_find(pattern: str, text: str, found: bool | None) -> None:
    """`None` marks a pattern both engines refuse."""
    if found is None:
        with pytest.raises(PatternError):
            compile_pattern(pattern)
        return

    assert finds(pattern, text) is found


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[0-9]"])
def test_a_pattern_that_backtracks_for_ever_elsewhere_is_linear(pattern: str) -> None:
    assert not finds(pattern, "a" * 50_000 + "!")


def test_a_pattern_is_refused_for_a_text_that_would_take_minutes() -> None:
    costly = compile_pattern("|".join(f"[ab]a[ab]{{{n}}}c" for n in range(900, 940)))

    assert not costly.is_found_in(b"ab" * 100)
    with pytest.raises(PatternError, match="takes too long on a text of 200,000 bytes"):
        costly.is_found_in(b"ab" * 100_000)


@settings(max_examples=8 * settings.default.max_examples)
@given(pattern=st.text(alphabet=r"ab[]()?+*{}|^$\-:&~=!<>P1,.i", max_size=12))
def test_any_text_is_a_pattern_or_a_pattern_error(pattern: str) -> None:
    """Nothing else is raised, and Python is given no reason to warn."""
    with contextlib.suppress(PatternError):
        finds(pattern, "ab1")
