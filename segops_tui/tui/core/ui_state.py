"""What the console remembers from one visit to the next: small choices of how things are shown.

Knows a JSON file and that it may be missing, broken or not writable: none of that is worth a word
to the person, who only loses a choice of columns. Holds no key and nothing of a server's.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Memory:
    """Values by name; without a file they last as long as the console."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._values = _read(file)

    def get(self, name: str) -> Any:
        """What was remembered under a name; None for nothing."""
        return self._values.get(name)

    def put(self, name: str, value: Any) -> None:
        """Remember a JSON value; None forgets."""
        # Another console may have remembered something meanwhile.
        self._values = {**self._values, **_read(self._file), name: value}
        if value is None:
            del self._values[name]
        if self._file is None:
            return
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(self._values, indent=2), encoding="utf-8")
            beside.replace(self._file)


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
