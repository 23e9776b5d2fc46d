"""The timeline of a user: what they did, newest first, and what each event carried.

Knows one user's events; which of them are shown is a type and a day, chosen by a person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.content import Content
from textual.widgets import Static

from segops_tui import wording
from segops_tui.nouns.payload import payload_facts
from segops_tui.nouns.users import EVENTS
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.chooser import Choosable
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.users.tab import LOADING, UserPart
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.message import Message

    from segops_tui.api.resources.users import Event
    from segops_tui.tui.core.workspace import Workspace

MOST: Final = 200
"""Events in one answer (contract §9.1); there is no way to ask for the rest."""


@dataclass(frozen=True, slots=True)
class Since:
    """How far back is looked."""

    days: int
    """0 is all the way."""
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
class Happened:
    """What one look at the server found."""

    types: Counter[str]
    """How many of each type are among the newest."""
    seen: int
    """How many the types were counted in."""
    total: int
    """How many there are of every type."""
    events: Sequence[Event]
    """Those of the chosen type."""
    count: int
    """How many there are of it."""


class UserTimeline(UserPart):
    """A table of events; below it the payload of the one under the cursor."""

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
        """Empty is every type. It stays while one goes from user to user."""
        self.since = ALL
        self._happened: Happened | None = None
        self._filter = Static("", id="filter", markup=False)
        self._events = NounTable(id="events", markable=False)
        self._when = Static("", id="when", markup=False)
        self._payload = FactList()

    def compose(self) -> ComposeResult:
        """What is shown, the events, the payload."""
        yield self._filter
        yield self._events
        with Scroll():
            yield self._when
            yield self._payload

    def on_mount(self) -> None:
        """The columns; the payload goes first where there is little room."""
        columns = [replace(c, priority=9) if c.key == "payload" else c for c in EVENTS.columns]
        self._events.show_columns(columns, context=self.saying)

    def narrow(self, *, event_type: str | None = None, since: Since | None = None) -> None:
        """Show events of one type, or from some day on."""
        self.event_type = self.event_type if event_type is None else event_type
        self.since = self.since if since is None else since
        self.ask()

    def type_choices(self) -> list[Choosable[str]]:
        """Every type there is, the most frequent first."""
        happened = self._happened
        if happened is None:
            return [Choosable("", "every event")]
        every = Choosable("", "every event", f"{happened.total:,}")
        found = [
            Choosable(name, name, f"{number:,}") for name, number in happened.types.most_common()
        ]
        if self.event_type and self.event_type not in happened.types:
            found.append(Choosable(self.event_type, self.event_type, f"{happened.count:,}"))
        return [every, *found]

    @property
    def current(self) -> Event | None:
        """The event under the cursor."""
        event: Event | None = self._events.current_row
        return event

    @property
    def seen(self) -> int:
        """In how many events the types were counted."""
        return 0 if self._happened is None else self._happened.seen

    @property
    def is_cut(self) -> bool:
        """Whether types were counted in the newest events only."""
        return self._happened is not None and self._happened.seen < self._happened.total

    def options(self) -> list[str]:
        """The options of the command that lists the same events."""
        options = ["--type", self.event_type] if self.event_type else []
        since = self._since()
        return [*options, "--since", since] if since else options

    async def fetch(self, user_id: str) -> Happened:
        """The newest events; those of the chosen type are asked for alone where some are missing.

        Raises:
            SegOpsError: they cannot be had.
        """
        listing = self.workspace.client.users.events
        page = await listing(user_id, since=self._since(), limit=MOST).page()
        types = Counter(event.event_type for event in page.items)
        total = len(page.items) if page.count is None else page.count
        if not self.event_type:
            return Happened(types, len(page.items), total, page.items, total)
        if len(page.items) >= total:
            events = [event for event in page.items if event.event_type == self.event_type]
            return Happened(types, total, total, events, len(events))
        only = await listing(
            user_id, event_type=self.event_type, since=self._since(), limit=MOST
        ).page()
        count = len(only.items) if only.count is None else only.count
        return Happened(types, len(page.items), total, only.items, count)

    def show_waiting(self) -> None:
        """Nothing of the user before."""
        self._happened = None
        self._filter.update(LOADING)
        self._events.empty_text = ""
        self._show_events([])

    def show_found(self, found: Happened) -> None:
        """The events, the first of them below."""
        self._happened = found
        self._filter.update(self._told(found))
        self._events.empty_text = self._empty(found)
        self._show_events(found.events)

    def show_problem(self, words: Content) -> None:
        """In the place of the events."""
        self._filter.update(words)

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        happened: Event = event.row
        age = wording.age(happened.occurred_at, now=self.workspace.now())
        self._when.update(
            Content.assemble((one_line(happened.event_type), "bold"), (f"  {age}", "$text-muted"))
        )
        facts = payload_facts(happened.payload)
        self._payload.facts = facts or [("payload", "–")]

    @on(RowSelected)
    def _selected(self, event: Message) -> None:
        event.stop()
        self.query_one(Scroll).focus()

    def _show_events(self, events: Sequence[Event]) -> None:
        if not events:
            self._when.update("")
            self._payload.facts = ()
        self._events.set_rows(events, key=id)

    def _since(self) -> str | None:
        if not self.since.days:
            return None
        return wording.iso(self.workspace.now() - timedelta(days=self.since.days))

    def _told(self, found: Happened) -> Content:
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

    def _empty(self, found: Happened) -> str:
        what = f"No {self.event_type} event" if self.event_type else "No event"
        when = "" if self.since is ALL else f" in the {self.since.title}"
        if found.total and self.event_type:
            return f"{what}{when}. t shows other types."
        return f"{what}{when}. w looks further back." if when else f"{what} of theirs is stored."
