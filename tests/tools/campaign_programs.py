"""The part of the fault campaign with real programs: a served sandbox, and commands that use it.

Either of them is killed while a command runs; then `jobs resume` finishes what is left.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.engine.ledger import Ledger

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from segops_tui.jobs.engine.job import Job

_ROOT: Final = Path(__file__).parents[2]
_SERVE: Final = """
import sys
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.server.serve import serve

path, key, port, replays = sys.argv[1:]
with Sandbox(path, keys=frozenset({key}), pace=0.5, honour_idempotency=replays == "True") as box:
    serve(box, port=int(port), on_ready=lambda address: print(address, flush=True))
"""
_COMMANDS: Final = (
    "segments recompute {n}",
    "segments export {n} --to {folder}/members-{n}.csv",
    "products import {folder}/catalogue-{n}.csv --yes",
    "products score {n}",
    "pages build {n}",
    "pages export {n} --format html --to {folder}/page-{n}.html",
    "queries run {n}",
    "activations sync {n}",
    "products score --all",
)
_ROUNDS: Final = 8
"""How often what is left is resumed."""


class Programs:
    """A server process, and a home folder for commands."""

    def __init__(self, folder: Path, *, key: str, replays: bool) -> None:
        self.folder, self._key, self._replays = folder, key, replays
        self._port = 0
        self._server: subprocess.Popen[str]
        self.start_server()

    def start_server(self) -> None:
        """Start it, at the port it had before."""
        path, replays = self.folder / "sandbox.db", str(self._replays)
        self._server = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(path), self._key, str(self._port), replays],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=_ROOT,
        )
        assert self._server.stdout is not None
        self.address = self._server.stdout.readline().strip()
        assert self.address, "the server did not start"
        self._port = int(self.address.rpartition(":")[2].partition("/")[0])

    def kill_server(self) -> None:
        """End it without a word."""
        self._server.kill()
        self._server.communicate()

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Start a command of the program."""
        kept = {name: value for name, value in os.environ.items() if "SEGOPS" not in name}
        environ = {
            **kept,
            "SEGOPS_TUI_HOME": str(self.folder / "home"),
            "SEGOPS_API_URL": self.address,
            "SEGOPS_API_KEY": self._key,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "segops_tui", *command.split()],
            env=environ,
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def jobs(self) -> list[Job]:
        """What the ledger holds."""
        path = self.folder / "home" / "state" / "jobs.db"
        if not path.exists():
            return []
        ledger = Ledger(path)
        try:
            return ledger.list(limit=-1)
        finally:
            ledger.close()

    def kill_one(self, command: str, draw: random.Random, said: list[bytes]) -> bool:
        """Run a command and kill it or the server; whether it came before the command's end."""
        before = len(self.jobs())
        process = self.start(command)
        while process.poll() is None and len(self.jobs()) == before:
            time.sleep(0.02)
        time.sleep(draw.uniform(0.0, 0.8))
        came_in_time = process.poll() is None
        if draw.random() < 0.3:
            self.kill_server()
            self.start_server()
        else:
            process.send_signal(signal.SIGKILL)
        said.append(process.communicate(timeout=120)[0])
        return came_in_time

    def finish(self, asked: Counter[str], exports: frozenset[str], said: list[bytes]) -> None:
        """Resume what is left, again and again; where the program asks, agree."""
        for _ in range(_ROUNDS):
            left = [job for job in self.jobs() if job.is_resumable]
            if not left:
                return
            said.append(self.start("jobs resume --all").communicate(timeout=120)[0])
            waiting = [job for job in self.jobs() if job.state == "waiting"]
            asked.update(job.kind for job in waiting if job.kind in exports)
            for job in waiting:
                agreed = self.start(f"jobs resume {job.id} --yes")
                said.append(agreed.communicate(timeout=120)[0])


@contextmanager
def programs(folder: Path, *, key: str, replays: bool) -> Iterator[Programs]:
    """Start the server; it is gone afterwards."""
    running = Programs(folder, key=key, replays=replays)
    try:
        yield running
    finally:
        running.kill_server()


def commands(folder: Path, turns: int) -> Iterator[str]:
    """Commands that start jobs, no two for the same thing."""
    for n in range(1, turns + 1):
        rows = "".join(f"R{n}-{row},Imported\n" for row in range(4))
        (folder / f"catalogue-{n}.csv").write_text(f"sku,name\n{rows}")
        for command in _COMMANDS:
            yield command.format(n=n, folder=folder)
