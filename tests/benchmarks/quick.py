"""The figures of speed in about a minute, each as a ratio measured in this one run.

    make bench-quick

Every row is timed in turn with what it is compared to, and the medians are compared: a busy machine
slows both, and one slow or lucky run moves neither. The vendor's packages are used where they are
installed (`pip install segops segops-admin`); a row that needs them is skipped where they are not.
"""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from bench_client import awaited, fill, one_after_another
from bench_client import server as slow_server
from bench_console import Console, environment
from bench_import import write_catalogue, write_variant
from bench_sandbox import recompute_measures

from segops_tui import SegOpsAdmin
from segops_tui.config.paths import find_paths
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.seeding.seed import seed
from segops_tui.session import open_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY: Final = "sk_test_0123456789abcdef"
RUNS: Final = 7
MANY: Final = 51
"""Runs of a command, which takes a tenth of a second."""
ROWS: Final = 200_000
SEGMENTS: Final = 2_000
PAGE: Final = 50
EVENTS: Final = 200_000
# Each as its installed script starts it.
PROGRAM: Final = (sys.executable, "-c", "from segops_tui.cli import main; main()")
VENDOR: Final = (sys.executable, "-c", "from segops_admin._cli import _entrypoint; _entrypoint()")
TOOLKIT: Final = (sys.executable, "-c", "import textual.app, textual.widgets; print('loaded')")


class Row(NamedTuple):
    """One line of the table."""

    what: str
    goal: float
    ours: Callable[[], float]
    other: Callable[[], float]
    runs: int = RUNS


def cpu(command: tuple[str, ...], environ: dict[str, str], *, shows: bytes) -> float:
    """CPU seconds of a command, which has to print something."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environ, capture_output=True, check=False, timeout=240)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if shows not in done.stdout:
        raise RuntimeError(f"{command} did not do its work: {(done.stdout + done.stderr)[-300:]!r}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def elapsed(environ: dict[str, str]) -> float:
    """Seconds that the toolkit's own imports take, as a process."""
    began = time.perf_counter()
    subprocess.run(TOOLKIT, env=environ, check=True, timeout=240, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def until(words: str, environ: dict[str, str]) -> float:
    """Seconds from the start of the console's process until it has painted some words."""
    console = Console("demo", environ=environ)
    try:
        return console.wait_for(words)
    finally:
        console.leave()


def check(path: Path) -> float:
    """CPU seconds of the check of a file."""
    from segops_tui.jobs.imports.check import check_csv

    began = time.process_time()
    assert check_csv(path).rows == ROWS
    return time.process_time() - began


def read(path: Path) -> float:
    """CPU seconds of csv.reader alone."""
    import csv

    began = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == ROWS + 1
    return time.process_time() - began


def page_after_page(address: str) -> float:
    """Seconds of a walk that asks for a page when it has the one before."""
    with SegOpsAdmin(KEY, base_url=address) as client:
        began = time.perf_counter()
        assert one_after_another(client, PAGE) == SEGMENTS
        return time.perf_counter() - began


def walk(address: str) -> float:
    """Seconds of the blocking client's walk."""
    with SegOpsAdmin(KEY, base_url=address) as client:
        began = time.perf_counter()
        assert sum(1 for _ in client.segments.list(page_size=PAGE)) == SEGMENTS
        return time.perf_counter() - began


def awaited_walk(address: str) -> float:
    """Seconds of the async client's walk."""
    began = time.perf_counter()
    assert asyncio.run(awaited(address, PAGE)) == SEGMENTS
    return time.perf_counter() - began


@contextmanager
def started_as_in_a_test(folder: Path) -> Iterator[Callable[[], float]]:
    """What measures the CPU seconds of a console from its start to its first rows."""
    from tests.tui.conftest import NOW, Stage, _quick

    path = folder / "shop.sqlite3"
    with Sandbox(path, clock=lambda: NOW) as sandbox:
        seed(sandbox.store.connection(), now=NOW)
    stage = Stage(path, folder, lambda: NOW)

    async def started() -> float:
        began = time.process_time()
        async with stage.run() as pilot:
            took = time.process_time() - began
            assert pilot.app.screen.pane.counts() == (14, 14)
        return took

    with _quick.quickly(), _quick.no_waiting(), _quick.unpainted():
        asyncio.run(started())  # What all later ones find was found by the first.
        yield lambda: asyncio.run(started())


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The sandbox, served by a process of its own."""
    command = (*PROGRAM, "sandbox", "serve", "--port", "0", "--key", KEY)
    process = subprocess.Popen(
        command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip().partition("=")[2]
    finally:
        process.terminate()
        process.wait()


def rows(folder: Path, address: str) -> Iterator[Row]:
    """What is measured."""
    home = environment(folder / "home")
    remote = {**environment(folder / "away"), "SEGOPS_API_URL": address, "SEGOPS_API_KEY": KEY}
    listing = ("segments", "list")

    def vendor(*words: str, shows: bytes) -> Callable[[], float]:
        return lambda: cpu((*VENDOR, *words), remote, shows=shows)

    def ours(environ: dict[str, str], *words: str, shows: bytes) -> Callable[[], float]:
        return lambda: cpu((*PROGRAM, *words), environ, shows=shows)

    if find_spec("segops_admin"):
        help_, listed = vendor("--help", shows=b"usage"), vendor(*listing, shows=b"High LTV")
        yield Row("--help / vendor's", 0.8, ours(home, "--help", shows=b"Usage"), help_, MANY)
        local = ours(home, *listing, "-o", "json", shows=b"High LTV")
        yield Row("list, sandbox / vendor's remote", 1.0, local, listed, MANY)
        away = ours(remote, *listing, "-o", "json", shows=b"High LTV")
        yield Row("list, remote / vendor's remote", 1.6, away, listed, MANY)
    else:
        print("skipped: three rows that need the vendor's packages (segops, segops-admin)")
    toolkit = partial(elapsed, home)
    yield Row("console to frame / import textual", 2.0, partial(until, "Panes", home), toolkit)
    rows = partial(until, "stopped receiving", home)
    yield Row("console to rows / import textual", 3.0, rows, toolkit)
    file, faulty = folder / "catalogue.csv", folder / "faulty.csv"
    write_catalogue(file, ROWS)
    yield Row("check of a file / csv.reader", 2.5, partial(check, file), partial(read, file))
    write_variant(file, faulty, "a faulty quote in every row")
    yield Row("check, a fault in each row", 3.0, partial(check, faulty), partial(read, faulty))
    with Sandbox(folder / "walk.sqlite3") as sandbox:
        fill(sandbox, SEGMENTS)
    with slow_server(folder / "walk.sqlite3") as slow:
        alone = partial(page_after_page, slow)
        yield Row("walk, 50 ms away / page after page", 1 / 6, partial(walk, slow), alone, 3)
        yield Row(
            "awaited walk / page after page", 1 / 6, partial(awaited_walk, slow), alone, runs=3
        )
    with Sandbox(folder / "events.sqlite3", pace=0) as sandbox:
        by_hand, recompute = recompute_measures(sandbox, events=EVENTS)
        yield Row("recompute / its SQL by hand", 1.1, recompute, by_hand)
    with started_as_in_a_test(folder) as start:
        # Last: it loads the console into this process. Its goal: 0.2 s where the import takes 0.25.
        imports = partial(cpu, TOOLKIT, home, shows=b"loaded")
        yield Row("console in a test / import textual", 0.8, start, imports)


def main() -> None:
    """Print the table."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_sandbox(find_paths({"SEGOPS_TUI_HOME": str(folder / "home")})).close()
        with served(folder / "home") as address:
            print(f"{'':<36} {'now':>6} {'goal':>6}")
            for row in rows(folder, address):
                ours, other = [], []
                for number in range(row.runs):
                    # In turn also within a pair: neither always finds what the other left behind.
                    if number % 2:
                        ours.append(row.ours())
                    other.append(row.other())
                    if not number % 2:
                        ours.append(row.ours())
                ratio = median(ours) / median(other)
                mark = "" if ratio <= row.goal else "  over"
                print(f"{row.what:<36} {ratio:6.3f} {row.goal:6.3f}{mark}", flush=True)


if __name__ == "__main__":
    main()
