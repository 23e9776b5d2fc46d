"""The end of the console from outside: a signal, or a terminal that goes away.

Textual restores the terminal when its loop ends. It would read a closed terminal for ever, though,
and a failed write would stop its writer, whose full queue then blocks the loop.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Final

if sys.platform == "win32":
    from textual.drivers.windows_driver import WindowsDriver as PlatformDriver
else:
    import termios

    from textual.drivers.linux_driver import LinuxDriver as PlatformDriver

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterator

_SIGNALS: Final = ("SIGHUP", "SIGTERM", "SIGINT")
_LOOK: Final = 0.25
"""Seconds between two looks at the terminal."""
_ORDERLY: Final = 1.2
"""Seconds the console has to end by itself."""
_FORCED: Final = 0.4
"""Seconds to restore the terminal and detach the jobs from outside; then the process ends."""
HUNG_UP: Final = 129
"""The exit code after SIGHUP, and after a terminal that went away without one."""


class Departure:
    """Ends the console: in order while its loop runs, by force if the loop is stuck.

    `force` restores the terminal and detaches the jobs. It runs in a thread of its own, which is
    abandoned if it is stuck as well.
    """

    def __init__(
        self,
        *,
        leave: Callable[[int], object],
        force: Callable[[], object],
        end: Callable[[int], object] = os._exit,
        orderly: float = _ORDERLY,
        forced: float = _FORCED,
    ) -> None:
        self._leave, self._force, self._end = leave, force, end
        self._orderly, self._forced = orderly, forced
        self._is_over = threading.Event()
        self.loop: AbstractEventLoop | None = None
        """Where `leave` is called; None before the console runs."""
        self.code: int | None = None
        """The exit code, once the console leaves."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """React to signals, and to the end of the terminal, while the block runs."""
        watch = threading.Thread(target=self._watch_terminal, daemon=True, name="terminal-watch")
        with _handling(self.begin):
            watch.start()
            try:
                yield
            finally:
                self._is_over.set()

    def begin(self, code: int) -> None:
        """Leave with this exit code; a second call does nothing. A signal handler may call it."""
        if self.code is None:
            self.code = code
            threading.Thread(target=self._depart, args=(code,), daemon=True, name="leave").start()

    def _depart(self, code: int) -> None:
        if self.loop is not None:
            with suppress(RuntimeError):  # the loop has just been closed
                self.loop.call_soon_threadsafe(self._leave, code)
        if self._is_over.wait(self._orderly):
            return
        forcing = threading.Thread(target=self._force, daemon=True, name="force")
        forcing.start()
        forcing.join(self._forced)
        self._end(code)

    def _watch_terminal(self) -> None:
        file = sys.__stdin__
        if file is None or not has_terminal(file.fileno()):
            return
        while not self._is_over.wait(_LOOK):
            if not has_terminal(file.fileno()):
                self.begin(HUNG_UP)
                return


def has_terminal(descriptor: int) -> bool:
    """Whether a terminal is at the other end. Reading one that is gone gives no error on Linux."""
    if sys.platform != "win32":
        with suppress(termios.error, OSError, ValueError):
            termios.tcgetattr(descriptor)
            return True
    return False


@contextmanager
def _handling(begin: Callable[[int], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        # An ignored one, as under nohup, stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, lambda number, _frame: begin(128 + number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _LenientFile:
    """The terminal to write to; once it is gone, writes do nothing."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write."""
        with suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush."""
        with suppress(OSError, ValueError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class ConsoleDriver(PlatformDriver):
    """Textual's driver, which survives the end of its terminal until the console has left."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Textual draws on stderr, which may be redirected.
        streams = [file for file in (sys.__stderr__, sys.__stdout__) if file is not None]
        drawn = next((file for file in streams if file.isatty()), None)
        self._file: Any = _LenientFile(drawn or self._file)

    def run_input_thread(self) -> None:
        """Read keys; a terminal that is gone has none, and is no error here."""
        if sys.platform != "win32":
            with suppress(OSError):
                super().run_input_thread()

    def restore(self) -> None:
        """Restore the terminal from any thread: its settings first, which cannot block."""
        before = getattr(self, "attrs_before", None)
        if sys.platform != "win32" and before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, before)
            self._disable_mouse_support()
        self.stop_application_mode()
        self.close()
