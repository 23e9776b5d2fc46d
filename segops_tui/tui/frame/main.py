"""The main screen: the panes, the bars around them, and going from place to place."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual import on, work
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.plan import is_passing
from segops_tui.tui.core.actions import BACK, FORWARD, REOPEN, ActionOwner, bindings
from segops_tui.tui.core.job_texts import resumable_in, resume_notice
from segops_tui.tui.core.links import BadLink, History, Link, parse_link
from segops_tui.tui.core.messages import Alerted, Answered, Counted, Jump, Paused
from segops_tui.tui.core.problems import Troubled
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.workspace import AGES_EVERY
from segops_tui.tui.frame import bars
from segops_tui.tui.frame.bars import HeaderBar, JobTray, PaneBar, SidebarEntry, guard_of
from segops_tui.tui.frame.palette import ObjectIndex
from segops_tui.tui.panes.registry import LINK_NAMES, PANES, PaneEntry
from segops_tui.tui.widgets.key_bar import KeyBar
from segops_tui.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer
    from textual.widget import Widget

    from segops_tui.config.profiles import Profile
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.problems import Problem
    from segops_tui.tui.core.workspace import OpenWorkspaces, Workspace
    from segops_tui.tui.panes.pane import Pane

HEALTH: Final = "health"
"""The pane that reads what the sidebar marks."""
QUICK: Final = 0.08
"""Seconds in which an answer is shown at once, without a notice that it is waited for."""
TALLY_AFTER: Final = 0.2
"""Seconds after the first rows are there, in which the rows of the other panes are not counted."""
LATEST_TALLY: Final = 2.0
"""Seconds after which they are counted although the pane in front has no rows yet."""
_BREAKPOINTS: Final = [(0, "-narrow"), (110, "-compact"), (120, "-normal"), (150, "-wide")]


def _going(entry: PaneEntry) -> Action:
    return entry.action.does(lambda screen: screen.go(entry.name))


class MainScreen(ActionOwner, Screen[None]):
    """The header, the sidebar, the current pane, the job tray and the keys."""

    ACTIONS: ClassVar[Sequence[Action]] = (
        REOPEN.does(
            lambda screen: screen.reopen(),
            unavailable=lambda screen: "The workspace is open." if screen.is_open else "",
        ),
        BACK.does(lambda screen: screen.go_back(), unavailable=lambda screen: screen.no_back()),
        FORWARD.does(
            lambda screen: screen.go_forward(), unavailable=lambda screen: screen.no_forward()
        ),
        *(_going(entry) for entry in PANES),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]
    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS
    AUTO_FOCUS = ""
    """Nothing has the focus until there is a pane: it is moved once."""

    class Reopen(Message):
        """The user retries opening the workspace."""

    def __init__(
        self,
        profile: Profile,
        now: Callable[[], datetime],
        *,
        place: str,
        jobs: OpenWorkspaces,
        check_after: float | None = None,
    ) -> None:
        super().__init__()
        link = parse_link(place, LINK_NAMES)
        self._profile, self._now, self._place, self._jobs = profile, now, link.pane, jobs
        self._first_link, self._check_after = link, check_after
        self._history = History()
        self.object_index: ObjectIndex | None = None
        """Objects by name, once the workspace is open."""
        self._was_guarded = ""
        self._connection = bars.CONNECTING
        """What the last request said, also while the pane in front is paused."""
        self._workspace: Workspace | None = None
        self._counts: dict[str, int | None] = {}
        self._tally_timer: Timer | None = None
        self._is_tallied = False

    def compose(self) -> ComposeResult:
        """The frame, with a notice in place of the panes."""
        yield HeaderBar(self._profile)
        with Container(id="body"):
            entries = [SidebarEntry(p.name, p.digit, p.short_title or p.title) for p in PANES]
            bar = PaneBar(entries, id="bar")
            bar.border_title = Content("Panes")
            yield bar
            with ContentSwitcher(initial="opening", id="panes"):
                yield Notice(id="opening")
        yield JobTray()
        yield KeyBar()

    def on_mount(self) -> None:
        """Start the clock."""
        self.query_one(PaneBar).current = self._place
        self.say_opening("Opening …")
        self._jobs.changed.subscribe(self, self._jobs_changed)
        self._jobs_changed()
        self.watch(self, "focused", self._focus_moved, init=False)
        self.set_interval(1.0, self._tick)
        self.set_interval(AGES_EVERY, self._age)
        self._tick()

    @property
    def is_open(self) -> bool:
        """Whether the workspace is open."""
        return self._workspace is not None

    @property
    def place(self) -> str:
        """The name of the current pane."""
        return self._place

    @property
    def pane(self) -> Pane[Any] | None:
        """The current pane; None until one is opened."""
        current = self.query_one("#panes", ContentSwitcher).visible_content
        is_pane = current is not None and current.id != "opening"
        return cast("Pane[Any]", current) if is_pane else None

    def _focus_moved(self, focused: Widget | None) -> None:
        """Without a focus no key of the pane works: what had it may have gone out of sight."""
        if focused is None:
            self.call_after_refresh(self._take_focus)

    def _take_focus(self) -> None:
        # A screen that is being closed has lost its focus and its panes.
        if self.focused is None and self.is_current and self.query("#panes"):
            pane = self.pane
            if pane is not None:
                pane.take_focus()

    def say_opening(self, title: str, hint: str = "") -> None:
        """Show progress while the workspace opens."""
        self.query_one("#opening", Notice).show_text(title, hint=hint, symbol="◌", style="$primary")

    def show_problem(self, problem: Problem, *, way_out: bool = False) -> None:
        """Show why the workspace cannot be opened, and how to leave it."""
        if way_out:
            problem = replace(problem, hint=f"{problem.hint} p goes to another profile.".strip())
        notice = self.query_one("#opening", Notice)
        notice.show_problem(problem)
        notice.focus()
        self._note_problem(problem)

    def open(self, workspace: Workspace) -> None:
        """Show the workspace."""
        self._workspace = workspace
        self.object_index = ObjectIndex(workspace.client, jobs=workspace.ledger.list)
        self._was_guarded = workspace.guarded
        self.show_guard()
        # The user may have chosen another pane while it opened.
        first = self._first_link
        self._travel(first if first.pane == self._place else Link(self._place))
        if self._check_after is not None:
            self.set_timer(self._check_after, lambda: self._watch(workspace))
        self._tally_after(LATEST_TALLY)
        self._offer(workspace)

    def go(self, name: str) -> None:
        """Show a pane; it is created at the first visit."""
        self.visit(Link(name))

    def visit(self, link: Link) -> None:
        """Go to a place and add the current one to the history."""
        here = self.here
        if here is not None and (link.key or link.pane != here.pane):
            self._history.left(here)
        self._travel(link)

    @property
    def here(self) -> Link | None:
        """The current place; None while nothing is open."""
        return None if self.pane is None else self.pane.here

    def no_back(self) -> str:
        """Why there is no going back; empty when there is."""
        return "" if self._history.can_go_back else "There is no earlier place."

    def go_back(self) -> None:
        """Go to the earlier place."""
        if self.here is not None:
            self._travel(self._history.back(self.here))

    def no_forward(self) -> str:
        """Why there is no going forward; empty when there is."""
        return "" if self._history.can_go_forward else "There is no later place."

    def go_forward(self) -> None:
        """Go to the next place forward."""
        if self.here is not None:
            self._travel(self._history.forward(self.here))

    def _travel(self, link: Link) -> None:
        self._place = self.query_one(PaneBar).current = link.pane
        if self._workspace is not None:
            self._show(link, self._workspace)

    def show_guard(self) -> None:
        """Show whether changes are sent, and notify the user when that changes."""
        workspace = self._workspace
        self._header.guard = guard_of(
            self._profile, None if workspace is None else workspace.opened
        )
        guarded = "" if workspace is None else workspace.guarded
        if guarded == self._was_guarded:
            return
        self._was_guarded = guarded
        words = "Locked again: no change is sent." if guarded else "Unlocked: changes are sent."
        self.notify(
            words,
            title=one_line(self._profile.name),
            severity="information" if guarded else "warning",
            markup=False,
        )
        self.app.screen.refresh_bindings()

    def reopen(self) -> None:
        """Retry opening the workspace."""
        self.say_opening("Opening …")
        self._connect(bars.CONNECTING)
        self.post_message(self.Reopen())

    async def _add(self, name: str, workspace: Workspace) -> None:
        """Make a pane, hidden: the switcher shows it, and hides the one before, in one step."""
        place = next(place for place in PANES if place.name == name)
        pane = place.load()(workspace, id=name)
        pane.display = False
        await self.query_one("#panes", ContentSwitcher).mount(pane)

    @work(group="watch")
    async def _watch(self, workspace: Workspace) -> None:
        """Check the workspace's health behind another pane, for the sidebar."""
        panes = self.query_one("#panes", ContentSwitcher)
        if not panes.query_children(f"#{HEALTH}"):
            await self._add(HEALTH, workspace)

    @work(group="go")
    async def _show(self, link: Link, workspace: Workspace) -> None:
        name = link.pane
        panes = self.query_one("#panes", ContentSwitcher)
        # Painted once, with its rows if the server is quick.
        with self.app.batch_update():
            is_new = not panes.query_children(f"#{name}")
            if is_new:
                await self._add(name, workspace)
            # The user may have gone to another pane meanwhile.
            if self._place == name:
                panes.current = name
                pane: Any = panes.get_child_by_id(name)
                # A new pane has asked already, and a quick server may have answered.
                if is_new:
                    pane.take_focus()
                else:
                    pane.enter()
                pane.seek(link)
                if is_new:
                    await pane.settled(within=QUICK)
        self.refresh()

    def _tally_after(self, seconds: float) -> None:
        if self._tally_timer is not None:
            self._tally_timer.stop()
        self._tally_timer = self.set_timer(seconds, self._tally)

    @work(group="tally")
    async def _tally(self) -> None:
        workspace, was_tallied = self._workspace, self._is_tallied
        self._is_tallied = True
        if workspace is None or was_tallied:
            return
        for place in PANES:
            if place.listing is None or place.name == self._place or place.name in self._counts:
                continue
            try:
                count = await place.count(workspace.client)
            except SegOpsError as error:
                # The pane shows the error when it is opened; a server that is back is asked again.
                self._is_tallied = self._is_tallied and not is_passing(error)
                continue
            self.post_message(Counted(place.name, count))

    @work(group="offer")
    async def _offer(self, workspace: Workspace) -> None:
        """Notify the user of detached jobs."""
        try:
            left = await asyncio.to_thread(resumable_in, workspace.ledger)
        except SegOpsError:
            # The Jobs pane shows the error when it is opened.
            return
        if left:
            title, words = resume_notice(left)
            self.notify(words, title=title, markup=False, timeout=15)

    @on(PaneBar.Chosen)
    def _chosen(self, event: PaneBar.Chosen) -> None:
        event.stop()
        self.go(event.name)

    @on(Counted)
    def _counted(self, event: Counted) -> None:
        event.stop()
        self._counts = {**self._counts, event.pane: event.count}
        self.query_one(PaneBar).counts = self._counts

    @on(Alerted)
    def _alerted(self, event: Alerted) -> None:
        event.stop()
        self.query_one(PaneBar).alerts = event.alerts

    @on(Jump)
    def _jump(self, event: Jump) -> None:
        event.stop()
        with suppress(BadLink):
            self.visit(parse_link(event.place, LINK_NAMES))

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        event.stop()
        if not self._is_tallied:
            self._tally_after(TALLY_AFTER)
        self._connect(bars.LIVE)

    @on(Troubled)
    def _troubled(self, event: Troubled) -> None:
        event.stop()
        self._note_problem(event.problem)

    @on(Paused)
    def _paused(self, event: Paused) -> None:
        event.stop()
        self._show_connection()

    @property
    def _header(self) -> HeaderBar:
        return self.query_one(HeaderBar)

    def _note_problem(self, problem: Problem) -> None:
        if problem.kind == "offline":
            self._connect(bars.OFFLINE)
        elif problem.kind == "unauthorised":
            self._connect(bars.UNAUTHORISED)

    def _connect(self, connection: bars.Connection) -> None:
        self._connection = connection
        self._show_connection()

    def _follow_requests(self) -> None:
        """Take the state of the connection from the last request, also of a job."""
        is_answered = None if self._workspace is None else self._workspace.traffic.is_answered
        if is_answered is False:
            self._connection = bars.OFFLINE
        elif is_answered and self._connection in (bars.OFFLINE, bars.CONNECTING):
            self._connection = bars.LIVE

    def _show_connection(self) -> None:
        """A pane that is paused says so, but not instead of what is wrong."""
        paused = self.pane is not None and self.pane.paused
        is_live = self._connection is bars.LIVE
        self._header.connection = bars.PAUSED if paused and is_live else self._connection

    def _jobs_changed(self, _running: object = None) -> None:
        running = self._jobs.seen_from(self._profile.name)
        self._header.running = len(running)
        tray = self.query_one(JobTray)
        tray.now = self._now().timestamp()
        tray.running = tuple(running)

    def _age(self) -> None:
        """Let the ages go on: in the pane, behind a dialog too, and in every dialog.

        It waits for no request, so they go on while the server does not answer.
        """
        pane = self.pane
        if pane is not None and pane.has_answer:
            pane.age()
        for screen in self.app.screen_stack:
            if screen.is_modal:
                # Loaded already if a dialog is open; the frame starts without it.
                from segops_tui.tui.dialogs.dialog import Dialog  # noqa: PLC0415

                if isinstance(screen, Dialog):
                    screen.age()

    def _tick(self) -> None:
        now = self._now()
        self._header.clock = now.strftime("%H:%M:%S")
        if self._workspace is not None and not self._profile.is_sandbox:
            # The embedded sandbox is no server: its speed tells nothing.
            self._header.traffic = self._workspace.traffic.forms(now.timestamp())
        self._follow_requests()
        self._show_connection()
        self.show_guard()
        self._jobs.tick()
        # A dialog under another keeps its picture of the screens below until it is drawn again.
        for covered in self.app.screen_stack[1:-1]:
            covered.refresh()
