"""Counts, ages, sizes and plurals."""

from __future__ import annotations

import time
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui import wording

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "just now"),
        (-3, "just now"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7200, "2 h ago"),
        (9 * 86400, "9 d ago"),
        (40 * 86400, "1 mo ago"),
        (800 * 86400, "2 y ago"),
        (-300, "in 5 min"),
    ],
)
def test_an_age_is_its_largest_unit(seconds: int, words: str) -> None:
    assert wording.age(NOON - timedelta(seconds=seconds), now=NOON) == words


def test_a_short_count_says_no_more_than_there_is() -> None:
    numbers = (999, 1_000, 1_299, 35_075, 999_999, 1_000_000, 2_750_000_000)
    shorts = [wording.short_count(number) for number in numbers]

    assert shorts == ["999", "1k", "1.2k", "35k", "999k", "1M", "2.7G"]


def test_what_never_was_is_never() -> None:
    assert wording.age(None, now=NOON) == "never"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3900, "1 h 05 min"),
    ],
)
def test_a_duration_is_exact_where_it_is_short(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("octets", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_070_877, "2.1 MB"), (150_000_000, "150 MB")],
)
def test_a_size_is_in_powers_of_ten(octets: int, words: str) -> None:
    assert wording.size(octets) == words


def test_plurals_and_differences_read_as_a_person_says_them() -> None:
    assert [wording.plural(n, "segment") for n in (0, 1, 1200)] == [
        "0 segments",
        "1 segment",
        "1,200 segments",
    ]
    assert wording.plural(2, "query", "queries") == "2 queries"
    assert [wording.delta(n) for n in (81, -3, 0, None)] == ["+81", "−3", "0", "–"]
    assert [wording.percent(n) for n in (0, 0.001, 0.5, 0.999, 1, None)] == [
        "0%",
        "<1%",
        "50%",
        ">99%",
        "100%",
        "–",
    ]


def test_a_list_of_words_ends_in_and() -> None:
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed(list("abcdefg"), most=2) == "a, b and 5 more"
    assert wording.listed([]) == ""


def test_an_escape_sequence_loses_what_starts_it() -> None:
    assert wording.plain("\x1b[31mred\x1b[0m") == "\ufffd[31mred\ufffd[0m"
    assert wording.plain("a\nb\tc") == "a b c"
    assert wording.plain("abc\u202edef\u2069") == "abcdef"
    assert wording.plain("[/bold] é 日本 👩‍🚀") == "[/bold] é 日本 👩‍🚀"


@given(st.text())
def test_no_text_keeps_a_character_that_steers_a_terminal(text: str) -> None:
    shown = wording.plain(text)

    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in shown)
    assert not any("\u202a" <= character <= "\u202e" for character in shown)


def test_a_number_that_is_unknown_is_a_dash_and_not_none_at_all() -> None:
    assert wording.plural(None, "user") == "– users"
    assert wording.plural(0, "user") == "0 users"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set here")
def test_a_time_for_a_terminal_is_in_the_zone_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    try:
        shown = wording.local_moment(datetime(2026, 5, 2, 14, 32, tzinfo=UTC))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert shown == "2026-05-02 16:32 CEST"
