"""Drives jobs, each in a process of its own that is killed at a given moment.

A helper of `test_kill.py`. Each line of standard input is a run as JSON: folder, job id, "save" or
"answer", how many of those to survive, and where a sandbox is served; without that it is in the
run's process and dies with it. Each answer is the exit code, as `subprocess` has it, and what the
run wrote to standard error. A run is a fork of this process, which has imported all it needs: that
takes a tenth of the CPU time of a new interpreter.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from segops_tui import sandbox
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.registry import KINDS, resume
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Countdown:
    """Kills this process, as `kill -9` does, once it was called often enough."""

    def __init__(self, kind: str, wanted: str, survive: int) -> None:
        self._is_wanted, self._left = kind == wanted, survive

    def __call__(self, _moment: object) -> None:
        if self._is_wanted:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1


class Door(InProcess):
    """Reports each change that the server has made before the client knows of it."""

    def __init__(self, sandbox: Sandbox, after: Countdown) -> None:
        super().__init__(sandbox)
        self._after = after

    def send(self, attempt: Any, /) -> Any:
        reply = super().send(attempt)
        if attempt.method != "GET":
            self._after(attempt)
        return reply


def open_client(folder: Path, answered: Countdown, address: str) -> SegOpsAdmin:
    if not address:
        here = Sandbox(folder / "sandbox.sqlite3", clock=lambda: NOW, pace=0)
        return SegOpsAdmin(transport=Door(here, answered))

    def heard(trace: Any) -> None:
        if trace.method != "GET":
            answered(trace)

    pipeline = Pipeline(Policy(max_retries=0), trace=heard)
    return SegOpsAdmin("sk_test_0123456789abcdef", base_url=address, pipeline=pipeline)


def main(folder: Path, job_id: str, wanted: str, survive: int, address: str = "") -> None:
    client = open_client(folder, Countdown("answer", wanted, survive), address)
    ledger = Ledger(folder / "jobs.db")
    job, plan = resume(ledger, job_id)
    run_job(plan, job, client, ledger, after_save=Countdown("save", wanted, survive))


def in_a_process_of_its_own(folder: str, *more: Any) -> tuple[int, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(writing, sys.stderr.fileno())
        os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdout.fileno())
        try:
            main(Path(folder), *more)
        except BaseException:  # noqa: BLE001 - told to the test, whatever it is
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), told


if __name__ == "__main__":
    for place in {*KINDS.values(), "segops_tui.client.direct"}:
        import_module(place.partition(":")[0])
    for module in walk_packages(sandbox.__path__, "segops_tui.sandbox."):
        if "server" not in module.name:  # A run serves nothing.
            import_module(module.name)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_a_process_of_its_own(*json.loads(line))) + "\n")
        sys.stdout.flush()
