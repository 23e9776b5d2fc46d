"""The second step of an import: what each column becomes, what speaks against it, what it would do.

Knows a draft of the mapping; what is made of it is the job's, and how a file is laid beside the
catalogue `csv_diff`'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.async_runner import run_part_async
from segops_tui.jobs.imports.diff import Diff, compare
from segops_tui.nouns.column import Context
from segops_tui.tui.core.text import one_line
from segops_tui.tui.product_imports.findings import finding_lines
from segops_tui.tui.product_imports.review import CHOICES, Draft
from segops_tui.tui.product_imports.target_picker import SKIP, TargetPicker
from segops_tui.tui.table.messages import RowSelected
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from textual.app import ComposeResult

    from segops_tui.jobs.engine.driver import AsyncClient
    from segops_tui.jobs.imports.findings import Layout
    from segops_tui.jobs.imports.review import Review


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

    class Comparing(Message):
        """The file is being laid beside the catalogue; only the newest word counts."""

        def __init__(self, words: str) -> None:
            self.words = words
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            """Whether this one tells all that the other did."""
            return isinstance(message, ColumnsPage.Comparing)

    class Compared(Message):
        """What the import would come to."""

        def __init__(self, diff: Diff) -> None:
            self.diff = diff
            super().__init__()

    class Failed(Message):
        """The catalogue could not be read."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def __init__(self, now: Callable[[], datetime], *, id: str) -> None:
        super().__init__(id=id)
        self._now = now
        self._about = Static("", markup=False)
        self._table = NounTable(markable=False)
        self._against: Content | None = None
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
        self._forget_comparison()
        self._draw()
        self._table.focus()

    def choose(self, header: str, target: str | None) -> None:
        """Decide about a column."""
        if self.draft is not None:
            self.draft.choose(header, target)
            self._forget_comparison()
            self._draw()
            self.post_message(self.Decided())

    def skip(self) -> None:
        """Leave out the column under the cursor."""
        row = self._table.current_row
        if row is not None:
            self.choose(row.header, None)

    @work(exclusive=True, group="compare")
    async def compare(self, client: AsyncClient, path: Path, layout: Layout) -> None:
        """Lay the file beside the catalogue, as the columns are chosen now."""
        draft = self.draft
        if draft is None:
            return
        review = replace(draft.review, choices=draft.choices)

        def told(stage: str, done: int, total: int | None) -> None:
            said = wording.size if stage == "file" else wording.count
            of = f" of {said(total)}" if total else ""
            self.post_message(self.Comparing(f"comparing, {stage}: {said(done)}{of}"))

        try:
            found = await run_part_async(compare(path, layout, review, progress=told), client)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Compared(found))

    @on(Comparing)
    def _comparing(self, event: Comparing) -> None:
        event.stop()
        self._say_against(Content.styled(f"◌ {event.words}", "$text-muted"))

    @on(Compared)
    def _compared(self, event: Compared) -> None:
        event.stop()
        diff = event.diff
        words = f"against the catalogue: {one_line(diff.summary)}"
        if diff.untouched:
            products = wording.plural(diff.untouched, "product")
            words += f"; {products} not in the file, left as they are"
        self._say_against(Content.assemble(("± ", "bold $primary"), words))

    @on(Failed)
    def _failed(self, _event: Failed) -> None:
        self._say_against(None)

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

    def _forget_comparison(self) -> None:
        """What was compared is not what would be imported now."""
        self.workers.cancel_group(self, "compare")
        self._against = None

    def _say_against(self, words: Content | None) -> None:
        self._against = words
        self._draw()

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
        if self._against is not None:
            lines.append(self._against)
        keys = [("enter", "changes what a column becomes"), ("x", "skips it")]
        proposal = draft.proposal()
        if proposal is not None:
            keys.append(("a", f"takes {one_line(proposal)} for sku"))
        if not draft.against():
            if self._against is None:
                keys.append(("c", "compares with the catalogue"))
            keys.append(("i", f"imports {wording.plural(draft.review.rows, 'row')}"))
        how = [Content.assemble((key, "bold $primary"), f" {does}") for key, does in keys]
        lines.append(Content("   ").join(how))
        self._about.update(Content("\n").join(lines))
