"""A virtual table whose columns are a noun's: each cell in words, coloured by its tone.

Knows columns and tones; knows no client and no noun by name.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text

from segops_tui.tui.core.text import one_line
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.nouns.column import Column, Context, Tone


class NounTable(VirtualTable):
    """Draws a noun's rows."""

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
        """Draw these columns; the context is asked for anew at each cell, so ages stay true."""
        self.set_columns([self._drawn(column, context) for column in columns])

    def _drawn(self, column: Column[Any], context: Callable[[], Context]) -> TableColumn:
        return TableColumn(
            column.key,
            column.title,
            partial(self._cell, column, context),
            min_width=column.min_width,
            max_width=column.max_width,
            align=column.align,
            flex=column.flex,
            priority=column.priority,
            sort_key=column.value,
        )

    def _cell(self, column: Column[Any], context: Callable[[], Context], row: Any) -> Text | str:
        now = context()
        words = column.text(row, now)
        tone: Tone = column.tone(row, now)
        if not tone and words in {"–", "never"}:
            tone = "muted"
        if not tone:
            return words
        style = self.get_component_rich_style(f"tone--{tone}", partial=True)
        return Text(one_line(words), style=style, no_wrap=True, end="")
