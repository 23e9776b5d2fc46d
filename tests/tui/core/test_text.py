"""Server data becomes text which cannot harm the screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from segops_tui.tui.core.text import (
    block,
    content,
    crop,
    fit,
    fit_text,
    one_line,
    safe_text,
    shorten,
    text,
)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("[/foo]", "[/foo]"),
        ("[bold red]x", "[bold red]x"),
        ("price [new]", "price [new]"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x9b31mred", "31mred"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("a\u200bb\u2066c\u2069d\ufeff", "abcd"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("I ❤\ufe0f it", "I ❤ it"),
        ("half \ud83d", "half \ufffd"),
        ("nul\x00bell\x07del\x7f", "nulbelldel"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_hostile_text_is_shown_as_harmless_text(hostile: str, shown: str) -> None:
    """Nothing is parsed, nothing is executed, and what a person can read stays."""
    assert one_line(hostile) == shown


def test_piled_up_accents_do_not_climb_out_of_their_line() -> None:
    """A letter keeps four marks of a hundred."""
    assert one_line("e" + "\u0301" * 100) == "e" + "\u0301" * 4


def test_a_value_that_is_no_string_is_shown_as_its_words() -> None:
    assert one_line(4212) == "4212"


def test_a_block_keeps_its_lines_and_nothing_else() -> None:
    assert block("one\n\ttwo\x1b[2J\r\nthree") == "one\n    two[2J\nthree"


def test_of_several_lines_the_longest_is_shortened() -> None:
    assert shorten("title\n" + "x" * 90 + "\nremedy", 30) == "title\n" + "x" * 18 + "…\nremedy"
    assert shorten("short\nlines", 30) == "short\nlines"
    assert shorten("\n".join(["four"] * 20), 11).endswith("…")


def test_text_and_content_do_not_read_markup() -> None:
    """`[/foo]` raises in a markup parser; here it is five characters."""
    assert text("[/foo]", "bold").plain == "[/foo]"
    assert content("price [new]", "bold").plain == "price [new]"


@pytest.mark.parametrize(
    ("line", "cells", "shown"),
    [
        ("segment", 7, "segment"),
        ("segments", 7, "segmen…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("two words", 5, "two…"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
        ("", 3, ""),
    ],
)
def test_a_long_line_is_cut_at_a_whole_character(line: str, cells: int, shown: str) -> None:
    """Half a wide character is never left, and the cut is marked."""
    assert crop(line, cells) == shown


@given(st.text(), st.integers(min_value=0, max_value=40), st.sampled_from(["left", "right"]))
def test_a_fitted_line_has_exactly_its_width(line: str, cells: int, align: str) -> None:
    """Whatever the characters, the next column starts where it should."""
    fitted = fit(one_line(line), cells, "right" if align == "right" else "left")

    assert cell_len(fitted) == cells


@given(st.text(), st.text(), st.integers(min_value=0, max_value=40))
def test_fitted_rich_text_has_exactly_its_width(left: str, right: str, cells: int) -> None:
    """Colours do not change what is measured, nor does what is cut away."""
    fitted = fit_text(Text.assemble((left, "red"), (right, "bold")), cells)

    assert cell_len(fitted.plain) == cells


@given(st.text())
def test_one_line_is_one_line_and_stays_what_it_is(line: str) -> None:
    """Cleaning twice changes nothing, and what is left can be written anywhere."""
    shown = one_line(line)

    assert one_line(shown) == shown
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown


def test_cleaning_rich_text_keeps_colours_on_their_words() -> None:
    """A control in the first word does not shift the colour of the second."""
    painted = safe_text(Text.assemble(("a\x1b[31m", "red"), (" ok", "green")))

    assert painted.plain == "a[31m ok"
    segments = [(s.text, str(s.style)) for s in painted.render(Console()) if s.text]
    assert segments == [("a[31m", "red"), (" ok", "green")]


def test_right_aligned_text_is_padded_in_front() -> None:
    assert fit("12", 5, "right") == "   12"
    assert fit_text(Text("12"), 5, "right").plain == "   12"


def test_rich_text_is_cut_like_a_line_and_keeps_its_colour() -> None:
    cut = fit_text(Text.assemble(("日本", "red"), ("語のなまえ", "bold")), 6)

    assert cut.plain == "日本… "
    assert [str(span.style) for span in cut.spans] == ["red"]


def test_ten_thousand_characters_are_cut_to_their_cell() -> None:
    line = "é日" * 5_000

    assert crop(one_line(line), 8) == "é日é日é…"
