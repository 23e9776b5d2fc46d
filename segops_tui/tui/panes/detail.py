"""The detail of one row: a summary, and tabs that are filled when they are first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.tab_strip import TabBar, TabStrip
from segops_tui.tui.table.virtual_table import VirtualTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from segops_tui.tui.core.workspace import Workspace

R = TypeVar("R")

WAY_BACK: Final = "esc back to the list"
OTHER_TABS: Final = "[ ] other tabs"


class Scroll(VerticalScroll, can_focus=True):
    """Scrolling text, with vim keys too."""

    def key_j(self) -> None:
        """Scroll down a line."""
        self.scroll_relative(y=1, animate=False)

    def key_k(self) -> None:
        """Scroll up a line."""
        self.scroll_relative(y=-1, animate=False)


class Summary(PlainText):
    """Two or three lines above the tabs."""

    DEFAULT_CSS = "Summary { height: auto; width: 1fr; padding: 0 0 0 1; }"


class Detail(Vertical, Sized, Generic[R]):
    """The right half of a pane. A subclass composes tabs and fills the one that is shown."""

    DEFAULT_CSS = """
    Detail {
        border: round $border-blurred; border-title-color: $foreground;
        width: 1fr; height: 1fr;
        &:focus-within { border: round $border; }
        Scroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    }
    """

    first_tab: ClassVar[str]

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.row: R | None = None
        self._note, self._goes_in = "", False
        self._row_drawn: R | None = None
        self._is_due = False
        """Whether the row is not drawn yet."""
        # A row may be shown before the widgets are mounted, so none is looked up by a query.
        self.head = Summary()
        self.tabs = TabStrip(initial=self.first_tab)

    def fit_size(self) -> None:
        """Name the keys that are needed at this width."""
        self.call_after_refresh(self._name_keys)

    def on_descendant_focus(self) -> None:
        """Show the way back to the list, which this may cover."""
        self._name_keys(focused=True)

    def on_descendant_blur(self) -> None:
        """Hide it again when the focus has left."""
        self._name_keys()

    def _name_keys(self, *, focused: bool = False) -> None:
        ways = [WAY_BACK] if focused or self.has_focus_within else []
        if self.tabs.bar.hides_tabs:
            ways.append(OTHER_TABS)
        words = " · ".join([*filter(None, [self._note]), *ways])
        self.border_subtitle = Content.styled(words, "$text-muted") if words else None

    def set_note(self, words: str) -> None:
        """Say something on the lower border, before the keys."""
        self._note = words
        self._name_keys()

    def show(self, row: R) -> None:
        """Show a row; for the same row again, update only what changed.

        To draw it lays out the screen, so the cursor is painted before; of rows that are passed
        meanwhile, none is drawn.
        """
        self.row, self._is_due = row, True
        if self.is_mounted and self.screen.is_active:
            self.call_after_refresh(self._draw_row)
        else:
            self._draw_row()

    def _draw_row(self) -> None:
        row, drawn = self.row, self._row_drawn
        if row is None or not self._is_due:
            return
        self._is_due, self._row_drawn = False, row
        is_same = drawn is not None and self.is_same(drawn, row)
        self.border_title = Content.styled(one_line(self.name_of(row)), "bold")
        self.head.update(self.summary(row))
        self.draw(row)
        if not is_same:
            self.refetch()

    def refetch(self) -> None:
        """Fetch again what the open tab shows, and what the others show once they are opened."""
        if self.row is not None and self._row_drawn is not None:
            self.forget()
            if self.tabs.active_page.is_mounted:
                self.fill(self.tabs.active)

    def age(self) -> None:
        """Draw the ages again: in the summary, in what needs no request, and in tables."""
        if self.row is not None:
            self.head.update(self.summary(self.row))
            self.draw(self.row)
        for table in self.query(VirtualTable):
            table.redraw_cells()

    def name_of(self, row: R) -> str:
        """The title on the border."""
        raise NotImplementedError

    def is_same(self, before: R, after: R) -> bool:
        """Whether what was fetched for one is still valid for the other."""
        raise NotImplementedError

    def summary(self, row: R) -> Content:
        """The lines above the tabs."""
        raise NotImplementedError

    def draw(self, row: R) -> None:
        """Draw what needs no request."""

    def forget(self) -> None:
        """Drop what was fetched for the previous row."""

    def fill(self, tab: str) -> None:
        """Fetch what a tab shows, when it is shown."""

    @property
    def tab_names(self) -> list[str]:
        """The ids of the tabs, as links name them."""
        return list(self.tabs.pages)

    def has_tab(self, tab: str) -> bool:
        """Whether there is such a tab."""
        return tab in self.tab_names

    def turn(self, step: int) -> None:
        """Show the next tab, or the previous one."""
        if self._has_focus_in_page:
            # What has the focus goes out of sight; the next content takes it once it is there.
            self._goes_in = True
            self.tabs.bar.focus()
        self.tabs.turn(step)

    def enter(self) -> None:
        """Focus the content of the open tab."""
        self.tabs.action_go_in()

    @property
    def _has_focus_in_page(self) -> bool:
        return self.has_focus_within and not isinstance(self.screen.focused, TabBar)

    @on(TabStrip.Turned)
    def _turned(self, event: TabStrip.Turned) -> None:
        event.stop()
        if self.row is not None:
            self.fill(event.page.id or "")
        if event.page is self.tabs.active_page and (self._has_focus_in_page or self._goes_in):
            self._goes_in = False
            self.enter()
