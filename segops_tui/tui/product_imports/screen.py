"""ImportScreen: import a catalogue in four steps - file, columns, import, report.

The import itself is a job that the app runs on when the screen is closed.
"""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.imports.deciding import read_options
from segops_tui.jobs.imports.errors import MappingNeeded
from segops_tui.jobs.imports.mapping import MappingOverrides
from segops_tui.jobs.imports.plan import IMPORT, choose_mapping, keep_mapping, start_import
from segops_tui.jobs.imports.review import Review
from segops_tui.nouns.action import Action
from segops_tui.tui.core.actions import ActionOwner, bindings
from segops_tui.tui.core.problems import notify_error, problem_of
from segops_tui.tui.product_imports.columns import ColumnsPage
from segops_tui.tui.product_imports.file import FilePage
from segops_tui.tui.product_imports.report import ImportReport, JobProgress
from segops_tui.tui.product_imports.saving import save_rejected_rows
from segops_tui.tui.widgets.key_bar import KeyBar
from segops_tui.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.jobs.imports.files.options import ReadOptions
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.workspace import Workspace

_COMMAND: Final = ("segops-tui", "products", "import")
_STEPS = {"file": 0, "columns": 1, "progress": 2, "report": 3, "failed": 2}


async def _run_import(screen: ImportScreen) -> None:
    await screen.run_import()


async def _save_rejected(screen: ImportScreen) -> None:
    await screen.save_rejected()


async def _restart(screen: ImportScreen) -> None:
    await screen.restart()


async def _leave(screen: ImportScreen) -> None:
    await screen.leave()


IMPORT_ACTIONS: Final = (
    Action(
        "import.accept",
        "Use the proposal",
        "a",
        "pane",
        "products import {file} --map {map}",
        help="Map the columns as proposed.",
    ).does(lambda screen: screen.accept(), unavailable=lambda screen: screen.cannot_accept()),
    Action(
        "import.skip",
        "Skip column",
        "x",
        "one",
        "products import {file} --skip {column}",
        help="Skip the column under the cursor.",
    ).does(lambda screen: screen.skip(), unavailable=lambda screen: screen.cannot_skip()),
    Action(
        "import.compare",
        "Compare",
        "c",
        "pane",
        "products import {file} --diff --dry-run",
        help="Count what would be new, changed and unchanged in the catalogue.",
    ).does(lambda screen: screen.compare(), unavailable=lambda screen: screen.cannot_import()),
    Action(
        "import.go",
        "Import",
        "i",
        "pane",
        "products import {file} --yes",
        help="Import the rows with these columns.",
        changes=True,
    ).does(_run_import, unavailable=lambda screen: screen.cannot_import()),
    Action(
        "import.save_rejected",
        "Save rejected rows",
        "s",
        "pane",
        "products import {file} --errors {to}",
        help="Write the rejected rows, with the reasons, to a CSV file.",
    ).does(_save_rejected, unavailable=lambda screen: screen.cannot_save()),
    Action(
        "import.again",
        "Another file",
        "n",
        "pane",
        "products import {file}",
        help="Start over with another file.",
    ).does(_restart, unavailable=lambda screen: screen.cannot_restart()),
    Action(
        "import.leave",
        "Leave",
        "escape",
        "pane",
        "jobs list",
        help="Go back; a running import goes on and is shown in the tray.",
    ).does(_leave),
)


class Steps(Widget):
    """The steps in one line, such as `✓ File › 2 Columns › 3 Import`."""

    DEFAULT_CSS = "Steps { height: 1; width: 1fr; padding: 0 1; }"

    at: reactive[int] = reactive(0)

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self._titles = titles

    def render(self) -> Content:
        """Tick the finished steps and highlight the current one."""
        parts: list[Content] = []
        for place, title in enumerate(self._titles):
            if place < self.at:
                parts.append(Content.styled(f"✓ {title}", "$success"))
            elif place == self.at:
                parts.append(Content.styled(f"{place + 1} {title}", "bold $primary"))
            else:
                parts.append(Content.styled(f"{place + 1} {title}", "$text-muted"))
        return Content.styled("  ›  ", "$border-blurred").join(parts)


class ImportScreen(ActionOwner, Screen[None]):
    """One import; with a job that waits for its column mapping, from that step on."""

    ACTIONS: ClassVar[Sequence[Action]] = IMPORT_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(IMPORT_ACTIONS),
        Binding("ctrl+s", "run('import.go')", show=False, id="import.go_on"),
    ]

    reports_kind = IMPORT
    """The kind of job whose end this screen reports, so that the app does not."""

    def __init__(self, workspace: Workspace, job: Job | None = None) -> None:
        super().__init__()
        self.workspace = workspace
        self._job = job
        self._steps = Steps(["File", "Columns", "Import", "Report"])
        self._file = FilePage(id="file")
        self._columns = ColumnsPage(workspace, id="columns")
        self._progress = JobProgress(id="progress")
        self._report = ImportReport(id="report")
        self._failure = Notice(id="failed")
        self._since: float | None = None
        self._worked = 0.0
        """Seconds of work so far, without the time in which the user looked at the columns."""

    def compose(self) -> ComposeResult:
        """The steps, and a page for each."""
        with Vertical(classes="import") as box:
            box.border_title = Content.styled("Import products", "bold")
            yield self._steps
            with ContentSwitcher(initial="file"):
                yield self._file
                yield self._columns
                yield self._progress
                yield self._report
                yield self._failure
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow jobs; start at the columns for a job that waits for its mapping."""
        self.workspace.jobs.changed.subscribe(self, self._jobs_changed)
        self.workspace.jobs.ended.subscribe(self, self._job_ended)
        review = None if self._job is None else self._job.result.get("review")
        if self._job is not None and review:
            self._show_review(self._job, Review.from_json(review))

    @property
    def page(self) -> str:
        """The id of the page that is shown."""
        return self.query_one(ContentSwitcher).current or "file"

    @on(FilePage.Chosen)
    @work(exclusive=True, group="note")
    async def _upload(self, event: FilePage.Chosen) -> None:
        event.stop()
        try:
            job = await asyncio.to_thread(
                start_import,
                self.workspace.ledger,
                path=event.path,
                profile=self.workspace.profile.name,
                review=True,
                check=event.check,
                read=event.read,
                repair=event.repair,
                command=shlex.join([*_COMMAND, str(event.path), *event.read.words()]),
            )
        except SegOpsError as error:
            self._file.show_problem(error)
        else:
            self._start(job)

    @on(ColumnsPage.MappingChanged)
    def _mapping_changed(self, event: ColumnsPage.MappingChanged) -> None:
        event.stop()
        self.refresh_bindings()

    def cannot_accept(self) -> str:
        """Why no proposal can be used; empty when there is one."""
        draft = self._columns.draft
        if draft is None or self.page != "columns":
            return "There are no columns to map now."
        return "" if draft.proposal() else "Nothing is proposed; press enter on a row to map it."

    def accept(self) -> None:
        """Map the columns as the first finding proposes."""
        proposal = None if self._columns.draft is None else self._columns.draft.proposal()
        if proposal is not None:
            self._columns.choose(proposal.targets)

    def cannot_skip(self) -> str:
        """Why no column can be skipped; empty when one can."""
        return "" if self.page == "columns" else "There is no column under the cursor."

    def skip(self) -> None:
        """Skip the column under the cursor."""
        self._columns.skip()

    def cannot_import(self) -> str:
        """Why the file cannot be imported or compared; empty when it can."""
        draft = self._columns.draft
        if draft is None or self.page != "columns":
            return "Choose a file first, then map its columns."
        return draft.fault()

    def compare(self) -> None:
        """Compare the file with the catalogue."""
        self._columns.compare()

    async def run_import(self) -> None:
        """Send the mapping, and import."""
        draft, job = self._columns.draft, self._job
        if draft is None or job is None:
            return
        options = read_options(job)
        self.workspace.log.add(command_line(job.target, draft.overrides, options))
        ledger, mapping = self.workspace.ledger, draft.mapping()
        try:
            job = await asyncio.to_thread(choose_mapping, ledger, job.id, mapping)
        except SegOpsError as error:
            notify_error(self, error, "Not imported")
        else:
            draft.is_changed = False
            self._start(job)

    def cannot_save(self) -> str:
        """Why no rejected rows can be saved; empty when there are some."""
        if self.page != "report" or self._job is None:
            return "The rejected rows are known when the import has ended."
        return "" if self._job.result.get("rejected") else "No row was rejected."

    async def save_rejected(self) -> None:
        """Ask for a file, and write the rejected rows to it."""
        if self._job is not None:
            await save_rejected_rows(self, self.workspace, self._job)

    def cannot_restart(self) -> str:
        """Why no other file can be chosen; empty when one can."""
        return "This import is running; esc leaves it running." if self.page == "progress" else ""

    async def restart(self) -> None:
        """Start over with another file."""
        await self._keep()
        self._job = None
        self._worked = 0.0
        self._columns.close()
        self._turn("file")
        self._file.restart()

    async def leave(self) -> None:
        """Close the screen; a running import goes on, and changed columns are kept."""
        await self._keep()
        self.dismiss(None)

    async def _keep(self) -> None:
        """Record the columns that the user has changed with the job that waits for them."""
        draft, job = self._columns.draft, self._job
        if self.page != "columns" or draft is None or job is None or not draft.is_changed:
            return
        overrides = MappingOverrides(dict(draft.overrides))
        try:
            await asyncio.to_thread(
                keep_mapping, self.workspace.ledger, job.id, overrides, draft.to_review()
            )
        except SegOpsError as error:
            notify_error(self.app, error, "The columns were not kept")
        else:
            draft.is_changed = False
            words = f"The columns of {job.target_name} are kept; resume its import in Jobs."
            self.app.notify(words, title="Not imported yet", markup=False)

    def _start(self, job: Job) -> None:
        self._job, self._since = job, self.workspace.now().timestamp()
        self.workspace.jobs.start(job)
        if self in self.app.screen_stack:
            self._turn("progress")

    def _show_review(self, job: Job, review: Review) -> None:
        self._turn("columns")
        self._columns.show(job, review)
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
        if self._since is not None:
            self._worked += max(0.0, self.workspace.now().timestamp() - self._since)
            self._since = None
        if isinstance(ended.error, MappingNeeded):
            self._show_review(ended.job, ended.error.review)
        elif ended.error is not None:
            self._failure.show_problem(problem_of(ended.error))
            self._turn("failed")
            self._failure.focus()
        else:
            self._report.show(ended.job, took=self._worked)
            self._turn("report")
            self._report.focus()

    def _turn(self, page: str) -> None:
        self.query_one(ContentSwitcher).current = page
        self._steps.at = _STEPS[page]
        self.refresh_bindings()


def command_line(path: str, overrides: Mapping[str, str | None], options: ReadOptions) -> str:
    """The command that imports a file, read like this, with these columns."""
    words = [shlex.join([*_COMMAND, path, *options.words()])]
    for header, target in overrides.items():
        if target is None:
            words.append(f"--skip {shlex.quote(header)}")
        else:
            words.append(f"--map {shlex.quote(f'{header}={target}')}")
    return " ".join([*words, "--yes"])
