"""A board of question × assistant: each cell the own brand's rank, its sentiment, what changed.

Knows when a row's answers are worth fetching: when it is in sight, a few at a time, and anew when
the question has been asked again. What can be done with a question is its heir's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import NotFound, SegOpsError
from segops_tui.api.resources.queries import AIQuery
from segops_tui.jobs.query_run import QUERY_RUN
from segops_tui.nouns.answers import SIMULATED
from segops_tui.nouns.queries import PROVIDERS, QUERIES
from segops_tui.tui.panes.old_listed import ListedPane, matching
from segops_tui.tui.queries.answer_cache import AnswerBook
from segops_tui.tui.queries.board_cells import BoardCells
from segops_tui.tui.queries.detail import QueryDetail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.timer import Timer

    from segops_tui.api.resources.competitors import Competitor
    from segops_tui.api.resources.queries import QueryResult
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.column import Column, Noun
    from segops_tui.tui.core.job_runner import Ended

AFTER: Final = 0.25
"""Seconds from the end of a run to the list that shows it."""
AT_ONCE: Final = 3
"""Questions whose answers are fetched at the same time."""
SETTLE: Final = 0.15
"""Seconds the rows in sight stay the same before the server is asked about them."""


class BoardPane(ListedPane[AIQuery]):
    """Every question with its standing."""

    class AnswersCame(Message):
        """A question's answers have come."""

        def __init__(self, query: AIQuery, results: Sequence[QueryResult]) -> None:
            self.query_, self.results = query, results
            super().__init__()

    class NoAnswers(Message):
        """A question's answers could not be had."""

        def __init__(self, query: AIQuery, error: SegOpsError) -> None:
            self.query_, self.error = query, error
            super().__init__()

    class Met(Message):
        """The competitors have come."""

        def __init__(self, competitors: Sequence[Competitor]) -> None:
            self.competitors = competitors
            super().__init__()

    command = "queries"
    sortable: ClassVar[Sequence[str]] = ("query_text", *PROVIDERS, "last_run_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.book = AnswerBook()
        self.cells = BoardCells(self.book, self.progress_of)
        super().__init__(*args, **kwargs)
        self._asking: set[int] = set()
        self._settling: Timer | None = None
        self._after: Timer | None = None

    @property
    def noun(self) -> Noun[AIQuery]:
        """Queries."""
        return QUERIES

    def make_detail(self) -> QueryDetail:
        """The detail's widget."""
        self.sheet = QueryDetail(self.workspace, self.book)
        return self.sheet

    def on_mount(self) -> None:
        """Hear of jobs and of what comes into sight; meet the competitors."""
        super().on_mount()
        self.workspace.jobs.changed.subscribe(self, self._jobs_changed)
        self.workspace.jobs.ended.subscribe(self, self._job_ended)
        self.watch(self.table, "scroll_y", self._look, init=False)
        self._meet()

    def is_choosable(self, key: str) -> bool:
        """Assistants are columns like the others."""
        return key in PROVIDERS or super().is_choosable(key)

    def on_resize(self) -> None:
        """Other rows are in sight, and there is room for other words."""
        self.call_after_refresh(self._fit)

    def columns(self) -> Sequence[Column[AIQuery]]:
        """The question, its standing with each assistant, then what else is known of it."""
        return self.cells.columns()

    def shown(self) -> list[AIQuery]:
        """The rows that pass the filter, sorted.

        What cells say is not filtered by: it is known of rows that were in sight, and of no other.
        """
        told = [column for column in self.columns() if column.key not in PROVIDERS]
        return self._sorted(matching(self.rows, self.box.words, told, self.context()))

    def list_note(self) -> str:
        """What the signs mean, and whether anybody was really asked."""
        simulated = self.book.simulated
        notes = [super().list_note()]
        if True in simulated:
            notes.append(f"{SIMULATED} simulated" if len(simulated) > 1 else "all simulated")
        if simulated:
            notes.append("▲ positive ● neutral ▼ negative · ↑↓ since the run before")
        return " · ".join(filter(None, notes))

    async def fetch(self) -> list[AIQuery]:
        """Every query.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.queries.list()]

    def fetched(self) -> None:
        """An answer shows that asking is worth while again."""
        self.book.retry()
        super().fetched()

    def put_rows(self) -> None:
        """Show the rows, and have the answers of those in sight."""
        super().put_rows()
        if not self.box.words:
            self.table.empty_text = "No queries yet. n makes one."
        self.call_after_refresh(self._fit)

    def enter(self) -> None:
        """Come to this pane; competitors may have changed meanwhile."""
        if self._answered and not self.paused:
            self._meet()
        super().enter()
        self.call_after_refresh(self._fit)

    def action_back(self) -> None:
        """Where the list comes back, it may have another width."""
        super().action_back()
        self.call_after_refresh(self._fit)

    def progress_of(self, query: AIQuery) -> Progress | None:
        """The run of a question, while it lasts."""
        return self.workspace.jobs.find(QUERY_RUN, query.id)

    @work(group="answers")
    async def _fetch_answers(self, query: AIQuery) -> None:
        try:
            results = [row async for row in self.workspace.client.queries.results(query.id)]
        except SegOpsError as error:
            self.post_message(self.NoAnswers(query, error))
        else:
            self.post_message(self.AnswersCame(query, results))

    @work(group="competitors", exclusive=True)
    async def _meet(self) -> None:
        try:
            competitors = [row async for row in self.workspace.client.competitors.list()]
        except SegOpsError:
            # Without their names they are other brands; what is wrong, the list itself says.
            return
        self.post_message(self.Met(competitors))

    @on(AnswersCame)
    def _answers_here(self, event: AnswersCame) -> None:
        event.stop()
        self._asking.discard(event.query_.id)
        self.book.put(event.query_, event.results)
        self._answers_changed(event.query_.id)
        self._pump()

    @on(NoAnswers)
    def _no_answers(self, event: NoAnswers) -> None:
        event.stop()
        self._asking.discard(event.query_.id)
        self.book.fail(event.query_.id)
        self._answers_changed(event.query_.id)
        if not isinstance(event.error, NotFound):
            # Whatever is wrong is wrong for the others too: they wait for the next refresh.
            for query in self.rows:
                self.book.fail(query.id)
            self.failed(event.error)

    @on(Met)
    def _met(self, event: Met) -> None:
        event.stop()
        self.book.meet(event.competitors)
        self.sheet.draw_answers()

    def _jobs_changed(self, _running: list[Progress]) -> None:
        moved = False
        for query in self.rows:
            progress = self.progress_of(query)
            if progress is None:
                continue
            if self.cells.has_moved(query, progress):
                self.book.forget(query.id)
                moved = True
        if moved and self._settling is None:
            # Not put off by the next word of a job, which may come sooner.
            self._settling = self.set_timer(SETTLE, self._pump)
        if self.display:
            self.redraw()
            self.refresh_bindings()

    def _job_ended(self, ended: Ended) -> None:
        if ended.job.kind == QUERY_RUN:
            self.cells.has_ended(ended.job.id)
            if ended.job.target.isdecimal():
                self.book.forget(int(ended.job.target))
            if self._after is None:
                self._after = self.set_timer(AFTER, self._see_after)

    def _see_after(self) -> None:
        """Ask for the list once, however many runs have ended meanwhile."""
        self._after = None
        self.refetch()

    def _look(self) -> None:
        """Ask about the rows in sight when they have stayed there."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE, self._pump)

    def _pump(self) -> None:
        self._settling = None
        if not self.display:
            return
        for query in self._in_sight():
            if len(self._asking) >= AT_ONCE:
                return
            if query.id not in self._asking and self.book.wants(query):
                self._asking.add(query.id)
                self._fetch_answers(query)

    def _in_sight(self) -> list[AIQuery]:
        first = self.table.scroll_offset.y
        rows = [self.table.row_at(at) for at in range(first, first + self.table.body_height)]
        here = [] if self.row is None else [self.row]
        return [*here, *(row for row in rows if row is not None)]

    def _answers_changed(self, query_id: int) -> None:
        self._name_list()
        mixed = len(self.book.simulated) > 1
        if mixed != self.cells.mixed:
            self.cells.mixed = mixed
            self.show_columns()
        if self.sort_key in PROVIDERS:
            self.put_rows()
        self.redraw()
        if self.row is not None and self.row.id == query_id:
            self.sheet.draw_answers()

    def _fit(self) -> None:
        room, before = self.box.size.width, self.cells.question
        if room:
            self.cells.room = room
        if self.cells.question != before:
            self.show_columns()
        self._look()
