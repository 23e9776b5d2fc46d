"""Display choices that the console remembers between sessions, in a JSON file.

A file that is missing, broken or not writable is ignored: only a choice of columns is lost. No
value of a server and no key is stored.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class UiState:
    """Values by name; without a file they last until the console exits."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._values = _read(file)

    def get(self, name: str) -> Any:
        """The value of a name; None where there is none."""
        return self._values.get(name)

    def latest(self, name: str) -> Any:
        """The value of a name as the file has it now: another console may have written it."""
        self._values |= _read(self._file)
        return self._values.get(name)

    def put(self, name: str, value: Any) -> None:
        """Store a JSON value; None removes it."""
        # Another console may have written to the file meanwhile.
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
