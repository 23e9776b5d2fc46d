"""The marked rows of a table, in the order they were marked, and the open range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

__all__ = ["Marks"]


class Marks:
    """Marked rows by key."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, Any] = {}
        self.range_start: int | None = None
        """The line an open range starts on, None if none is open."""

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._rows

    @property
    def keys(self) -> list[Hashable]:
        """The marked keys, first marked first."""
        return list(self._rows)

    @property
    def rows(self) -> list[Any]:
        """The marked rows as last seen, first marked first."""
        return list(self._rows.values())

    def toggle(self, rows: Iterable[tuple[Hashable, Any]]) -> None:
        """Mark the rows which are not marked, unmark those which are."""
        for key, row in rows:
            if self._rows.pop(key, None) is None:
                self._rows[key] = row

    def add(self, rows: Iterable[tuple[Hashable, Any]]) -> None:
        """Mark rows; those already marked keep their position."""
        self._rows.update(rows)

    def discard(self, keys: Iterable[Hashable]) -> None:
        """Unmark rows."""
        for key in keys:
            self._rows.pop(key, None)

    def refresh(self, key: Hashable, row: Any) -> None:
        """Replace a marked row by a newer version of it."""
        if key in self._rows:
            self._rows[key] = row

    def in_range(self, index: int, *, cursor: int) -> bool:
        """Whether a line is in the open range."""
        if self.range_start is None:
            return False
        return min(self.range_start, cursor) <= index <= max(self.range_start, cursor)

    def clear(self) -> None:
        """Unmark everything and close the range."""
        self._rows.clear()
        self.range_start = None
