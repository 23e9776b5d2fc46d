"""The Queries pane: questions put to AI assistants, asked, paused, made, changed and tried out.

Knows what can be done with a question; the board and its answers are `board`'s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.queries import AIQuery
from segops_tui.jobs.query_run import start_query_run
from segops_tui.nouns.queries import PROVIDERS, QUERY_ACTIONS
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.old_editing import EditingPane
from segops_tui.tui.queries.board import BoardPane
from segops_tui.tui.queries.simulate import LONGEST, SimulateForm, SimulationScreen
from segops_tui.tui.queries.visibility_dashboard import StandingScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.queries import Simulation
    from segops_tui.jobs.engine.job import Job
    from segops_tui.nouns.action import Action

SCHEDULES: Final = ("hourly", "daily", "weekly")
"""Wire values of the contract's §7.1."""


class QueriesPane(BoardPane, EditingPane[AIQuery]):
    """Every query of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *QUERY_ACTIONS, *BoardPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(QUERY_ACTIONS)]

    delete_warning = "Its answers go with it, for good."

    class Toggled(Message):
        """Questions are paused or active now, but for those that would not be."""

        def __init__(self, rows: Sequence[AIQuery], error: SegOpsError | None) -> None:
            self.rows, self.error = rows, error
            super().__init__()

    def resource(self) -> Any:
        """The client's queries."""
        return self.workspace.client.queries

    def cannot_run(self) -> str:
        """Running needs a question that is not being asked."""
        chosen = self.chosen
        if not chosen:
            return "There is no query under the cursor."
        if all(self.progress_of(query) is not None for query in chosen):
            return "It is being asked already."
        return ""

    def do_run(self) -> None:
        """Ask the marked ones, else the one under the cursor."""
        self._run(self.chosen, self.named("run"))
        self.table.clear_marks()

    def cannot_run_all(self) -> str:
        """There must be an active one that is not being asked."""
        return "" if self._askable() else "There is no active query that could be asked now."

    def do_run_all(self) -> None:
        """Ask how many that would be, then run them."""
        queries = self._askable()
        counted = wording.plural(len(queries), "query", "queries")
        answers = sum(len(query.providers) or len(PROVIDERS) for query in queries)

        def answered(yes: bool | None) -> None:
            if yes:
                self._run(queries, self.named("run_all"))

        self.app.push_screen(
            Confirm(
                f"Run {counted}?",
                lines=[
                    wording.listed([f"“{query.query_text}”" for query in queries], most=3),
                    f"That asks for {wording.plural(answers, 'answer')} now; assistants may charge "
                    "for each.",
                ],
                profile=self.workspace.profile.name,
                yes=f"Run {counted}",
                command=self.named("run_all").command_line(ids=[query.id for query in queries]),
            ),
            answered,
        )

    def cannot_toggle(self) -> str:
        """There must be a question."""
        return "" if self.chosen else "There is no query under the cursor."

    def do_toggle(self) -> None:
        """Pause what is active; where all are paused, resume them."""
        chosen = self.chosen
        active = not any(query.is_active for query in chosen)
        queries = [query for query in chosen if query.is_active != active]
        for query in queries:
            flag = "true" if active else "false"
            self.run_command(self.named("toggle").command_line(id=query.id, active=flag))
        self.table.clear_marks()
        self._toggle(queries, active=active)

    def do_simulate(self) -> None:
        """Ask what to ask; show what came of it."""
        question = "" if self.row is None else self.row.query_text

        def answered(found: Simulation | None) -> None:
            if found is not None:
                screen = SimulationScreen(found, self.book.naming, now=self.workspace.now())
                self.app.push_screen(screen, lambda track: self._track(found) if track else None)

        form = SimulateForm(self.workspace, self.named("simulate"), question=question)
        self.app.push_screen(form, answered)

    def do_standing(self) -> None:
        """Show how the brand fares over all answers."""
        self.run_command(self.named("standing").command_line())
        simulated = True in self.book.simulated
        screen = StandingScreen(self.workspace, self.book.naming, simulated=simulated)
        self.app.push_screen(screen)

    def form_fields(self, row: AIQuery | None) -> Sequence[FormField]:
        """What a query has."""
        return query_fields(AIQuery({}) if row is None else row)

    @work(group="run")
    async def _start(self, queries: Sequence[AIQuery]) -> None:
        """Note each in the ledger and start it."""
        for query in queries:
            try:
                job = await asyncio.to_thread(self._note, query)
            except SegOpsError as error:
                self.post_message(self.Failed(error))
                return
            self.workspace.jobs.start(job)

    @work(group="toggle")
    async def _toggle(self, queries: Sequence[AIQuery], *, active: bool) -> None:
        rows: list[AIQuery] = []
        failure: SegOpsError | None = None
        for query in queries:
            try:
                rows.append(await self.resource().update(query.id, is_active=active))
            except SegOpsError as error:
                failure = error
                break
        self.post_message(self.Toggled(rows, failure))

    @on(Toggled)
    def _toggled(self, event: Toggled) -> None:
        event.stop()
        changed = {row.id: row for row in event.rows}
        self.rows = [changed.get(row.id, row) for row in self.rows]
        self.put_rows()
        if changed:
            done = "resumed" if event.rows[0].is_active else "paused"
            counted = wording.plural(len(changed), "query", "queries")
            self.notify(f"{counted} {done}", markup=False, timeout=4)
        if event.error is not None:
            line = problem_of(event.error).words
            self.notify(line, title="Not changed", severity="error", markup=False)

    def _track(self, found: Simulation) -> None:
        """Offer the form for a new one with what was simulated in it."""
        tried = {"query_text": found.query_text, "providers": found.providers}
        self.ask_new(query_fields(AIQuery(tried)))

    def _run(self, queries: Sequence[AIQuery], action: Action) -> None:
        queries = [query for query in queries if self.progress_of(query) is None]
        self.run_command(action.command_line(ids=[query.id for query in queries]))
        self._start(queries)

    def _askable(self) -> list[AIQuery]:
        return [query for query in self.rows if query.is_active and self.progress_of(query) is None]

    def _note(self, query: AIQuery) -> Job:
        return start_query_run(
            self.workspace.ledger,
            query_id=query.id,
            name=query.query_text,
            profile=self.workspace.profile.name,
            command=self.named("run").command_line(ids=[query.id]),
        )


def query_fields(query: AIQuery) -> list[FormField]:
    """What a form asks of a question, with what stands there at first."""
    return [
        FormField(
            "query_text",
            "Question",
            value=query.query_text or None,
            required=True,
            longest=LONGEST,
            hint="What is the best rain jacket?",
        ),
        FormField("category", "Category", value=query.category or None, hint="Jackets"),
        FormField("tags", "Tags", "words", value=query.tags, hint="core, price"),
        FormField(
            "providers",
            "Assistants",
            "several",
            value=[name for name in query.providers if isinstance(name, str)],
            options=list(PROVIDERS),
            note="With none of them chosen all five are asked.",
        ),
        FormField("schedule", "Runs", "choice", value=query.schedule, options=SCHEDULES),
        FormField("is_active", "Active", "flag", value=query.is_active),
    ]
