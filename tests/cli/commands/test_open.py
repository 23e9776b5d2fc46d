"""`open`: what can be said without a terminal."""

from __future__ import annotations


def test_a_place_that_is_none_names_those_there_are(program):
    ended = program("open", "nowhere/1")

    assert (ended.code, ended.out) == (2, "")
    assert "There is no place 'nowhere/1'. Places are health, segments, products" in ended.err


def test_a_place_needs_a_terminal(program):
    ended = program("open", "segment/12/members")

    assert (ended.code, ended.out) == (2, "")
    assert "needs an interactive terminal" in ended.err
