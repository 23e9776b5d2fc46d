"""The installed program in a real pseudo-terminal, and the screen a person would see."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pexpect
import pyte
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds: a loaded machine is slow, and a test that waits for the screen need not guess."""


class Terminal:
    """A terminal of its own size, with a program in it."""

    def __init__(
        self, command: list[str], environ: dict[str, str], *, columns: int = 120, rows: int = 24
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = self._unfinished = b""
        self._text: str | None = None
        self.child = pexpect.spawn(
            command[0],
            command[1:],
            dimensions=(rows, columns),
            env=environ,  # type: ignore[arg-type]
            timeout=PATIENCE,
            cwd=str(ROOT),
        )

    def read(self, seconds: float = 0.05) -> bool:
        """Draw what the program printed meanwhile; whether it printed anything."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += data
        self._text = None
        # A read may end within a sequence.
        data = self._unfinished + data
        cut = re.search(rb"(\x1b(\[[<>=?]?[0-9;:]*\$?)?)?$", data).start()  # type: ignore[union-attr]
        data, self._unfinished = data[:cut], data[cut:]
        # pyte knows no sub-parameters in SGR, nor Textual's queries of the terminal; and colours,
        # which no test looks at here, took half of its time.
        self._stream.feed(re.sub(rb"\x1b\[([<>=?][0-9;]*\$?[a-zA-Z]|[0-9;:]*m)", b"", data))
        return True

    @property
    def text(self) -> str:
        """The screen as text, made anew only where the program printed something since."""
        if self._text is None:
            self._text = "\n".join(line.rstrip() for line in self._screen.display)
        return self._text

    def wait_for(self, pattern: str, *, seconds: float = PATIENCE) -> str:
        """Wait until the screen matches; what it shows is the failure's message."""
        return self.wait_until(lambda text: re.search(pattern, text) is not None, pattern, seconds)

    def wait_until(self, holds: Callable[[str], bool], what: str, seconds: float = PATIENCE) -> str:
        """Wait until the screen is as wanted."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if holds(self.text):
                return self.text
            # A frame comes in parts, and the screen is looked at when all are there.
            more = self.read()
            while more:
                more = self.read(0)
        pytest.fail(f"the screen never showed {what!r}:\n{self.text}")

    @property
    def is_restored(self) -> bool:
        """Whether the alternate screen and mouse reports are off again, and the cursor is on."""
        last = {
            mode: re.findall(rb"\x1b\[\?%b([hl])" % mode, self.raw)[-1:]
            for mode in (b"1049", b"1000", b"1003", b"2004", b"25")
        }
        return last.pop(b"25") == [b"h"] and all(was == [b"l"] for was in last.values())

    def press(self, keys: str) -> None:
        """Type."""
        self.child.send(keys)

    def resize(self, *, columns: int, rows: int) -> None:
        """Make the terminal's window another size."""
        self._screen.resize(rows, columns)
        self._text = None
        self.child.setwinsize(rows, columns)

    def hang_up(self) -> None:
        """Close the terminal, as its window's cross does."""
        self.child.ptyproc.fileobj.close()
        self.child.ptyproc.closed = self.child.closed = True

    def end(self) -> None:
        """End the program, if it still runs, and wait for its end.

        pexpect's own `close` waits for a tenth of a second, which on a busy machine is too short.
        """
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
        limit = time.monotonic() + PATIENCE
        while self.child.isalive() and time.monotonic() < limit:
            time.sleep(0.01)
        self.child.close()

    def leave(self) -> int:
        """Wait for the end; the exit code, or the negative number of the signal that ended it."""
        limit = time.monotonic() + PATIENCE
        while self.child.isalive() and time.monotonic() < limit:
            self.read()
        assert not self.child.isalive(), f"still running:\n{self.text}"
        while self.read():  # Its last words may wait in the terminal.
            pass
        self.child.close()
        if self.child.exitstatus is None:
            return -int(self.child.signalstatus)
        return int(self.child.exitstatus)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A newcomer's environment: an empty home and a common terminal."""
    # COLUMNS and LINES outrank the terminal's own size, and test runners like to set them.
    ambient = ("SEGOPS_", "TEXTUAL", "COLUMNS", "LINES", "NO_COLOR")
    keep = {k: v for k, v in os.environ.items() if not k.startswith(ambient)}
    return {
        **keep,
        "HOME": str(tmp_path),
        "SEGOPS_TUI_HOME": str(tmp_path / "home"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def lived_in(environ: dict[str, str], few_people_home: Path) -> None:
    """Let the program find the sandbox of an earlier visit in its home."""
    shutil.copytree(few_people_home, environ["SEGOPS_TUI_HOME"])


@pytest.fixture
def terminal(environ: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Start the program; whatever is still running afterwards is ended."""
    started: list[Terminal] = []

    def start(
        *arguments: str, script: Sequence[str] = (), columns: int = 120, rows: int = 24
    ) -> Terminal:
        command = list(script) or [sys.executable, "-m", "segops_tui", *arguments]
        one = Terminal(command, environ, columns=columns, rows=rows)
        started.append(one)
        return one

    yield start
    for one in started:
        one.end()
