"""The Analytics pane: the workspace in figures and plots, a section at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.widgets import ContentSwitcher

from segops_tui import wording
from segops_tui.tui.analytics.figures import OverviewSection, UsageSection
from segops_tui.tui.analytics.lists import HealthSection, OverlapSection, TrendsSection
from segops_tui.tui.analytics.section import Section
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.links import Link
from segops_tui.tui.core.messages import Answered, Counted, Paused
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.pane import Pane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.panes.detail import Detail
    from segops_tui.tui.panes.list_box import ListBox

SECTIONS: Final[Sequence[type[Section[Any]]]] = (
    OverviewSection,
    TrendsSection,
    OverlapSection,
    UsageSection,
    HealthSection,
)


class AnalyticsPane(Pane[Any], inherit_bindings=False):
    """Sections, one of them in front; its list and its detail are the pane's."""

    ACTIONS: ClassVar[Sequence[Action]] = ()
    """What can be done is each section's."""

    command = "analytics"
    list_verb = "overview"

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        places = [section.place for section in SECTIONS]
        self.sections: dict[str, Section[Any]] = {
            section.place.name: section(workspace, id=f"{id}-{section.place.name}", places=places)
            for section in SECTIONS
        }
        self.section = next(iter(self.sections.values()))
        self.noun = self.section.noun
        super().__init__(workspace, id=id)

    def compose(self) -> ComposeResult:
        """The section in front; the others come when they are first turned to."""
        with ContentSwitcher(initial=self.section.id):
            yield self.section

    def on_mount(self) -> None:
        """Do nothing: the section fetches by itself."""

    def make_list(self) -> ListBox:
        """The list of the section in front."""
        return self.section.box

    def make_detail(self) -> Detail[Any]:
        """The detail of the section in front."""
        return self.section.detail

    def refetch(self) -> None:
        """Fetch the section in front again."""
        self.section.refetch()

    def enter(self) -> None:
        """Go to the section in front."""
        self.take_focus()

    def take_focus(self) -> None:
        """Focus the section in front."""
        self.section.enter()

    @property
    def here(self) -> Link:
        """This place: the section."""
        return Link(self.id or "", tab=self.section.place.name)

    def seek(self, link: Link) -> None:
        """Go to a section by its name."""
        if not link.tab:
            return
        if link.tab in self.sections:
            run_flow(self, self.turn_to, link.tab, group="turn", exclusive=True)
            return
        places = wording.listed(list(self.sections), word="or")
        words = f"There is no section {link.tab} here; {places}."
        self.notify(one_line(words), severity="warning", markup=False)

    async def turn_to(self, name: str) -> None:
        """Put a section in front, made at its first visit."""
        section = self.sections[name]
        switcher = self.query_one(ContentSwitcher)
        if section.parent is None:
            section.paused = self.paused
            await switcher.add_content(section, set_current=True)
        switcher.current = section.id
        self.noun = section.noun
        self.section, self.box, self.detail = section, section.box, section.detail
        section.enter()
        self.refresh_bindings()

    @on(Section.Turned)
    def _turned(self, event: Section.Turned) -> None:
        event.stop()
        names = list(self.sections)
        at = names.index(self.section.place.name) + event.step
        self.seek(Link("", tab=names[at % len(names)]))

    @on(Section.Chosen)
    def _chosen(self, event: Section.Chosen) -> None:
        event.stop()
        self.seek(Link("", tab=event.name))

    @on(Answered)
    def _section_answered(self) -> None:
        self.has_answer = True
        self._settle()

    @on(Counted)
    def _section_counted(self, event: Counted) -> None:
        # How long the list of a section is says nothing about the pane.
        event.stop()

    @on(Paused)
    def _section_paused(self, event: Paused) -> None:
        self.paused = event.paused
        for section in self.sections.values():
            if section is not self.section:
                section.paused = event.paused
