"""Messages posted by a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Hashable

    from textual.widget import Widget

__all__ = [
    "AllWanted",
    "BottomSought",
    "HeaderSelected",
    "LoadFailed",
    "MarksChanged",
    "PageLoaded",
    "RowHighlighted",
    "RowSelected",
]


class TableMessage(Message):
    """A message of a table."""

    def __init__(self, table: Widget) -> None:
        self.table = table
        """The table which posted it."""
        super().__init__()

    @property
    def control(self) -> Widget:
        """The table; `@on` matches its selector against it."""
        return self.table


class RowMessage(TableMessage):
    """A message about one row."""

    def __init__(self, table: Widget, row: Any, *, key: Hashable, index: int) -> None:
        self.row = row
        """The row, as the source returned it."""
        self.key = key
        """The row's key."""
        self.index = index
        """The row's line, the first being 0."""
        super().__init__(table)


class RowHighlighted(RowMessage, namespace="virtual_table"):
    """Another row, or a newer version of it, is under the cursor."""


class RowSelected(RowMessage, namespace="virtual_table"):
    """A row was selected, with Enter or a double click."""


class MarksChanged(TableMessage, namespace="virtual_table"):
    """Rows were marked or unmarked."""

    def __init__(self, table: Widget, *, count: int, skipped: int = 0) -> None:
        self.count = count
        """How many rows are marked now."""
        self.skipped = skipped
        """Rows of a range which were not marked because they have not been loaded."""
        super().__init__(table)


class AllWanted(TableMessage, namespace="virtual_table"):
    """Every row is to be marked, also those which have not been loaded."""


class BottomSought(TableMessage, namespace="virtual_table"):
    """The user went to the last row; a list which is not complete may load more."""


class HeaderSelected(TableMessage, namespace="virtual_table"):
    """A column's title was clicked."""

    def __init__(self, table: Widget, *, column_key: str) -> None:
        self.column_key = column_key
        """The column's key."""
        super().__init__(table)


class PageLoaded(TableMessage, namespace="virtual_table"):
    """A page was fetched; rows which were in memory are not announced."""

    def __init__(self, table: Widget, *, number: int, total: int | None) -> None:
        self.number = number
        """The page's number, the first being 0."""
        self.total = total
        """How many rows there are in all, None while unknown."""
        super().__init__(table)


class LoadFailed(TableMessage, namespace="virtual_table"):
    """A page failed to load with an expected error."""

    def __init__(self, table: Widget, error: Exception) -> None:
        self.error = error
        """The error."""
        super().__init__(table)
