"""The log of `--debug`: every request attempt, in a private file of bounded size."""

from __future__ import annotations

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from typing import IO, TYPE_CHECKING, Any, Final

from segops_tui.system import make_private
from segops_tui.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack
    from pathlib import Path

    from segops_tui.client.pipeline import Trace

_MOST: Final = 1_000_000
"""Bytes of one file; it and three older ones are kept."""
_OLDER: Final = 3


class _Private(RotatingFileHandler):
    """A rotating file that is 0600 from its first byte."""

    fault: BaseException | None = None
    """Why a line could not be written."""

    def _open(self) -> Any:
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)

        opened: IO[str] = open(  # noqa: SIM115 (only the builtin takes an opener)
            self.baseFilename, self.mode, encoding="utf-8", opener=opener
        )
        make_private(opened.fileno())
        return opened

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        """Note the fault: a full disk is no reason to end a run."""
        self.fault = self.fault or sys.exception()

    def close(self) -> None:
        """Close the file; what could not be written is dropped."""
        try:
            super().close()
        except OSError as error:
            self.fault = self.fault or error


class DebugLog:
    """Writes traces down."""

    def __init__(self, file: Path) -> None:
        """Open the log.

        Raises:
            OSError: it cannot be written.
        """
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._handler = _Private(
            file, maxBytes=_MOST, backupCount=_OLDER, encoding="utf-8", delay=False
        )
        shape = "%(asctime)s.%(msecs)03d %(process)d %(message)s"
        self._handler.setFormatter(logging.Formatter(shape, "%Y-%m-%dT%H:%M:%S"))

    def trace(self, trace: Trace) -> None:
        """Write one attempt down, its headers in the same line."""
        came = str(trace.status) if trace.status is not None else f"no answer: {trace.error}"
        sent = " ".join(f"{name}={value!r}" for name, value in trace.sent)
        got = " ".join(f"{name}={value!r}" for name, value in trace.answered)
        text = (
            f"{trace.method} {trace.target} {came} {trace.seconds * 1000:.0f} ms"
            f" {trace.request_id or '-'} > {sent or '-'} < {got or '-'}"
        )
        self._handler.handle(
            logging.LogRecord("segops_tui", logging.DEBUG, "", 0, plain(text), None, None)
        )

    def close(self) -> BaseException | None:
        """Close the file; why it is incomplete, if it is."""
        self._handler.close()
        return self._handler.fault


def tracer(
    file: Path,
    stack: ExitStack,
    *,
    say: Callable[[Trace], None] | None,
    warn: Callable[[str], None],
) -> Callable[[Trace], None] | None:
    """Writes every attempt down, and says it; the log is closed with `stack`."""
    try:
        log = DebugLog(file)
    except OSError as error:
        warn(f"no debug log: {file}: {error.strerror or error}")
        return say

    def close() -> None:
        fault = log.close()
        if fault is not None:
            warn(f"the debug log is incomplete: {file}: {getattr(fault, 'strerror', fault)}")

    stack.callback(close)

    def trace(attempt: Trace) -> None:
        if say is not None:
            say(attempt)
        log.trace(attempt)

    return trace
