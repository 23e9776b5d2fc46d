"""Screens as baselines, and as SVG."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import cells
import drawing

DARK = cells.Look("#cdd5df", "#0f131a")
LIGHT = cells.Look("#1f2733", "#fbfcfd")
ACCENT = cells.Look("#6cb6ff", "#0f131a", ("bold",))

_looks = st.builds(
    cells.Look,
    st.sampled_from(["#ffffff", "#000000", "#57d9a3"]),
    st.sampled_from(["#0f131a", "#1f4a75"]),
    st.sampled_from([(), ("bold",), ("bold", "underline")]),
)
_cells = st.tuples(st.sampled_from([*" ab|×·│─╭●⠉é"]), st.tuples(_looks, _looks))


def screen(*lines: str, look: cells.Look = DARK) -> cells.Screen:
    """A screen in one theme and one look."""
    width = max(map(len, lines))
    rows = tuple((cells.Run(line.ljust(width), (look,)),) for line in lines)
    return cells.Screen(("dark",), rows)


def paths(*lines: str) -> list[str]:
    """The shapes of a screen of these lines."""
    return re.findall(
        r' d="([^"]*)"', "".join(drawing.rows(drawing.Sheet(("dark",)), screen(*lines)))
    )


@given(st.lists(st.lists(_cells, min_size=4, max_size=4), min_size=1, max_size=5))
def test_a_baseline_is_read_as_it_was_written(rows: list[list[tuple[str, tuple[cells.Look, ...]]]]):
    shots = {
        theme: [[(sign, looks[at]) for sign, looks in row] for row in rows]
        for at, theme in enumerate(("dark", "light"))
    }
    taken = cells.together(shots)

    assert cells.read(cells.written(taken, "A title · with a dot")) == (
        "A title · with a dot",
        taken,
    )


def test_a_new_look_leaves_the_lines_of_the_others_as_they_were():
    before = screen("one", "two")
    after = cells.Screen(("dark",), ((cells.Run("one", (ACCENT,)),), before.rows[1]))

    old, new = cells.written(before, "x").splitlines(), cells.written(after, "x").splitlines()

    assert len(set(new) - set(old)) == 2
    assert set(old) - set(new) == {old[5]}


def test_words_that_differ_between_the_themes_are_refused():
    with pytest.raises(ValueError, match="row 1"):
        cells.together({"dark": [[("a", DARK)]], "light": [[("b", LIGHT)]]})


def test_a_line_over_many_cells_is_one_piece():
    assert paths("────") == ["M0 9h40v2h-40z"]
    assert paths("│", "│", "│") == ["M4 0h2v60h-2z"]


def test_lines_meet_in_a_corner_whatever_the_font_is():
    across, down = paths("┌─", "│ ")[0].split("z")[:2]

    assert across == "M4 9h16v2h-16"
    assert down == "M4 10h2v30h-2"
    assert not re.search("[─│┌]", "".join(drawing.rows(drawing.Sheet(("dark",)), screen("┌─"))))


def test_letters_are_spread_over_their_cells():
    (text,) = drawing.rows(drawing.Sheet(("dark",)), screen("  one two   "))

    assert text == '<text class="a" x="20" y="15" textLength="70">one two</text>'


def test_a_sign_that_fonts_draw_in_different_widths_moves_nothing_after_it():
    texts = list(drawing.rows(drawing.Sheet(("dark",)), screen("a ★ b")))

    assert [re.findall(r' x="(\d+)"', text) for text in texts] == [["0"], ["20"], ["40"]]


def test_what_stands_in_a_file_is_escaped():
    drawn = drawing.svg(screen("<b> & </b>"), "a < b")

    assert "&lt;b&gt; &amp; &lt;/b&gt;" in drawn
    assert "a &lt; b" in drawn


def test_the_same_ground_in_rows_that_follow_is_one_box():
    marked = cells.Look("#ffffff", "#1f4a75")
    row = (cells.Run("ab", (marked,)), cells.Run("cdef", (DARK,)))
    drawn = "".join(drawing.rows(drawing.Sheet(("dark",)), cells.Screen(("dark",), (row, row))))

    assert 'd="M0 0h20v40h-20z"' in drawn


def test_a_film_without_movement_shows_its_last_picture():
    from studio import Shot

    film = drawing.film([Shot("one", screen("first")), Shot("two", screen("last"))])

    assert film.index("first") < film.index("last")
    assert "prefers-reduced-motion" in film
