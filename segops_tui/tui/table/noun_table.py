"""A virtual table with the columns of a noun, its cells coloured by their tone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.style import Style
from rich.text import Text

from segops_tui.tui.core.text import one_line
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.nouns.column import Column, Context, Tone


class NounTable(VirtualTable):
    """Shows rows of a noun."""

    DEFAULT_CSS = """
    NounTable {
        height: 1fr;
        & > .tone--good { color: $success; }
        & > .tone--warn { color: $warning; }
        & > .tone--bad { color: $error; }
        & > .tone--busy { color: $primary; }
        & > .tone--muted { color: $text-muted; }
        & > .tone--strong { text-style: bold; }
        & > .virtual-table--header {
            color: $text-muted; background: $background; text-style: bold;
        }
        & > .virtual-table--notice, & > .virtual-table--placeholder { color: $text-muted; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tone--good",
        "tone--warn",
        "tone--bad",
        "tone--busy",
        "tone--muted",
        "tone--strong",
    }

    def show_columns(
        self, columns: Sequence[Column[Any]], *, context: Callable[[], Context]
    ) -> None:
        """Show these columns; the context is read for every cell that is drawn."""
        self.set_columns([self._table_column(column, context) for column in columns])

    def _table_column(self, column: Column[Any], context: Callable[[], Context]) -> TableColumn:
        return TableColumn(
            column.key,
            column.title,
            partial(self._cell, column, context),
            min_width=column.min_width,
            max_width=column.max_width,
            align=column.align,
            flex=column.flex,
            ample_width=column.ample_width,
            priority=column.priority,
            sort_key=column.value,
        )

    def _cell(self, column: Column[Any], context: Callable[[], Context], row: Any) -> Text | str:
        now = context()
        text = column.text(row, now)
        tone: Tone = column.tone(row, now)
        if not tone and text in {"–", "never"}:
            tone = "muted"
        if not tone:
            return text
        # Rows may come before a table that is not shown yet has its styles.
        style = self.get_component_rich_style(f"tone--{tone}", partial=True, default=Style())
        return Text(one_line(text), style=style, no_wrap=True, end="")
