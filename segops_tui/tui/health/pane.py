"""The Health pane: what is wrong, the most urgent first; enter goes where it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.registry import KINDS
from segops_tui.nouns.column import Context
from segops_tui.nouns.health import FINDINGS, HealthFinding, severity_tone, severity_words, tally
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.core.messages import Jump
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import block, crop, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.health.source import HealthSource
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.workspace import Workspace

EVERY: Final = 120.0
"""Seconds between two checks: a check is a dozen requests, and the smallest plan allows 60 a
minute."""
RETRY_EVERY: Final = 30.0
"""Seconds until the next check where a part could not be read: the server may soon be back."""
SETTLES: Final = 3.0
"""Seconds after the last job of a batch until what it changed is checked."""
HERE: Final = "health"
"""The place of a finding that is about no object."""
NAMED: Final = 3
"""Parts that are still read which are named; the others are counted."""


class FindingDetail(Detail[HealthFinding]):
    """A finding: its cause, its beginning, its remedy."""

    first_tab = "finding"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """Lay out one tab."""
        yield self.head
        with self.tabs, TabPage("Finding", id="finding"), Scroll():
            yield self._facts

    def name_of(self, row: HealthFinding) -> str:
        """The object it is about."""
        return row.name or row.what

    def is_same(self, before: HealthFinding, after: HealthFinding) -> bool:
        """Whether it is the same finding."""
        return before.id == after.id

    def summary(self, row: HealthFinding) -> Content:
        """What is wrong, and why."""
        now = Context(now=self.workspace.now())
        state = (f"{severity_words(row.severity, now)}  ", TONES[severity_tone(row, now)])
        lines = [Content.assemble(state, (one_line(row.what), "bold"))]
        if row.why:
            lines.append(Content(block(row.why)))
        return Content("\n").join(lines)

    def draw(self, row: HealthFinding) -> None:
        """Show since when, and what mends it."""
        since = wording.age(row.since, now=self.workspace.now()) if row.since else "unknown"
        facts = [("Since", since)]
        if row.remedy:
            there = " Press enter to go there." if row.place != HERE else ""
            facts.append(("Remedy", f"{row.remedy}{there}"))
        if row.command:
            facts.append(("Command", row.command))
        self._facts.facts = facts


class HealthPane(Pane[HealthFinding], Sized):
    """Everything that is wrong in the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions()
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = FINDINGS
    command = "check"
    sortable = ("severity", "what", "since")
    job_kinds = frozenset(KINDS)
    source: HealthSource
    _first = ""
    """The finding that the cursor was put on, rather than moved to by the user."""
    _settling: Timer | None = None

    def make_source(self) -> HealthSource:
        """Make what reads the parts."""
        return HealthSource(self)

    def make_detail(self) -> FindingDetail:
        """Make the detail's widget."""
        return FindingDetail(self.workspace)

    def columns(self) -> Sequence[Column[HealthFinding]]:
        """Severity, what, why and since; the rest is in the detail."""
        return [c for c in self.noun.columns if not c.wide_only and c.key != "command"]

    @property
    def empty(self) -> str:
        """Nothing is well before everything was read."""
        if self.source.pending:
            return f"Nothing wrong so far; {self.list_note()}"
        return "All well. Nothing that is checked is wrong."

    def counts(self) -> tuple[int | None, int | None]:
        """How many findings are shown, and how many there are."""
        if not self.rows and self.source.pending:
            return None, None
        return len(self.shown()), len(self.rows)

    def list_note(self) -> str:
        """Why the row under the cursor is wrong, how to go there, and what is still read."""
        pending = list(self.source.pending.values())
        explains = self.row is not None and not self.detail.display
        if pending and not explains:
            return f"reading {wording.listed(pending, most=NAMED)} …"
        notes = [f"reading {len(pending)} more …" if pending else super().list_note()]
        if self.row is not None and explains:
            key = "enter goes there" if self.row.place != HERE else "enter shows the remedy"
            room = self.box.size.width - (26 if pending else 10) - len(key)
            notes.insert(0, crop(one_line(self.row.why), max(0, room)))
            notes.append(key)
        elif self.row is not None and self.row.place != HERE:
            notes.append("enter goes there")
        return " · ".join(note for note in notes if note)

    def draw_rows(self) -> None:
        """Show the findings; the cursor stays on the first one until the user moves it."""
        row = self.row
        follows = row is None or row.id == self._first
        if self.rows or self.has_answer:
            self.box.show_rows()
        else:
            self.box.show_words("Checking …", symbol="◌", style="$text-muted", hint=self.empty)
        super().draw_rows()
        shown = self.shown()
        if follows and shown:
            self._first = shown[0].id
            self.table.cursor_row = 0

    def name_list(self) -> None:
        """Put the tally on the border."""
        super().name_list()
        words = tally(self.source.wrong)
        if words:
            self.box.border_title = Content.assemble((self.noun.title, "bold"), f" {words}")

    def checked(self) -> None:
        """Note that every part was read or has failed, and schedule the next check."""
        self.has_answer = True
        self.rearm()

    async def fetch_one(self, key: str) -> HealthFinding:
        """A finding is not fetched alone.

        Raises:
            SegOpsError: always.
        """
        raise SegOpsError(f"Nothing is wrong any more: {key}.")

    def arrive(self) -> None:
        """Follow the link that was waiting; a finding that is gone is no place to go to."""
        link = self._link
        if link is not None and link.key and self.source.find(link.key) is None:
            self._link = None if not self.source.pending else link
            return
        super().arrive()

    def enter(self) -> None:
        """Come to this pane; it is checked again only after a while, or by ctrl+r."""
        self.take_focus()

    @property
    def refresh_every(self) -> float:
        """Seconds from an answer to the next check."""
        return RETRY_EVERY if self.source.readings.unread else EVERY

    @property
    def is_visible(self) -> bool:
        """Hidden too: the sidebar shows what is wrong."""
        return True

    def job_ended(self, ended: Ended) -> None:  # noqa: ARG002
        """Check again once no more jobs end."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLES, self.refetch)

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """The check is one command, and a row opens in the console."""
        return {"list": ("check",), "get": ("open",)}

    def command_of(self, key: str) -> str:
        """The command line of the remedy."""
        row = self.source.find(key)
        return row.command if row is not None and row.command else "segops-tui check"

    def link_of(self, key: str) -> str:
        """Where the finding is mended."""
        row = self.source.find(key)
        return row.place if row is not None else "health"

    @on(RowHighlighted, "ListBox NounTable")
    def _explain(self) -> None:
        self.name_list()

    def fit_size(self) -> None:
        """Explain the row on the border where there is no room for the detail."""
        self.call_after_refresh(self.name_list)

    @on(RowSelected, "ListBox NounTable")
    def _go(self, event: RowSelected) -> None:
        """Go where it is mended; a finding that is about no object opens, with its remedy."""
        place = getattr(event.row, "place", "")
        if place and place != HERE:
            event.stop()
            event.prevent_default()
            self.post_message(Jump(place))
