"""A plugin for pytest: the tests in several processes, forked once they are collected.

    python -m pytest --workers 8

Each process of pytest-xdist starts afresh, imports the program and collects every test: three
seconds of CPU time, which with eight of them is a tenth of the run. A fork has done both. A worker
gets a folder for its temporary files, its own session fixtures, and one test after the other. What
it reports comes out here as if the tests had run here, so that `-x`, `--lf`, `--durations` and the
summary are pytest's own. Warnings are not carried over: in this project each is an error.
"""

from __future__ import annotations

import faulthandler
import os
import time
import traceback
from collections import deque
from contextlib import suppress
from multiprocessing import connection, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

AHEAD = 3
"""Tests that a worker has at hand: the one it runs, the next, which tells what may be torn down,
and one so that it never waits."""
LOOK_AFTER = 1.0
"""Seconds after which to look whether a worker is still there: a program it left behind may hold
its end of the pipe open."""
PATIENCE = 5.0
"""Seconds that workers have to end when the run is interrupted."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--workers", type=int, default=1, metavar="N", help="run the tests in N forked processes"
    )


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> int | None:
    """Which worker runs the test, from 0 on; none where all tests run in one process."""
    number: int | None = getattr(request.config, "worker", None)
    return number


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the tests; leave it to pytest where one process is to do it, or cannot be forked."""
    option = session.config.option
    count = min(option.workers, len(session.items))
    is_broken = session.testsfailed and not option.continue_on_collection_errors
    if count < 2 or is_broken or option.collectonly or option.usepdb or not hasattr(os, "fork"):
        return None
    _Run(session, count).run()
    return True


class _Worker:
    """A worker, as the process that forked it sees it."""

    def __init__(self, number: int, process: BaseProcess, pipe: Connection) -> None:
        self.number = number
        self.process = process
        self.pipe = pipe
        self.has: deque[int] = deque()
        """The tests it was given and has not reported, the one it runs first."""
        self.is_told_all = False

    def give(self, test: int | None) -> None:
        """Give it a test more, or say that there are no more."""
        if test is None:
            self.is_told_all = True
        else:
            self.has.append(test)
        with suppress(OSError):  # it died: the next look at it tells
            self.pipe.send(test)


class _Reports:
    """What the test that runs in this worker reported."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._made: list[Any] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._made.append(_written(self._config, report))

    def taken(self) -> list[Any]:
        """Take them."""
        made, self._made = self._made, []
        return made


def _written(config: pytest.Config, report: pytest.TestReport) -> Any:
    """A report as it goes through a pipe."""
    return config.hook.pytest_report_to_serializable(config=config, report=report)


class _Run:
    """All tests, until each has been reported."""

    def __init__(self, session: pytest.Session, count: int) -> None:
        self._session = session
        self._config = session.config
        self._workers: list[_Worker] = []
        share, rest = divmod(len(session.items), count)
        numbers = iter(range(len(session.items)))
        # Neighbours share fixtures and caches, so each worker begins with a stretch of its own.
        self._left = [
            deque(next(numbers) for _ in range(share + (place < rest))) for place in range(count)
        ]

    def run(self) -> None:
        """Run them; raises what pytest's own loop raises where it is to end early."""
        # The folder is made here, so that it is one for all.
        self._temporary = self._config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        try:
            for number in range(len(self._left)):
                self._start(number)
            for _ in range(AHEAD):
                for one in self._workers:
                    self._give(one)
            while self._workers:
                ready = connection.wait([one.pipe for one in self._workers], LOOK_AFTER)
                for one in list(self._workers):
                    self._look_at(one, is_ready=one.pipe in ready)
        finally:
            self._end()
        if self._session.shouldfail:
            raise self._session.Failed(self._session.shouldfail)
        if self._session.shouldstop:
            raise self._session.Interrupted(self._session.shouldstop)

    def _end(self) -> None:
        """End what still runs: a test is torn down where it was interrupted, and then killed."""
        for one in self._workers:
            one.pipe.close()
        until = time.monotonic() + PATIENCE
        for one in self._workers:
            one.process.join(max(0.0, until - time.monotonic()))
            one.process.kill()
            one.process.join()

    def _start(self, number: int) -> _Worker:
        # It may die before it can write, and the one before it may have crashed.
        self._crash_of(number).write_text("", encoding="utf-8")
        ours, theirs = get_context("fork").Pipe()
        process = get_context("fork").Process(target=self._work, args=(number, ours, theirs))
        process.start()
        theirs.close()
        one = _Worker(number, process, ours)
        self._workers.append(one)
        return one

    def _give(self, one: _Worker) -> None:
        if not one.is_told_all:
            one.give(self._next_for(one.number))

    def _next_for(self, number: int) -> int | None:
        """The next test of its stretch, or else the last one of the longest."""
        if self._session.shouldfail or self._session.shouldstop:
            return None
        if self._left[number]:
            return self._left[number].popleft()
        longest = max(self._left, key=len)
        return longest.pop() if longest else None

    def _look_at(self, one: _Worker, *, is_ready: bool) -> None:
        if is_ready:
            try:
                reports = one.pipe.recv()
            except (EOFError, OSError):
                self._see_off(one)
            else:
                if isinstance(reports, str):
                    self._see_off(one, reports)
                else:
                    self._tell(one.has.popleft(), reports)
                    self._give(one)
        elif not one.process.is_alive() and not one.pipe.poll():
            self._see_off(one)

    def _see_off(self, one: _Worker, why: str = "") -> None:
        """Be done with a worker; where it died, its test failed, and another takes the others."""
        self._workers.remove(one)
        one.process.join()
        one.pipe.close()
        if not one.has:
            return
        died_in = one.has.popleft()
        item = self._session.items[died_in]
        words = f"worker {one.number} died in this test, exit code {one.process.exitcode}"
        why = why or self._crash_of(one.number).read_text(encoding="utf-8", errors="replace")
        words = f"{words}\n{why}" if why else words
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", words, "call")
        self._tell(died_in, [_written(self._config, report)])
        self._left[one.number].extendleft(reversed(one.has))
        another = self._start(one.number)
        for _ in range(AHEAD):
            self._give(another)

    def _tell(self, test: int, reports: Iterable[Any]) -> None:
        """Report a test here."""
        hook, item = self._config.hook, self._session.items[test]
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for data in reports:
            report = hook.pytest_report_from_serializable(config=self._config, data=data)
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _crash_of(self, number: int) -> Path:
        """The file with the stacks of a worker's threads, should it crash."""
        return Path(self._temporary, f"crash-{number}.txt")

    # What follows runs in the worker.

    def _work(self, number: int, other_end: Connection, pipe: Connection) -> None:
        # A pipe ends once its other end is held by no process.
        for held in (other_end, *(one.pipe for one in self._workers)):
            held.close()
        code = 1
        try:
            self._settle_in(number)
            self._run_what_comes(pipe)
            code = 0
        except Exception:  # noqa: BLE001 (whatever it is, the run tells it)
            with suppress(OSError):
                pipe.send(traceback.format_exc())
        finally:
            # A thread that a test left behind is not waited for.
            os._exit(code)

    def _run_what_comes(self, pipe: Connection) -> None:
        reports = _Reports(self._config)
        self._config.pluginmanager.register(reports)
        items = self._session.items
        test = pipe.recv()
        while test is not None:
            item, following = items[test], pipe.recv()
            next_item = None if following is None else items[following]
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=next_item)
            except KeyboardInterrupt:
                item.ihook.pytest_runtest_teardown(item=item, nextitem=None)
                raise
            pipe.send(reports.taken())
            test = following

    def _settle_in(self, number: int) -> None:
        """Have streams and temporary folders of its own, and print nothing."""
        manager = self._config.pluginmanager
        capture = manager.get_plugin("capturemanager")
        capture.stop_global_capturing()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        os.close(nowhere)
        capture.start_global_capturing()
        capture.suspend_global_capture()
        self._crash_file = self._crash_of(number).open("w", encoding="utf-8")
        faulthandler.enable(self._crash_file)
        self._config.worker = number  # type: ignore[attr-defined]
        self._config.option.basetemp = self._temporary / f"worker-{number}"
        manager.get_plugin("tmpdir").pytest_configure(self._config)
