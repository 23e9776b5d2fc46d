"""What differs between operating systems: file locks, private files, clocks and processes.

Linux has all of it. On macOS a process has no start time, so a process number that was used again
counts as the old process. Windows has no mode bits and no look at other processes: files rely on
the rights of the user's own folders, and jobs on their heartbeats.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE: Final = 0o600
"""Mode bits of a file that only its owner may read and write."""
EDITORS: Final = ("notepad",) if os.name == "nt" else ("sensible-editor", "nano", "vi")
"""Editors to look for where neither VISUAL nor EDITOR is set."""
_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


def try_lock(handle: int) -> bool:
    """Lock an open file for this process; False if another process holds the lock.

    Closing the file, also by ending the process, releases the lock.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 (Windows only)

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 (not on Windows)

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise
    return True


def make_private(handle: int, *, like: Path | None = None) -> None:
    """Make an open file readable to its owner only; under sudo it gets the owner of `like`.

    Does nothing on Windows.
    """
    if sys.platform != "win32":
        os.fchmod(handle, PRIVATE)
        if like is not None and os.geteuid() == 0 and like.exists():
            owner = like.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)


def is_running(pid: int, *, since: str, proc: Path = Path("/proc")) -> bool | None:
    """Whether the process with this number and this start runs; None where that cannot be seen.

    Without /proc (macOS) the number alone decides. Windows answers None.
    """
    if sys.platform == "win32":
        return None
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Another user's process, whose start may be hidden.
        return True
    return started(pid, proc=proc) == since


def started(pid: int, *, proc: Path = Path("/proc")) -> str:
    """When a process started, in the kernel's own ticks; empty where there is no /proc."""
    try:
        stat = (proc / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    # The second field is the program's name in brackets, which may contain spaces and brackets.
    fields = stat.rpartition(")")[2].split()
    # A zombie has ended; its parent has not collected it yet.
    return "" if fields[:1] == ["Z"] else "".join(fields[19:20])


def uptime() -> float:
    """Monotonic seconds, including time a laptop was suspended where the system counts it."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@contextmanager
def interrupts_left_to_child() -> Iterator[None]:
    """Leave Ctrl-C to a program that shares the terminal, such as a pager or an editor.

    It does not inherit a handler of ours, as it would inherit that the signal is ignored.
    """
    import signal  # noqa: PLC0415 (only where a program is started)

    try:
        before = signal.signal(signal.SIGINT, lambda *_: None)
    except ValueError:
        # Not the main thread, which is the only one that gets the signal.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
