"""ImportDetail: one earlier import and its rejected rows, which can be saved; it can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import work
from textual.binding import Binding
from textual.content import Content

from segops_tui import wording
from segops_tui.jobs.imports.plan import IMPORT
from segops_tui.nouns.column import Column, Context, Noun
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.product_imports.saving import save_rejected_rows
from segops_tui.tui.product_imports.undoing import undo_import
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.products import ImportJob
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.tui.core.workspace import Workspace

REJECTED: Final[Noun[Any]] = Noun(
    name="rejected row",
    plural="rejected rows",
    title="Rejected rows",
    key=lambda row: row["place"],
    label=lambda row: str(row["place"]),
    empty="No row was rejected.",
    columns=(
        Column("place", "PLACE", lambda row: row["place"], min_width=8),
        Column("sku", "SKU", lambda row: row["sku"], min_width=8, max_width=24),
        Column("error", "REASON", lambda row: row["error"], flex=True, min_width=20),
    ),
)


class ImportDetail(Dialog[None]):
    """The counts of an import and a table of its rejected rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Close", id="import.close", tooltip="Go back."),
        Binding(
            "s", "save", "Save rejected rows", id="import.save_rows",
            tooltip="Write the rejected rows, with the reasons, to a CSV file.",
        ),
        Binding(
            "u", "undo", "Undo the import", id="import.undo",
            tooltip="Delete what it created and restore what it changed, after a confirmation.",
        ),
    ]  # fmt: skip
    AUTO_FOCUS = "NounTable"
    DEFAULT_CSS = """
    ImportDetail #facts { height: auto; max-height: 6; padding: 0 1 1 1; }
    ImportDetail #keys { padding: 0 1; }
    """

    def __init__(self, workspace: Workspace, remote: ImportJob, job: Job | None) -> None:
        super().__init__(f"Import {remote.id}: {remote.filename}", box="-tall")
        self.workspace, self._remote, self._job = workspace, remote, job
        self._table = NounTable(markable=False)

    def body(self) -> ComposeResult:
        """The counts, the rejected rows, and the keys."""
        yield PlainText(self._facts(), id="facts")
        yield self._table
        yield PlainText(id="keys")

    def on_mount(self) -> None:
        """List the rejected rows."""
        now = self.workspace.now
        self._table.show_columns(REJECTED.columns, context=lambda: Context(now=now()))
        self._table.empty_text = REJECTED.empty
        rows = rejected_rows(self._remote, self._job)
        self._table.set_rows(rows, key=REJECTED.key)
        keys = [("u", "undo the import"), ("esc", "back")]
        if rows and self._job is not None:
            keys.insert(0, ("s", "save the rejected rows"))
        self.query_one("#keys", PlainText).update(key_hints(*keys))

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        """Save the rejected rows as they are in the imported file."""
        if self._job is None:
            words = "This import was not made on this machine, so its file is not known here."
            self.notify(words, title="Not saved", severity="warning", markup=False)
        elif not self._remote.error_rows:
            self.notify("No row was rejected.", title="Nothing to save", markup=False)
        else:
            await save_rejected_rows(self, self.workspace, self._job)

    @work(exclusive=True, group="undo")
    async def action_undo(self) -> None:
        """Undo the import: find out what can be taken back, ask, and start."""
        if await undo_import(self, self.workspace, self._remote, self._job):
            self.dismiss(None)

    def _facts(self) -> Content:
        job = self._remote
        counts = [
            f"{wording.count(job.total_rows)} rows",
            f"{job.created_count:,} created",
            f"{job.updated_count:,} updated",
            f"{job.error_rows:,} rejected",
        ]
        lines = [Content.assemble((one_line(job.status), "bold"), "   ", "   ".join(counts))]
        if job.error_message:
            lines.append(Content.styled(f"✗ {one_line(job.error_message)}", "$error"))
        known = len(job.errors)
        if known < job.error_rows:
            words = f"The server keeps the reasons of {known:,} rejected rows."
            lines.append(Content.styled(words, "$text-muted"))
        return Content("\n").join(lines)


def import_jobs(ledger: Ledger) -> list[Job]:
    """The imports of this workspace that were made on this machine and have ended."""
    return [
        job
        for job in ledger.list(limit=-1)
        if job.kind == IMPORT and job.is_final and ledger.why_elsewhere(job) is None
    ]


def job_of(jobs: Iterable[Job], remote: ImportJob) -> Job | None:
    """The job that made an import: it knows the file and its lines."""
    return next((job for job in jobs if remote.id in job.remote_ids.values()), None)


def rejected_rows(remote: ImportJob, job: Job | None) -> list[dict[str, str]]:
    """Rejected rows for the table: by line where the file is known, otherwise by row."""
    errors: list[Any] = list(remote.errors)
    if job is not None and len(job.remote_ids) == 1:
        errors = list(job.result.get("errors") or errors)
    return [_row(error, number) for number, error in enumerate(errors, start=1)]


def _row(error: Any, number: int) -> dict[str, str]:
    if not isinstance(error, dict):
        return {"place": f"({number})", "sku": "", "error": str(error)}
    line, row = error.get("line"), error.get("row")
    place = f"line {line:,}" if isinstance(line, int) else f"row {row}"
    words = error.get("error") or error.get("message") or error.get("detail") or ""
    return {"place": place, "sku": str(error.get("sku") or "–"), "error": str(words)}
