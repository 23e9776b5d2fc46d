"""The Jobs pane: every job started from this machine, those under way live.

Knows the ledger and what this console drives; a job another process drives is shown, not touched.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.content import Content
from textual.widgets import TabPane

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.job import Job
from segops_tui.jobs.imports.plan import IMPORT
from segops_tui.nouns.column import said
from segops_tui.tui.core.actions import FILTER, JOB_ACTIONS, bindings
from segops_tui.tui.core.job_texts import resumable_jobs
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.jobs.columns import job_state, job_tone, jobs_noun, moment
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.tui.product_imports.screen import ImportScreen
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.core.workspace import Workspace

MOST = 500
"""Jobs shown; older ones stay in the ledger."""


class JobDetail(Detail[Job]):
    """A job: the command, when, what came of it."""

    first_tab = "facts"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """One tab."""
        yield self.head
        with self.tabs, TabPane("Job", id="facts"), Scroll():
            yield self._facts

    def name_of(self, row: Job) -> str:
        """What it does."""
        return row.title

    def is_same(self, before: Job, after: Job) -> bool:
        """The same job; nothing of it is fetched."""
        return before.id == after.id

    def summary(self, row: Job) -> Content:
        """State and result."""
        words = row.summary or row.error
        state = Content.styled(job_state(row), TONES[job_tone(row)])
        return Content("\n").join([state, Content(one_line(words))]) if words else state

    def draw(self, row: Job) -> None:
        """Everything the ledger has."""
        facts = [
            ("id", row.id),
            ("profile", row.profile),
            ("command", row.command),
            ("stage", row.stage),
            ("started", wording.moment(moment(row.created_at))),
            ("finished", wording.moment(moment(row.finished_at))),
        ]
        facts.extend(
            (name, said(value))
            for name, value in row.result.items()
            if name != "summary" and isinstance(value, str | int | float)
        )
        if row.error:
            facts.append(("error", row.error))
        self._facts.facts = facts


class JobsPane(ListedPane[Job]):
    """The ledger."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *JOB_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(JOB_ACTIONS)]

    command = "jobs"
    get_verb = "show"
    sortable = ("title", "state", "created_at")

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        super().__init__(workspace, id=id)
        self._noun = jobs_noun(workspace.open_workspaces.progress_of)

    @property
    def noun(self) -> Noun[Job]:
        """Jobs."""
        return self._noun

    def make_detail(self) -> JobDetail:
        """The detail's widget."""
        return JobDetail(self.workspace)

    def on_mount(self) -> None:
        """Hear of jobs."""
        super().on_mount()
        self.workspace.open_workspaces.changed.subscribe(self, self._jobs_changed)
        self.workspace.open_workspaces.ended.subscribe(self, lambda _ended: self.refetch())

    async def fetch(self) -> list[Job]:
        """The newest jobs.

        Raises:
            SegOpsError: the ledger cannot be read.
        """
        return await asyncio.to_thread(self.workspace.ledger.list, limit=MOST)

    def cannot_resume(self) -> str:
        """Only what was left can be taken up, and only in its own workspace."""
        if self.row is None:
            return "There is no job under the cursor."
        if self.row.profile != self.workspace.profile.name:
            return f"It is a job of {self.row.profile}: p goes there."
        if self.row.is_resumable:
            return ""
        return f"It is {self.row.state}; only a job that was left can be resumed."

    def do_resume(self) -> None:
        """Take the job up; an import that waits for its columns shows them."""
        if self.row is None:
            return
        if self.row.state == "waiting" and self.row.kind == IMPORT:
            self.app.push_screen(ImportScreen(self.workspace, self.row))
        else:
            self.run_command(JOB_ACTIONS[0].command_line(id=self.row.id))
            self._claim([self.row.id])

    def cannot_resume_all(self) -> str:
        """There must be one that was left."""
        left = resumable_jobs(self.rows, self.workspace.profile.name)
        return "" if left else "No job of this profile was left."

    def do_resume_all(self) -> None:
        """Take up every job of this workspace that was left, the oldest first."""
        left = resumable_jobs(self.rows, self.workspace.profile.name)
        self.run_command(JOB_ACTIONS[1].command_line())
        self._claim([job.id for job in reversed(left)])

    @work(group="resume")
    async def _claim(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            try:
                job = await asyncio.to_thread(self.workspace.ledger.claim, job_id)
            except SegOpsError as error:
                line = problem_of(error).words
                self.notify(line, title="Not resumed", severity="error", markup=False)
            except KeyError:
                # Another process made the record forget it.
                continue
            else:
                self.workspace.jobs.start(job)
        self.refetch()

    def cannot_forget(self) -> str:
        """One that runs is needed by whoever drives it."""
        if self.row is None:
            return "There is no job under the cursor."
        return "It is running." if self.row.state == "running" else ""

    def do_forget(self) -> None:
        """Drop a job; ask where it could still be resumed."""
        job = self.row
        if job is None:
            return
        if not job.is_resumable:
            self._forget(job)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._forget(job)

        line = f"{JOB_ACTIONS[2].command_line(id=job.id)} --yes"

        self.app.push_screen(
            Confirm(
                "Forget a job that can still be resumed?",
                lines=[job.title, "What the server has begun goes on there."],
                profile=job.profile,
                yes="Forget it",
                danger=True,
                command=line,
            ),
            answered,
        )

    @work(group="forget")
    async def _forget(self, job: Job) -> None:
        self.run_command(f"{JOB_ACTIONS[2].command_line(id=job.id)} --yes")
        try:
            await asyncio.to_thread(self.workspace.ledger.forget, job.id)
        except SegOpsError as error:
            line = problem_of(error).words
            self.notify(line, title="Not forgotten", severity="error", markup=False)
        except KeyError:
            # Another process was first; it is gone either way.
            pass
        self.refetch()

    def _jobs_changed(self, running: list[Progress]) -> None:
        known = {job.id: job.state for job in self.rows}
        if any(known.get(progress.job_id) != progress.state for progress in running):
            self.refetch()
        elif self.display:
            self.redraw()
