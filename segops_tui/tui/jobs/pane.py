"""The Jobs pane: every job started from this machine, with live progress of those that run.

A job that another process runs is shown but cannot be changed here.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.file_export import agree_to_repeat
from segops_tui.jobs.engine.job import Job
from segops_tui.nouns import jobs as nouns
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, format_value
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.core.job_texts import job_figures, resumable_jobs, stage_words
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

MOST: Final = 500
"""Jobs shown; older ones stay in the ledger."""

_SYMBOLS: Final = {
    "running": "▶",
    "done": "●",
    "failed": "✗",
    "detached": "◍",
    "interrupted": "◍",
    "waiting": "◇",
}
_TONES: Final[dict[str, Tone]] = {
    "running": "busy",
    "done": "good",
    "failed": "bad",
    "detached": "warn",
    "interrupted": "warn",
    "waiting": "warn",
}


def job_state(job: Job) -> str:
    """The state with its symbol."""
    return f"{_SYMBOLS.get(job.state, '·')} {job.state}"


def job_tone(job: Job) -> Tone:
    """The colour of the state."""
    return _TONES.get(job.state, "")


def moment(seconds: float | None) -> datetime | None:
    """Unix seconds as a moment in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def jobs_noun(progress_of: Callable[[str], Progress | None]) -> Noun[Job]:
    """The noun of jobs; `progress_of` finds the progress of a running job by its id."""

    def result(job: Job, context: Context) -> str:
        progress = progress_of(job.id)
        if progress is None:
            return job.summary or job.error or ("" if job.is_final else job.stage) or "–"
        elapsed = progress.elapsed_at(context.now.timestamp())
        return f"{stage_words(progress)}  {job_figures(progress, elapsed)}"

    def took(job: Job, context: Context) -> str:
        progress, end = progress_of(job.id), job.finished_at
        if progress is not None:
            # The ledger has the beginning only once something was saved.
            return wording.duration(progress.elapsed_at(context.now.timestamp()))
        if end is None and job.state == "running":
            end = context.now.timestamp()
        return "–" if end is None else wording.duration(end - (job.begun_at or job.created_at))

    return Noun(
        name="job",
        plural="jobs",
        title="Jobs",
        key=lambda job: job.id,
        label=lambda job: job.title,
        empty="No jobs yet. Recompute a segment or import a file to start one.",
        columns=(
            Column("id", "ID", lambda j: j.id, priority=9, min_width=8),
            Column("title", "JOB", lambda j: j.title, min_width=16, ample_width=28, max_width=36),
            Column(
                "state",
                "STATE",
                lambda j: j.state,
                words=lambda j, _: job_state(j),
                tone=lambda j, _: job_tone(j),
                min_width=9,
            ),
            Column("result", "RESULT", lambda j: j.summary, words=result, flex=True, min_width=26),
            Column("took", "TOOK", lambda j: j.finished_at, words=took, align="right", priority=4),
            Column(
                "created_at",
                "STARTED",
                lambda j: moment(j.created_at),
                aged,
                min_width=9,
                priority=3,
            ),
            Column("profile", "PROFILE", lambda j: j.profile, priority=6),
        ),
    )


class JobDetail(Detail[Job]):
    """A job: its command, its times, its result."""

    first_tab = "facts"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """Lay out one tab."""
        yield self.head
        with self.tabs, TabPage("Job", id="facts"), Scroll():
            yield self._facts

    def name_of(self, row: Job) -> str:
        """The job's title."""
        return row.title

    def is_same(self, before: Job, after: Job) -> bool:
        """Whether it is the same job."""
        return before.id == after.id

    def summary(self, row: Job) -> Content:
        """The state and the result."""
        words = row.summary or row.error
        state = Content.styled(job_state(row), TONES[job_tone(row)])
        return Content("\n").join([state, Content(one_line(words))]) if words else state

    def draw(self, row: Job) -> None:
        """Show what the ledger has."""
        facts = [
            ("id", row.id),
            ("profile", row.profile),
            ("server", row.server),
            ("command", row.command),
            ("stage", row.stage),
            ("started", wording.moment(moment(row.created_at))),
            ("finished", wording.moment(moment(row.finished_at))),
        ]
        facts.extend(
            (name, format_value(value))
            for name, value in row.result.items()
            if name != "summary" and isinstance(value, str | int | float)
        )
        if row.error:
            facts.append(("error", row.error))
        self._facts.facts = facts


def cannot_resume(pane: JobsPane) -> str:
    """Only a detached job can be resumed, and only in its own workspace."""
    job = pane.row
    if job is None:
        return pane.no_row()
    elsewhere = pane.workspace.ledger.why_elsewhere(job)
    if elsewhere is not None and job.profile != pane.workspace.profile.name:
        return f"It is a job of {job.profile}: press p to go there."
    if elsewhere is not None:
        return f"{elsewhere} {elsewhere.hint}"
    if job.is_resumable:
        return ""
    return f"It is {job.state}; only a detached job can be resumed."


async def resume(pane: JobsPane) -> None:
    """Resume the job; an import that waits for its column mapping opens the import screen."""
    job = pane.row
    if job is None:
        return
    if job.state == "waiting":
        from segops_tui.tui.product_imports.screen import (  # noqa: PLC0415 (when opened)
            ImportScreen,
        )

        if job.kind == ImportScreen.reports_kind:
            pane.app.push_screen(ImportScreen(pane.workspace, job))
            return
        await _repeat(pane, job)
        return
    pane.log_command(nouns.RESUME.command_line(id=job.id))
    await _claim(pane, [job.id])


async def _repeat(pane: JobsPane, job: Job) -> None:
    """Start work again that may have been started, if the user agrees."""
    line = f"{nouns.RESUME.command_line(id=job.id)} --yes"
    confirm = Confirm(
        "Start it again, although it may run twice?",
        lines=[job.title, job.error],
        profile=job.profile,
        yes="Start it again",
        danger=True,
        command=line,
    )
    if not await pane.ask(confirm):
        return
    pane.log_command(line)
    with pane.changing("Not resumed"), suppress(KeyError):
        claimed = await asyncio.to_thread(agree_to_repeat, pane.workspace.ledger, job.id)
        pane.workspace.jobs.start(claimed)
    pane.refetch()


def cannot_resume_all(pane: JobsPane) -> str:
    """There must be a detached job of this workspace."""
    left = resumable_jobs(pane.rows, pane.workspace.ledger)
    return "" if left else "This workspace has no detached jobs."


async def resume_all(pane: JobsPane) -> None:
    """Resume every detached job of this workspace, the oldest first."""
    left = resumable_jobs(pane.rows, pane.workspace.ledger)
    pane.log_command(nouns.RESUME_ALL.command_line())
    await _claim(pane, [job.id for job in reversed(left)])


async def _claim(pane: JobsPane, job_ids: Sequence[str]) -> None:
    for job_id in job_ids:
        with pane.changing("Not resumed"):
            try:
                job = await asyncio.to_thread(pane.workspace.ledger.claim, job_id)
            except KeyError:
                # Another process has removed it from the ledger.
                continue
            pane.workspace.jobs.start(job)
    pane.refetch()


def cannot_forget(pane: JobsPane) -> str:
    """A running job is needed by the process that runs it."""
    if pane.row is None:
        return pane.no_row()
    return "It is running." if pane.row.state == "running" else ""


async def forget(pane: JobsPane) -> None:
    """Remove a job from the ledger, after a confirmation if it could still be resumed."""
    job = pane.row
    if job is None:
        return
    line = f"{nouns.FORGET.command_line(id=job.id)} --yes"
    confirm = Confirm(
        "Forget a job that can still be resumed?",
        lines=[job.title, "Work that the server has begun continues there."],
        profile=job.profile,
        yes="Forget it",
        danger=True,
        command=line,
    )
    if job.is_resumable and not await pane.ask(confirm):
        return
    pane.log_command(line)
    # A KeyError: another process was first; the job is gone either way.
    with pane.changing("Not forgotten"), suppress(KeyError):
        await asyncio.to_thread(pane.workspace.ledger.forget, job.id)
    pane.refetch()


class JobsPane(Pane[Job]):
    """The ledger."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.RESUME.does(resume, unavailable=cannot_resume),
        nouns.RESUME_ALL.does(resume_all, unavailable=cannot_resume_all),
        nouns.FORGET.does(forget, unavailable=cannot_forget),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    command = "jobs"
    is_local = True
    get_verb = "show"
    sortable = ("title", "state", "created_at")

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        self.noun = jobs_noun(workspace.open_workspaces.progress_of)
        super().__init__(workspace, id=id)

    def make_detail(self) -> JobDetail:
        """Make the detail's widget."""
        return JobDetail(self.workspace)

    def on_mount(self) -> None:
        """Follow the jobs of every open workspace."""
        super().on_mount()
        self.workspace.open_workspaces.changed.subscribe(self, self._show_running)
        self.workspace.open_workspaces.ended.subscribe(self, lambda _ended: self.refetch())

    async def fetch(self) -> list[Job]:
        """Read the newest jobs.

        Raises:
            SegOpsError: the ledger cannot be read.
        """
        return await asyncio.to_thread(self.workspace.ledger.list, limit=MOST)

    async def fetch_one(self, key: str) -> Job:
        """Jobs are not fetched alone.

        Raises:
            SegOpsError: always.
        """
        raise SegOpsError(f"There is no job {key} in this list.")

    def _show_running(self, running: list[Progress]) -> None:
        known = {job.id: job.state for job in self.rows}
        if any(known.get(progress.job_id) != progress.state for progress in running):
            self.refetch()
        elif self.display:
            self.redraw()
