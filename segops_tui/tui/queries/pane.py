"""The Queries pane: a board with your brand's rank for each query and assistant."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from segops_tui import wording
from segops_tui.api.errors import NotFound, SegOpsError
from segops_tui.api.resources.queries import AIQuery
from segops_tui.jobs.query_run import QUERY_RUN, start_query_run
from segops_tui.nouns import queries as nouns
from segops_tui.nouns.queries import PROVIDERS, SIMULATED
from segops_tui.nouns.uses import query_uses
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import pane_actions, start_jobs
from segops_tui.tui.panes.copying import copying
from segops_tui.tui.panes.editing import Editing, Toggling, deleting
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.panes.uses import every
from segops_tui.tui.queries.board import AnswerCache, BoardCells
from segops_tui.tui.queries.detail import QueryDetail
from segops_tui.tui.queries.simulate import LONGEST, SimulateForm, SimulationScreen
from segops_tui.tui.queries.visibility_dashboard import VisibilityDashboard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.timer import Timer

    from segops_tui.api.resources.queries import QueryResult
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.workspace import Workspace

SCHEDULES: Final = ("hourly", "daily", "weekly")
"""Wire values of the contract's §7.1."""
REFETCH_AFTER: Final = 0.25
"""Seconds from the end of a run to the request for the list."""
AT_ONCE: Final = 3
"""Queries whose answers are fetched at the same time."""
SETTLE: Final = 0.15
"""Seconds the rows in view stay the same before their answers are fetched."""


def cannot_run(pane: QueriesPane) -> str:
    """There must be a query that is not running."""
    return pane.none_chosen() or ("" if pane.idle(pane.chosen) else "It is running already.")


async def run(pane: QueriesPane) -> None:
    """Run the chosen queries."""
    queries = pane.idle(pane.chosen)
    pane.log_command(nouns.RUN.command_line(ids=[query.id for query in queries]))
    pane.table.clear_marks()
    await _start(pane, queries)


def cannot_run_all(pane: QueriesPane) -> str:
    """There must be an active query that is not running."""
    if not pane.has_answer:
        return pane.not_read()
    return "" if _active(pane) else "No active query can be run now."


async def run_all(pane: QueriesPane) -> None:
    """Run every active query after a confirmation."""
    queries = _active(pane)
    counted = pane.counted(queries)
    answers = sum(len(query.providers) or len(PROVIDERS) for query in queries)
    line = nouns.RUN_ALL.command_line(ids=[query.id for query in queries])
    confirm = Confirm(
        f"Run {counted}?",
        lines=[
            wording.listed([f"“{query.query_text}”" for query in queries], most=3),
            f"This requests {wording.plural(answers, 'answer')}; assistants may charge for each.",
        ],
        profile=pane.workspace.profile.name,
        yes=f"Run {counted}",
        command=line,
    )
    if not await pane.ask(confirm):
        return
    # A job may have started one of them meanwhile.
    queries = pane.idle(queries)
    pane.log_command(nouns.RUN_ALL.command_line(ids=[query.id for query in queries]))
    await _start(pane, queries)


def _active(pane: QueriesPane) -> list[AIQuery]:
    return [query for query in pane.idle(pane.rows) if query.is_active]


async def _start(pane: QueriesPane, queries: Sequence[AIQuery]) -> None:
    def note(query: AIQuery) -> Job:
        return start_query_run(
            pane.workspace.ledger,
            query_id=query.id,
            name=query.query_text,
            profile=pane.workspace.profile.name,
            command=nouns.RUN.command_line(ids=[query.id]),
        )

    await start_jobs(pane, [partial(note, query) for query in queries])


async def simulate(pane: QueriesPane) -> None:
    """Simulate a query in a form, show the answers, and track it if the user chooses to."""
    text = "" if pane.row is None else pane.row.query_text
    found = await pane.ask(SimulateForm(pane.workspace, nouns.SIMULATE, query_text=text))
    if found is None:
        return
    screen = SimulationScreen(found, pane.answers.naming, now=pane.workspace.now())
    if await pane.ask(screen):
        tried = AIQuery({"query_text": found.query_text, "providers": found.providers})
        await EDITING.run_create(pane, query_fields(tried))


def open_dashboard(pane: QueriesPane) -> None:
    """Show how visible the brand is over all answers."""
    pane.log_command(nouns.OPEN_DASHBOARD.command_line())
    simulated = True in pane.answers.simulated
    screen = VisibilityDashboard(pane.workspace, pane.answers.naming, simulated=simulated)
    pane.app.push_screen(screen)


async def _used_by(pane: Pane[AIQuery], rows: Sequence[AIQuery]) -> list[str]:
    (pages,) = await every(pane.workspace.client.pages.list())
    return [use.line for use in query_uses({row.id for row in rows}, pages)]


def query_fields(query: AIQuery) -> list[FormField]:
    """The fields of a query's form, filled in with its values."""
    return [
        FormField(
            "query_text",
            "Query",
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
            note="If none is chosen, all five are asked.",
        ),
        FormField("schedule", "Runs", "choice", value=query.schedule, options=SCHEDULES),
        FormField("is_active", "Active", "flag", value=query.is_active),
    ]


EDITING: Editing[AIQuery] = Editing(
    nouns.CREATE,
    nouns.EDIT,
    fields=lambda _pane, row: query_fields(AIQuery({}) if row is None else row),
)
TOGGLING: Final = Toggling(
    nouns.TOGGLE,
    is_on=lambda query: query.is_active,
    body=lambda on: {"is_active": on},
    command_values=lambda on: {"active": "true" if on else "false"},
)


class QueriesPane(Pane[AIQuery], Sized):
    """Every query of the workspace; answers are fetched for the rows in view, a few at a time."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.RUN.does(run, unavailable=cannot_run),
        nouns.RUN_ALL.does(run_all, unavailable=cannot_run_all),
        nouns.SIMULATE.does(simulate),
        nouns.OPEN_DASHBOARD.does(open_dashboard),
        TOGGLING.bound,
        *EDITING.actions,
        deleting(
            nouns.DELETE,
            warning=(
                "Its answers are deleted too. They cannot be restored.",
                "Their answers are deleted too. They cannot be restored.",
            ),
            used_by=_used_by,
        ),
        copying(nouns.COPY_TO, "queries"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.QUERIES
    command = "queries"
    sortable = ("query_text", *PROVIDERS, "last_run_at")
    job_kinds = frozenset({QUERY_RUN})
    detail: QueryDetail

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        self.answers = AnswerCache()
        self.cells = BoardCells(self.answers, self.progress_of)
        self._fetching: set[int] = set()
        self._settle_timer: Timer | None = None
        self._refetch_timer: Timer | None = None
        super().__init__(workspace, id=id)

    def make_detail(self) -> QueryDetail:
        """Make the detail's widget."""
        return QueryDetail(self.workspace, self.answers)

    def on_mount(self) -> None:
        """Follow scrolling, and fetch the competitors' names."""
        super().on_mount()
        self.watch(self.table, "scroll_y", self._fetch_when_settled, init=False)
        run_flow(self, self._fetch_competitors, group="competitors", exclusive=True)

    def fit_size(self) -> None:
        """Fit the columns to the new width, and fetch what came into view."""
        self.call_after_refresh(self._fit)

    # What is listed

    @property
    def empty(self) -> str:
        """The text of an empty list."""
        return "No queries yet. Press n to create one."

    def columns(self) -> Sequence[Column[AIQuery]]:
        """The query, your brand's rank with each assistant, then the noun's other columns."""
        return self.cells.columns()

    def filter_columns(self) -> Sequence[Column[AIQuery]]:
        """The columns the filter searches.

        Answers are fetched only for rows that were in view, so their cells are left out.
        """
        return [column for column in self.columns() if column.key not in PROVIDERS]

    def is_choosable(self, key: str) -> bool:
        """Whether the user can choose that column; assistants are columns like the others."""
        return key in PROVIDERS or super().is_choosable(key)

    def list_note(self) -> str:
        """The legend of the board, and whether answers are simulated."""
        simulated = self.answers.simulated
        notes = [super().list_note()]
        if True in simulated:
            notes.append(f"{SIMULATED} simulated" if len(simulated) > 1 else "all simulated")
        if simulated:
            notes.append("▲ positive ● neutral ▼ negative · ↑↓ since the run before")
        return " · ".join(filter(None, notes))

    def fetched(self) -> None:
        """Note that the server has answered: answers that failed are worth another try."""
        self.answers.retry()
        super().fetched()

    def draw_rows(self) -> None:
        """Show the rows, and fetch the answers of those in view."""
        super().draw_rows()
        self.call_after_refresh(self._fit)

    def enter(self) -> None:
        """Come to this pane; the competitors may have changed since."""
        if self.has_answer and not self.paused:
            run_flow(self, self._fetch_competitors, group="competitors", exclusive=True)
        super().enter()
        self.call_after_refresh(self._fit)

    def action_back(self) -> None:
        """Go back; a list that is shown again may have another width."""
        super().action_back()
        self.call_after_refresh(self._fit)

    # Runs

    def progress_of(self, query: AIQuery) -> Progress | None:
        """The progress of a query that is running."""
        return self.workspace.jobs.find(QUERY_RUN, query.id)

    def idle(self, queries: Sequence[AIQuery]) -> list[AIQuery]:
        """Those of the queries that are not running."""
        return [query for query in queries if self.progress_of(query) is None]

    def jobs_changed(self) -> None:
        """Draw what runs, and fetch the answers that have arrived."""
        moved = False
        for query in self.rows:
            progress = self.progress_of(query)
            if progress is not None and self.cells.note_progress(query, progress):
                self.answers.expire(query.id)
                moved = True
        if moved and self._settle_timer is None:
            # A running timer is not restarted: progress may come faster than it ends.
            self._settle_timer = self.set_timer(SETTLE, self._fetch_visible)
        super().jobs_changed()

    def job_ended(self, ended: Ended) -> None:
        """Fetch the list once for all runs that end about now."""
        self.cells.run_ended(ended.job.id)
        if ended.job.target.isdecimal():
            self.answers.expire(int(ended.job.target))
        if self._refetch_timer is None:
            self._refetch_timer = self.set_timer(REFETCH_AFTER, self._refetch_after_run)

    def _refetch_after_run(self) -> None:
        self._refetch_timer = None
        self.refetch()

    # Answers

    def show_answers(self, query: AIQuery, results: Sequence[QueryResult]) -> None:
        """Show newer answers to a query."""
        self.answers.put(query, results)
        self._answers_changed(query.id)

    async def _fetch_answers(self, query: AIQuery) -> None:
        try:
            results = [row async for row in self.workspace.client.queries.results(query.id)]
        except SegOpsError as error:
            self._fetching.discard(query.id)
            self.answers.fail(query.id)
            if not isinstance(error, NotFound):
                # The other requests would fail too: they wait for the next refresh.
                for other in self.rows:
                    self.answers.fail(other.id)
            self._answers_changed(query.id)
            if not isinstance(error, NotFound):
                self.failed(error)
            return
        self._fetching.discard(query.id)
        self.show_answers(query, results)
        self._fetch_visible()

    async def _fetch_competitors(self) -> None:
        try:
            competitors = [row async for row in self.workspace.client.competitors.list()]
        except SegOpsError:
            # Competitors are then marked as other brands; the list reports what is wrong.
            return
        self.answers.set_competitors(competitors)
        self.detail.draw_answers()

    def _fetch_when_settled(self) -> None:
        if self._settle_timer is not None:
            self._settle_timer.stop()
        self._settle_timer = self.set_timer(SETTLE, self._fetch_visible)

    def _fetch_visible(self) -> None:
        self._settle_timer = None
        if not self.display:
            return
        for query in self._visible_rows():
            if len(self._fetching) >= AT_ONCE:
                return
            if query.id not in self._fetching and self.answers.needs_fetch(query):
                self._fetching.add(query.id)
                run_flow(self, self._fetch_answers, query, group="answers")

    def _visible_rows(self) -> list[AIQuery]:
        first = self.table.scroll_offset.y
        rows = [self.table.row_at(at) for at in range(first, first + self.table.body_height)]
        here = [] if self.row is None else [self.row]
        return [*here, *(row for row in rows if row is not None)]

    def _answers_changed(self, query_id: int) -> None:
        self.name_list()
        mixed = len(self.answers.simulated) > 1
        if mixed != self.cells.mixed:
            self.cells.mixed = mixed
            self.show_columns()
        if self.source.sort_key in PROVIDERS:
            self.draw_rows()
        self.redraw()
        if self.row is not None and self.row.id == query_id:
            self.detail.draw_answers()

    def _fit(self) -> None:
        room, before = self.box.size.width, self.cells.query_width
        if room:
            self.cells.room = room
        if self.cells.query_width != before:
            self.show_columns()
        self._fetch_when_settled()
