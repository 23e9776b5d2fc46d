"""One section of a pane that has several: a list or figures of its own, fetched on its own.

Knows the names of the sections beside it and how somebody turns to them; what it shows is its
heirs'.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widget import Widget

from segops_tui.tui.core.actions import SECTION_ACTIONS, bindings
from segops_tui.tui.panes.list_box import heading
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.tui.panes.old_pane import BACK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

R = TypeVar("R")

_TABS: Final = {"pane.next_tab", "pane.previous_tab"}
"""Of a detail, which has none here."""


@dataclass(frozen=True, slots=True)
class SectionName:
    """A section as links and borders call it."""

    name: str
    title: str


class Section(ListedPane[R], inherit_bindings=False):
    """Its border names every section, as the head of a page with tabs."""

    ACTIONS: ClassVar[Sequence[Action]] = (
        *SECTION_ACTIONS,
        *(action for action in ListedPane.ACTIONS if action.id not in _TABS),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS), BACK]

    class Turned(Message):
        """The next section is wanted, or the one before."""

        def __init__(self, step: int) -> None:
            self.step = step
            super().__init__()

    class Wanted(Message):
        """The section of that name is wanted."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    place: ClassVar[SectionName]

    def __init__(self, workspace: Workspace, *, id: str, places: Sequence[SectionName]) -> None:
        super().__init__(workspace, id=id)
        self.places = places
        self.add_class("section")

    def do_next(self) -> None:
        """Show the next section."""
        self.post_message(self.Turned(1))

    def do_previous(self) -> None:
        """Show the one before."""
        self.post_message(self.Turned(-1))

    def command_of(self, key: str) -> str:  # noqa: ARG002
        """The command that shows the section; its rows are not to be had alone."""
        return f"segops-tui {shlex.join(self.command_words()['list'])}"

    def link_of(self, key: str) -> str:  # noqa: ARG002
        """The section's own place; its rows have none."""
        return f"{self.command}/{self.place.name}"

    def on_click(self, event: events.Click) -> None:
        """A click on another section's name turns to it."""
        name = event.style.meta.get("section")
        if isinstance(name, str):
            event.stop()
            self.post_message(self.Wanted(name))

    @property
    def is_seen(self) -> bool:
        """Whether this section is in front, and its pane."""
        return super().is_seen and all(
            node.display for node in self.ancestors if isinstance(node, Widget)
        )

    def _name_list(self) -> None:
        super()._name_list()
        shown, total = self.counts()
        own = heading(self.place.title, shown=shown, total=total)
        names = [own if place == self.place else _named(place) for place in self.places]
        self.box.border_title = Content.styled(" ─ ", "$border-blurred").join(names)


def _named(place: SectionName) -> Content:
    named = Content.styled(place.title, "$text-muted")
    return named.stylize(Style.from_meta({"section": place.name}))
