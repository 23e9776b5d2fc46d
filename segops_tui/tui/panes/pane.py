"""A pane: a list of rows, the detail of the row under the cursor, and actions on them.

A noun's pane names its noun, columns, detail and actions; the list's source fetches the rows.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, cast

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Context
from segops_tui.nouns.filters import Filter, list_options, parse_filter
from segops_tui.tui.core.actions import ActionOwner, run_flow
from segops_tui.tui.core.links import Link, PaneName, link_words
from segops_tui.tui.core.messages import Answered
from segops_tui.tui.core.problems import Troubled, notify_error, problem_of, reporting
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.dialog import Loading
from segops_tui.tui.panes.list_box import FilterInput, ListBox
from segops_tui.tui.panes.source import ListSource
from segops_tui.tui.table.messages import (
    AllWanted,
    HeaderSelected,
    MarksChanged,
    RowHighlighted,
    RowSelected,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
    from contextlib import AbstractContextManager

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import ModalScreen
    from textual.timer import Timer

    from segops_tui.nouns.column import Column, Noun
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.type_ahead import TypeAhead
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.dialogs.copy_menu import Copyable
    from segops_tui.tui.panes.detail import Detail
    from segops_tui.tui.table.noun_table import NounTable

R = TypeVar("R")
T = TypeVar("T")
V = TypeVar("V")

MOST_MARKED: Final = 100_000
"""Rows that can be marked: each is held in memory."""
REFRESH_EVERY: Final = 10.0
"""Seconds from an answer to the next request."""
BACK: Final = Binding("escape", "back", "Back", show=False, id="pane.back", tooltip="Back.")


class Pane(ActionOwner, Horizontal, Generic[R]):
    """One pane. A subclass names what is listed and puts the parts together."""

    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    noun: Noun[R]
    """What is listed: its columns, keys and names."""
    command: ClassVar[str] = ""
    """The command group of the same noun."""
    list_verb: ClassVar[str] = "list"
    """The verb of that group that lists."""
    get_verb: ClassVar[str] = "get"
    """The verb of that group that shows one."""
    sortable: ClassVar[Sequence[str]] = ()
    """The columns `s` goes through."""
    filter_hint: ClassVar[str] = "words to filter by"
    """The placeholder of the filter."""
    searched_by_server: ClassVar[str] = ""
    """The column in which the server looks for a text, where it does."""
    is_local: ClassVar[bool] = False
    """Whether the rows come from this machine: they do not tell whether the server answers."""
    job_kinds: ClassVar[frozenset[str]] = frozenset()
    """Kinds of jobs that change these rows: the pane shows them running, and what they did."""

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self.workspace = workspace
        self.paused = False
        self.has_answer = False
        """Whether the server has answered once."""
        self._has_failed = False
        """Whether the last request failed."""
        self.marking = ""
        """How far marking rows that are not loaded is; empty while there is none."""
        self._timer: Timer | None = None
        self._link: Link | None = None
        self._settled = asyncio.Event()
        self._is_bare = False
        self.source = self.make_source()
        self.box = self.make_list()
        self.detail = self.make_detail()
        self.box.show_loading()
        self.show_bare(is_bare=True)

    def make_source(self) -> ListSource[R]:
        """Make what fetches, filters and sorts the rows."""
        return ListSource(self)

    def make_list(self) -> ListBox:
        """Make the list's widget."""
        return ListBox(filter_hint=self.filter_hint)

    def make_detail(self) -> Detail[R]:
        """Make the detail's widget."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Lay out the list and the detail."""
        yield self.box
        yield self.detail

    def on_mount(self) -> None:
        """Show the columns, fetch the rows, and follow jobs about them."""
        self.show_columns()
        self.name_list()
        self.refetch()
        if self.job_kinds:
            self.workspace.jobs.changed.subscribe(self, lambda _running: self.jobs_changed())
            self.workspace.jobs.ended.subscribe(self, self._job_ended)

    # What is listed

    @property
    def table(self) -> NounTable:
        """The list's table."""
        return self.box.table

    @property
    def rows(self) -> Sequence[R]:
        """The fetched rows, whatever the filter."""
        return self.source.rows

    def shown(self) -> list[R]:
        """The rows that match the filter, sorted."""
        return self.source.shown()

    @property
    def row(self) -> R | None:
        """The row that keys are about: the one whose detail covers the list, else the cursor's.

        A link may open the detail of a row that is on no page at hand.
        """
        row: R | None = None if self.box.shows_notice else self.table.current_row
        shown = self.detail.row if self.has_class("-detail") else None
        if shown is None or (row is not None and self.noun.key(row) == self.noun.key(shown)):
            return row
        return shown

    @property
    def chosen(self) -> list[R]:
        """The rows an action is about: the marked ones, else the one under the cursor."""
        marked: list[R] = self.table.marked_rows
        return marked or ([] if self.row is None else [self.row])

    @property
    def empty(self) -> str:
        """The text of an empty list, and what to do about it."""
        return self.noun.empty

    def resource(self) -> Any:
        """The client's namespace of this noun."""
        return getattr(self.workspace.client, self.command.replace("-", "_"))

    async def fetch(self) -> list[R]:
        """Fetch the rows.

        Raises:
            SegOpsError: the request failed.
        """
        return [row async for row in self.resource().list()]

    async def fetch_one(self, key: str) -> R:
        """Fetch one row.

        Raises:
            SegOpsError: the request failed.
        """
        row: R = await self.resource().get(key)
        return row

    def columns(self) -> Sequence[Column[R]]:
        """Every column, with what the console adds to the noun's own."""
        return id_last(self.noun.columns)

    def sortable_keys(self) -> Sequence[str]:
        """The columns `s` goes through now."""
        return self.sortable

    def filter_columns(self) -> Sequence[Column[R]]:
        """The columns whose cells the filter searches."""
        return self.columns()

    def filter_fields(self) -> Sequence[Column[R]]:
        """The columns a filter can name, whether they are shown or not."""
        columns = {column.key: column for column in self.noun.columns}
        return [*{**columns, **{column.key: column for column in self.filter_columns()}}.values()]

    def read_filter(self, text: str) -> Filter:
        """Parse what was typed into the filter."""
        return parse_filter(text, self.filter_fields())

    @property
    def filter_text(self) -> str:
        """The present filter as text, for saving it."""
        return self.box.words

    def show_filter(self, text: str) -> None:
        """Show a saved filter."""
        self.box.filter_by(text)

    @property
    def wanted(self) -> Filter:
        """The filter in the filter line."""
        return self.read_filter(self.box.words)

    def context(self) -> Context:
        """What formatting a value depends on."""
        return Context(now=self.workspace.now())

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown and how many there are."""
        return self.source.counts()

    def list_note(self) -> str:
        """The text on the list's lower border."""
        paused = "refresh paused" if self.paused else ""
        return " · ".join(filter(None, (self.source.note(), paused)))

    def draw_rows(self) -> None:
        """Show the rows that are to be shown now."""
        self.source.draw()
        self.name_list()
        self.show_bare(is_bare=self.table.row_count == 0)
        self.refresh_bindings()

    def show_bare(self, *, is_bare: bool) -> None:
        """Hide the detail while there are no rows: tabs about nothing are confusing."""
        self._is_bare = is_bare
        hidden = is_bare and not self.has_class("-detail")
        # Its own style: a class of the pane would have every rule matched again below it.
        self.detail.styles.display = "none" if hidden else None

    def open_detail(self) -> None:
        """Show the detail alone, in place of the list."""
        self.add_class("-detail")
        self.show_bare(is_bare=self._is_bare)

    def close_detail(self) -> None:
        """Show the list again, and beside it the row under its cursor."""
        self.remove_class("-detail")
        row = self.row
        if row is not None and row is not self.detail.row:
            self.detail.show(row)
        self.show_bare(is_bare=self._is_bare)

    def redraw(self) -> None:
        """Draw the rows at hand again: ages, running jobs."""
        self.table.redraw_cells()

    def age(self) -> None:
        """Draw every age again, in list and detail alike, whether or not the server answers."""
        self.redraw()
        self.detail.age()

    def name_list(self) -> None:
        """Put the title, the counts and the note on the list's border."""
        shown, total = self.counts()
        note = self.list_note()
        marked = len(self.table.marked)
        if marked:
            more = " · ctrl+a again marks all that match" if self.table.offers_all else ""
            note = f"{marked:,} marked{more}{' · ' if note else ''}{note}"
        note = self.marking or note
        self.box.name_it(self.noun.title, shown=shown, total=total, note=note)

    async def view_pages(self) -> AsyncIterator[Sequence[R]]:
        """The marked rows, else every row in view, a few at a time.

        Raises:
            SegOpsError: the request failed.
        """
        if self.table.marked:
            yield self.table.marked_rows
            return
        async for rows in self.source.pages():
            yield rows

    def view_options(self) -> Sequence[str]:
        """The options with which the list command shows the same rows, as far as it can."""
        return [*list_options(self.wanted.terms)[0], *self.sort_options()]

    def sort_options(self) -> list[str]:
        """The present order as an option of the list command."""
        key = self.source.sort_key
        if all(column.key != key for column in self.noun.columns):
            return []
        return ["--sort", f"-{key}" if self.source.descending else str(key)]

    # Columns

    def shown_columns(self) -> list[Column[R]]:
        """The columns the user chose, in their order; all of them by default."""
        columns = list(self.columns())
        chosen = self.workspace.ui_state.get(self._columns_key)
        if not isinstance(chosen, list):
            return columns
        by_key = {column.key: column for column in columns}
        shown = [by_key[key] for key in chosen if key in by_key]
        # A column that comes and goes, such as the change by a recompute, is shown beside them.
        passing = [c for c in columns if not self.is_choosable(c.key) and c not in shown]
        return [*shown, *passing] if shown else columns

    def is_choosable(self, key: str) -> bool:
        """Whether the user can choose that column."""
        return any(column.key == key for column in self.noun.columns)

    def show_columns(self) -> None:
        """Show the chosen columns."""
        self.table.show_columns(self.shown_columns(), context=self.context)
        self.box.explain_filter(self.wanted.unknown, self.filter_fields())

    def choose_columns(self, keys: list[str] | None) -> None:
        """Show these columns from now on; None shows all."""
        self.workspace.ui_state.put(self._columns_key, keys)
        self.show_columns()

    @property
    def _columns_key(self) -> str:
        return f"columns of {self.id}"

    # Requests

    def refetch(self) -> None:
        """Fetch the rows again."""
        self.source.refetch()

    def fetched(self) -> None:
        """Note that the server has answered, and schedule the next request."""
        self.has_answer, self._has_failed = True, False
        self.box.show_rows()
        self.show_bare(is_bare=False)
        self.name_list()
        if not self.is_local:
            self.post_message(Answered())
        self.rearm()
        self._settle()

    def failed(self, error: SegOpsError) -> None:
        """Show what is wrong; rows that are on screen stay."""
        problem = problem_of(error)
        self._has_failed = True
        if not self.has_answer:
            self.box.show_problem(problem)
            self.name_list()
        else:
            self.box.border_subtitle = Content(one_line(f"{problem.symbol} {problem.line}"))
            self.show_bare(is_bare=self.table.row_count == 0)
        self.post_message(Troubled(problem))
        self.rearm()
        self._settle()

    async def settled(self, *, within: float) -> None:
        """Wait until the first answer is shown, for so many seconds at most."""
        with suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(self._settled.wait(), within)

    def _settle(self) -> None:
        # Behind the table's message on the row under the cursor, which fills the detail.
        if not self._settled.is_set():
            self.table.call_later(self.box.call_later, self.call_later, self._settled.set)

    @property
    def refresh_every(self) -> float:
        """Seconds from an answer to the next request."""
        return REFRESH_EVERY

    def rearm(self) -> None:
        """Schedule the next request, unless refreshing is paused."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = None if self.paused else self.set_timer(self.refresh_every, self._again)

    def _again(self) -> None:
        self._timer = None
        # A hidden pane is not refreshed: entering it is.
        if self.is_visible and self.screen.is_current and self.source.refreshes:
            self.refetch()
        else:
            self.rearm()

    @property
    def is_visible(self) -> bool:
        """Whether this pane is the one in front."""
        return bool(self.display)

    # Flows

    async def ask(self, dialog: ModalScreen[T]) -> T | None:
        """Show a dialog and wait for its answer; None if it was dismissed."""
        return await self.app.push_screen_wait(dialog)

    async def load(self, title: str, fetch: Coroutine[Any, Any, V]) -> V:
        """Fetch what a dialog needs; keys typed meanwhile are the dialog's.

        Raises:
            CancelledError: the user has cancelled with escape, which ends the flow.
            SegOpsError: the request failed.
        """
        with cast("TypeAhead", self.app).holding_keys():
            task = asyncio.ensure_future(fetch)
            try:
                if await self.ask(Loading(title, task)) is None:
                    raise asyncio.CancelledError
                return task.result()
            finally:
                task.cancel()

    def reporting(self, title: str) -> AbstractContextManager[None]:
        """Turn a `SegOpsError` into a notice with this title."""
        return reporting(self, title)

    @contextmanager
    def changing(self, title: str) -> Iterator[None]:
        """The same around requests that change something: the profile is not switched meanwhile."""
        with self.workspace.changes.one():
            try:
                yield
            except SegOpsError as error:
                notify_error(self, error, title)

    def log_command(self, line: str) -> None:
        """Add a command line to the command log."""
        self.workspace.log.add(line)

    def counted(self, rows: Sequence[R]) -> str:
        """The number of rows with their noun: `3 segments`."""
        return wording.plural(len(rows), self.noun.name, self.noun.plural)

    def none_chosen(self) -> str:
        """Why an action on the chosen rows is not available; empty if there is a row."""
        return "" if self.chosen else f"There is no {self.noun.name} under the cursor."

    def no_row(self) -> str:
        """Why an action on the row under the cursor is not available; empty if there is one."""
        return "" if self.row is not None else f"There is no {self.noun.name} under the cursor."

    def not_read(self) -> str:
        """Why nothing is known of the rows before the server has answered."""
        return f"The {self.noun.plural} are not read yet. Press ctrl+r to read them."

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """What `{list}` and `{get}` of an action's command are here."""
        return {"list": (cls.command, cls.list_verb), "get": (cls.command, cls.get_verb)}

    def command_of(self, key: str) -> str:
        """The command line that shows a row."""
        return self.action("pane.copy").command_line(id=key, **self.command_words())

    def current_command(self) -> str:
        """The command line that shows what the user is looking at."""
        return "" if self.row is None else self.command_of(str(self.noun.key(self.row)))

    def can_copy(self, letter: str) -> bool:  # noqa: ARG002
        """Whether the copy menu offers what has this letter."""
        return True

    def extra_copyables(self, rows: Sequence[R]) -> Sequence[Copyable]:  # noqa: ARG002
        """What the copy menu offers beside what it offers for every noun."""
        return ()

    # Jobs

    def jobs_changed(self) -> None:
        """Draw what runs."""
        if self.display:
            self.redraw()
            self.refresh_bindings()

    def job_ended(self, ended: Ended) -> None:  # noqa: ARG002
        """Show what a job of `job_kinds` has changed."""
        self.refetch()

    def _job_ended(self, ended: Ended) -> None:
        if ended.job.kind in self.job_kinds:
            self.job_ended(ended)

    # Places

    def take_focus(self) -> None:
        """Focus the list, or the detail where it has the whole width."""
        if self.has_class("-detail"):
            self.detail.enter()
        else:
            self.box.focus_inside()

    def enter(self) -> None:
        """Come to this pane: focus the list, and refresh it."""
        self.take_focus()
        is_asked = self.has_answer or self._has_failed
        if is_asked and not self.paused and self.source.refreshes:
            self.refetch()

    @property
    def here(self) -> Link:
        """This place: the row under the cursor, and the tab of the detail if it is open."""
        row = self.row
        tab = self.detail.tabs.active if self.has_class("-detail") else ""
        return Link(self.id or "", "" if row is None else str(self.noun.key(row)), tab)

    def link_of(self, key: str) -> str:
        """The link to a row."""
        kind = self.noun.name.replace(" ", "-")
        return link_words(Link(self.id or "", key), [PaneName(self.id or "", kind)])

    def seek(self, link: Link) -> None:
        """Go to a row and a tab of this pane, as soon as there are rows."""
        self._link = link if link.key or link.tab else None
        if self.has_answer:
            self.arrive()

    def arrive(self) -> None:
        """Follow the link that was waiting for rows."""
        link, self._link = self._link, None
        if link is None:
            return
        row = self.source.find(link.key) if link.key else None
        if row is not None or not link.key:
            self._open(row, link.tab)
        else:
            run_flow(self, self._fetch_and_open, link, group="seek", exclusive=True)

    def go_to(self, row: R) -> None:
        """Put the cursor on a row."""
        self.source.go_to(row)

    async def _fetch_and_open(self, link: Link) -> None:
        try:
            row = await self.fetch_one(link.key)
        except SegOpsError as error:
            title = one_line(f"No {self.noun.name} {link.key}")
            words = problem_of(error).words
            self.notify(words, title=title, severity="warning", markup=False)
        else:
            self._open(row, link.tab)

    def _open(self, row: R | None, tab: str) -> None:
        if row is not None:
            self.go_to(row)
        if tab and not self.detail.has_tab(tab):
            tabs = wording.listed(self.detail.tab_names, word="or")
            words = f"There is no tab {tab} here; {tabs}."
            self.notify(one_line(words), severity="warning", markup=False)
        elif tab:
            self.detail.tabs.active = tab
            self.open_detail()
        # A row on a page that is not at hand has opened its detail without a tab.
        if self.has_class("-detail"):
            self.call_after_refresh(self.detail.enter)

    def action_back(self) -> None:
        """Leave the detail, else clear the marks, else clear the filter."""
        if self.has_class("-detail"):
            self.close_detail()
            self.table.focus()
        elif self.detail.has_focus_within:
            self.table.focus()
        elif self.marking:
            self.workers.cancel_group(self, "mark")
        elif self.table.marked:
            self.table.clear_marks()
        else:
            self.box.clear_filter()

    # The list's messages

    @on(RowHighlighted, "ListBox NounTable")
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        self.detail.show(event.row)
        self.refresh_bindings()

    @on(RowSelected, "ListBox NounTable")
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.open_detail()
        self.detail.enter()

    @on(MarksChanged, "ListBox NounTable")
    def _marked(self, event: MarksChanged) -> None:
        event.stop()
        self.name_list()
        self.refresh_bindings()

    @on(AllWanted, "ListBox NounTable")
    def _all_wanted(self, event: AllWanted) -> None:
        event.stop()
        run_flow(self, self._mark_all, group="mark", exclusive=True)

    async def _mark_all(self) -> None:
        """Fetch every row that matches, and mark it; escape stops."""
        rows: list[R] = []
        try:
            with self.reporting("Not all marked"):
                async for page in self.source.pages():
                    rows += page
                    self.marking = f"◌ marking all that match: {len(rows):,} · esc stops"
                    self.name_list()
                    if len(rows) >= MOST_MARKED:
                        words = f"Only {len(rows):,} rows are marked, and no more can be."
                        self.notify(words, severity="warning", markup=False)
                        break
                self.table.mark_rows(rows)
        finally:
            self.marking = ""
            self.name_list()

    @on(FilterInput.Kept)
    def _filter_kept(self, event: FilterInput.Kept) -> None:
        event.stop()
        self.action_run("list.filters")

    @on(ListBox.FilterChanged)
    def _filter_changed(self, event: ListBox.FilterChanged) -> None:
        event.stop()
        self.box.explain_filter(self.wanted.unknown, self.filter_fields())
        self.source.filter(event.words)

    @on(HeaderSelected, "ListBox NounTable")
    def _header_selected(self, event: HeaderSelected) -> None:
        event.stop()
        self.source.sort_by_header(event.column_key)


def id_last(columns: Sequence[Column[R]]) -> list[Column[R]]:
    """The same columns, the id last: users look for a name, and `y` copies the id."""
    return [
        *(column for column in columns if column.key != "id"),
        *(column for column in columns if column.key == "id"),
    ]
