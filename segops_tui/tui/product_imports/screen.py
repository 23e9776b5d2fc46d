"""Importing a catalogue: a file, its columns, the rows coming in, the report.

Knows the steps and what comes after which; the work is a job, which the app drives on when this
screen is left.
"""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.imports.errors import MappingNeeded
from segops_tui.jobs.imports.findings import Layout
from segops_tui.jobs.imports.mapping import MappingOverrides
from segops_tui.jobs.imports.plan import IMPORT, choose_mapping, start_import
from segops_tui.jobs.imports.review import Review
from segops_tui.nouns.products import PRODUCT_ACTIONS
from segops_tui.tui.core.actions import ActionOwner, bindings
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.product_imports.actions import IMPORT_ACTIONS
from segops_tui.tui.product_imports.columns import ColumnsPage
from segops_tui.tui.product_imports.file import FilePage
from segops_tui.tui.product_imports.job_progress import JobProgress
from segops_tui.tui.product_imports.report import ImportReport
from segops_tui.tui.product_imports.steps import Steps
from segops_tui.tui.widgets.key_bar import KeyBar
from segops_tui.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.workspace import Workspace

_IMPORT = PRODUCT_ACTIONS[0]
_STEPS = {"file": 0, "columns": 1, "progress": 2, "report": 3, "failed": 2}


class ImportScreen(ActionOwner, Screen[None]):
    """One import; with a job that waits for its columns, from there on."""

    ACTIONS: ClassVar[Sequence[Action]] = IMPORT_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(IMPORT_ACTIONS)]

    reports_kind = IMPORT
    """The kind of job whose end this screen reports itself."""

    class Failed(Message):
        """Something stands in the way."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    class Noted(Message):
        """The job is in the ledger and may be driven."""

        def __init__(self, job: Job) -> None:
            self.job = job
            super().__init__()

    def __init__(self, workspace: Workspace, job: Job | None = None) -> None:
        super().__init__()
        self.workspace = workspace
        self._job = job
        self._steps = Steps(["File", "Columns", "Import", "Report"])
        self._file = FilePage(id="file")
        self._columns = ColumnsPage(workspace.now, id="columns")
        self._progress = JobProgress(id="progress")
        self._report = ImportReport(id="report")
        self._trouble = Notice(id="failed")

    def compose(self) -> ComposeResult:
        """The steps, and one page for each."""
        with Vertical(classes="import") as box:
            box.border_title = Content.styled("Import products", "bold")
            yield self._steps
            with ContentSwitcher(initial="file"):
                yield self._file
                yield self._columns
                yield self._progress
                yield self._report
                yield self._trouble
        yield KeyBar()

    def on_mount(self) -> None:
        """Hear of jobs; a job that waits begins at its columns."""
        self.workspace.jobs.changed.subscribe(self, self._jobs_changed)
        self.workspace.jobs.ended.subscribe(self, self._job_ended)
        review = None if self._job is None else self._job.result.get("review")
        if review:
            self._show_review(Review.from_json(review))

    @property
    def page(self) -> str:
        """The step that is shown."""
        return self.query_one(ContentSwitcher).current or "file"

    @work(exclusive=True, group="note")
    async def _start(self, path: Path, *, repair: bool) -> None:
        try:
            job = await asyncio.to_thread(
                start_import,
                self.workspace.ledger,
                path=path,
                profile=self.workspace.profile.name,
                review=True,
                repair=repair,
                command=_IMPORT.command_line(file=path),
            )
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Noted(job))

    @work(exclusive=True, group="note")
    async def _choose(self, job_id: str, overrides: MappingOverrides) -> None:
        try:
            job = await asyncio.to_thread(choose_mapping, self.workspace.ledger, job_id, overrides)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Noted(job))

    @on(FilePage.Chosen)
    def _chosen(self, event: FilePage.Chosen) -> None:
        event.stop()
        self._start(event.path, repair=event.repair)

    @on(ColumnsPage.Decided)
    def _decided(self, event: ColumnsPage.Decided) -> None:
        event.stop()
        self.refresh_bindings()

    @on(ColumnsPage.Failed)
    @on(Failed)
    def _failed(self, event: Failed | ColumnsPage.Failed) -> None:
        event.stop()
        problem = problem_of(event.error)
        if self.page == "file":
            self._file.show_problem(event.error)
        elif self.page == "columns":
            words = one_line(problem.detail)
            self.notify(words, title=problem.title, severity="error", markup=False)
        else:
            self._trouble.show_problem(problem)
            self._turn("failed")

    @on(Noted)
    def _noted(self, event: Noted) -> None:
        event.stop()
        self._job = event.job
        self._turn("progress")
        self.workspace.jobs.start(event.job)

    def cannot_accept(self) -> str:
        """There must be a proposal."""
        draft = self._columns.draft
        if draft is None or self.page != "columns":
            return "There are no columns to decide about now."
        return "" if draft.proposal() else "Nothing is proposed; enter on a row decides."

    def do_accept(self) -> None:
        """Take the proposed identifier."""
        proposal = None if self._columns.draft is None else self._columns.draft.proposal()
        if proposal is not None:
            self._columns.choose(proposal, "sku")

    def cannot_skip(self) -> str:
        """There must be a column."""
        return "" if self.page == "columns" else "There is no column under the cursor."

    def do_skip(self) -> None:
        """Leave out the column under the cursor."""
        self._columns.skip()

    def cannot_compare(self) -> str:
        """It needs what an import needs."""
        return self.cannot_go()

    def do_compare(self) -> None:
        """Lay the file beside the catalogue."""
        if self._job is not None:
            layout = Layout.from_json(self._job.params["layout"])
            self._columns.compare(self.workspace.client, Path(self._job.target), layout)

    def cannot_go(self) -> str:
        """A column must tell rows apart."""
        draft = self._columns.draft
        if draft is None or self.page != "columns":
            return "First comes a file, then its columns."
        return draft.against()

    def do_go(self) -> None:
        """Import."""
        draft, job = self._columns.draft, self._job
        if draft is not None and job is not None:
            self.workspace.log.add(command_line(job.target, draft.overrides))
            self._choose(job.id, MappingOverrides(dict(draft.overrides)))

    def cannot_again(self) -> str:
        """Not while this one is under way."""
        return "This import is under way; esc leaves it running." if self.page == "progress" else ""

    def do_again(self) -> None:
        """Begin anew."""
        self._job = self._columns.draft = None
        self._turn("file")
        self._file.restart()

    def do_leave(self) -> None:
        """Go back; what runs goes on."""
        self.dismiss(None)

    def _show_review(self, review: Review) -> None:
        self._turn("columns")
        self._columns.show(review)
        self.refresh_bindings()

    def _jobs_changed(self, running: list[Progress]) -> None:
        for progress in running:
            if self._job is not None and progress.job_id == self._job.id:
                self._progress.now = self.workspace.now().timestamp()
                self._progress.progress = progress

    def _job_ended(self, ended: Ended) -> None:
        if self._job is None or ended.job.id != self._job.id:
            return
        self._job = ended.job
        if isinstance(ended.error, MappingNeeded):
            self._show_review(ended.error.review)
        elif ended.error is not None:
            self._trouble.show_problem(problem_of(ended.error))
            self._turn("failed")
            self._trouble.focus()
        else:
            self._report.show(ended.job)
            self._turn("report")
            self._report.focus()

    def _turn(self, page: str) -> None:
        self.query_one(ContentSwitcher).current = page
        self._steps.at = _STEPS[page]
        self.refresh_bindings()


def command_line(path: str, overrides: Mapping[str, str | None]) -> str:
    """The command that does what was chosen here."""
    words = [f"segops-tui products import {shlex.quote(path)}"]
    for header, target in overrides.items():
        if target is None:
            words.append(f"--skip {shlex.quote(header)}")
        else:
            words.append(f"--map {shlex.quote(f'{header}={target}')}")
    return " ".join([*words, "--yes"])
