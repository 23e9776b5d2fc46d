"""How long a call may take in all, and how slowly a download may come.

A time-out on each read does not end a server that drips a byte now and then; this does. Knows
clocks and bytes, and no HTTP library. Never imports asyncio.
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
"""Bytes a download must bring within one time-out; less is a drip."""


class DeadlineExceeded(Exception):
    """The whole of a call took too long."""


class Deadline:
    """The time one attempt has left. An upload that moves on starts it anew."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._clock = seconds, clock
        self._started = clock()
        self._is_over = False
        self.on_move: Callable[[], None] | None = None
        """Called when an upload moves, for whoever keeps the time elsewhere."""

    @property
    def left(self) -> float:
        """Seconds left; never below zero."""
        return max(self._started + self.seconds - self._clock(), 0.0)

    def move(self) -> None:
        """Something was sent.

        Raises:
            DeadlineExceeded: nobody waits for this attempt any more.
        """
        if self._is_over:
            raise DeadlineExceeded
        self._started = self._clock()
        if self.on_move is not None:
            self.on_move()

    def give_up(self) -> None:
        """Stop waiting: what still sends for this attempt is to end."""
        self._is_over = True


def run_with_deadline(action: Callable[[], T], watch: Deadline) -> T:
    """Do something that blocks, for as long as the watch says and no longer.

    It runs in a thread that is left behind when time is over: a socket that somebody feeds a
    byte at a time cannot be woken in any other way.

    Raises:
        DeadlineExceeded: it did not end in time.
    """
    done = threading.Event()
    came: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            came.append(action())
        except BaseException as error:  # noqa: BLE001 (raised again below, where it belongs)
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=work, daemon=True, name="segops-call").start()
    try:
        while not done.wait(watch.left):
            if not watch.left:
                raise DeadlineExceeded
    except BaseException:
        watch.give_up()
        raise
    if failed:
        raise failed[0]
    return came[0]


class StallDetector:
    """Ends a download that drips: fewer than a thousand bytes within one time-out."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._since, self._came = clock(), 0

    def take(self, size: int) -> None:
        """So many bytes came.

        Raises:
            DeadlineExceeded: too few did, for too long.
        """
        self._came += size
        now = self._clock()
        if self._came >= _LEAST:
            self._since, self._came = now, 0
        elif now - self._since > self._seconds:
            raise DeadlineExceeded


class ProgressReader:
    """A file that tells how much of it was read; httpx measures it by seeking."""

    def __init__(self, upload: Upload, watch: Deadline) -> None:
        self._file: IO[bytes] = upload.open()
        self._upload, self._watch, self._sent = upload, watch, 0

    def read(self, size: int = -1) -> bytes:
        """Read on, and tell."""
        self._watch.move()
        chunk = self._file.read(size)
        self._sent += len(chunk)
        if self._upload.progress is not None:
            self._upload.progress(self._sent)
        return chunk

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move; going back to the start starts the count anew."""
        self._sent = 0
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where we are."""
        return self._file.tell()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
