"""The real console in a real pseudo-terminal: start, keys, and memory over a long stay.

Prints figures; asserts nothing. `python tests/benchmarks/bench_console.py [SECONDS OF SOAK]`.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import contextmanager
from fcntl import ioctl
from multiprocessing import Queue, get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pyte

from segops_tui.config.paths import find_paths
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.server.fault_injection import FaultInjector, InjectedFaults
from segops_tui.sandbox.server.serve import serving
from segops_tui.session import open_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk_test_0123456789abcdef"
PRODUCTS = 1_000_000
LATENCY = 0.2
SOAK = 180.0
STARTS = 7
KEYS = 200
QUIET = 0.03
"""Seconds without a paint after which one is complete."""
ROWS, COLUMNS = 40, 140


class Console:
    """The program behind a terminal of its own."""

    def __init__(self, *words: str, environ: dict[str, str]) -> None:
        self.began = time.perf_counter()
        pid, self._terminal = pty.fork()
        if pid == 0:
            program = [sys.executable, "-m", "segops_tui", *words]
            os.execvpe(sys.executable, program, environ)
        self.pid = pid
        ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.seen = b""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    def read(self, seconds: float) -> bytes:
        """What was painted within so long."""
        data = self._receive(seconds)
        self.seen += data
        return data

    def _receive(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        return os.read(self._terminal, 1 << 20) if ready else b""

    def wait_for(self, words: str, *, seconds: float = 90.0) -> float:
        """Read until words were painted; seconds since the start."""
        end = time.perf_counter() + seconds
        while words not in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", self.seen).decode(
            errors="replace"
        ):
            if time.perf_counter() > end:
                raise RuntimeError(f"{words!r} never came")
            self.read(0.02)
        return time.perf_counter() - self.began

    def settle(self, quiet: float = 0.25) -> None:
        """Read until nothing is painted for a while (the clock paints once a second)."""
        while self.read(quiet):
            pass

    def marked(self) -> str:
        """Draw what was painted; the line of the table that the cursor is on."""
        # A read may end within a sequence; pyte knows no answers to Textual's queries.
        end = re.search(rb"(\x1b(\[[<>=?]?[0-9;]*\$?)?)?$", self.seen).start()  # type: ignore[union-attr]
        painted, self.seen = self.seen[:end], self.seen[end:]
        self._stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;]*\$?[a-zA-Z]", b"", painted))
        return next((line for line in self._screen.display if "▌" in line), "")

    def type(self, key: str) -> None:
        """Press a key, whatever it does."""
        os.write(self._terminal, key.encode())

    def press(self, key: str) -> float:
        """Press a key that moves the cursor; seconds until it was painted on another row.

        What is painted is drawn here once it has all arrived: to draw takes longer than to paint,
        and a terminal that is not read holds up the program.
        """
        before = self.marked()
        began = time.perf_counter()
        self.type(key)
        while time.perf_counter() - began < 10:
            painted = []
            while data := self._receive(QUIET if painted else 2.0):
                painted.append((time.perf_counter(), data))
            took = None
            for at, data in painted:
                self.seen += data
                if took is None and self.marked() not in {before, ""}:
                    took = at - began
            if took is not None:
                return took
        raise RuntimeError(f"the cursor did not move after {key!r}")

    def resident(self) -> float:
        """MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def leave(self) -> None:
        """End it."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)


def environment(home: Path, **more: str) -> dict[str, str]:
    ambient = ("SEGOPS_", "TEXTUAL", "COLUMNS", "LINES", "NO_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ambient)}
    return {**kept, "SEGOPS_TUI_HOME": str(home), "TERM": "xterm-256color", **more}


def milliseconds(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return f"median {1000 * statistics.median(ordered):5.0f} ms   95th {1000 * p95:5.0f} ms"


def starts(home: Path) -> None:
    """From the process's start to the frame, and to the first rows, with the sandbox."""
    frames, rows = [], []
    for _ in range(STARTS):
        console = Console("demo", environ=environment(home))
        frames.append(console.wait_for("Panes"))
        rows.append(console.wait_for("stopped receiving"))
        console.leave()
    bare = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import textual.app, textual.widgets"], check=True)
        bare.append(time.perf_counter() - began)
    print(f"start to the frame                {milliseconds(frames)}")
    print(f"start to the first rows           {milliseconds(rows)}")
    print(f"(import of Textual alone          {milliseconds(bare)})")


def fill(path: Path) -> None:
    now = int(time.time() * 1_000_000)
    with Sandbox(path, keys=frozenset({KEY})) as sandbox, sandbox.store.writing() as connection:
        connection.executemany(
            "INSERT INTO products (sku, name, data, source, created_at, updated_at)"
            " VALUES (?, ?, '{\"brand\": \"Northwind\"}', 'api', ?, ?)",
            ((f"SKU-{n:07}", f"Trail shoe {n}", now, now) for n in range(PRODUCTS)),
        )


def keep_serving(path: Path, addresses: Queue[str]) -> None:
    with (
        Sandbox(path, keys=frozenset({KEY})) as sandbox,
        serving(FaultInjector(sandbox, InjectedFaults(latency=LATENCY))) as url,
    ):
        addresses.put(url)
        signal.pause()


@contextmanager
def server(path: Path) -> Iterator[str]:
    context = get_context("spawn")
    addresses: Queue[str] = context.Queue()
    process = context.Process(target=keep_serving, args=(path, addresses), daemon=True)
    process.start()
    try:
        yield addresses.get(timeout=240)
    finally:
        process.kill()


def keys(console: Console) -> None:
    """Presses with rows at hand, and presses that run ahead of the server."""
    for key, what in (("j", "down a row"), ("\x04", "half a page down"), ("k", "up a row")):
        console.settle()
        times = []
        for _ in range(KEYS):
            times.append(console.press(key))
            console.settle(QUIET)
        print(f"{what:<33} {milliseconds(times)}   ({KEYS} presses)")
    console.settle()
    times = []
    for key in ("G", "g") * 20:
        times.append(console.press(key))
        console.settle(0.5)
    print(f"{'to the end and back':<33} {milliseconds(times)}   (40 presses)")


def soak(console: Console, seconds: float) -> None:
    """A refresh ten times as often as a person's console does it by itself, and looking around."""
    began, refreshes, figures = time.perf_counter(), 0, []
    checks = [seconds * share for share in (0.1, 0.25, 0.5, 0.75, 1.0)]
    while checks:
        for key in ("\x12", "j", "1", "\x12", "2", "k"):
            console.type(key)
            time.sleep(0.1)
        refreshes += 2
        console.settle(0.0)
        console.marked()
        passed = time.perf_counter() - began
        if passed >= checks[0]:
            checks.pop(0)
            figures.append(console.resident())
            print(
                f"resident after {passed:4.0f} s, {refreshes:4} refreshes: {figures[-1]:6.1f} MiB"
            )
    print(f"grown since the first look: {figures[-1] - figures[0]:+.1f} MiB")


def main() -> None:
    """Print every figure."""
    length = float(sys.argv[1]) if len(sys.argv) > 1 else SOAK
    folder = Path(tempfile.mkdtemp())
    try:
        home = folder / "home"
        open_sandbox(find_paths({"SEGOPS_TUI_HOME": str(home)})).close()
        starts(home)
        shop = folder / "large.db"
        fill(shop)
        with server(shop) as url:
            environ = environment(folder / "other", SEGOPS_API_URL=url, SEGOPS_API_KEY=KEY)
            console = Console(environ=environ)
            console.wait_for("Panes")
            console.type("2")
            console.wait_for("Trail shoe 1")
            keys(console)
            soak(console, length)
            console.leave()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
