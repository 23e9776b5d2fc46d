"""Limits on a whole call and on a slow download.

A time-out per read does not stop a server that sends a byte now and then; these do. Never imports
asyncio: start-up pays for it.
"""

from __future__ import annotations

import threading
import time
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.request import Upload

T = TypeVar("T")

_LEAST: Final = 1024
"""Bytes a download must receive within one time-out; fewer is a stall."""


class DeadlineExceeded(Exception):
    """A call as a whole took too long."""


class Deadline:
    """The time one attempt has left. Progress of an upload restarts it."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._clock = seconds, clock
        self._started = clock()
        self._is_cancelled = False
        self.on_extend: Callable[[], None] | None = None
        """Called when an upload progresses, for an event loop that keeps the time itself."""

    @property
    def left(self) -> float:
        """Seconds left; never below zero."""
        return max(self._started + self.seconds - self._clock(), 0.0)

    def extend(self) -> None:
        """Restart the time: the upload sent something.

        Raises:
            DeadlineExceeded: the call was cancelled.
        """
        if self._is_cancelled:
            raise DeadlineExceeded
        self._started = self._clock()
        if self.on_extend is not None:
            self.on_extend()

    def cancel(self) -> None:
        """Make an upload that still runs in the background stop at its next read."""
        self._is_cancelled = True


def run_with_deadline(action: Callable[[], T], deadline: Deadline, *, cut: Callable[[], None]) -> T:
    """Run a blocking call, and stop waiting for it at its deadline.

    It runs in a thread, since a socket that receives a byte at a time cannot be interrupted in any
    other way. `cut` ends its connection, so that the thread ends as well.

    Raises:
        DeadlineExceeded: the call did not finish in time.
    """
    done = threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(action())
        except BaseException as error:  # noqa: BLE001 (raised again below, in the caller's thread)
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=work, daemon=True, name="segops-call").start()
    try:
        while not done.wait(deadline.left):
            if not deadline.left:
                raise DeadlineExceeded
    except BaseException:
        deadline.cancel()
        cut()
        raise
    if errors:
        raise errors[0]
    return results[0]


class StallDetector:
    """Stops a download that receives less than a kilobyte within one time-out."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._since, self._received = clock(), 0

    def add(self, size: int) -> None:
        """Count received bytes.

        Raises:
            DeadlineExceeded: too few arrived for too long.
        """
        self._received += size
        now = self._clock()
        if self._received >= _LEAST:
            self._since, self._received = now, 0
        elif now - self._since > self._seconds:
            raise DeadlineExceeded


class ProgressReader:
    """The file of an upload, reporting how much of it was read; httpx measures it by seeking."""

    def __init__(self, upload: Upload, deadline: Deadline) -> None:
        self._file: IO[bytes] = upload.open()
        self._upload, self._deadline, self._sent = upload, deadline, 0

    def read(self, size: int = -1) -> bytes:
        """Read, extend the deadline, and report progress."""
        self._deadline.extend()
        chunk = self._file.read(size)
        self._sent += len(chunk)
        if self._upload.progress is not None:
            self._upload.progress(self._sent)
        return chunk

    def seek(self, offset: int, whence: int = 0) -> int:
        """Seek; the count of bytes sent restarts."""
        self._sent = 0
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position in the file."""
        return self._file.tell()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
