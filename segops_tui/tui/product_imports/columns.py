"""The second step of an import: what each column becomes, and what the import would change."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.async_runner import run_part_async
from segops_tui.jobs.imports.diff import Diff, compare
from segops_tui.nouns.column import Column, Context, Noun, Tone
from segops_tui.tui.core.problems import notify_error
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.chooser import Choosable, Chooser
from segops_tui.tui.product_imports.report import finding_lines
from segops_tui.tui.table.messages import RowSelected
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from textual.app import ComposeResult

    from segops_tui.jobs.engine.driver import AsyncClient
    from segops_tui.jobs.imports.findings import Finding, Layout
    from segops_tui.jobs.imports.review import ColumnMapping, Review

_ABOUT_SKU: Final = frozenset({"no-sku", "empty-sku", "missing-sku", "repeated-sku"})
_SOURCES: Final = {"server": "suggested", "you": "your choice", "check": "checked"}


def _sample(choice: ColumnMapping) -> str:
    return " · ".join(choice.samples) or "empty"


def _why(choice: ColumnMapping, _context: Context) -> str:
    return choice.note or _SOURCES.get(choice.source, choice.source)


def _target(choice: ColumnMapping, _context: Context) -> str:
    return "skipped" if choice.target is None else f"→ {choice.target}"


def _tone(choice: ColumnMapping, _context: Context) -> Tone:
    if choice.target is None:
        return "muted"
    return "good" if choice.target in {"sku", "name"} else "strong"


CHOICES: Final[Noun[Any]] = Noun(
    name="column",
    plural="columns",
    title="Columns",
    key=lambda choice: choice.header,
    label=lambda choice: choice.header,
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
            lambda c: c.source,
            words=_why,
            tone=lambda _c, _x: "muted",
            min_width=9,
            max_width=32,
            priority=2,
        ),
    ),
)


@dataclass(slots=True)
class MappingDraft:
    """A column mapping the user reviews; `overrides` holds the columns the user changed."""

    review: Review
    choices: tuple[ColumnMapping, ...] = ()
    overrides: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.choices = self.choices or self.review.choices

    def choose(self, header: str, target: str | None) -> None:
        """Map a column to a target, or skip it; a column that had the target is skipped."""
        for choice in self.choices:
            if target is not None and choice.target == target and choice.header != header:
                self._put(choice.header, None, note=f"replaced by {header}")
        self._put(header, target)

    def fields(self) -> list[str]:
        """The fields to choose from: the schema's, and those chosen already."""
        known = [str(entry["name"]) for entry in self.review.fields if entry.get("name")]
        chosen = [choice.target for choice in self.choices if choice.target is not None]
        return list(dict.fromkeys([*known, *chosen]))

    @property
    def identifier(self) -> str | None:
        """The column mapped to sku, whose value is unique per row."""
        return next((c.header for c in self.choices if c.target == "sku"), None)

    def findings(self) -> Sequence[Finding]:
        """The findings, without those another sku column has settled."""
        if self.identifier == self.review.identifier:
            return self.review.findings
        return [finding for finding in self.review.findings if finding.code not in _ABOUT_SKU]

    def fault(self) -> str:
        """Why the file cannot be imported; empty when it can."""
        if self.identifier is None:
            return "No column is mapped to sku yet: press enter on a row to map it."
        return next((found.text for found in self.findings() if found.level == "error"), "")

    def proposal(self) -> str | None:
        """The column proposed for sku, where the one mapped to it is not unique per row."""
        for finding in self.findings():
            if finding.level != "error" or finding.code not in _ABOUT_SKU:
                continue
            for word in shlex.split(finding.hint):
                if word.endswith("=sku"):
                    return word.removesuffix("=sku")
        return None

    def _put(self, header: str, target: str | None, *, note: str = "") -> None:
        self.overrides[header] = target
        self.choices = tuple(
            replace(choice, target=target, source="you", note=note)
            if choice.header == header
            else choice
            for choice in self.choices
        )


class ColumnsPage(Vertical):
    """The findings, and a row for each column; the user maps columns to fields here."""

    DEFAULT_CSS = """
    ColumnsPage {
        height: 1fr;
        Static { height: auto; max-height: 40%; padding: 0 1 1 1; }
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

    def __init__(self, now: Callable[[], datetime], *, id: str) -> None:
        super().__init__(id=id)
        self._now = now
        self._about = Static("", markup=False)
        self._table = NounTable(markable=False)
        self._comparison: Content | None = None
        self.draft: MappingDraft | None = None

    def compose(self) -> ComposeResult:
        """The findings and the table."""
        yield self._about
        yield self._table

    def on_mount(self) -> None:
        """Set the columns of the table."""
        self._table.show_columns(CHOICES.columns, context=lambda: Context(now=self._now()))

    def show(self, review: Review) -> None:
        """Show a mapping for review."""
        self.draft = MappingDraft(review)
        self._forget_comparison()
        self._draw()
        self._table.focus()

    def choose(self, header: str, target: str | None) -> None:
        """Map a column to a target, or skip it."""
        if self.draft is not None:
            self.draft.choose(header, target)
            self._forget_comparison()
            self._draw()
            self.post_message(self.MappingChanged())

    def skip(self) -> None:
        """Skip the column under the cursor."""
        row = self._table.current_row
        if row is not None:
            self.choose(row.header, None)

    @work(exclusive=True, group="compare")
    async def compare(self, client: AsyncClient, path: Path, layout: Layout) -> None:
        """Compare the file with the catalogue, with the columns mapped as they are now."""
        draft = self.draft
        if draft is None:
            return
        review = replace(draft.review, choices=draft.choices)

        def progress(stage: str, done: int, total: int | None) -> None:
            in_words = wording.size if stage == "file" else wording.count
            of = f" of {in_words(total)}" if total else ""
            self.post_message(self.Comparing(f"comparing, {stage}: {in_words(done)}{of}"))

        try:
            diff = await run_part_async(compare(path, layout, review, progress=progress), client)
        except SegOpsError as error:
            self._show_comparison(None)
            notify_error(self, error, "Not compared")
        else:
            self._show_comparison(comparison(diff))

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
            self.choose(header, chosen.value)

    def _forget_comparison(self) -> None:
        """Drop the comparison: it was made with another mapping."""
        self.workers.cancel_group(self, "compare")
        self._comparison = None

    def _show_comparison(self, words: Content | None) -> None:
        self._comparison = words
        self._draw()

    def _draw(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self._table.set_rows(draft.choices, key=CHOICES.key, keep_position=True)
        # The hints are command line options; here there are keys.
        lines = finding_lines([replace(finding, hint="") for finding in draft.findings()])
        is_ready = not draft.fault()
        if is_ready:
            words = f"{one_line(draft.identifier)} is unique per row"
            lines.insert(0, Content.assemble(("✓ ", "bold $success"), words))
        if self._comparison is not None:
            lines.append(self._comparison)
        keys = [("enter", "maps a column"), ("x", "skips it")]
        proposal = draft.proposal()
        if proposal is not None:
            keys.append(("a", f"maps {one_line(proposal)} to sku"))
        if is_ready and self._comparison is None:
            keys.append(("c", "compares with the catalogue"))
        if is_ready:
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
