"""Drives one job in a process of its own and kills it at a given moment.

A helper of `test_kill.py`. Arguments: folder, job id, "save" or "answer", how many of those to
survive, and where a sandbox is served; without that it is in this process and dies with it.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.registry import resume
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
        sandbox = Sandbox(folder / "sandbox.sqlite3", clock=lambda: NOW, pace=0)
        return SegOpsAdmin(transport=Door(sandbox, answered))

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


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), *sys.argv[5:])
