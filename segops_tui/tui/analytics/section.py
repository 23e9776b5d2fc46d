"""One section of the Analytics pane: a list or figures with a chart, fetched by itself."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widget import Widget

from segops_tui.tui.core.actions import SECTION_ACTIONS, bindings
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.actions import FILTER, SHARED, SORTING
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.list_box import heading
from segops_tui.tui.panes.pane import Pane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

R = TypeVar("R")

_NEXT, _PREVIOUS = (
    SECTION_ACTIONS[0].does(lambda section: section.post_message(Section.Turned(1))),
    SECTION_ACTIONS[1].does(lambda section: section.post_message(Section.Turned(-1))),
)

LIST_SECTION: Final = (_NEXT, _PREVIOUS, FILTER, *SORTING, *SHARED)
"""The actions of a section that is a list."""
FIGURES_SECTION: Final = (
    _NEXT,
    _PREVIOUS,
    *(action for action in SHARED if action.id != "pane.columns"),
)
"""The actions of a section that is one record, drawn."""


@dataclass(frozen=True, slots=True)
class SectionName:
    """A section as links and borders call it."""

    name: str
    title: str


class ChartDetail(Detail[R]):
    """A detail that is one chart, without tabs; a subclass draws a row into it."""

    first_tab = ""

    def __init__(self, workspace: Workspace, drawing: Widget) -> None:
        super().__init__(workspace)
        self.drawing = drawing
        self.scroll = Scroll()

    def compose(self) -> ComposeResult:
        """Lay out the chart, which may be longer than the detail."""
        with self.scroll:
            yield self.drawing

    def show(self, row: R) -> None:
        """Draw a row."""
        self.row = row
        self.border_title = Content.styled(one_line(self.name_of(row)), "bold")
        self.draw(row)

    def enter(self) -> None:
        """Focus the chart."""
        self.scroll.focus()

    def turn(self, step: int) -> None:
        """Do nothing: there are no tabs."""

    def age(self) -> None:
        """Do nothing: there is no summary."""


class Section(Pane[R]):
    """One section; its border names every section, and a click on a name opens that one."""

    ACTIONS: ClassVar[Sequence[Action]] = LIST_SECTION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    class Turned(Message):
        """The user turned to the next section, or to the previous one."""

        def __init__(self, step: int) -> None:
            self.step = step
            super().__init__()

    class Chosen(Message):
        """The user clicked the name of a section."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    place: ClassVar[SectionName]
    is_list: ClassVar[bool] = True
    """Whether it lists rows; else it draws one record."""

    def __init__(self, workspace: Workspace, *, id: str, places: Sequence[SectionName]) -> None:
        super().__init__(workspace, id=id)
        self.places = places
        self.add_class("section")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """One record is shown by the command that lists."""
        words = super().command_words()
        return words if cls.is_list else {**words, "get": words["list"]}

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown and how many there are; nothing for one record."""
        return super().counts() if self.is_list else (None, None)

    def can_copy(self, letter: str) -> bool:
        """Whether the copy menu offers this; one record has no id (i) and no name (n)."""
        return self.is_list or letter not in {"i", "n"}

    def command_of(self, key: str) -> str:  # noqa: ARG002
        """The command that shows the section; its rows have none of their own."""
        return f"segops-tui {shlex.join(self.command_words()['list'])}"

    def link_of(self, key: str) -> str:  # noqa: ARG002
        """The section's own place; its rows have none."""
        return f"{self.command}/{self.place.name}"

    def on_click(self, event: events.Click) -> None:
        """Open the section whose name was clicked."""
        name = event.style.meta.get("section")
        if isinstance(name, str):
            event.stop()
            self.post_message(self.Chosen(name))

    @property
    def is_visible(self) -> bool:
        """Whether this section is in front, and its pane."""
        return super().is_visible and all(
            node.display for node in self.ancestors if isinstance(node, Widget)
        )

    def name_list(self) -> None:
        """Put the names of all sections on the border, this one with its counts."""
        super().name_list()
        shown, total = self.counts()
        own = heading(self.place.title, shown=shown, total=total)
        names = [own if place == self.place else _named(place) for place in self.places]
        self.box.border_title = Content.styled(" ─ ", "$border-blurred").join(names)


def _named(place: SectionName) -> Content:
    named = Content.styled(place.title, "$text-muted")
    return named.stylize(Style.from_meta({"section": place.name}))
