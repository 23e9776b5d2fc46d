"""The bars around the panes: the header, the sidebar and the job tray."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.core.job_texts import job_figures, stage_words
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, fit, one_line
from segops_tui.tui.core.theme import PROFILE_COLOURS
from segops_tui.tui.plots.scale import meter, pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual import events
    from textual.geometry import Size

    from segops_tui.config.profiles import Profile
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.tui.core.opened import Opened

TRAY_LINES: Final = 3
"""Jobs in the tray; the others are counted."""
_CURRENT: Final = "bold $block-cursor-foreground on $block-cursor-background"


@dataclass(frozen=True, slots=True)
class Connection:
    """The state of the connection: a symbol, a word and a colour."""

    symbol: str
    word: str
    style: str


CONNECTING: Final = Connection("◌", "connecting", "$text-muted")
LIVE: Final = Connection("●", "live", "$success")
PAUSED: Final = Connection("‖", "paused", "$warning")
OFFLINE: Final = Connection("○", "offline", "$error")
UNAUTHORISED: Final = Connection("⚿", "key refused", "$error")

ABOUT: Final = 12
"""Cells below which only the name of a workspace is shown."""
LOCKED: Final = "bold $background on $error"
UNLOCKED: Final = "bold $background on $warning"


def guard_of(profile: Profile, opened: Opened | None) -> tuple[str, str]:
    """The badge of a guarded profile: a text and a style; empty where the profile has no guard."""
    if profile.guard == "production":
        if opened is None:
            return "PRODUCTION", LOCKED
        if opened.read_only:
            return "PRODUCTION read-only", LOCKED
        if opened.lock is None:
            return "PRODUCTION unlocked", UNLOCKED
        if not opened.lock.is_unlocked:
            return "PRODUCTION locked", LOCKED
        left = math.ceil(opened.lock.remaining)
        return f"PRODUCTION unlocked {left // 60}:{left % 60:02}", UNLOCKED
    is_read_only = profile.guard != "none" or (opened is not None and opened.read_only)
    return ("read-only", UNLOCKED) if is_read_only else ("", "")


class HeaderBar(Widget):
    """The top line: the workspace on the left; connection, jobs and clock on the right."""

    DEFAULT_CSS = "HeaderBar { height: 1; width: 1fr; padding: 0 1; }"

    connection: reactive[Connection] = reactive(CONNECTING)
    running: reactive[int] = reactive(0)
    """How many jobs run."""
    clock: reactive[str] = reactive("")
    guard: reactive[tuple[str, str]] = reactive(("", ""))
    """The badge: its text and its style."""
    traffic: reactive[tuple[str, ...]] = reactive(())
    """The requests of the last minute, the longest form first."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        self.set_reactive(HeaderBar.guard, guard_of(profile, None))

    def render(self) -> Content:
        """Draw the line."""
        return self.draw_line(self.size.width)

    def draw_line(self, width: int) -> Content:
        """Draw to a width; where it is narrow, the name and the badge stay longest."""
        badge, name = self._badge(), self._place(app=False, about=False)
        # The whole name stays longer than what is told of the requests.
        least = self._place().cell_length + badge.cell_length + 2
        rights = [self._state(traffic=words) for words in (*self.traffic, "")]
        right = next((each for each in rights if least + each.cell_length <= width), rights[-1])
        if name.cell_length + badge.cell_length + right.cell_length >= width:
            right = self._state(clock=False)
        left = max(0, width - right.cell_length - badge.cell_length - 1)
        place = self._place()
        if place.cell_length > left:
            place = self._place(app=False) if left - name.cell_length >= ABOUT else name
        shown = Content.assemble(place.truncate(left, ellipsis=True), badge)
        gap = max(1, width - shown.cell_length - right.cell_length)
        return Content.assemble(shown, " " * gap, right)

    def _badge(self) -> Content:
        text, style = self.guard
        return Content.assemble(" ", (f" {text} ", style)) if text else Content("")

    def _place(self, *, app: bool = True, about: bool = True) -> Content:
        profile = self._profile
        colour = PROFILE_COLOURS.get(profile.colour or "", "$foreground")
        parts: list[str | tuple[str, str]] = []
        if app:
            parts.extend([("segops-tui", "bold $primary"), (" │ ", "$border-blurred")])
        parts.append((one_line(profile.name), f"bold {colour}"))
        where = profile.workspace or profile.api_url
        if where and where.rstrip(":") != profile.name and about:
            parts.append((f" · {crop(one_line(where), 48)}", "$text-muted"))
        return Content.assemble(*parts)

    def _state(self, *, clock: bool = True, traffic: str = "") -> Content:
        link = self.connection
        parts: list[str | tuple[str, str]] = [(f"{link.symbol} {link.word}", link.style)]
        if traffic:
            parts.append((f"  {traffic}", "$text-muted"))
        if self.running:
            running = f"{wording.plural(self.running, 'job')} running"
            parts.extend(["   ", (running, "$primary")])
        if clock:
            parts.extend(["   ", (self.clock, "$text-muted")])
        return Content.assemble(*parts)


@dataclass(frozen=True, slots=True)
class SidebarEntry:
    """One pane in the sidebar."""

    name: str
    digit: str
    title: str


class PaneBar(Widget):
    """The panes with their digits and counts: a column, or a line where the screen is narrow."""

    DEFAULT_CSS = "PaneBar { width: 1fr; height: 1; }"
    ALLOW_SELECT = False

    current: reactive[str] = reactive("")
    counts: reactive[Mapping[str, int | None]] = reactive(dict)
    alerts: reactive[Mapping[str, tuple[int, int]]] = reactive(dict)
    """Errors and warnings that the health check found, by pane."""

    class Chosen(Message):
        """The user clicked a pane."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self, entries: Sequence[SidebarEntry], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries = tuple(entries)

    def render(self) -> Content:
        """Draw a column or a line, whichever fits."""
        if self.size.height > 1:
            return Content("\n").join(self._row(entry, self.size.width) for entry in self._entries)
        return Content("").join(
            self._cell(entry, cell) for entry, cell in self._line(self.size.width)
        )

    def _cell(self, entry: SidebarEntry, cell: str) -> Content:
        if entry.name == self.current:
            return Content.styled(cell, _CURRENT)
        # Between digit and letters there is no space: their colours part them.
        return Content.assemble(
            (cell[:2], "$primary"), (cell[2:], self._mark(entry)[1] or "$text-muted")
        )

    def on_click(self, event: events.Click) -> None:
        """Report the clicked pane."""
        where = event.get_content_offset(self)
        if where is None:
            return
        column = self.size.height > 1
        for entry in self._entries[where.y : where.y + 1] if column else self._under(where.x):
            self.post_message(self.Chosen(entry.name))

    def _row(self, entry: SidebarEntry, width: int) -> Content:
        number = self._count(entry)
        mark, style = self._mark(entry)
        words = f" {entry.digit or '·'} {entry.title}"
        # A space stays between the title and what follows, and at the end.
        if number and len(words) + len(mark) + len(number) + 2 > width:
            number = wording.short_count(self.counts[entry.name] or 0)
        if mark and len(words) + len(mark) + len(number) + 2 > width:
            mark, number = mark.rstrip(), ""
        title = f"{fit(words, max(0, width - len(number) - len(mark) - 2))} "
        if entry.name == self.current:
            return Content.styled(f"{title}{mark}{number} ", _CURRENT)
        return Content.assemble(
            (title[:2], "$primary"), title[2:], (mark, style), (f"{number} ", "$text-muted")
        )

    def _count(self, entry: SidebarEntry) -> str:
        count = self.counts.get(entry.name)
        return "" if count is None else wording.count(count)

    def _mark(self, entry: SidebarEntry) -> tuple[str, str]:
        """How many things are wrong there, and the colour: `✗2 ` where one is an error."""
        errors, warnings = self.alerts.get(entry.name, (0, 0))
        if entry.name == "health":
            errors = sum(each for each, _ in self.alerts.values())
            warnings = sum(each for _, each in self.alerts.values())
        if not errors and not warnings:
            return "", ""
        symbol, style = ("✗", "$error") if errors else ("!", "$warning")
        return f"{symbol}{errors or warnings} ", style

    def _full(self, entry: SidebarEntry) -> str:
        number = self._count(entry)
        mark, _ = self._mark(entry)
        return f" {entry.digit or '·'} {entry.title}{' ' if mark or number else ''}{mark}{number} "

    def _named(self, entry: SidebarEntry) -> str:
        mark, _ = self._mark(entry)
        return f" {entry.digit or '·'} {entry.title} {mark}"

    def _short(self, entry: SidebarEntry, letters: int, *, counted: bool) -> str:
        """An abbreviation: `2Pro`, `5Pse` of two words; the current pane has its name."""
        mark, _ = self._mark(entry)
        mark = mark.strip() if counted else mark[:1]
        if entry.name == self.current:
            return f" {entry.digit or '·'} {entry.title}{' ' if mark else ''}{mark} "
        first, _, second = entry.title.partition(" ")
        title = f"{first[:1]}{second}" if second else first
        return f" {entry.digit or '·'}{title[:letters]}{mark}"

    def _line(self, width: int) -> list[tuple[SidebarEntry, str]]:
        """Each pane's cell of the line: with counts, else with names, else with short names.

        Three letters are worth more than how many things are wrong there.
        """
        forms: list[Callable[[SidebarEntry], str]] = [self._full, self._named]
        lengths = [(letters, True) for letters in range(8, 2, -1)]
        lengths += [(letters, counted) for letters in (3, 2, 1, 0) for counted in (True, False)]
        forms += [partial(self._short, letters=n, counted=counted) for n, counted in lengths]
        cells: list[str] = []
        for form in forms:
            cells = [form(entry) for entry in self._entries]
            if sum(map(len, cells)) <= width:
                break
        return list(zip(self._entries, cells, strict=True))

    def _under(self, x: int) -> tuple[SidebarEntry, ...]:
        for entry, cell in self._line(self.size.width):
            x -= len(cell)
            if x < 0:
                return (entry,)
        return ()


class JobTray(AutoSized, Widget):
    """The running jobs, a line each; hidden where none runs."""

    DEFAULT_CSS = "JobTray { height: auto; width: 1fr; padding: 0 1; }"
    ALLOW_SELECT = False

    running: reactive[Sequence[Progress]] = reactive((), layout=True)
    now: reactive[float] = reactive(0.0)

    def render(self) -> Content:
        """Draw the first jobs, and count the others."""
        width = self.size.width
        lines = [job_line(progress, width, now=self.now) for progress in self.running[:TRAY_LINES]]
        if len(self.running) > TRAY_LINES:
            more = f"  and {len(self.running) - TRAY_LINES + 1} more; press 0 for all jobs"
            lines[-1] = Content.styled(more, "$text-muted")
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line per job, up to a few."""
        return min(len(self.running), TRAY_LINES)


def job_line(progress: Progress, width: int, *, now: float) -> Content:
    """One job in one line: title, stage and bar on the left, figures on the right."""
    elapsed = progress.elapsed_at(now)
    figures = job_figures(progress, elapsed)
    stage = stage_words(progress)
    room = max(0, width - len(figures) - len(stage) - 8)
    title = crop(one_line(progress.title), max(8, room * 3 // 5))
    cells = max(4, min(40, room - len(title)))
    fraction = progress.fraction
    bar = pulse(elapsed, cells) if fraction is None else meter(fraction, cells)
    left = Content.assemble(
        ("▶ ", "$primary"), (title, "bold"), "  ", (stage, "$text-muted"), "  ", bar
    )
    gap = max(1, width - left.cell_length - len(figures))
    return Content.assemble(left, " " * gap, (figures, "$foreground"))
