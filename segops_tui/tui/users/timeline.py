"""The timeline of a user: the events, newest first, and the payload of one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.content import Content

from segops_tui import wording
from segops_tui.nouns.users import EVENTS, payload_facts
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.chooser import Choosable
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.users.tab import LOADING, UserTab
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.message import Message

    from segops_tui.api.resources.users import Event
    from segops_tui.tui.core.workspace import Workspace

MOST: Final = 200
"""The API returns this many events at most, and no further pages (contract §9.1)."""


@dataclass(frozen=True, slots=True)
class Since:
    """How far back events are shown."""

    days: int
    """0 is all of them."""
    title: str


ALL: Final = Since(0, "all time")
SINCE: Final = (
    ALL,
    Since(1, "last 24 hours"),
    Since(7, "last 7 days"),
    Since(30, "last 30 days"),
    Since(90, "last 90 days"),
    Since(365, "last 365 days"),
)


@dataclass(frozen=True, slots=True)
class TimelineEvents:
    """The events of a user, as far as the server lists them."""

    types: Counter[str]
    """How many of each type are among the newest."""
    seen: int
    """The number of events in which types were counted."""
    total: int
    """The number of events of every type."""
    events: Sequence[Event]
    """The events of the chosen type."""
    count: int
    """The number of events of the chosen type."""


class UserTimeline(UserTab):
    """A table of events, and the payload of the one under the cursor."""

    DEFAULT_CSS = """
    UserTimeline { height: 1fr; }
    UserTimeline #filter { height: auto; padding: 0 1; color: $text-muted; }
    UserTimeline #events { height: 3fr; }
    UserTimeline Scroll { height: 2fr; min-height: 4; border-top: solid $border-blurred; }
    UserTimeline #when { height: auto; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.event_type = ""
        """Empty is every type. It stays from user to user."""
        self.since = ALL
        self._timeline: TimelineEvents | None = None
        self._filter = PlainText(id="filter")
        self._events = NounTable(id="events", markable=False)
        self._when = PlainText(id="when")
        self._payload = FactList()

    def compose(self) -> ComposeResult:
        """Lay out the filter, the events, the payload."""
        yield self._filter
        yield self._events
        with Scroll():
            yield self._when
            yield self._payload

    def on_mount(self) -> None:
        """Show the columns; the payload is the first to go where there is little room."""
        columns = [c._replace(priority=9) if c.key == "payload" else c for c in EVENTS.columns]
        self._events.show_columns(columns, context=self.make_context)

    def narrow(self, *, event_type: str | None = None, since: Since | None = None) -> None:
        """Show events of one type, or recent events."""
        self.event_type = self.event_type if event_type is None else event_type
        self.since = self.since if since is None else since
        self.reload()

    def type_choices(self) -> list[Choosable[str]]:
        """Every type, the most frequent first."""
        found = self._timeline
        if found is None:
            return [Choosable("", "every event")]
        every = Choosable("", "every event", f"{found.total:,}")
        choices = [
            Choosable(name, name, f"{number:,}") for name, number in found.types.most_common()
        ]
        if self.event_type and self.event_type not in found.types:
            choices.append(Choosable(self.event_type, self.event_type, f"{found.count:,}"))
        return [every, *choices]

    @property
    def current(self) -> Event | None:
        """The event under the cursor."""
        event: Event | None = self._events.current_row
        return event

    @property
    def seen(self) -> int:
        """The number of events in which types were counted."""
        return 0 if self._timeline is None else self._timeline.seen

    @property
    def is_cut(self) -> bool:
        """Whether types were counted in the newest events only."""
        return self._timeline is not None and self._timeline.seen < self._timeline.total

    def options(self) -> list[str]:
        """The options of the command that lists the same events."""
        options = ["--type", self.event_type] if self.event_type else []
        since = self._since()
        return [*options, "--since", since] if since else options

    async def fetch(self, user_id: str) -> TimelineEvents:
        """Fetch the newest events; those of the chosen type alone, if some of them are older."""
        listing = self.workspace.client.users.events
        page = await listing(user_id, since=self._since(), limit=MOST).page()
        types = Counter(event.event_type for event in page.items)
        total = len(page.items) if page.count is None else page.count
        if not self.event_type:
            return TimelineEvents(types, len(page.items), total, page.items, total)
        if len(page.items) >= total:
            events = [event for event in page.items if event.event_type == self.event_type]
            return TimelineEvents(types, total, total, events, len(events))
        only = await listing(
            user_id, event_type=self.event_type, since=self._since(), limit=MOST
        ).page()
        count = len(only.items) if only.count is None else only.count
        return TimelineEvents(types, len(page.items), total, only.items, count)

    def show_loading(self) -> None:
        """Remove the events of the user before."""
        self._timeline = None
        self._filter.update(LOADING)
        self._events.empty_text = ""
        self._show_events([])

    def show_found(self, found: TimelineEvents) -> None:
        """Show the events, and the payload of the first."""
        self._timeline = found
        self._filter.update(self._count_words(found))
        self._events.empty_text = self._empty(found)
        self._show_events(found.events)

    def show_problem(self, words: Content) -> None:
        """Show the error above the events."""
        self._filter.update(words)

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        shown: Event = event.row
        self._show_when(shown)
        facts = payload_facts(shown.payload)
        self._payload.facts = facts or [("payload", "–")]

    @on(RowSelected)
    def _selected(self, event: Message) -> None:
        event.stop()
        self.query_one(Scroll).focus()

    def age(self) -> None:
        """Draw the age of the event under the cursor again."""
        if self.current is not None:
            self._show_when(self.current)

    def _show_when(self, event: Event) -> None:
        age = wording.age(event.occurred_at, now=self.workspace.now())
        self._when.update(
            Content.assemble((one_line(event.event_type), "bold"), (f"  {age}", "$text-muted"))
        )

    def _show_events(self, events: Sequence[Event]) -> None:
        if not events:
            self._when.update("")
            self._payload.facts = ()
        self._events.set_rows(events, key=id)

    def _since(self) -> str | None:
        if not self.since.days:
            return None
        return wording.iso(self.workspace.now() - timedelta(days=self.since.days))

    def _count_words(self, found: TimelineEvents) -> Content:
        shown = len(found.events)
        numbers = wording.plural(found.count, "event")
        if shown < found.count:
            numbers = f"the newest {shown:,} of {numbers}"
        parts: list[Any] = [(numbers, "$foreground")]
        if self.event_type:
            parts.append((f"  {one_line(self.event_type)}", "bold $primary"))
        if self.since is not ALL:
            parts.append((f"  {self.since.title}", "bold $primary"))
        hint = "  t type  w since"
        return Content.assemble(*parts, (hint, "$text-muted"))

    def _empty(self, found: TimelineEvents) -> str:
        what = f"No {self.event_type} event" if self.event_type else "No event"
        when = "" if self.since is ALL else f" in the {self.since.title}"
        if found.total and self.event_type:
            return f"{what}{when}. Press t for other types."
        return (
            f"{what}{when}. Press w for older events."
            if when
            else f"{what} of this user is stored."
        )
