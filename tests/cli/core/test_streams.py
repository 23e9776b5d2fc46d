"""Standard streams that are closed or full, and signals: the right code, and no traceback."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from segops_tui.cli.core.process import terminal_size
from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a shell and /dev/full")


def environ(program: Program) -> dict[str, str]:
    return {**clean_environment(), "SEGOPS_TUI_HOME": str(program.home)}


def shell(program: Program, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of the program with a shell's redirections."""
    line = f"{shlex.quote(sys.executable)} -m segops_tui {command}"
    return subprocess.run(
        ["sh", "-c", line],
        env=environ(program),
        capture_output=True,
        text=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirected", "reason"),
    [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")],
)
def test_an_output_that_cannot_be_written_is_an_error(
    program: Program, redirected: str, reason: str
) -> None:
    ended = shell(program, f"segments list {redirected}")

    assert ended.returncode == 1
    assert ended.stderr == f"error: Cannot write to standard output: {reason}.\n"


def test_a_closed_input_is_an_empty_one(program: Program) -> None:
    ended = shell(program, "segments create - <&-")

    assert ended.returncode == 2
    assert ended.stderr.startswith("error: standard input is empty.")


@pytest.mark.parametrize(
    "redirected", ["2>/dev/full", "<&- 2>&-", pytest.param("2>&-", marks=pytest.mark.thorough)]
)
def test_a_job_goes_on_when_only_its_log_is_lost(changing: Program, redirected: str) -> None:
    ended = shell(changing, f"segments recompute 10 -o name {redirected}")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "10\n", "")
    assert [job["state"] for job in changing("jobs", "list", "-o", "json").data] == ["done"]


def test_an_error_has_its_code_when_nobody_can_read_it(program: Program) -> None:
    assert shell(program, "segments get 99 >&- 2>/dev/full").returncode == 5


def test_no_file_takes_the_place_of_a_closed_stream(program: Program, tmp_path: object) -> None:
    """A file opened while stdout is closed would get number 1, and what is printed with it."""
    ended = shell(program, "segments list --debug -o name >&- <&-")

    log = next(program.home.rglob("*.log"))
    assert ended.returncode == 1
    assert all(" GET " in line for line in log.read_text().splitlines())


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.thorough)]
)
def test_a_signal_detaches_the_jobs(changing: Program, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "segops_tui", "segments", "recompute", "10"],
        env=environ(changing),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "computing" in process.stderr.readline()
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=240)

    assert process.returncode == 128 + number
    assert "segops-tui jobs resume" in err
    assert "Traceback" not in err
    assert [job["state"] for job in changing("jobs", "list", "-o", "json").data] == ["detached"]


def limit_files() -> None:
    """As a full disk: no file grows past this, and a write fails instead of a signal."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))


A_SMALL_SHOP = """
from segops_tui.cli import main
from segops_tui.sandbox.seeding import seed

seed.SIZES["small"] = seed.Size(people=100, products=421)
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_full_disk_at_the_first_use_is_told_and_the_next_use_begins_again(
    tmp_path: Path, program: Program, few_people: None
) -> None:
    home = tmp_path / "small"
    program.environ["SEGOPS_TUI_HOME"] = str(home)

    first = program.alone("segments", "list", script=A_SMALL_SHOP, preexec_fn=limit_files)
    second = program("segments", "list", "-o", "name")

    assert first.code == 2
    assert "Free some disk space" in first.err
    assert "bug" not in first.err
    assert len(second.out.split()) == 14


@pytest.mark.parametrize("columns", [None, "", "0", "-3", "wide", "51", "200"])
@pytest.mark.parametrize("lines", [None, "10"])
def test_the_terminal_has_the_size_that_the_standard_library_finds(
    monkeypatch: pytest.MonkeyPatch, columns: str | None, lines: str | None
) -> None:
    for name, value in (("COLUMNS", columns), ("LINES", lines)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    assert terminal_size() == shutil.get_terminal_size()
