"""ImportsScreen: earlier imports into the catalogue, and the rows they rejected."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.content import Content

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Context
from segops_tui.nouns.products import IMPORTS
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.panes.pane import id_last
from segops_tui.tui.product_imports.detail import (
    ImportDetail,
    import_jobs,
    job_of,
    rejected_rows,
)
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.products import ImportJob
    from segops_tui.jobs.engine.job import Job
    from segops_tui.tui.core.workspace import Workspace

PAGE: Final = 50
MOST: Final = 1_000
"""Imports that are listed."""
REJECTED: Final = 4
"""Rejected rows shown below the table; enter shows them all."""


class ImportsScreen(Dialog[None]):
    """A table of imports, and why rows of the one under the cursor were rejected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,I", "cancel", "Close", id="imports.close", tooltip="Go back."),
        Binding(
            "ctrl+r", "read", "Refresh", id="imports.refresh", tooltip="Fetch the imports again."
        ),
    ]
    DEFAULT_CSS = """
    ImportsScreen #about { height: 5; padding: 0 1; }
    ImportsScreen #keys { padding: 0 1; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("Imports", box="-tall")
        self.workspace = workspace
        self._table = NounTable(markable=False, expected_errors=(SegOpsError,))
        self._jobs: list[Job] = []

    def body(self) -> ComposeResult:
        """The table, and lines about the import under the cursor."""
        yield self._table
        yield PlainText(id="about")
        yield PlainText(key_hints(("enter", "show its rejected rows"), ("esc", "back")), id="keys")

    async def on_mount(self) -> None:
        """Fetch the first page, and the jobs that made the imports."""
        self._jobs = await asyncio.to_thread(import_jobs, self.workspace.ledger)
        columns = id_last(IMPORTS.columns)
        self._table.show_columns(columns, context=lambda: Context(now=self.workspace.now()))
        self._table.focus()
        self._read()

    def action_read(self) -> None:
        """Fetch the imports again."""
        self._read()

    @work(exclusive=True)
    async def _read(self) -> None:
        """Fetch the imports and list them newest first: the API has no order to ask for."""
        self._table.waiting_text = "" if self._table.row_count else "◌ Loading …"
        listing, imports = self.workspace.client.products.imports(page_size=PAGE), []
        try:
            async for each in listing:
                imports.append(each)
                if len(imports) >= MOST:
                    break
        except SegOpsError as error:
            problem = problem_of(error)
            line = one_line(f"{problem.symbol} {problem.line} {problem.hint}")
            self._table.empty_text = "The imports could not be read. Press ctrl+r to try again."
            self._show([Content.styled(line, "$error")])
        else:
            self._table.empty_text = "No imports yet. Press esc, then i to import a CSV file."
        self._table.waiting_text = ""
        if imports or not self._table.row_count:
            self._table.set_rows(newest_first(imports), key=IMPORTS.key, keep_position=True)

    def age(self) -> None:
        """Draw the ages of the imports again."""
        self._table.redraw_cells()

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        remote: ImportJob = event.row
        lines = []
        if remote.error_message:
            lines.append(Content.styled(f"✗ {one_line(remote.error_message)}", "$error"))
        rejected = rejected_rows(remote, job_of(self._jobs, remote))
        lines += [_rejected(row) for row in rejected[:REJECTED]]
        if len(rejected) > REJECTED:
            words = f"and {max(remote.error_rows, len(rejected)) - REJECTED:,} more"
            lines.append(Content.styled(words, "$text-muted"))
        self._show(lines or [Content.styled("No row was rejected.", "$text-muted")])

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.app.push_screen(ImportDetail(self.workspace, event.row, job_of(self._jobs, event.row)))

    def _show(self, lines: list[Content]) -> None:
        self.query_one("#about", PlainText).update(Content("\n").join(lines))


def newest_first(imports: Iterable[ImportJob]) -> list[ImportJob]:
    """Imports in the order in which people look for them; those without a time last."""
    return sorted(
        imports,
        key=lambda each: (each.created_at.timestamp() if each.created_at else 0.0, each.id),
        reverse=True,
    )


def _rejected(row: Mapping[str, str]) -> Content:
    return Content.assemble((one_line(row["place"]), "bold"), f"  {one_line(row['error'])}")
