"""Which process runs a job, and whether it is still alive."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_SILENCE: Final = 30.0
"""Seconds without a heartbeat after which a process that cannot be inspected counts as dead."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process: its machine, its number, and when it began (numbers are used again)."""

    host: str
    pid: int
    began: str

    @classmethod
    def here(cls) -> Self:
        """This process."""
        pid = os.getpid()
        return cls(platform.node(), pid, _began(pid))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        host, _, rest = text.rpartition("/")
        pid, _, began = rest.partition(":")
        return cls(host, int(pid) if pid.isdigit() else 0, began)

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}:{self.began}"

    def is_alive(self, *, silent_for: float) -> bool:
        """Whether it runs. One that cannot be inspected is judged by its last heartbeat."""
        if self.host != platform.node() or sys.platform == "win32":
            return silent_for < _SILENCE
        if self.pid <= 0:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return _began(self.pid) == self.began


def _began(pid: int) -> str:
    """When a process began, in the kernel's own ticks; empty where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    # The second field is the program's name in brackets, which may contain spaces and brackets.
    fields = stat.rpartition(")")[2].split()
    # A zombie has ended; its parent has not collected it yet.
    return "" if fields[:1] == ["Z"] else "".join(fields[19:20])
