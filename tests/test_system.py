"""What differs between operating systems, each branch with that system's calls faked."""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from segops_tui import system

PACKAGE = Path(system.__file__).parent


class Msvcrt(SimpleNamespace):
    """Windows' file locks, for one process."""

    LK_NBLCK = 2

    def __init__(self, *, number: int | None = None) -> None:
        super().__init__()
        self.calls: list[tuple[int, int]] = []
        self._number = number

    def locking(self, _handle: int, mode: int, length: int) -> None:
        self.calls.append((mode, length))
        if self._number is not None:
            raise OSError(self._number, "no lock")


def windows(monkeypatch: pytest.MonkeyPatch, msvcrt: Msvcrt | None = None) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)


def test_a_lock_is_held_until_its_file_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    first, second = (os.open(file, os.O_RDWR | os.O_CREAT) for _ in range(2))

    assert system.try_lock(first)
    assert not system.try_lock(second)
    os.close(first)
    assert system.try_lock(second)
    os.close(second)


def test_windows_locks_the_first_byte_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    msvcrt = Msvcrt()
    windows(monkeypatch, msvcrt)

    assert system.try_lock(7)
    assert msvcrt.calls == [(Msvcrt.LK_NBLCK, 1)]


def test_a_lock_held_elsewhere_on_windows_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    windows(monkeypatch, Msvcrt(number=errno.EACCES))

    assert not system.try_lock(7)


def test_a_file_system_without_locks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    windows(monkeypatch, Msvcrt(number=errno.ENOSYS))

    with pytest.raises(OSError, match="no lock"):
        system.try_lock(7)


def test_an_open_file_becomes_private_whatever_the_umask(tmp_path: Path) -> None:
    handle = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT, 0o666)

    system.make_private(handle)

    assert os.fstat(handle).st_mode & 0o777 == 0o600
    os.close(handle)


def test_windows_has_no_mode_bits_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows(monkeypatch)
    handle = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT, 0o644)

    system.make_private(handle)

    assert os.fstat(handle).st_mode & 0o777 == 0o644
    os.close(handle)


def test_a_process_is_known_by_its_number_and_its_start() -> None:
    pid = os.getpid()

    assert system.is_running(pid, since=system.started(pid)) is True
    assert system.is_running(pid, since="1") is False
    assert system.is_running(2**22 + 1, since="1") is False
    assert system.is_running(0, since="") is False


def test_without_proc_the_number_alone_decides(tmp_path: Path) -> None:
    """As on macOS."""
    pid = os.getpid()

    assert system.started(pid, proc=tmp_path) == ""
    assert system.is_running(pid, since="", proc=tmp_path) is True


def test_another_users_process_counts_as_running(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)

    assert system.is_running(1, since="whenever") is True


def test_on_windows_no_process_is_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """There `os.kill(pid, 0)` would end the process."""
    windows(monkeypatch)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("signalled"))

    assert system.is_running(os.getpid(), since="") is None


def test_a_zombie_has_ended_and_a_name_may_contain_brackets(tmp_path: Path) -> None:
    fields = " ".join(["0"] * 18)
    for pid, state in (("7", "S"), ("8", "Z")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "stat").write_text(f"{pid} (a) b) {state} {fields} 4242 0 0\n")

    assert system.started(7, proc=tmp_path) == "4242"
    assert system.started(8, proc=tmp_path) == ""


@pytest.mark.parametrize("name", ["linux", "darwin", "win32"])
def test_the_clock_never_goes_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "linux" and not hasattr(time, "CLOCK_BOOTTIME"):
        pytest.skip("this system counts no suspended time")
    monkeypatch.setattr(sys, "platform", name)

    before = system.uptime()

    assert system.uptime() >= before > 0


def test_calls_that_one_system_lacks_are_made_in_one_module() -> None:
    words = ("fcntl", "msvcrt", "fchmod", "geteuid", "os.kill", "clock_gettime", "/proc")

    found = {
        f"{module.relative_to(PACKAGE).as_posix()}: {word}"
        for module in PACKAGE.rglob("*.py")
        for word in words
        if word in module.read_text(encoding="utf-8") and module.name != "system.py"
    }

    assert found == set()
