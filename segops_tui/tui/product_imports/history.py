"""What was imported into the catalogue before, newest as the server has it: files, rows, refusals.

Knows import records a page at a time; changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Context, said
from segops_tui.nouns.products import IMPORTS
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.table.messages import LoadFailed, PageLoaded, RowHighlighted
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.table.sources import NumberedSource

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.endpoint import AsyncListing
    from segops_tui.api.resources.products import ImportJob
    from segops_tui.tui.core.workspace import Workspace

PAGE: Final = 50
REFUSALS: Final = 4
"""Rows that were refused which are told of; the report of an import has them all."""


class ImportsScreen(ModalScreen[None]):
    """A table of them, and why rows of the one under the cursor were refused."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,I", "dismiss", "Close", id="imports.close", tooltip="Go back.")
    ]
    DEFAULT_CSS = """
    ImportsScreen #about { height: 5; padding: 0 1; }
    ImportsScreen #keys { padding: 0 1; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self._table = NounTable(markable=False, expected_errors=(SegOpsError,))

    def compose(self) -> ComposeResult:
        """The table, and lines about one of them."""
        with Vertical(classes="dialog -tall") as box:
            box.border_title = Content.styled("Imports", "bold")
            yield self._table
            yield Static("", id="about", markup=False)
            yield Static(key_hints(("↑ ↓", "go"), ("esc", "back")), id="keys", markup=False)

    def on_mount(self) -> None:
        """Ask for the first page."""
        imports = self.workspace.client.products.imports

        def page(number: int, size: int) -> AsyncListing[ImportJob]:
            return imports(page=number, page_size=size)

        self._table.show_columns(IMPORTS.columns, context=lambda: Context(now=self.workspace.now()))
        self._table.set_source(NumberedSource(page, page_size=PAGE), key=IMPORTS.key)
        self._table.focus()

    @on(PageLoaded)
    def _loaded(self, event: PageLoaded) -> None:
        event.stop()
        self._table.empty_text = "Nothing was imported yet. esc, then i imports a CSV file."
        self._table.refresh()

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        event.stop()
        if isinstance(event.error, SegOpsError):
            problem = problem_of(event.error)
            line = one_line(f"{problem.symbol} {problem.line}")
            self._tell([Content.styled(line, "$error")])

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        job: ImportJob = event.row
        lines = []
        if job.error_message:
            lines.append(Content.styled(f"✗ {one_line(job.error_message)}", "$error"))
        refused = [error for error in job.errors if isinstance(error, dict)]
        lines += [_refusal(error) for error in refused[:REFUSALS]]
        if len(refused) > REFUSALS:
            words = f"and {max(job.error_rows, len(refused)) - REFUSALS:,} more"
            lines.append(Content.styled(words, "$text-muted"))
        self._tell(lines or [Content.styled("No row was refused.", "$text-muted")])

    def _tell(self, lines: list[Content]) -> None:
        self.query_one("#about", Static).update(Content("\n").join(lines))


def _refusal(error: dict[str, Any]) -> Content:
    where = one_line(f"row {said(error.get('row'))}")
    return Content.assemble((where, "bold"), f"  {one_line(said(error.get('error')))}")
