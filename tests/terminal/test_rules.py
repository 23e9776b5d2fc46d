"""Writing a rule in a real terminal: in the person's own editor, and with keys a terminal sends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]

EDITOR = """
import pathlib, sys
path = pathlib.Path(sys.argv[1])
answer = input("THE OTHER EDITOR: ")
path.write_text(path.read_text().replace('"value": 500', f'"value": {answer}'))
"""


@pytest.mark.usefixtures("lived_in")
def test_the_terminal_is_lent_to_an_editor_and_a_rule_is_written_with_a_terminals_keys(
    terminal: Start, environ: dict[str, str], tmp_path: Path
) -> None:
    """The editor has the keys and the screen to itself; then the difference is asked about.

    ctrl+n, ctrl+space, tab and ctrl+s arrive as they are, and a small terminal is enough.
    """
    script = tmp_path / "editor.py"
    script.write_text(EDITOR)
    environ.pop("VISUAL", None)
    environ["EDITOR"] = f"{sys.executable} {script}"
    screen = terminal("demo")
    screen.wait_for(r"Health")
    screen.press("1")
    screen.wait_for(r"Segments\s+14 of 14")
    screen.wait_for(r"ALL of")

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
    screen.press("q")
    assert screen.leave() == 0
