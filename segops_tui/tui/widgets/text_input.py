"""A text input that survives a huge paste, and a suggester which completes paths in it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.suggester import Suggester
from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

LONGEST: Final = 4_096
"""Characters: as long as a path may be. Drawing a megabyte in one line blocks the console."""

MOST_NAMES: Final = 2_000
"""Names read from one folder."""


class TextInput(Input):
    """An input for a name, a path or a few words."""

    def on_paste(self, event: events.Paste) -> None:
        """Truncate what is pasted before the input inserts it."""
        event.text = event.text[:LONGEST]


class PathSuggester(Suggester):
    """Suggests the first name in the folder that begins as typed; CSV files come first."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return a path that starts with the value, or None."""
        if not value:
            return None
        return await asyncio.to_thread(complete_path, value)


def complete_path(value: str) -> str | None:
    """Return a path that starts with the value, or None; follows no link and reads no file."""
    folder, _, start = value.rpartition("/")
    where = Path(f"{folder}/" if value.startswith("/") else folder or ".").expanduser()
    names: list[tuple[bool, str]] = []
    try:
        with os.scandir(where) as entries:
            for _, entry in zip(range(MOST_NAMES), entries, strict=False):
                name = entry.name
                if name.startswith(start) and name != start and name.startswith(".") <= bool(start):
                    suffix = "/" if entry.is_dir() else ""
                    names.append((not name.lower().endswith(".csv"), name + suffix))
    except OSError:
        return None
    return value + min(names)[1][len(start) :] if names else None
