"""Landing pages being made: built, written anew, generated, exported; each of it a job.

Knows jobs about pages; what is listed is the pane's it is mixed into.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.jobs.page_builds import (
    BUILD,
    GENERATE,
    REGENERATE,
    start_build,
    start_generate,
    start_regenerate,
)
from segops_tui.jobs.page_export import start_page_export
from segops_tui.nouns.pages import state_tone, state_words
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.dialogs.path_form import Destination, PathForm
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.tui.plots.meter import spinner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.column import Context, Tone
    from segops_tui.tui.core.job_runner import Ended

SOON: float = 2.0
"""Seconds from one answer to the next question while a page is being built."""


class PageWorkPane(ListedPane[GeneratedPage]):
    """A pane whose pages are worked on."""

    _made = 0
    """How many pages a bulk run had ready when the list was last asked for."""

    def on_mount(self) -> None:
        """Hear of jobs."""
        super().on_mount()
        self.workspace.jobs.changed.subscribe(self, self._jobs_changed)
        self.workspace.jobs.ended.subscribe(self, self._job_ended)

    def cannot_build(self) -> str:
        """There must be a page that is not being worked on."""
        if not self.chosen:
            return "There is no page under the cursor."
        return "" if self._idle() else "It is being built already."

    cannot_regenerate = cannot_build

    def do_build(self) -> None:
        """Build the marked pages, else the one under the cursor."""
        self._work_on("build", start_build)

    def do_regenerate(self) -> None:
        """Write them anew."""
        self._work_on("regenerate", start_regenerate)

    def cannot_export(self) -> str:
        """There must be something built to export."""
        if self.row is None:
            return "There is no page under the cursor."
        return "" if self.row.is_built else "It has not been built: b builds it."

    def do_export(self) -> None:
        """Ask where to, then export; the name's ending is the format."""
        page = self.row
        if page is None:
            return

        def answered(to: Destination | None) -> None:
            if to is not None:
                force = " --force" if to.force else ""
                line = self.named("export").command_line(id=page.id, to=to.path)
                self.run_command(line + force)
                self._start([lambda: self._note_export(page, to)])

        self.app.push_screen(
            PathForm(
                "Export page",
                about=f"{self.noun.label(page)}; .html, .tsx for React, or .json for its blocks",
                proposal=f"page-{page.id}.html",
                endings=[".html", ".htm", ".tsx", ".json"],
            ),
            answered,
        )

    def generate_line(self, questions: Sequence[str]) -> str:
        """The command that makes them."""
        line = self.named("generate").command_line(questions=list(questions)).rstrip()
        return line if questions else f"{line} --yes"

    def generate(self, questions: Sequence[str]) -> None:
        """Start making a page for each of these, or for every active question."""
        self.run_command(self.generate_line(questions))
        self._start([lambda: self._note_generate(questions)])

    def progress_of(self, page: GeneratedPage) -> Progress | None:
        """The work on a page that this console follows."""
        jobs = self.workspace.jobs
        return jobs.find(BUILD, page.id) or jobs.find(REGENERATE, page.id)

    def state_cell(self, page: GeneratedPage, context: Context) -> str:
        """The state; how long it has been at work."""
        progress = self.progress_of(page)
        if progress is None:
            return state_words(page, context)
        elapsed = max(0.0, context.now.timestamp() - progress.started_at)
        return f"{spinner(elapsed)} building {wording.span(elapsed)}"

    def state_cell_tone(self, page: GeneratedPage, context: Context) -> Tone:
        """How that is coloured."""
        return "busy" if self.progress_of(page) is not None else state_tone(page, context)

    @work(group="start")
    async def _start(self, notes: Sequence[Callable[[], Job]]) -> None:
        for note in notes:
            try:
                job = await asyncio.to_thread(note)
            except SegOpsError as error:
                line = problem_of(error).words
                self.notify(line, title="Not started", severity="error", markup=False)
                return
            self.workspace.jobs.start(job)

    def _work_on(self, verb: str, start: Callable[..., Job]) -> None:
        pages = self._idle()
        action = self.named(verb)
        self.run_command(action.command_line(ids=[page.id for page in pages]))
        self.table.clear_marks()

        def note_of(page: GeneratedPage) -> Callable[[], Job]:
            return lambda: start(
                self.workspace.ledger,
                page_id=page.id,
                name=self.noun.label(page),
                profile=self.workspace.profile.name,
            )

        self._start([note_of(page) for page in pages])

    def _note_export(self, page: GeneratedPage, to: Destination) -> Job:
        return start_page_export(
            self.workspace.ledger,
            page_id=page.id,
            name=self.noun.label(page),
            to=to.path,
            force=to.force,
            profile=self.workspace.profile.name,
        )

    def _note_generate(self, questions: Sequence[str]) -> Job:
        profile = self.workspace.profile.name
        return start_generate(self.workspace.ledger, profile=profile, queries=questions)

    def _idle(self) -> list[GeneratedPage]:
        return [page for page in self.chosen if self.progress_of(page) is None]

    def _jobs_changed(self, _running: list[Progress]) -> None:
        run = self.workspace.jobs.find(GENERATE, "all")
        made = 0 if run is None else run.done or 0
        if made > self._made and self.display:
            self.refetch()
        self._made = made
        if self.display:
            self.redraw()
            self.refresh_bindings()

    def _job_ended(self, ended: Ended) -> None:
        if ended.job.kind in {BUILD, REGENERATE, GENERATE}:
            self.refetch()

    def _rearm(self) -> None:
        super()._rearm()
        at_work = any(page.builder_status == "building" for page in self.rows)
        if at_work and self._timer is not None:
            self._timer.stop()
            self._timer = self.set_timer(SOON, self._again)
