"""The notices of this session, newest first: what was said in passing can be read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.content import Content

from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.table.messages import RowHighlighted
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.tui.core.request_log import LoggedNotice

_SYMBOLS: Final = {"error": "✗", "warning": "!", "information": "·"}


@dataclass(frozen=True, slots=True)
class _Line:
    """A notice with its place among the others."""

    number: int
    notice: LoggedNotice


class NoticesScreen(Dialog[None]):
    """A table of notices, the one under the cursor in full below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="notices.copy", tooltip="Copy this notice."),
        Binding(
            "escape,q,exclamation_mark", "cancel", "Close", id="notices.close", tooltip="Go back."
        ),
    ]
    DEFAULT_CSS = """
    NoticesScreen #full {
        height: auto; max-height: 9; overflow-y: auto; padding: 0 1;
        border-top: solid $border-blurred;
    }
    """

    def __init__(self, notices: Sequence[LoggedNotice]) -> None:
        super().__init__("Notices", subtitle="y copies   esc closes", box="-tall")
        self._lines = [_Line(number, each) for number, each in enumerate(reversed(notices))]

    def body(self) -> ComposeResult:
        """The table, and one notice in full."""
        yield VirtualTable(
            [
                TableColumn("when", "TIME", lambda line: f"{line.notice.when:%H:%M:%S}", width=8),
                TableColumn(
                    "words", "NOTICE", lambda line: _in_short(line.notice), flex=True, max_width=400
                ),
            ],
            markable=False,
            fit="scroll",
        )
        yield PlainText(id="full")

    def on_mount(self) -> None:
        """List the notices."""
        table = self.query_one(VirtualTable)
        table.empty_text = "No notice yet."
        table.set_rows(self._lines, key=lambda line: line.number)
        table.focus()

    def action_copy(self) -> None:
        """Copy the notice under the cursor."""
        line: _Line | None = self.query_one(VirtualTable).current_row
        if line is not None:
            self.app.copy_to_clipboard(f"{line.notice.title}\n{line.notice.words}".strip())

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        notice: LoggedNotice = event.row.notice
        self.query_one("#full", PlainText).update(
            Content.assemble((one_line(notice.title), "bold"), "\n", block(notice.words))
        )


def _in_short(notice: LoggedNotice) -> str:
    # Some titles have a symbol of their own, which tells more than the severity.
    symbol = "" if notice.title[:1] in {"✓", "✗"} else f"{_SYMBOLS.get(notice.severity, '·')} "
    return one_line(f"{symbol}{notice.title}{': ' if notice.title else ''}{notice.words}")
