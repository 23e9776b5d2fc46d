"""The top line: which workspace this is, whether it answers, what runs, what time it is.

Knows what it is told; asks nobody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.core.theme import PROFILE_COLOURS

if TYPE_CHECKING:
    from segops_tui.config.profiles import Profile
    from segops_tui.tui.core.workspace import Opened


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether the workspace answers, as a symbol, a word and a colour."""

    symbol: str
    word: str
    style: str


CONNECTING: Final = Connection("◌", "connecting", "$text-muted")
LIVE: Final = Connection("●", "live", "$success")
PAUSED: Final = Connection("‖", "paused", "$warning")
OFFLINE: Final = Connection("○", "offline", "$error")
UNAUTHORISED: Final = Connection("⚿", "key refused", "$error")

ABOUT: Final = 12
"""Cells below which no more is said of a workspace than its name."""
LOCKED: Final = "bold $background on $error"
UNLOCKED: Final = "bold $background on $warning"


def guard_of(profile: Profile, opened: Opened | None) -> tuple[str, str]:
    """The badge of a guarded profile, as words and a style; no words where none guards it."""
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
    """One line, the place on the left, the state on the right."""

    DEFAULT_CSS = "HeaderBar { height: 1; width: 1fr; padding: 0 1; }"

    connection: reactive[Connection] = reactive(CONNECTING)
    running: reactive[int] = reactive(0)
    """Jobs under way."""
    clock: reactive[str] = reactive("")
    guard: reactive[tuple[str, str]] = reactive(("", ""))
    """The badge: what it says, and how it is drawn."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        self.set_reactive(HeaderBar.guard, guard_of(profile, None))

    def render(self) -> Content:
        """Draw the line."""
        return self.drawn(self.size.width)

    def drawn(self, width: int) -> Content:
        """The line; where there is too little room, the name and the guard stay longest."""
        badge, name = self._badge(), self._place(app=False, about=False)
        right = self._state()
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
        words, style = self.guard
        return Content.assemble(" ", (f" {words} ", style)) if words else Content("")

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

    def _state(self, *, clock: bool = True) -> Content:
        link = self.connection
        parts: list[str | tuple[str, str]] = [(f"{link.symbol} {link.word}", link.style)]
        if self.running:
            running = f"{wording.plural(self.running, 'job')} running"
            parts.extend(["   ", (running, "$primary")])
        if clock:
            parts.extend(["   ", (self.clock, "$text-muted")])
        return Content.assemble(*parts)
