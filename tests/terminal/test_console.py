"""A newcomer's first minute: the real program, real keys, the real screen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Start = Callable[..., Any]


A_SMALL_SHOP = """
from segops_tui.cli import main
from segops_tui.sandbox.seeding import seed

seed.SIZES["small"] = seed.Size(people=250, products=421)
main()
"""


def test_a_newcomer_sees_the_shop_recomputes_a_segment_walks_the_panes_and_leaves(
    terminal: Start,
) -> None:
    """From an empty home: the list comes, `r` computes, the count is said, `q` ends with 0.

    The panes are one key apart, and a filter narrows their lists. In the end the alternate
    screen, the hidden cursor and mouse reports are all switched off again.
    """
    screen = terminal(script=[sys.executable, "-c", A_SMALL_SHOP, "demo"])
    screen.wait_for(r"Health")
    screen.press("1")

    screen.wait_for(r"Segments\s+14 of 14")
    screen.wait_for(r"ALL of")
    screen.press("r")
    screen.wait_for(r"recompute High LTV buyers")
    screen.wait_for(r"just now")

    screen.press("2")
    screen.wait_for(r"Products\s+421 of 421")
    screen.wait_for(r"NW-JKT-00001")
    screen.press("5")
    screen.wait_for(r"Product segments\s+6 of 6")
    screen.press("0")
    screen.wait_for(r"Jobs")
    screen.press("1")
    screen.wait_for(r"Segments\s+14 of 14")

    screen.press("/")
    screen.press("lapsed")
    screen.wait_for(r"Segments\s+1 of 14")
    screen.press("\x1b")
    screen.wait_for(r"Segments\s+14 of 14")

    screen.press("q")

    assert screen.leave() == 0
    assert screen.is_restored


def test_a_terminal_that_cannot_move_its_cursor_gets_the_help(
    environ: dict[str, str], terminal: Start
) -> None:
    environ["TERM"] = "dumb"
    screen = terminal()

    code = screen.leave()

    assert code == 2
    assert b"Usage: segops-tui" in screen.raw
    assert b"\x1b" not in screen.raw
