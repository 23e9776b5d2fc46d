"""The tabs of a detail: those that fit are shown whole, and the others are counted at the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Tab, TabbedContent, TabPane, Tabs

from segops_tui.tui.core.actions import run_flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.widget import AwaitMount

MORE: Final = 3
"""Cells of `+3›`, which counts the tabs beyond an edge."""


def tabs_in_view(widths: Sequence[int], active: int, room: int) -> range:
    """Which tabs to show: the active one, those before it that fit, then those after it.

    Args:
        widths: The cells of each tab.
        active: Which of them is open.
        room: The cells for tabs, and for the numbers of tabs that are hidden at an edge.
    """
    if sum(widths) <= room:
        return range(len(widths))
    first = 0
    while first < active and not _fits(widths, first, active + 1, room):
        first += 1
    end = active + 1
    while end < len(widths) and _fits(widths, first, end + 1, room):
        end += 1
    return range(first, end)


def _fits(widths: Sequence[int], first: int, end: int, room: int) -> bool:
    edges = (MORE if first else 0) + (MORE if end < len(widths) else 0)
    return sum(widths[first:end]) + edges <= room


class More(Widget):
    """How many tabs are hidden at an edge; a click goes to the nearest of them."""

    DEFAULT_CSS = "More { width: auto; height: 1; color: $text-muted; }"
    ALLOW_SELECT = False

    count: reactive[int] = reactive(0, layout=True)

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step
        """-1 at the left edge, 1 at the right one."""

    def render(self) -> Content:
        """Draw the number, and an arrow outwards."""
        if not self.count:
            return Content("")
        return Content(f"‹+{self.count}" if self.step < 0 else f"+{self.count}›")


class LaterTab(TabPane):
    """A tab whose content is mounted when it is first shown; for every tab but the first."""

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(title, id=id)
        self._kept: list[Widget] = []
        self._mounting: AwaitMount | None = None
        self.is_ready = False
        """Whether the content is there."""

    async def mount_composed_widgets(self, widgets: list[Widget]) -> None:
        """Keep them."""
        self._kept = widgets

    async def mount_content(self) -> None:
        """Mount the content, unless it is mounted."""
        if self._mounting is None:
            self._mounting = self.mount_all(self._kept)
        await self._mounting
        self.is_ready = True


class TabStrip(TabbedContent):
    """Tabs in the room there is: no title is cut, and the hidden tabs are counted.

    `[` and `]`, the arrow keys and a click on the number go to the hidden ones.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,enter", "go_in", "Go in", show=False, id="tabs.go_in"),
    ]

    _ends: tuple[More, ...] = ()
    """The numbers beside the tabs, once they are there."""

    def on_mount(self) -> None:
        """Put the numbers beside the tabs."""
        self._ends = More(-1), More(1)
        self._row = self.query_one("#tabs-list", Horizontal)
        self._row.mount(self._ends[0], before=0)
        self._row.mount(self._ends[1])
        # Textual leaves out a resize event now and then, where two layouts follow each other.
        self.watch(self, "virtual_size", self._fit, init=False)

    def action_go_in(self) -> None:
        """Focus the content of the open tab; the titles where it has none."""
        pane = self.active_pane
        if isinstance(pane, LaterTab) and not pane.is_ready:
            run_flow(self, self._go_in_later, pane, group="go in", exclusive=True)
        else:
            self._focus_in(pane)

    async def _go_in_later(self, pane: LaterTab) -> None:
        await pane.mount_content()
        self._focus_in(pane)

    def _focus_in(self, pane: TabPane | None) -> None:
        inner = None if pane is None else next(iter(pane.query("Scroll, NounTable")), None)
        (inner or self.query_one(Tabs)).focus()

    @property
    def hides_tabs(self) -> bool:
        """Whether there is too little room for all."""
        return any(more.count for more in self._ends)

    def on_show(self) -> None:
        """Fit the tabs to the room: another may have been opened while nothing was in sight."""
        self._fit()

    @on(TabbedContent.TabActivated)
    def _fit(self) -> None:
        """Show the tabs that there is room for; out of sight there is none, and it waits."""
        if not (self.size.width and self._ends):
            return
        tabs = [tab for tab in self._row.children if isinstance(tab, Tab)]
        active = next((at for at, tab in enumerate(tabs) if tab.has_class("-active")), 0)
        widths = [tab.label.cell_length + 2 for tab in tabs]
        shown = tabs_in_view(widths, active, self.size.width)
        for at, tab in enumerate(tabs):
            tab.set_class(at not in shown, "-beyond")
        for more in self._ends:
            more.count = shown.start if more.step < 0 else len(tabs) - shown.stop
        self.call_after_refresh(self._underline)

    async def _underline(self) -> None:
        """Put the line under the open tab, now that the other titles have made room.

        Textual may still be moving it to where the title was before.
        """
        if self._row.is_attached:
            for end in ("highlight_start", "highlight_end"):
                await self.query_one("Underline").stop_animation(end)
            self.query_one(Tabs)._highlight_active(animate=False)

    def on_click(self, event: events.Click) -> None:
        """Go to the nearest hidden tab."""
        if isinstance(event.widget, More):
            event.stop()
            tabs = [pane.id or "" for pane in self.query(TabPane)]
            hidden = event.widget.count
            self.active = tabs[hidden - 1 if event.widget.step < 0 else -hidden]
