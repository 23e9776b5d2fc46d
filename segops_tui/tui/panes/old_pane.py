"""A place of the console: a list, beside it what is known of the row under the cursor.

Knows when to ask again, what to show meanwhile and how to get from list to detail and back;
what is listed and what is known of it are its heirs'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from segops_tui.nouns.column import Context
from segops_tui.tui.core.actions import PANE_ACTIONS, bindings
from segops_tui.tui.core.links import Link
from segops_tui.tui.core.messages import Answered, Paused, Troubled
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.panes.list_box import ListBox
from segops_tui.tui.panes.old_seeking import Seeking
from segops_tui.tui.panes.old_viewing import R
from segops_tui.tui.table.messages import MarksChanged, RowHighlighted, RowSelected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from segops_tui.api.errors import SegOpsError
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column, Noun
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.panes.detail import Detail
    from segops_tui.tui.table.noun_table import NounTable

REFRESH_EVERY = 10.0
"""Seconds from one answer to the next question."""
BACK: Final = Binding(
    "escape", "back", "Back", show=False, id="pane.back", tooltip="One step back."
)


class Pane(Seeking[R]):
    """One place. Heirs say what is listed, how it is fetched and what its detail is."""

    ACTIONS: ClassVar[Sequence[Action]] = PANE_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(PANE_ACTIONS),
        BACK,
    ]

    class Failed(Message):
        """What was asked for could not be had."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        super().__init__(id=id, classes="pane -bare")
        self.workspace = workspace
        self.paused = False
        self._timer: Timer | None = None
        self._answered = False
        self.box = self.make_list()
        self.detail = self.make_detail()

    def compose(self) -> ComposeResult:
        """The list, and the detail beside it."""
        yield self.box
        yield self.detail

    def on_mount(self) -> None:
        """Draw the columns, and fetch."""
        self.show_columns()
        self.box.show_words("Loading …", symbol="◌", style="$text-muted")
        self._name_list()
        self.refetch()

    @property
    def has_answer(self) -> bool:
        """Whether the list has come."""
        return self._answered

    @property
    def noun(self) -> Noun[R]:
        """What is listed."""
        raise NotImplementedError

    @property
    def table(self) -> NounTable:
        """The list itself."""
        return self.box.table

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        row: R | None = None if self.box.shows_notice else self.table.current_row
        return row

    @property
    def is_seen(self) -> bool:
        """Whether this pane is in front."""
        return bool(self.display)

    @property
    def chosen(self) -> list[R]:
        """What an action is about: the marked rows, else the one under the cursor."""
        marked: list[R] = self.table.marked_rows
        return marked or ([] if self.row is None else [self.row])

    def make_list(self) -> ListBox:
        """The list's widget."""
        return ListBox()

    def make_detail(self) -> Detail[R]:
        """The detail's widget."""
        raise NotImplementedError

    def columns(self) -> Sequence[Column[R]]:
        """The columns, with whatever the console knows beyond the noun's own."""
        return id_last(self.noun.columns)

    def context(self) -> Context:
        """What saying a value depends on."""
        return Context(now=self.workspace.now())

    def refetch(self) -> None:
        """Ask the server."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw the rows at hand once more: ages, running jobs."""
        self.table.refresh()

    def enter(self) -> None:
        """Come to this pane: the list has the focus, and what is old is asked for again."""
        if self.has_class("-detail"):
            self.detail.enter()
        else:
            self.box.focus_inside()
        if self._answered and not self.paused:
            self.refetch()

    @property
    def here(self) -> Link:
        """This place: the row under the cursor, and the tab of the detail where it is open."""
        row = self.row
        tab = self.detail.tabs.active if self.has_class("-detail") else ""
        return Link(self.id or "", "" if row is None else str(self.noun.key(row)), tab)

    def fetched(self) -> None:
        """Note an answer, show the rows and ask again in a while."""
        self._answered = True
        self.box.show_rows()
        self.remove_class("-bare")
        self._name_list()
        self.post_message(Answered())
        self._rearm()

    def run_command(self, line: str) -> None:
        """Put a command line into the log."""
        self.workspace.log.add(line)

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown and how many there are."""
        return None, self.table.total

    def list_note(self) -> str:
        """What the list's lower border says."""
        return "refresh paused" if self.paused else ""

    def cannot_copy(self) -> str:
        """Copying needs a row."""
        return "" if self.row is not None else f"There is no {self.noun.name} under the cursor."

    cannot_copy_command = cannot_copy

    def do_copy_command(self) -> None:
        """Copy the command line that shows the row."""
        if self.row is not None:
            self.copy_text(self.command_of(str(self.noun.key(self.row))))

    def copy_text(self, words: str) -> None:
        """Copy, and say what."""
        self.app.copy_to_clipboard(words)
        self.notify(crop(one_line(words), 200), title="Copied", markup=False, timeout=3)

    def do_refresh(self) -> None:
        """Ask now."""
        self.refetch()

    def do_pause(self) -> None:
        """Stop or start asking by itself."""
        self.paused = not self.paused
        self.post_message(Paused(paused=self.paused))
        self._name_list()
        self._rearm()

    def do_next_tab(self) -> None:
        """Show the detail's next tab."""
        self.detail.turn(1)

    def do_previous_tab(self) -> None:
        """Show the one before."""
        self.detail.turn(-1)

    def action_back(self) -> None:
        """Leave the detail, else clear the marks, else clear the filter."""
        if self.has_class("-detail"):
            self.remove_class("-detail")
            self.table.focus()
        elif self.table.marked:
            self.table.clear_marks()
        else:
            self.box.clear_filter()

    @on(RowHighlighted, "ListBox NounTable")
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        self.detail.show(event.row)
        self.refresh_bindings()

    @on(RowSelected, "ListBox NounTable")
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.add_class("-detail")
        self.detail.enter()

    @on(MarksChanged, "ListBox NounTable")
    def _marked(self, event: MarksChanged) -> None:
        event.stop()
        self._name_list()
        self.refresh_bindings()

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self.failed(event.error)

    def failed(self, error: SegOpsError) -> None:
        """Say what is wrong; rows that are there stay."""
        problem = problem_of(error)
        if not self._answered:
            self.box.show_problem(problem)
        else:
            self.box.border_subtitle = Content(one_line(f"{problem.symbol} {problem.line}"))
        self.post_message(Troubled(problem))
        self._rearm()

    def _name_list(self) -> None:
        shown, total = self.counts()
        note = self.list_note()
        marked = len(self.table.marked)
        if marked:
            note = f"{marked:,} marked{' · ' if note else ''}{note}"
        self.box.name_it(self.noun.title, shown=shown, total=total, note=note)

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = None if self.paused else self.set_timer(REFRESH_EVERY, self._again)

    def _again(self) -> None:
        self._timer = None
        # What nobody sees is not asked for: coming back to the pane does.
        if self.is_seen and self.screen.is_current:
            self.refetch()
        else:
            self._rearm()


def id_last(columns: Sequence[Column[R]]) -> list[Column[R]]:
    """The same columns, the name first: a person looks for a name, and `y` copies the id."""
    return [
        *(column for column in columns if column.key != "id"),
        *(column for column in columns if column.key == "id"),
    ]
