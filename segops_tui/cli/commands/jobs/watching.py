"""Jobs that other processes drive, followed through the ledger until they stop.

Knows how the ledger looks from outside; drives nothing and asks no server.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.cli.core.context import Invocation
    from segops_tui.cli.core.progress import Drawing
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.progress import ProgressReporter

_PAUSE: Final = 0.2
"""Seconds between two looks; the ledger hears of a living job every two."""


class Watch:
    """Some jobs of the ledger, or with no ids all that run and begin to while one does."""

    def __init__(self, ledger: Ledger, shown: Drawing, ids: Iterable[str] | None) -> None:
        self._ledger, self._shown = ledger, shown
        self._left = None if ids is None else set(ids)
        self._seen: set[str] = set()
        self._narrators: dict[str, ProgressReporter] = {}
        self.stopped: list[Job] = []
        """Those that ran and no longer do, in the order of their ends."""

    def look(self) -> bool:
        """Tell how they stand; whether one of them runs."""
        running = {job.id: job for job in self._ledger.list(state="running", limit=-1)}
        if self._left is None:
            gone = self._seen - running.keys()
            self._seen = set(running)
        else:
            gone = self._left - running.keys()
            self._left &= running.keys()
            running = {key: running[key] for key in self._left}
        for key in gone:
            self._stop(key)
        for job in sorted(running.values(), key=lambda job: job.created_at):
            self._narrator(job).report(job)
        return bool(running)

    def _stop(self, key: str) -> None:
        try:
            job = self._ledger.get(key)
        except KeyError:
            # Somebody made the record forget it.
            return
        self.stopped.append(job)
        self._narrator(job).report(job)

    def _narrator(self, job: Job) -> ProgressReporter:
        from segops_tui.jobs.engine.progress import ProgressReporter

        if job.id not in self._narrators:
            history = self._ledger.history(job.kind, job.target, job.profile)
            narrator = ProgressReporter(self._shown.tell, clock=time.time, history=history)
            self._narrators[job.id] = narrator
        return self._narrators[job.id]


def watch(
    run: Invocation, ids: Iterable[str] | None, *, until: float | None = None
) -> list[Job] | None:
    """Draw jobs until they stop, or the clock shows `until`; answers those that stopped.

    None: a person pressed Ctrl-C, `run.ended_early` then has the code. The jobs run on.
    """
    from segops_tui.cli.core.progress import drawing

    known = None if ids is None else list(ids)
    total = 0 if known is None else len(known)
    try:
        with drawing(run.talk, total=total, out=run.out) as shown:
            watched = Watch(run.ledger, shown, known)
            while watched.look():
                if until is not None and time.time() >= until:
                    break
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        run.ended_early = int(ExitCode.INTERRUPTED)
        run.talk.interrupted("Stopped watching; the jobs run on.")
        return None
    return watched.stopped
