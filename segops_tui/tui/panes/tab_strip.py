"""The tabs of a detail: those that fit are shown whole, and the others are counted at the edge.

Textual's own tabs are a widget for each title, and as many again around them: half of the widgets
of a pane. Here the titles are one widget, as the panes are in the sidebar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from segops_tui.tui.core.actions import run_flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import AwaitMount

MORE: Final = 3
"""Cells of `+3›`, which counts the tabs beyond an edge."""
OPEN: Final = "tab-bar--open"


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


class TabBar(Widget, can_focus=True):
    """The titles of the tabs, and a line under them that marks the open one."""

    DEFAULT_CSS = """
    TabBar {
        height: 2; width: 1fr; text-wrap: nowrap; text-overflow: clip; pointer: pointer;
        & > .tab-bar--open { color: $primary; text-style: bold; }
        &:focus > .tab-bar--open {
            color: $block-cursor-foreground; background: $block-cursor-background;
        }
        &:ansi:nocolor:focus > .tab-bar--open { text-style: bold reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {OPEN}
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Previous tab", show=False),
        Binding("right", "turn(1)", "Next tab", show=False),
    ]

    titles: reactive[Sequence[str]] = reactive(())
    active: reactive[int] = reactive(0)
    """Which of them is open."""
    hovered: reactive[int | None] = reactive(None)
    """Which of them the mouse points at."""

    class Chosen(Message):
        """The user went to a tab."""

        def __init__(self, at: int) -> None:
            self.at = at
            super().__init__()

    @property
    def hides_tabs(self) -> bool:
        """Whether there is too little room for all."""
        return 0 < self.size.width < sum(self._widths)

    @property
    def _widths(self) -> list[int]:
        return [len(title) + 2 for title in self.titles]

    @property
    def in_view(self) -> range:
        """The tabs that there is room for."""
        return tabs_in_view(self._widths, self.active, self.size.width)

    def render(self) -> Content:
        """Draw the titles and the line."""
        shown, widths, width = self.in_view, self._widths, self.size.width
        parts: list[tuple[str, str | Style]] = []
        if shown.start:
            parts.append((f"‹+{shown.start}", "$text-muted"))
        start = 1 + (MORE if shown.start else 0) + sum(widths[shown.start : self.active])
        end = start
        for at in shown:
            style: str | Style = "$foreground" if at == self.hovered else "$text-muted"
            if at == self.active:
                style, end = self._open_style, start + len(self.titles[at])
            parts.append((f" {self.titles[at]} ", style))
        if shown.stop < len(self.titles):
            parts.append((f"+{len(self.titles) - shown.stop}›", "$text-muted"))
        line = [
            (f"{'━' * (start - 1)}╸", "$border-blurred"),
            ("━" * (end - start), "$primary"),
            (f"╺{'━' * (width - end - 1)}" if end < width else "", "$border-blurred"),
        ]
        return Content.assemble(*parts, "\n", *line)

    @property
    def _open_style(self) -> Style:
        # Textual leaves it out of a visual style that a text is reversed.
        is_reversed = self.get_component_styles(OPEN).text_style.reverse
        return self.get_visual_style(OPEN) + Style(reverse=is_reversed)

    def action_turn(self, step: int) -> None:
        """Go to the next tab or to the previous one."""
        self.post_message(self.Chosen((self.active + step) % len(self.titles)))

    def on_click(self, event: events.Click) -> None:
        """Go to the tab, or to the nearest hidden one where a number is clicked."""
        at = self._under(event)
        if at is not None:
            self.post_message(self.Chosen(at))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Light up the title."""
        self.hovered = self._under(event)

    def on_leave(self) -> None:
        """Light up none."""
        self.hovered = None

    def _under(self, event: events.MouseEvent) -> int | None:
        where = event.get_content_offset(self)
        if where is None:
            return None
        shown, x = self.in_view, where.x
        places = [(shown.start - 1, MORE)] if shown.start else []
        places += [(at, self._widths[at]) for at in shown]
        if shown.stop < len(self.titles):
            places.append((shown.stop, MORE))
        for at, width in places:
            x -= width
            if x < 0:
                return at
        return None


class TabPage(Vertical):
    """A tab: its title, and what it shows."""

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id)
        self.title = title
        self.mounting: AwaitMount | None = None
        """The wait for its content; none before it is first shown."""


class TabStrip(Vertical):
    """Tabs in the room there is: no title is cut, and the hidden tabs are counted.

    What a tab shows is mounted when it is first shown. `[` and `]`, the arrow keys and a click on
    a number go to the hidden ones.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,enter", "go_in", "Go in", show=False, id="tabs.go_in"),
    ]

    active: reactive[str] = reactive("", init=False)
    """The id of the open tab."""

    class Turned(Message):
        """Another tab was opened, and its content is there."""

        def __init__(self, page: TabPage) -> None:
            self.page = page
            super().__init__()

    def __init__(self, *, initial: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(TabStrip.active, initial)
        self.pages: dict[str, TabPage] = {}
        """The tabs by their ids, in order."""
        self.bar = TabBar()

    def compose_add_child(self, widget: Widget) -> None:
        """Take a tab from a `with` block."""
        assert isinstance(widget, TabPage)
        assert widget.id
        self.pages[widget.id] = widget

    def compose(self) -> ComposeResult:
        """Lay out the titles and the open tab."""
        self.bar.titles = [page.title for page in self.pages.values()]
        self.bar.active = self._place
        yield self.bar
        yield self.active_page

    def on_mount(self) -> None:
        """Say that the first tab is there."""
        self.post_message(self.Turned(self.active_page))

    @property
    def active_page(self) -> TabPage:
        """The open tab."""
        return self.pages[self.active]

    @property
    def _place(self) -> int:
        return list(self.pages).index(self.active)

    def turn(self, step: int) -> None:
        """Open the next tab, or the previous one."""
        self.active = list(self.pages)[(self._place + step) % len(self.pages)]

    def watch_active(self, before: str, after: str) -> None:
        """Show the open tab in place of the one before."""
        if self.bar.is_attached:
            self.bar.active = self._place
            self.pages[before].display = False
            self.pages[after].display = True
            self.post_message(self.Turned(self.pages[after]))

    @on(TabBar.Chosen)
    def _chosen(self, event: TabBar.Chosen) -> None:
        event.stop()
        self.active = list(self.pages)[event.at]

    async def on_tab_strip_turned(self, event: Turned) -> None:
        """Mount what the tab shows, before others hear of it; of tabs that were passed, nothing."""
        if event.page is self.active_page:
            await self._mount_page(event.page)
        else:
            event.stop()

    async def _mount_page(self, page: TabPage) -> None:
        if not page.is_attached:
            page.mounting = self.mount(page)
        if page.mounting is not None:
            await page.mounting

    def action_go_in(self) -> None:
        """Focus the content of the open tab; the titles where it has none."""
        page = self.active_page
        if page.is_mounted:
            self._focus_in(page)
        else:
            run_flow(self, self._go_in_later, page, group="go in", exclusive=True)

    async def _go_in_later(self, page: TabPage) -> None:
        await self._mount_page(page)
        self._focus_in(page)

    def _focus_in(self, page: TabPage) -> None:
        (next(iter(page.query("Scroll, NounTable")), None) or self.bar).focus()
