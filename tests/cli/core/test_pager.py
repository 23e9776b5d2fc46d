"""What only a terminal gets: a pager, links, bold headings, columns that wrap or are told."""

from __future__ import annotations

import io
import os
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.resources.segments import Segment
from segops_tui.cli.core.layout import Heading, cells, lines, wrapped
from segops_tui.cli.core.options import Shared, wants_colour
from segops_tui.cli.core.output import Output
from segops_tui.cli.core.printing.links import file_link, knows_links
from segops_tui.cli.core.printing.pager import pager_command, show
from segops_tui.nouns.column import Context
from segops_tui.nouns.segments import SEGMENTS
from tests.cli.core.test_terminal import ended, spawn

if TYPE_CHECKING:
    from tests.cli.conftest import Program
    from tests.tools.forks import Forks

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROWS = [
    {"id": n, "name": f"segment {n}", "last_computed_at": "2026-06-01T10:00:00Z"} for n in range(9)
]
posix = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")


def output(stream: io.StringIO, **more: Any) -> Output:
    return Output(stream, context=Context(now=NOW), **more)


def written(*, rows: list[dict[str, Any]] = ROWS, **more: Any) -> str:
    stream = io.StringIO()
    output(stream, **more).listing([Segment(row) for row in rows], SEGMENTS)
    return stream.getvalue()


def pager(tmp_path: Path, code: str) -> dict[str, str]:
    """An environment whose pager is a Python program."""
    file = tmp_path / "pager.py"
    file.write_text(code)
    return {**os.environ, "PAGER": shlex.join([sys.executable, "-S", "-I", str(file), "out.txt"])}


def test_a_pager_is_handed_the_whole_text_and_told_how_less_should_behave(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        f"got = pathlib.Path({str(tmp_path / 'got')!r})\n"
        "got.write_text(os.environ['LESS'] + sys.stdin.read())"
    )

    assert show("a\nb\nc\n", pager(tmp_path, code), height=3)
    assert (tmp_path / "got").read_text() == "FRXa\nb\nc\n"


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "import sys; sys.stdin.close(); 1 / 0"])
def test_a_pager_that_fails_leaves_the_printing_to_us(
    tmp_path: Path, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert not show("line\n" * 50_000, pager(tmp_path, code), height=3)


def test_a_pager_that_is_left_early_has_shown_the_text(tmp_path: Path) -> None:
    code = "import sys; sys.stdin.readline()"

    assert show("line\n" * 50_000, pager(tmp_path, code), height=3)


@pytest.mark.parametrize("asked", ["", "cat", "'", "no-such-pager -x"])
def test_no_pager_and_a_pager_that_is_not_there_show_nothing(asked: str) -> None:
    assert not show("a\nb\nc\n", {"PAGER": asked}, height=1)


def test_a_text_that_fits_the_screen_needs_no_pager() -> None:
    assert pager_command({"PAGER": "less -S"}) == ["less", "-S"]
    assert not show("a\nb\n", {"PAGER": "false"}, height=3)


def test_what_no_pager_shows_is_printed() -> None:
    shown: list[str] = []

    def page(text: str) -> bool:
        shown.append(text)
        return False

    assert written(page=page, width=80) == shown[0]
    assert written(page=lambda _: True, width=80) == ""
    assert written(page=page) == written()


def test_columns_without_room_are_told_and_named_ones_are_drawn() -> None:
    told: list[str] = []

    narrow = written(width=30, announce=told.append)
    named = written(
        width=30, announce=told.append, fields=("id", "name", "state", "members", "computed")
    )

    assert "COMPUTED" not in narrow
    assert told == ["no room for MEMBERS and COMPUTED; --fields shows any column"]
    assert all(title in named for title in ("ID", "NAME", "STATE", "MEMBERS", "COMPUTED"))
    assert max(map(cells, named.splitlines())) <= 30


@given(
    st.lists(st.tuples(st.text("AB ", min_size=1, max_size=12), st.booleans()), min_size=1),
    st.integers(1, 80),
)
def test_wrapped_columns_are_all_there_once_in_order_and_fit(
    columns: list[tuple[str, bool]], width: int
) -> None:
    headings = [
        Heading(title, align="right" if is_right else "left") for title, is_right in columns
    ]
    rows = [["x" * (3 * place % 23) for place in range(len(columns))]]

    fits = wrapped(headings, rows, width)

    assert [place for fit in fits for place in fit.chosen] == list(range(len(columns)))
    for fit in fits:
        is_number_alone = len(fit.chosen) == 1 and headings[fit.chosen[0]].align == "right"
        if width > len(fit.indent) and not is_number_alone:
            for parts in lines(headings, rows, fit):
                assert cells(fit.indent + "  ".join(parts)) <= width


@pytest.mark.parametrize(
    ("environ", "options", "terminal", "wanted"),
    [
        ({}, {}, True, True),
        ({}, {}, False, False),
        ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, {}, True, False),
        ({"CLICOLOR": "0"}, {}, True, False),
        ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, {}, False, True),
        ({"CLICOLOR_FORCE": "0"}, {}, False, False),
        ({"FORCE_COLOR": "1"}, {}, False, True),
        ({"TERM": "dumb"}, {}, True, False),
        ({"NO_COLOR": "1", "TERM": "dumb"}, {"color": "always"}, False, True),
        ({"CLICOLOR_FORCE": "1"}, {"color": "never"}, True, False),
    ],
)
def test_colour_follows_the_option_then_the_environment_then_the_terminal(
    environ: dict[str, str], options: dict[str, Any], terminal: bool, wanted: bool
) -> None:
    assert wants_colour(terminal, Shared(**options), environ) is wanted


@pytest.mark.parametrize(
    ("environ", "known"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, True),
        ({"VTE_VERSION": "7402"}, True),
        ({"VTE_VERSION": "4000"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM_PROGRAM": "WezTerm", "TMUX": "x"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({"FORCE_HYPERLINK": "0", "TERM_PROGRAM": "vscode"}, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_show_them(
    environ: dict[str, str], known: bool
) -> None:
    assert knows_links(environ) is known


def test_the_path_of_a_written_file_is_a_link_and_its_address_ends_where_it_should() -> None:
    path = Path("a b\x1b\\;.csv").absolute()
    plain_stream, stream = io.StringIO(), io.StringIO()

    output(plain_stream).file("2 members in x.csv", Path("x.csv"))
    output(stream, links=True).file("2 members in x.csv", Path("x.csv"))

    assert plain_stream.getvalue() == "2 members in x.csv\n"
    assert stream.getvalue() == f"2 members in {file_link(Path('x.csv'), 'x.csv')}\n"
    assert file_link(path, "t").count("\x1b") == 4


@posix
def test_a_long_table_is_paged_on_a_terminal_and_help_has_bold_headings(
    program: Program, forks: Forks, tmp_path: Path
) -> None:
    counting = pager(tmp_path, "import sys; print(len(sys.stdin.readlines()), 'lines')")["PAGER"]

    paged = ended(spawn(program, "products", "list", "--limit", "60", forks=forks, PAGER=counting))
    whole = ended(
        spawn(
            program, "products", "list", "--limit", "60", "--no-pager", forks=forks, PAGER=counting
        )
    )
    help_text = ended(spawn(program, "segments", "--help", forks=forks))

    assert "61 lines" in paged
    assert "61 lines" not in whole
    assert "\x1b[1mCommands:\x1b[0m" in help_text
    assert "\x1b" not in program("segments", "--help").out
