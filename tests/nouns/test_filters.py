"""The language of list filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.resources.segments import Segment
from segops_tui.nouns.column import Column, Context
from segops_tui.nouns.filters import Filter, field_names, list_options, matching, parse_filter
from segops_tui.nouns.segments import SEGMENTS

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
CONTEXT = Context(now=NOW)
COLUMNS = SEGMENTS.columns


def _segment(number: int, name: str, *, members: int | None = None, days: int = 0) -> Segment:
    computed = None if members is None else (NOW - timedelta(days=days)).isoformat()
    return Segment(
        {"id": number, "name": name, "member_count": members or 0, "last_computed_at": computed}
    )


ROWS = [
    _segment(1, "High LTV buyers", members=3482),
    _segment(2, "Lapsed VIPs", members=1120, days=9),
    _segment(3, "Newsletter readers"),
    _segment(4, "VIP buyers of tents: pine", members=12, days=2),
]


def _found(text: str) -> list[int]:
    rows = matching(ROWS, parse_filter(text, COLUMNS), COLUMNS, CONTEXT)
    return [row.id for row in rows]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [1, 2, 3, 4]),
        ("buyers high", [1]),
        ("BUYERS", [1, 4]),
        ('"high ltv"', [1]),
        ('"ltv high"', []),
        ('"buyers of', [4]),
        ("state:stale", [2, 4]),
        ("state=stale", [2, 4]),
        ("!state:stale", [1, 3]),
        ("!stale", [1, 3]),
        ("members>500", [1, 2]),
        ("member_count>1k", [1, 2]),
        ("MEMBERS<=12", [4]),
        ("members:12", [4]),
        ("!members>500", [3, 4]),
        ('members=""', [3]),
        ('members!=""', [1, 2, 4]),
        ("computed>2d", [2]),
        ("computed:never", [3]),
        ("computed<2026-05-05", [2]),
        ("active:yes state:stale vip", [2, 4]),
        ('name:"vip buyers"', [4]),
        ('!name:"vip buyers" vip', [2]),
        ("tents:", [4]),
        ("members>", [1, 2, 3, 4]),
        ("state:", [1, 2, 3, 4]),
        ("!", [1, 2, 3, 4]),
    ],
)
def test_a_filter_finds(text: str, ids: list[int]) -> None:
    assert _found(text) == ids


def test_what_looks_like_a_field_and_is_none_is_text_and_named() -> None:
    found = parse_filter("tents: membrs>5", COLUMNS)

    assert [(term.field, term.text) for term in found.terms] == [("", "tents:"), ("", "membrs>5")]
    assert found.unknown == ("tents", "membrs")


def test_a_column_is_named_by_its_title_and_by_its_key() -> None:
    names = field_names(COLUMNS)

    assert names["members"] == names["member_count"] == "member_count"


def test_a_title_of_two_words_is_typed_with_an_underscore_or_a_hyphen() -> None:
    column: Column[Any] = Column("seen", "LAST SEEN", lambda row: row)

    assert parse_filter("last_seen>2d", [column]) == parse_filter("LAST-SEEN>2d", [column])


def test_a_zero_is_found_by_number_and_not_by_its_digit() -> None:
    column: Column[Any] = Column("n", "N", lambda row: row, lambda value, _: f"{value:,}")

    assert matching([0, 10, 1000], parse_filter("n:0", [column]), [column], CONTEXT) == [0]


_TERMS = st.sampled_from(
    [
        "buyers",
        '"high ltv"',
        "state:stale",
        "!stale",
        "members>500",
        'name:"vip buyers"',
        "4",
        '27"',
    ]
)


@given(st.one_of(st.text(), st.text(alphabet='ab:=!<>"“ name.members5', max_size=30)))
def test_any_text_is_a_filter(text: str) -> None:
    found = parse_filter(text, COLUMNS)

    assert all(term.text or term.field for term in found.terms)
    assert set(matching(ROWS, found, COLUMNS, CONTEXT)) <= set(ROWS)


@given(st.lists(_TERMS).flatmap(lambda terms: st.tuples(st.just(terms), st.permutations(terms))))
def test_the_order_of_terms_does_not_matter(both: tuple[list[str], list[str]]) -> None:
    one, other = both

    assert _found(" ".join(one)) == _found(" ".join(other))


@given(st.lists(_TERMS, min_size=1), _TERMS)
def test_another_term_never_shows_more_rows(terms: list[str], more: str) -> None:
    assert set(_found(" ".join([*terms, more]))) <= set(_found(" ".join(terms)))


@given(_TERMS.filter(lambda term: not term.startswith("!")))
def test_a_negated_term_shows_exactly_the_other_rows(term: str) -> None:
    assert sorted([*_found(term), *_found(f"!{term}")]) == [1, 2, 3, 4]


def test_a_filter_as_options_of_the_list_command() -> None:
    """What a command cannot say is named."""
    found = parse_filter('state:stale !members=5 !active:no name:"vip buyers" vip', COLUMNS)

    options, rest = list_options(found.terms)

    assert options == [
        *("--where", "state:stale"),
        *("--where", "member_count!=5"),
        *("--where", "name:vip buyers"),
    ]
    assert [(term.field, term.text) for term in rest] == [("is_active", "no"), ("", "vip")]


def test_an_empty_filter_is_false() -> None:
    assert not Filter()
