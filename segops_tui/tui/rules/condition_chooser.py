"""ConditionChooser: pick a type of condition by what it checks, without knowing the DSL."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from segops_tui.api.condition_types import condition_types
from segops_tui.api.definition import condition_label
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.rules.templates import template
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.condition_types import Kind
    from segops_tui.tui.rules.templates import Vocabulary

WIDTH: Final = 108
"""Cells of the dialog where there is room."""


class ConditionChooser(Dialog[str]):
    """Answers the API's name of a condition type, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", id="conditions.cancel", tooltip="Write nothing."),
    ]
    DEFAULT_CSS = """
    ConditionChooser Static { padding: 0 1; height: auto; }
    ConditionChooser #example { margin: 1 0; }
    """

    def __init__(
        self, kind: Kind, vocabulary: Vocabulary, *, segment_names: Mapping[int, str]
    ) -> None:
        super().__init__("Add a condition", width=WIDTH)
        self._kind, self._vocabulary, self._names = kind, vocabulary, segment_names
        self._types = list(condition_types(kind).values())

    def body(self) -> ComposeResult:
        """A row for each type, and an example of the one under the cursor."""
        columns = [
            TableColumn("name", "CONDITION", lambda each: each.name, width=20),
            TableColumn(
                "summary", "WHAT IT ASKS", lambda each: each.summary, flex=True, max_width=90
            ),
        ]
        table = VirtualTable(columns, markable=False)
        table.styles.height = len(self._types) + 1
        yield table
        yield Static("", id="example", markup=False)
        keys = key_hints(("enter", "writes it, to be changed"), ("esc", "cancel"))
        yield Static(keys, markup=False)

    def on_mount(self) -> None:
        """List the types, the cursor on the first."""
        table = self.query_one(VirtualTable)
        table.set_rows(self._types, key=lambda each: each.name)
        table.focus()

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        example = template(event.row.name, self._kind, self._vocabulary)
        words = condition_label(example, segment_names=self._names)
        # In full where the table has had to cut it.
        summary = "" if self.size.width > WIDTH else f"{event.row.summary}\n"
        shown = Content.assemble(
            (summary, "$text-muted"), ("It begins as  ", "$text-muted"), one_line(words)
        )
        self.query_one("#example", Static).update(shown)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.dismiss(event.row.name)
