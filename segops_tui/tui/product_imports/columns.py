"""The second step of an import: what each column becomes, and what the import would change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.async_runner import run_part_async
from segops_tui.jobs.imports.deciding import decide_again
from segops_tui.jobs.imports.diff import Diff, compare
from segops_tui.jobs.imports.findings import Layout
from segops_tui.jobs.imports.plan import mapping_overrides
from segops_tui.jobs.imports.undo_copy import UndoCopy, copy_path
from segops_tui.nouns.column import Column, Context, Noun, Tone
from segops_tui.tui.core.problems import notify_error, problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.chooser import Choosable, Chooser
from segops_tui.tui.product_imports.draft import MappingDraft, ShownColumn
from segops_tui.tui.product_imports.report import finding_lines
from segops_tui.tui.table.messages import RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.imports.findings import CsvCheck
    from segops_tui.jobs.imports.review import Review
    from segops_tui.tui.core.workspace import Workspace

_SOURCES: Final = {
    "server": "server's suggestion",
    "you": "your choice",
    "check": "our check",
    "names": "guess by its name",
    "earlier": "as imported before",
}
_PAUSE: Final = 0.1
"""Seconds without a change after which the rows are counted again."""


def _sample(column: ShownColumn) -> str:
    return " · ".join(column.choice.samples) or "empty"


def _why(column: ShownColumn, _context: Context) -> str:
    choice = column.choice
    return column.fault or choice.note or _SOURCES.get(choice.source, choice.source)


def _target(column: ShownColumn, _context: Context) -> str:
    return "skipped" if column.target is None else f"→ {column.target}"


def _tone(column: ShownColumn, _context: Context) -> Tone:
    if column.target is None:
        return "muted"
    return "good" if column.target in {"sku", "name"} else "strong"


CHOICES: Final[Noun[Any]] = Noun(
    name="column",
    plural="columns",
    title="Columns",
    key=lambda column: column.header,
    label=lambda column: column.header,
    empty="The file has no columns.",
    columns=(
        Column("header", "COLUMN", lambda c: c.header, min_width=12, max_width=26),
        Column(
            "target",
            "BECOMES",
            lambda c: c.target,
            words=_target,
            tone=_tone,
            min_width=14,
            max_width=24,
        ),
        Column(
            "sample",
            "SAMPLE",
            _sample,
            tone=lambda _c, _x: "muted",
            flex=True,
            max_width=60,
            priority=1,
        ),
        Column(
            "why",
            "WHY",
            lambda c: c.choice.source,
            words=_why,
            tone=lambda c, _x: "warn" if c.fault else "muted",
            min_width=9,
            max_width=32,
            priority=1,
        ),
    ),
)


class ColumnsPage(Vertical):
    """The findings, and a row for each column; the user maps columns to fields here."""

    DEFAULT_CSS = """
    ColumnsPage {
        height: 1fr;
        PlainText { height: auto; max-height: 40%; padding: 0 1 1 1; }
    }
    """

    class MappingChanged(Message):
        """The user mapped a column to something else."""

    class Comparing(Message):
        """How far the comparison is; posted from the thread that reads the file."""

        def __init__(self, words: str) -> None:
            self.words = words
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            """Draw only the newest."""
            return isinstance(message, ColumnsPage.Comparing)

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        super().__init__(id=id)
        self._workspace = workspace
        self._about = PlainText()
        self._table = NounTable(markable=False)
        self._comparison: Content | None = None
        self._job: Job | None = None
        self._check: CsvCheck | None = None
        """The check of the file, once the rows were counted again."""
        self.draft: MappingDraft | None = None

    def compose(self) -> ComposeResult:
        """The findings and the table."""
        yield self._about
        yield self._table

    def on_mount(self) -> None:
        """Set the columns of the table."""
        now = self._workspace.now
        self._table.show_columns(CHOICES.columns, context=lambda: Context(now=now()))

    def show(self, job: Job, review: Review) -> None:
        """Show the mapping that a job waits for, with what the user has changed before."""
        self._job, self._check = job, None
        self.draft = MappingDraft(review, dict(mapping_overrides(job).targets))
        self._forget_comparison()
        self._drop_copy()
        self._draw()
        self._table.focus()

    def close(self) -> None:
        """Forget the mapping."""
        self.workers.cancel_group(self, "decide")
        self._forget_comparison()
        self.draft = self._job = self._check = None

    def choose(self, targets: Mapping[str, str | None]) -> None:
        """Map columns to targets, or skip them, and count the rows again."""
        if self.draft is None:
            return
        for header, target in targets.items():
            self.draft.choose(header, target)
        self._forget_comparison()
        self._drop_copy()
        self._decide()
        self._changed()

    def skip(self) -> None:
        """Skip the column under the cursor."""
        row = self._table.current_row
        if row is not None:
            self.choose({row.header: None})

    @work(exclusive=True, group="decide")
    async def _decide(self) -> None:
        """Find out what becomes of the rows with the columns mapped as they are now."""
        await asyncio.sleep(_PAUSE)
        draft, job = self.draft, self._job
        if draft is None or job is None:
            return
        again = decide_again(job, draft.mapping(), check=self._check)
        try:
            self._check, review = await run_part_async(again, self._workspace.client)
        except SegOpsError as error:
            draft.trouble = problem_of(error).line
        else:
            draft.take(review)
        if self.draft is draft:
            self._changed()

    def _changed(self) -> None:
        self._draw()
        self.post_message(self.MappingChanged())

    @work(exclusive=True, group="compare")
    async def compare(self) -> None:
        """Compare the file with the catalogue, with the columns mapped as they are now."""
        draft, job = self.draft, self._job
        if draft is None or job is None:
            return

        def progress(stage: str, done: int, total: int | None) -> None:
            in_words = wording.size if stage == "file" else wording.count
            of = f" of {in_words(total)}" if total else ""
            self.post_message(self.Comparing(f"comparing, {stage}: {in_words(done)}{of}"))

        path, layout = Path(job.target), Layout.from_json(job.params["layout"])
        copy: UndoCopy | None = None
        try:
            copy = await asyncio.to_thread(UndoCopy.create, self._copy_of(job))
            part = compare(path, layout, draft.to_review(), copy=copy, progress=progress)
            diff = await run_part_async(part, self._workspace.client)
        except SegOpsError as error:
            self._drop_copy()
            self._show_comparison(None)
            notify_error(self, error, "Not compared")
        else:
            self._show_comparison(comparison(diff))
        finally:
            if copy is not None:
                copy.close()

    @on(Comparing)
    def _comparing(self, event: Comparing) -> None:
        event.stop()
        if any(worker.group == "compare" and worker.is_running for worker in self.workers):
            self._show_comparison(Content.styled(f"◌ {event.words}", "$text-muted"))

    @on(RowSelected)
    @work(exclusive=True, group="choose")
    async def _row_selected(self, event: RowSelected) -> None:
        event.stop()
        draft, header = self.draft, event.row.header
        if draft is None:
            return
        chooser = target_chooser(header, target=event.row.target, fields=draft.fields())
        chosen = await self.app.push_screen_wait(chooser)
        if chosen is not None and self.draft is draft:
            self.choose({header: chosen.value})

    def _forget_comparison(self) -> None:
        """Drop the comparison: it was made with another mapping."""
        self.workers.cancel_group(self, "compare")
        self._comparison = None

    def _copy_of(self, job: Job) -> Path:
        return copy_path(self._workspace.ledger.path.parent, job.id)

    def _drop_copy(self) -> None:
        """Remove the copy that a comparison kept: with other columns, other products change."""
        if self._job is not None:
            self._copy_of(self._job).unlink(missing_ok=True)

    def _show_comparison(self, words: Content | None) -> None:
        self._comparison = words
        self._draw()

    def _draw(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self._table.set_rows(draft.rows(), key=CHOICES.key, keep_position=True)
        lines = finding_lines(draft.findings())
        fault = draft.fault()
        if draft.is_unique:
            words = f"{one_line(draft.identifier)} is unique per row"
            lines.insert(0, Content.assemble(("✓ ", "bold $success"), words))
        elif (draft.identifier is None and not lines) or draft.trouble:
            lines.append(Content.assemble(("✗ ", "bold $error"), one_line(fault)))
        elif not draft.is_counted:
            lines.append(Content.styled("◌ Checking the columns …", "$primary"))
        if self._comparison is not None:
            lines.append(self._comparison)
        keys = [("enter", "maps a column"), ("x", "skips it")]
        proposal = draft.proposal()
        if proposal is not None:
            keys.append(("a", proposal.words))
        if not fault and self._comparison is None:
            keys.append(("c", "compares with the catalogue"))
        if not fault:
            keys.append(("i", f"imports {wording.plural(draft.review.rows, 'row')}"))
        lines.append(key_hints(*keys))
        self._about.update(Content("\n").join(lines))


def comparison(diff: Diff) -> Content:
    """What an import would change in the catalogue."""
    words = f"against the catalogue: {one_line(diff.summary)}"
    if diff.untouched:
        products = wording.plural(diff.untouched, "product")
        words += f"; {products} not in the file, left as they are"
    return Content.assemble(("± ", "bold $primary"), words)


def target_chooser(
    column: str, *, target: str | None, fields: Sequence[str]
) -> Chooser[str | None]:
    """Choose the field a column becomes, or type a new one; a choice of None skips the column."""
    notes = {"sku": "unique per row", "name": "the product's name"}

    def note(name: str) -> str:
        parts = (notes.get(name, ""), "current" if name == target else "")
        return " · ".join(part for part in parts if part)

    def new(typed: str) -> Choosable[str | None] | None:
        name = "_".join(typed.casefold().split())
        return None if name in names else Choosable(name, name, "new field")

    names = list(dict.fromkeys(["sku", "name", *fields]))
    choices: list[Choosable[str | None]] = [Choosable(name, name, note(name)) for name in names]
    choices.append(Choosable(None, "skip this column", "" if target else "current"))
    return Chooser(
        f"Column {one_line(column)}",
        choices,
        current=target,
        placeholder="type to find a field, or a new field's name",
        new=new,
    )
