"""Completes the name of a file as it is typed.

Knows one folder at a time, the one being typed; follows no link and reads no file.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual.suggester import Suggester

MOST = 2_000
"""Names looked at in one folder."""


class PathSuggester(Suggester):
    """Proposes the first name that begins as typed; CSV files before others."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Propose a path, or nothing."""
        if not value:
            return None
        return await asyncio.to_thread(completed, value)


def completed(value: str) -> str | None:
    """The path a value may be the start of."""
    folder, _, start = value.rpartition("/")
    where = Path(f"{folder}/" if value.startswith("/") else folder or ".").expanduser()
    names: list[tuple[bool, str]] = []
    try:
        with os.scandir(where) as entries:
            for _, entry in zip(range(MOST), entries, strict=False):
                name = entry.name
                if name.startswith(start) and name != start and name.startswith(".") <= bool(start):
                    suffix = "/" if entry.is_dir() else ""
                    names.append((not name.lower().endswith(".csv"), name + suffix))
    except OSError:
        return None
    return value + min(names)[1][len(start) :] if names else None
