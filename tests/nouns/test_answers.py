"""Answers read for the own brand: ranks, changes, voices, names in a text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.resources.competitors import Competitor
from segops_tui.api.resources.queries import QueryResult
from segops_tui.nouns.queries import (
    Naming,
    cell_tone,
    cell_words,
    change_words,
    marked_pieces,
    name_pattern,
    own_names,
    rival_names,
    standings,
    voices,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def told(day: int, position: int | None, **more: Any) -> QueryResult:
    raw = {
        "provider": "claude",
        "position": position,
        "sentiment": "positive",
        "captured_at": f"2026-05-{day:02}T08:00:00Z",
        "mentioned_brands": [{"name": "Ours", "position": position}],
    }
    return QueryResult({**raw, **more})


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (3, 1, "↑2"),
        (1, 2, "↓1"),
        (2, 2, "="),
        (None, 4, "new"),
        (1, None, "gone"),
        (None, None, ""),
    ],
)
def test_what_became_of_a_rank_is_said_in_a_word_or_an_arrow(before, now, words):
    assert change_words(before, now) == words


def test_the_latest_two_answers_are_compared_whatever_their_order():
    standing = standings([told(29, 3), told(31, 1), told(30, 2)])["claude"]

    assert (standing.position, standing.change) == (1, "↑1")


@pytest.mark.parametrize(
    ("position", "before", "narrow", "wide", "tone"),
    [
        (1, 3, "#1▲ ↑2", "#1 ▲ ↑2", "good"),
        (2, 1, "#2▲ ↓1", "#2 ▲ ↓1", "warn"),
        (12, 12, "#12▲  =", "#12 ▲ =", ""),
        (None, 1, "gone", "gone", "bad"),
        (None, None, "absent", "absent", "muted"),
    ],
)
def test_a_cell_says_the_same_in_few_cells_and_in_more(position, before, narrow, wide, tone):
    standing = standings([told(31, position), told(30, before)])["claude"]

    assert cell_words(standing, wide=False) == narrow
    assert cell_words(standing, wide=True) == wide
    assert cell_tone(standing) == tone


def test_the_first_answer_of_all_is_compared_with_nothing():
    standing = standings([told(31, 1)])["claude"]

    assert cell_words(standing, wide=False) == "#1▲"


def test_the_own_brand_is_the_one_at_the_answers_rank():
    brands = [{"name": "Theirs", "position": 1}, {"name": " Ours ", "position": 2}]

    assert own_names([told(31, 2, mentioned_brands=brands), told(30, None)]) == {"ours"}


def test_a_competitor_goes_by_every_name_it_has():
    rival = Competitor({"name": "Fjord & Fell", "brand_aliases": ["F&F", "", None, 7]})

    assert rival_names([rival]) >= {"fjord & fell", "f&f", "7"}


def test_voices_share_all_mentions_whatever_the_case_of_a_name():
    brands = [{"name": "Ours", "position": 2}, {"name": "OTHER", "position": 1}, "other", None]

    loudest, ours = voices([told(31, 2, mentioned_brands=brands)], Naming(frozenset({"ours"})))

    assert (loudest.name, loudest.mentions, loudest.best, loudest.kind) == ("OTHER", 2, 1, "other")
    assert (ours.kind, ours.share) == ("own", pytest.approx(1 / 3))


def test_the_longer_of_two_names_is_found_and_parts_of_words_are_not():
    naming = Naming(frozenset({"alp"}), frozenset({"alp supply"}))
    pattern = name_pattern(["Alp", "Alp Supply", "C++", "x", ""])

    pieces = marked_pieces("Alp Supply beats alp, alpine and C++!", pattern, naming)

    assert pieces == [
        ("Alp Supply", "rival"),
        (" beats ", None),
        ("alp", "own"),
        (", alpine and ", None),
        ("C++", "other"),
        ("!", None),
    ]


@given(st.text(max_size=60), st.lists(st.text(max_size=6), max_size=5))
def test_a_text_cut_at_names_is_still_that_text(words, names):
    pieces = marked_pieces(words, name_pattern(names), Naming())

    assert "".join(piece for piece, _ in pieces) == words


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(told(1, 1).raw, JSON)), max_size=4))
def test_any_json_is_read_without_an_error(rows):
    results = [QueryResult(row) for row in rows]
    naming = Naming(frozenset(own_names(results)))

    for standing in standings(results).values():
        assert cell_words(standing, wide=True)
        cell_tone(standing)
    assert sum(voice.share for voice in voices(results, naming)) == pytest.approx(
        1.0 if voices(results, naming) else 0.0
    )
