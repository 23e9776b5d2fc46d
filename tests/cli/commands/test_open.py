"""`open`: what can be said without a terminal."""

from __future__ import annotations

from segops_tui.cli.commands.console import _with_id
from segops_tui.cli.core.context import Invocation
from segops_tui.cli.core.names import NoSuchName
from segops_tui.cli.core.options import Shared
from segops_tui.tui.core.links import parse_link
from segops_tui.tui.panes.registry import LINK_NAMES


def test_a_place_that_is_none_names_those_there_are(program):
    ended = program("open", "nowhere/1")

    assert (ended.code, ended.out) == (2, "")
    assert "There is no place 'nowhere/1'. Places are health, segments, products" in ended.err


def test_a_place_needs_a_terminal(program):
    ended = program("open", "segment/12/members")

    assert (ended.code, ended.out) == (2, "")
    assert "needs an interactive terminal" in ended.err


def test_a_name_takes_the_place_of_an_id(program):
    """It is looked up before the console opens; one that nothing has is told at once."""
    with opening(program) as run:
        assert place_of(run, "segment/High LTV buyers/members") == "segment/1/members"
        assert place_of(run, "page/nowhere") is NoSuchName
        assert place_of(run, "user/ada%2Fb") == "user/ada%2Fb"
        assert place_of(run, "segments") == "segments"


def place_of(run, words):
    try:
        return _with_id(run, parse_link(words, LINK_NAMES))
    except NoSuchName:
        return NoSuchName


def opening(program):
    return Invocation(Shared(), {"SEGOPS_TUI_HOME": str(program.home)})
