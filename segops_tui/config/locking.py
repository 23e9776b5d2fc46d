"""A lock between processes that change one file.

Knows a file beside it that the system locks and, when its holder dies, unlocks; never deletes
it, since two who hold two deleted files would both believe they are alone.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import SegOpsConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE: Final = 5.0
"""Seconds to wait for somebody else's change, which takes milliseconds."""
_NAP: Final = 0.02
_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


@contextmanager
def locked(
    file: Path,
    *,
    patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the lock of `file` for the length of a block.

    Raises:
        SegOpsConfigError: somebody else held it all the time.
        OSError: there can be no lock in that folder.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(file.with_name(f".{file.name}.lock"), flags, 0o600)
    try:
        until = clock() + patience
        while not _take(handle):
            if clock() >= until:
                raise SegOpsConfigError(
                    f"{file} is being changed by another segops-tui; waited {patience:g} s.",
                    hint="Try again when it is done.",
                )
            sleep(_NAP)
        yield
    finally:
        # Closing lets go of the lock.
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 (there is none elsewhere)

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 (there is none on Windows)

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise
    return True
