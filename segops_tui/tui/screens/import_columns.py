"""The second step of an import: what each column becomes, and what speaks against it.

Knows a draft of the mapping; what is made of it is the job's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from segops_tui import wording
from segops_tui.nouns.column import Context
from segops_tui.tui.screens.import_review import CHOICES, Draft
from segops_tui.tui.screens.target_picker import SKIP, TargetPicker
from segops_tui.tui.text import one_line
from segops_tui.tui.widgets.findings import finding_lines
from segops_tui.tui.widgets.noun_table import NounTable
from segops_tui.tui.widgets.table_messages import RowSelected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from textual.app import ComposeResult

    from segops_tui.jobs.review import Review


class ColumnsPage(Vertical):
    """The findings, and a row for each column."""

    DEFAULT_CSS = """
    ColumnsPage {
        height: 1fr;
        Static { height: auto; max-height: 40%; padding: 0 1 1 1; }
    }
    """

    class Decided(Message):
        """A column becomes something else."""

    def __init__(self, now: Callable[[], datetime], *, id: str) -> None:
        super().__init__(id=id)
        self._now = now
        self._about = Static("", markup=False)
        self._table = NounTable(markable=False)
        self.draft: Draft | None = None

    def compose(self) -> ComposeResult:
        """The two."""
        yield self._about
        yield self._table

    def on_mount(self) -> None:
        """The table's columns."""
        self._table.show_columns(CHOICES.columns, context=lambda: Context(now=self._now()))

    def show(self, review: Review) -> None:
        """Review a mapping."""
        self.draft = Draft(review)
        self._draw()
        self._table.focus()

    def choose(self, header: str, target: str | None) -> None:
        """Decide about a column."""
        if self.draft is not None:
            self.draft.choose(header, target)
            self._draw()
            self.post_message(self.Decided())

    def skip(self) -> None:
        """Leave out the column under the cursor."""
        row = self._table.current_row
        if row is not None:
            self.choose(row.header, None)

    @on(RowSelected)
    def _row_selected(self, event: RowSelected) -> None:
        event.stop()
        if self.draft is None:
            return
        header = event.row.header

        def answered(target: str | None) -> None:
            if target is not None:
                self.choose(header, None if target == SKIP else target)

        fields = self.draft.fields()
        self.app.push_screen(TargetPicker(header, target=event.row.target, fields=fields), answered)

    def _draw(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self._table.set_rows(draft.choices, key=CHOICES.key, keep_position=True)
        # The hints are command line options; here there are keys.
        lines = finding_lines([replace(finding, hint="") for finding in draft.findings()])
        if not draft.against():
            words = f"{one_line(draft.identifier)} tells rows apart"
            lines.insert(0, Content.assemble(("✓ ", "bold $success"), words))
        keys = [("enter", "changes what a column becomes"), ("x", "skips it")]
        proposal = draft.proposal()
        if proposal is not None:
            keys.append(("a", f"takes {one_line(proposal)} for sku"))
        if not draft.against():
            keys.append(("i", f"imports {wording.plural(draft.review.rows, 'row')}"))
        how = [Content.assemble((key, "bold $primary"), f" {does}") for key, does in keys]
        lines.append(Content("   ").join(how))
        self._about.update(Content("\n").join(lines))
