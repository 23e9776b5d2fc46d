"""A newcomer's first minutes: the real program, real keys, the real screen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Start = Callable[..., Any]


A_SMALL_SHOP = """
from segops_tui.cli import main
from segops_tui.sandbox.seeding import seed

seed.SIZES["small"] = seed.Size(people=250, products=421)
main()
"""
EDITOR = """
import pathlib, sys
path = pathlib.Path(sys.argv[1])
answer = input("THE OTHER EDITOR: ")
path.write_text(path.read_text().replace('"value": 500', f'"value": {answer}'))
"""


def test_a_newcomer_recomputes_a_segment_walks_the_panes_writes_rules_and_leaves(
    terminal: Start, environ: dict[str, str], tmp_path: Path
) -> None:
    """From an empty home: the list comes, `r` computes, the count is said, `q` ends with 0.

    The panes are one key apart, and a filter narrows their lists. In the end the alternate
    screen, the hidden cursor and mouse reports are all switched off again.
    """
    script = tmp_path / "editor.py"
    script.write_text(EDITOR)
    environ.pop("VISUAL", None)
    environ["EDITOR"] = f"{sys.executable} {script}"
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
    screen.wait_for(r"ALL of")

    changes_a_rule_in_an_editor(screen)
    writes_a_rule_with_a_terminals_keys(screen)

    screen.press("/")
    screen.press("lapsed")
    screen.wait_for(r"Segments\s+1 of 15")
    screen.press("\x1b")
    screen.wait_for(r"Segments\s+15 of 15")

    screen.press("q")

    assert screen.leave() == 0
    assert screen.is_restored


def changes_a_rule_in_an_editor(screen: Any) -> None:
    """The editor has the keys and the screen to itself; then the difference is asked about."""
    screen.press("E")
    screen.wait_for(r"THE OTHER EDITOR: ")
    # While it has the screen the clock of the console ticks on, and paints nothing.
    for _ in range(30):
        screen.read()
    assert "Segments" not in screen.text.split("THE OTHER EDITOR")[1]
    screen.press("750\r")

    text = screen.wait_for(r'\+       "value": 750')
    assert '−       "value": 500' in text
    screen.wait_for(r"Save High LTV buyers\?")
    screen.press("y")
    screen.wait_for(r"Segment changed")
    screen.wait_for(r"sum\(order_placed.total\) ≥ 750")


def writes_a_rule_with_a_terminals_keys(screen: Any) -> None:
    """ctrl+n, ctrl+space, tab and ctrl+s arrive as they are, and a small terminal is enough."""
    screen.resize(columns=80, rows=24)
    screen.press("n")
    screen.wait_for(r"New segment")
    screen.press("Lately here")
    screen.press("\x0e")
    screen.wait_for(r"Add a condition")
    screen.press("j\r")
    screen.wait_for(r"order_placed within last")
    screen.wait_for(r"users\s+\d+% of all")
    screen.press("\x00")
    screen.wait_for(r"tab accepts")
    screen.press("\t")
    screen.press("\x13")
    screen.wait_for(r"Segments\s+15 of 15")
    screen.wait_for(r"Lately here")


def test_a_terminal_that_cannot_move_its_cursor_gets_the_help(
    environ: dict[str, str], terminal: Start
) -> None:
    environ["TERM"] = "dumb"
    screen = terminal()

    code = screen.leave()

    assert code == 2
    assert b"Usage: segops-tui" in screen.raw
    assert b"\x1b" not in screen.raw
