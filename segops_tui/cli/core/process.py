"""What the caller of the process decides: its standard streams, some maybe closed, and signals."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Final

import click

from segops_tui.cli.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING: Final = {"SIGHUP": ExitCode.HUNG_UP, "SIGTERM": ExitCode.TERMINATED}


class Stopped(KeyboardInterrupt):
    """SIGTERM or SIGHUP: the run ends as after Ctrl-C, and its jobs are detached."""

    def __init__(self, code: ExitCode) -> None:
        super().__init__()
        self.code = code


class OutputFailed(click.ClickException):
    """Stdout cannot be written."""

    exit_code = int(ExitCode.REFUSED)

    def __init__(self, reason: str) -> None:
        super().__init__(f"Cannot write to standard output: {reason}.")


def interruption_code(error: KeyboardInterrupt) -> ExitCode:
    """The exit code after Ctrl-C or another signal."""
    return error.code if isinstance(error, Stopped) else ExitCode.INTERRUPTED


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Raise `Stopped` in the main thread on SIGTERM and SIGHUP, unless they are ignored (nohup)."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name, code in _ENDING.items():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:

                def stop(number: int, _frame: object, code: ExitCode = code) -> None:
                    # The next one, while this one is being handled, ends the process.
                    signal.signal(number, signal.SIG_DFL)
                    raise Stopped(code)

                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def prepare_streams() -> None:
    """Replace closed streams, and let a text that a stream cannot encode be written all the same.

    A closed stdin is empty; writing to a closed stdout fails; what goes to a closed stderr is lost.
    Their numbers stay taken, so that no file opened later gets one of them.
    """
    sys.stdin = sys.stdin or _opened(0, "r", os.O_RDONLY)
    sys.stdout = sys.stdout or _opened(1, "w", os.O_RDONLY)
    sys.stderr = sys.stderr or _opened(2, "w", os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _opened(number: int, mode: str, flags: int) -> Any:
    null = os.open(os.devnull, flags)
    if null != number:
        os.dup2(null, number)
        os.close(null)
    return open(number, mode, encoding="utf-8", closefd=False)


def terminal_size() -> os.terminal_size:
    """The size that COLUMNS and LINES give, else the terminal's, else 80 by 24.

    `shutil` has the same, and its archives' libraries take 3 ms to load.
    """
    try:
        seen = tuple(os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else -1))
    except (OSError, ValueError):
        seen = (0, 0)
    given = (os.environ.get(name, "") for name in ("COLUMNS", "LINES"))
    whole = (int(text) if text.isdecimal() else 0 for text in given)
    columns, lines = (
        wanted or found or usual for wanted, found, usual in zip(whole, seen, (80, 24), strict=True)
    )
    return os.terminal_size((columns, lines))


@contextmanager
def writing() -> Iterator[None]:
    """Name stdout where it cannot be written; a reader that stopped reading is not an error here.

    Raises:
        OutputFailed: stdout is closed, its disk is full, or its terminal is gone.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(error.strerror or str(error)) from error


def discard(stream: IO[str]) -> None:
    """Point a stream that cannot be written at nothing; the interpreter flushes it at its end."""
    with suppress(OSError, ValueError):
        number = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)
