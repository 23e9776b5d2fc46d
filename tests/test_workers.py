"""The plugin that runs tests in forked processes, `tests/tools/workers.py`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.Popen[str]]:
    """Start pytest on a file with these tests."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    def start(tests: str, *arguments: str) -> subprocess.Popen[str]:
        (tmp_path / "test_them.py").write_text(tests)
        command = [sys.executable, "-m", "pytest", "-p", "tests.tools.workers", "test_them.py"]
        return subprocess.Popen(
            [*command, "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    return start


@pytest.fixture
def ran(started: Any) -> Callable[..., tuple[int, str]]:
    """Run pytest on a file with these tests: its exit code, and what it printed."""

    def run(tests: str, *arguments: str) -> tuple[int, str]:
        with started(tests, *arguments) as process:
            printed, _ = process.communicate(timeout=60)
        return process.returncode, printed

    return run


EVERY_OUTCOME = """
import os, pytest, sys
from pathlib import Path

@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    yield tmp_path_factory.mktemp("opened")
    Path(f"closed-{os.getpid()}").touch()

@pytest.mark.parametrize("number", range(20))
def test_passes(number, opened, tmp_path):
    assert list(tmp_path.iterdir()) == []
    (opened / str(number)).touch(exist_ok=False)

def test_fails():
    print("said before")
    print("and complained", file=sys.stderr)
    assert {"a": 1} == {"a": 2}

@pytest.fixture
def ends_badly():
    yield
    raise OSError("no end")

def test_teardown(ends_badly):
    pass

@pytest.mark.skip(reason="not here")
def test_skipped():
    pass

@pytest.mark.xfail
def test_expected():
    assert False
"""


def test_each_outcome_is_told_with_its_words_as_by_one_process(ran: Any, tmp_path: Path) -> None:
    def told(*arguments: str) -> tuple[int, list[str]]:
        code, printed = ran(EVERY_OUTCOME, "-rA", *arguments)
        # Each test in its section, the line that it has in the summary, and how many there were of
        # each outcome; not their order, nor how long they took.
        body = [re.sub(r" in \d+\.\d+s.*", "", line).strip("=") for line in printed.splitlines()]
        return code, sorted(line for line in body if not line.startswith(("test_them", "rootdir")))

    code, lines = told("--workers", "3")
    assert len(list(tmp_path.glob("closed-*"))) == 3
    assert (code, lines) == told()
    assert "E         {'a': 1} != {'a': 2}" in lines
    assert " 1 failed, 21 passed, 1 skipped, 1 xfailed, 1 error" in lines
    assert code == pytest.ExitCode.TESTS_FAILED


def test_a_worker_that_dies_fails_the_test_it_ran_and_no_other(ran: Any) -> None:
    code, printed = ran(
        """
import os, pytest

@pytest.mark.parametrize("number", range(12))
def test_it(number):
    if number == 1:
        os._exit(3)
    if number == 7:
        pytest.exit("enough")
""",
        *("--workers", "2", "-q"),
    )
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "2 failed, 10 passed" in printed
    assert "worker 0 died in this test, exit code 3" in printed
    assert "worker 1 died in this test, exit code 1" in printed
    assert "Exit: enough" in printed


def test_the_stack_of_a_crash_is_told(ran: Any) -> None:
    code, printed = ran(
        """
import os, signal, pytest

def crash():
    os.kill(os.getpid(), signal.SIGSEGV)

@pytest.mark.parametrize("number", range(3))
def test_it(number):
    if number == 1:
        crash()
""",
        *("--workers", "2", "-q"),
    )
    assert code == pytest.ExitCode.TESTS_FAILED
    assert f"died in this test, exit code -{signal.SIGSEGV}" in printed
    assert printed.count("in crash") == 1


def test_it_ends_at_the_first_failure_where_that_is_asked_for(ran: Any) -> None:
    code, printed = ran(
        """
import pytest

@pytest.mark.parametrize("number", range(300))
def test_it(number):
    assert number != 2
""",
        *("--workers", "2", "-q", "-x"),
    )
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "stopping after 1 failures" in printed
    assert "297 passed" not in printed


WAITING = """
import pathlib, time, pytest

@pytest.fixture
def open():
    yield
    pathlib.Path(f"closed").touch()

@pytest.mark.parametrize("number", range(2))
def test_it(number, open):
    pathlib.Path(f"waits-{number}").touch()
    time.sleep(300)
"""


def test_ctrl_c_tears_down_what_runs_and_ends(started: Any, tmp_path: Path) -> None:
    with started(WAITING, "--workers", "2") as process:
        while len(list(tmp_path.glob("waits-*"))) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, printed
    assert "KeyboardInterrupt" in printed
    assert (tmp_path / "closed").exists()
    assert not is_there(process.pid)


def test_no_worker_outlives_a_run_that_is_killed_though_a_thread_of_its_test_does(
    started: Any, tmp_path: Path
) -> None:
    tests = """
import pathlib, threading, time, pytest

@pytest.mark.parametrize("number", range(2))
def test_it(number):
    threading.Thread(target=time.sleep, args=(300,)).start()
    pathlib.Path(f"waits-{number}").touch()
    while not pathlib.Path("killed").exists():
        time.sleep(0.01)
"""
    with started(tests, "--workers", "2") as process:
        while len(list(tmp_path.glob("waits-*"))) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
        (tmp_path / "killed").touch()
        process.communicate(timeout=60)  # To the end of what all of them may print to.
    while is_there(process.pid):
        time.sleep(0.01)


def is_there(group: int) -> bool:
    """Whether any process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
