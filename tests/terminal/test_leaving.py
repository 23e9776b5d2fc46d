"""The console keeps its terminal's ground, ends with it and with a signal; its jobs resume."""

from __future__ import annotations

import json
import re
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from segops_tui.config.paths import find_paths
from segops_tui.session import open_ledger
from segops_tui.tui.frame.terminal import Departure

Start = Callable[..., Any]

# As make does: it gets the SIGHUP, and waits for its child in spite of it.
SESSION_LEADER = """
import json, signal, subprocess, sys, time
signal.signal(signal.SIGHUP, lambda *_: None)
child = subprocess.Popen([sys.executable, "-m", "segops_tui", "demo"])
code = child.wait()
open(sys.argv[1], "w").write(json.dumps({"code": code, "at": time.time()}))
"""


@pytest.mark.usefixtures("lived_in")
def test_the_console_ends_with_its_terminal_where_the_session_leader_ignores_it(
    environ: dict[str, str], terminal: Start, tmp_path: Path
) -> None:
    """Until then it keeps the ground of a terminal that is to have no colours."""
    environ |= {"TERM": "xterm", "COLORTERM": "", "NO_COLOR": "1"}
    note = tmp_path / "ended.json"
    screen = terminal(script=[sys.executable, "-c", SESSION_LEADER, str(note)])
    screen.wait_for(r"stopped receiving")
    assert colours(screen) <= {39, 49}
    screen.press("1")
    screen.wait_for(r"Segments\s+14 of 14")
    start_jobs(screen, environ)

    closed_at = time.time()
    screen.hang_up()

    while not note.exists() or not note.read_text():
        assert time.time() - closed_at < 120, "the console still runs"
        time.sleep(0.02)
    ended = json.loads(note.read_text())
    assert ended["code"] == 129
    assert "detached" in states(environ)
    assert set(states(environ)) <= {"detached", "done"}


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.thorough)]
)
def test_a_signal_leaves_as_q_does(environ: dict[str, str], terminal: Start, number: int) -> None:
    """The terminal is as before, the job can be resumed, and the code names the signal.

    Until then a terminal with few colours keeps its own ground: shades of a theme would be
    rounded to black or grey.
    """
    environ |= {"TERM": "xterm", "COLORTERM": ""}
    screen = terminal("demo")
    before = termios.tcgetattr(screen.child.child_fd)
    screen.wait_for(r"stopped receiving")
    assert not colours(screen) & {38, 48, 40, 100}
    assert not colours(screen) <= {39, 49}
    screen.press("1")
    screen.wait_for(r"Segments\s+14 of 14")
    start_jobs(screen, environ)

    screen.child.kill(number)

    # The settings are read before the last of its processes closes the terminal.
    while screen.child.isalive():
        screen.read()
        if screen.is_restored:
            break
    after = termios.tcgetattr(screen.child.child_fd)
    assert screen.leave() == 128 + number
    assert screen.is_restored
    assert after[3] & (termios.ECHO | termios.ICANON | termios.ISIG) == before[3] & (
        termios.ECHO | termios.ICANON | termios.ISIG
    )
    assert "detached" in states(environ)
    assert set(states(environ)) <= {"detached", "done"}


def colours(screen: Any) -> set[int]:
    """The codes of colours that the program has sent."""
    return {
        int(code)
        for codes in re.findall(rb"\x1b\[([0-9;]*)m", screen.raw)
        for code in codes.split(b";")
        if code and (30 <= int(code) <= 49 or int(code) >= 90)
    }


def start_jobs(screen: Any, environ: dict[str, str]) -> None:
    """Recompute every segment, four at a time: the sandbox takes some seconds over them.

    The ledger says that they run. On a busy machine the screen says so when they are over: it is
    drawn here only once the console pauses, so the ledger is looked at after each read.
    """
    screen.press("*r")
    limit = time.monotonic() + 120
    while "running" not in (found := states(environ)):
        assert time.monotonic() < limit, f"no job runs: {found}\n{screen.text}"
        screen.read()


def states(environ: dict[str, str]) -> list[str]:
    """The states of the jobs in the ledger."""
    ledger = open_ledger(find_paths(environ))
    try:
        return [job.state for job in ledger.list(limit=20)]
    finally:
        ledger.close()


def test_a_loop_that_is_stuck_does_not_keep_the_console() -> None:
    done: list[str] = []
    departure = Departure(
        leave=lambda _code: done.append("left"),
        force=lambda: done.append("forced"),
        end=lambda code: done.append(f"ended with {code}"),
        orderly=0.01,
    )

    departure.begin(143)
    departure.begin(129)

    wait_until(lambda: len(done) == 2)
    assert done == ["forced", "ended with 143"]


def test_nor_does_a_terminal_that_takes_no_output() -> None:
    ended: list[int] = []
    departure = Departure(
        leave=lambda _code: None,
        force=threading.Event().wait,
        end=ended.append,
        orderly=0.01,
        forced=0.01,
    )

    departure.begin(143)

    wait_until(lambda: ended == [143])


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    limit = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.005)
