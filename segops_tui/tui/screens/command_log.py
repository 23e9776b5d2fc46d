"""What was done in this session, each as the command line that does the same.

Knows the log; copies a line, and runs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from segops_tui.tui.text import one_line
from segops_tui.tui.widgets.virtual_table import TableColumn, VirtualTable

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.tui.widgets.table_messages import RowSelected
    from segops_tui.tui.workspace import CommandLog, Ran


class CommandLogScreen(ModalScreen[None]):
    """The newest line first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,L", "dismiss", "Close", id="log.close", tooltip="Go back."),
        Binding("y,enter", "copy", "Copy", id="log.copy", tooltip="Copy the command line."),
    ]

    def __init__(self, log: CommandLog) -> None:
        super().__init__()
        self._log = log

    def compose(self) -> ComposeResult:
        """A table of two columns."""
        with Vertical(classes="dialog -tall") as box:
            box.border_title = Content.styled("Command log", "bold")
            box.border_subtitle = Content("y copies   esc closes")
            yield VirtualTable(
                [
                    TableColumn("when", "TIME", lambda ran: f"{ran.when:%H:%M:%S}", width=8),
                    TableColumn(
                        "command", "COMMAND", lambda ran: ran.command, flex=True, max_width=400
                    ),
                ],
                markable=False,
                fit="scroll",
            )

    def on_mount(self) -> None:
        """The newest first."""
        table = self.query_one(VirtualTable)
        table.empty_text = "Nothing was done yet. What you do here appears as a command line."
        table.set_rows(list(reversed(self._log.entries)), key=id)
        table.focus()

    def on_virtual_table_row_selected(self, event: RowSelected) -> None:
        """Enter copies too."""
        event.stop()
        self.action_copy()

    def action_copy(self) -> None:
        """Copy the line under the cursor."""
        ran: Ran | None = self.query_one(VirtualTable).current_row
        if ran is not None:
            self.app.copy_to_clipboard(ran.command)
            self.notify(one_line(ran.command), title="Copied", markup=False, timeout=3)
