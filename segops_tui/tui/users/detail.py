"""A user's detail: profile, segments, timeline, and why a segment has the user or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on
from textual.content import Content
from textual.message import Message

from segops_tui import wording
from segops_tui.nouns.users import USER_SEGMENTS, payload_facts
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.users.explain import UserExplain
from segops_tui.tui.users.tab import LOADING, UserTab
from segops_tui.tui.users.timeline import UserTimeline
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from textual.app import ComposeResult

    from segops_tui.api.resources.users import Event, User, UserSegment
    from segops_tui.tui.core.workspace import Workspace

NO_PROPERTIES: Final = "None known. They are sent with the event context_identified."
NO_SEGMENTS: Final = "In no segment, as last computed. Press e to see why not."


class UserProfile(UserTab):
    """How many events a user sent and when, and the user's properties."""

    DEFAULT_CSS = """
    UserProfile { height: 1fr; }
    UserProfile .heading { height: auto; margin-top: 1; }
    UserProfile #status { height: auto; display: none; }
    UserProfile #status.-shown { display: block; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._facts, self._properties = FactList(), FactList()
        self._listed: User | None = None
        self._found: User | None = None
        self._heading = PlainText(classes="heading")
        self._status = PlainText(id="status")

    def compose(self) -> ComposeResult:
        """Lay out one column."""
        with Scroll():
            yield self._facts
            yield self._heading
            yield self._status
            yield self._properties

    def show_row(self, row: User) -> None:
        """Show what the list has of a user, until more is fetched."""
        self._listed = row
        self.age()

    def age(self) -> None:
        """Draw the facts again, whose ages go on."""
        user = self._found or self._listed
        if user is not None:
            self._facts.facts = self._facts_of(user)

    async def fetch(self, user_id: str) -> User:
        """Fetch the user with their properties."""
        return await self.workspace.client.users.get(user_id)

    def show_loading(self) -> None:
        """Keep the facts of the list; the properties are loading."""
        self._found = None
        self.age()
        self._heading.update(Content.styled("Properties", "bold"))
        self._properties.facts = ()
        self._show_status(LOADING)

    def show_found(self, found: User) -> None:
        """Show every fact."""
        self._found = found
        self.age()
        properties = payload_facts(found.properties)
        self._properties.facts = properties
        self._show_status(
            Content("") if properties else Content.styled(NO_PROPERTIES, "$text-muted")
        )

    def show_problem(self, words: Content) -> None:
        """Show the error below the facts of the list."""
        self._show_status(words)

    def _facts_of(self, user: User) -> list[tuple[str, str]]:
        events = wording.plural(user.event_count, "event")
        if user.event_type_count:
            events += f" of {wording.plural(user.event_type_count, 'type')}"
        facts = [
            ("User", user.user_id),
            ("Events", events),
            ("First seen", self._dated(user.first_seen)),
            ("Last seen", self._dated(user.last_seen)),
        ]
        if self.user_id and user.user_id != self.user_id:
            facts.insert(1, ("Also known as", self.user_id))
        return facts

    def _dated(self, when: datetime | None) -> str:
        if when is None:
            return "never"
        return f"{wording.moment(when)}  ({wording.age(when, now=self.workspace.now())})"

    def _show_status(self, words: Content) -> None:
        self._status.update(words if words.plain else Content(one_line("")))
        self._status.set_class(bool(words.plain), "-shown")


class UserSegments(UserTab):
    """The segments a user is in, as last computed; enter explains one."""

    DEFAULT_CSS = """
    UserSegments { height: 1fr; }
    UserSegments #count { height: auto; padding: 0 1; color: $text-muted; }
    """

    class Chosen(Message):
        """The user chose a segment to explain."""

        def __init__(self, segment_id: int, name: str) -> None:
            self.segment_id, self.name = segment_id, name
            super().__init__()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.rows: Sequence[UserSegment] = ()
        self._count = PlainText(id="count")
        self._table = NounTable(id="belongings", markable=False)

    def compose(self) -> ComposeResult:
        """Lay out the count and the table."""
        yield self._count
        yield self._table

    def on_mount(self) -> None:
        """Show the columns, without the id."""
        columns = [column for column in USER_SEGMENTS.columns if column.key != "segment_id"]
        self._table.show_columns(columns, context=self.make_context)

    async def fetch(self, user_id: str) -> list[UserSegment]:
        """Fetch every segment the user is in."""
        return [row async for row in self.workspace.client.users.segments(user_id)]

    def show_loading(self) -> None:
        """Remove the rows of the user before."""
        self._count.update(LOADING)
        self._table.empty_text = ""
        self._put([])

    def show_found(self, found: Sequence[UserSegment]) -> None:
        """Show the rows."""
        counted = f"in {wording.plural(len(found), 'segment')}"
        self._count.update(Content.assemble((counted, "$foreground"), "  enter explains"))
        self._count.display = bool(found)
        self._table.empty_text = NO_SEGMENTS
        self._put(found)

    def show_problem(self, words: Content) -> None:
        """Show the error above the table."""
        self._count.display = True
        self._count.update(words)

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        row: UserSegment = event.row
        self.post_message(self.Chosen(row.segment_id, row.segment_name))

    def _put(self, rows: Sequence[UserSegment]) -> None:
        self.rows = rows
        self._table.set_rows(rows, key=id)


class UserDetail(Detail["User"]):
    """The four tabs of a user."""

    first_tab = "profile"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.profile = UserProfile(workspace)
        self.timeline = UserTimeline(workspace)
        self.segments = UserSegments(workspace)
        self.explain = UserExplain(workspace)

    @property
    def user_tabs(self) -> dict[str, UserTab]:
        """The tabs by name."""
        return {
            "profile": self.profile,
            "timeline": self.timeline,
            "segments": self.segments,
            "explain": self.explain,
        }

    @property
    def event_in_view(self) -> Event | None:
        """The event under the cursor, while the timeline is shown."""
        return self.timeline.current if self.tabs.active == "timeline" else None

    def compose(self) -> ComposeResult:
        """Lay out the summary and four tabs."""
        yield self.head
        with self.tabs:
            for name, tab in self.user_tabs.items():
                with TabPage(name.capitalize(), id=name):
                    yield tab

    def name_of(self, row: User) -> str:
        """The id: the API has no name."""
        return row.user_id

    def is_same(self, before: User, after: User) -> bool:
        """Whether both are the same user, without new events."""
        return before.user_id == after.user_id and before.event_count == after.event_count

    def summary(self, row: User) -> Content:
        """The number of events, and when the last one was."""
        seen = wording.age(row.last_seen, now=self.workspace.now())
        events = wording.plural(row.event_count, "event")
        return Content.assemble((events, "bold"), (f"  last seen {seen}", "$text-muted"))

    def age(self) -> None:
        """Draw the ages of every tab again, in what was fetched too."""
        super().age()
        for tab in self.user_tabs.values():
            tab.age()

    def draw(self, row: User) -> None:
        """Draw what the list has."""
        self.profile.show_row(row)

    def forget(self) -> None:
        """Drop what was fetched for another user."""
        for tab in self.user_tabs.values():
            tab.forget()

    def fill(self, tab: str) -> None:
        """Fetch what the tab shows, unless it was fetched."""
        user_tab = self.user_tabs.get(tab)
        if user_tab is not None and self.row is not None:
            user_tab.show_user(self.row.user_id)

    def open_tab(self, tab: str) -> None:
        """Show a tab."""
        self.tabs.active = tab
        self.fill(tab)

    @on(UserSegments.Chosen)
    def _segment_chosen(self, event: UserSegments.Chosen) -> None:
        event.stop()
        self.explain.choose(event.segment_id, event.name)
        self.open_tab("explain")
