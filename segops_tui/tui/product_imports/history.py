"""ImportsScreen: earlier imports into the catalogue, and the rows they rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.products import IMPORTS
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.table.messages import LoadFailed, PageLoaded, RowHighlighted
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.table.sources import NumberedSource

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.listing import AsyncListing
    from segops_tui.api.resources.products import ImportJob
    from segops_tui.tui.core.workspace import Workspace

PAGE: Final = 50
REJECTED: Final = 4
"""Rejected rows that are shown; the report of an import lists them all."""


class ImportsScreen(Dialog[None]):
    """A table of imports, and why rows of the one under the cursor were rejected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,I", "cancel", "Close", id="imports.close", tooltip="Go back.")
    ]
    DEFAULT_CSS = """
    ImportsScreen #about { height: 5; padding: 0 1; }
    ImportsScreen #keys { padding: 0 1; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("Imports", box="-tall")
        self.workspace = workspace
        self._table = NounTable(markable=False, expected_errors=(SegOpsError,))

    def body(self) -> ComposeResult:
        """The table, and lines about the import under the cursor."""
        yield self._table
        yield Static("", id="about", markup=False)
        yield Static(key_hints(("↑ ↓", "go"), ("esc", "back")), id="keys", markup=False)

    def on_mount(self) -> None:
        """Fetch the first page."""
        imports = self.workspace.client.products.imports

        def page(number: int, size: int) -> AsyncListing[ImportJob]:
            return imports(page=number, page_size=size)

        self._table.show_columns(IMPORTS.columns, context=lambda: Context(now=self.workspace.now()))
        self._table.set_source(NumberedSource(page, page_size=PAGE), key=IMPORTS.key)
        self._table.focus()

    @on(PageLoaded)
    def _loaded(self, event: PageLoaded) -> None:
        event.stop()
        self._table.empty_text = "No imports yet. Press esc, then i to import a CSV file."
        self._table.refresh()

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        event.stop()
        if isinstance(event.error, SegOpsError):
            problem = problem_of(event.error)
            line = one_line(f"{problem.symbol} {problem.line}")
            self._show([Content.styled(line, "$error")])

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        job: ImportJob = event.row
        lines = []
        if job.error_message:
            lines.append(Content.styled(f"✗ {one_line(job.error_message)}", "$error"))
        rejected = [error for error in job.errors if isinstance(error, dict)]
        lines += [_rejected(error) for error in rejected[:REJECTED]]
        if len(rejected) > REJECTED:
            words = f"and {max(job.error_rows, len(rejected)) - REJECTED:,} more"
            lines.append(Content.styled(words, "$text-muted"))
        self._show(lines or [Content.styled("No row was rejected.", "$text-muted")])

    def _show(self, lines: list[Content]) -> None:
        self.query_one("#about", Static).update(Content("\n").join(lines))


def _rejected(error: dict[str, Any]) -> Content:
    where = one_line(f"row {format_value(error.get('row'))}")
    return Content.assemble((where, "bold"), f"  {one_line(format_value(error.get('error')))}")
