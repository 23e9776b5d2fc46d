"""Choosing a condition by what it asks: for people who do not know the words of the DSL.

Knows the types and a vocabulary; answers a type, and writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from segops_tui.api.condition_types import condition_types
from segops_tui.api.rule_wording import condition_label
from segops_tui.tui.core.text import one_line
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


class ConditionChooser(ModalScreen["str | None"]):
    """Answers the wire name of a type, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "give_up", "Cancel", id="conditions.cancel", tooltip="Write nothing."),
    ]
    DEFAULT_CSS = """
    ConditionChooser Static { padding: 0 1; height: auto; }
    ConditionChooser #example { margin: 1 0; }
    """

    def __init__(
        self, kind: Kind, vocabulary: Vocabulary, *, segment_names: Mapping[int, str]
    ) -> None:
        super().__init__()
        self._kind, self._vocabulary, self._names = kind, vocabulary, segment_names
        self._types = list(condition_types(kind).values())

    def compose(self) -> ComposeResult:
        """A row a type, and what it would be here."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content.styled("Add a condition", "bold")
            box.styles.width = WIDTH
            table = VirtualTable(
                [
                    TableColumn("name", "CONDITION", lambda each: each.name, width=20),
                    TableColumn(
                        "summary", "WHAT IT ASKS", lambda each: each.summary, flex=True,
                        max_width=90,
                    ),
                ],
                markable=False,
            )  # fmt: skip
            table.styles.height = len(self._types) + 1
            yield table
            yield Static("", id="example", markup=False)
            yield Static(
                Content.assemble(
                    ("enter", "bold $primary"), " writes it, to be changed   ",
                    ("esc", "bold $primary"), " cancel",
                ),
                markup=False,
            )  # fmt: skip

    def on_mount(self) -> None:
        """The first one has the cursor."""
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

    def action_give_up(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
