"""The Users pane: find users, see what they did and why a segment has them, alias and merge."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar, Final

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.users import User
from segops_tui.nouns import users as nouns
from segops_tui.nouns.filters import quoted
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.chooser import Choosable, Chooser
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.panes.source import SearchSource
from segops_tui.tui.users.detail import UserDetail
from segops_tui.tui.users.forms import AliasForm, MergeForm, TryEvent
from segops_tui.tui.users.timeline import SINCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.identity import AliasResult
    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.api.resources.segments import Segment
    from segops_tui.api.resources.users import UserSegment
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column

MOST: Final = 200
"""The API returns this many users at most, and no further pages (contract §9.1)."""

CONSOLE_USERS: Final = nouns.USERS._replace(
    empty="No users yet. A user is listed after their first event: segops-tui events track",
)


async def explain(pane: UsersPane) -> None:
    """Ask for a segment, those the user is in first, and show why it has the user or not."""
    user = pane.row
    if user is None:
        return
    choices = await pane.load("Segments", _segment_choices(pane, user))
    if choices is None or not pane.still_shows(user):
        return
    choice = await pane.ask(
        Chooser(
            f"Why is {user.user_id} in, or not in …",
            choices,
            current=pane.detail.explain.segment_id,
            empty="There are no segments yet. To create one, press 1, then n.",
        )
    )
    if choice is not None:
        pane.detail.explain.choose(choice.value, choice.title)
        pane.open_tab("explain")
        pane.log_command(nouns.EXPLAIN.command_line(id=user.user_id, segment=choice.value))


async def _segment_choices(pane: UsersPane, user: User) -> list[Choosable[int]] | None:
    """The segments that can be explained; None if they could not be fetched."""
    client = pane.workspace.client
    with pane.reporting("No segments"):
        member_of = [each async for each in client.users.segments(user.user_id)]
        every = [each async for each in client.segments.list()]
        return _in_and_not_in(member_of, every)
    return None


def _in_and_not_in(
    member_of: Sequence[UserSegment], every: Sequence[Segment]
) -> list[Choosable[int]]:
    ids = {each.segment_id for each in member_of}
    return [
        *(
            Choosable(each.segment_id, each.segment_name, group="In these, as last computed")
            for each in member_of
        ),
        *(
            Choosable(each.id, each.name, group="Not in these")
            for each in every
            if each.id not in ids
        ),
    ]


async def choose_event_type(pane: UsersPane) -> None:
    """Ask which events the timeline shows."""
    timeline = pane.open_tab("timeline").timeline
    counted = f" (counted in the newest {timeline.seen:,})" if timeline.is_cut else ""
    choice = await pane.ask(
        Chooser(
            f"Show which events?{counted}", timeline.type_choices(), current=timeline.event_type
        )
    )
    if choice is not None:
        timeline.narrow(event_type=choice.value)
        _log_events(pane)


async def choose_since(pane: UsersPane) -> None:
    """Ask how far back the timeline goes."""
    timeline = pane.open_tab("timeline").timeline
    choices = [Choosable(since, since.title) for since in SINCE]
    choice = await pane.ask(Chooser("Show events since when?", choices, current=timeline.since))
    if choice is not None:
        timeline.narrow(since=choice.value)
        _log_events(pane)


def _log_events(pane: UsersPane) -> None:
    if pane.row is not None:
        options = pane.detail.timeline.options()
        pane.log_command(shlex.join(["segops-tui", "users", "events", pane.row.user_id, *options]))


async def try_event(pane: UsersPane) -> None:
    """Try an event on the user in a form that proposes payloads."""
    user = pane.row
    if user is None:
        return
    try:
        schemas = await pane.load("Schemas", _schemas(pane))
    except SegOpsError:
        # They only help to write the payload; an event can be tried without.
        schemas = []
    if pane.still_shows(user):
        event = pane.detail.event_in_view
        await pane.ask(TryEvent(pane.workspace, user, schemas=schemas, event=event))


async def _schemas(pane: UsersPane) -> list[EventSchema]:
    return [each async for each in pane.workspace.client.schemas.list()]


async def alias(pane: UsersPane) -> None:
    """Count a visitor's events for the user, after a confirmation."""
    user = pane.row
    if user is None:
        return
    made: AliasResult | None = await pane.ask(AliasForm(pane.workspace, user))
    if made is not None:
        _notify_alias(pane, made)
        pane.detail.forget()
        pane.find_user(made.canonical_user_id or user.user_id)


def _notify_alias(pane: UsersPane, made: AliasResult) -> None:
    owner = made.canonical_user_id or made.user_id
    match made.status:
        case "conflict":
            line = one_line(f"{made.anonymous_id} belongs to {owner} already, and stays there.")
            pane.notify(line, title="Not aliased", severity="warning", markup=False)
        case "exists":
            line = one_line(f"{made.anonymous_id} was {owner} already.")
            pane.notify(line, title="Nothing to do", markup=False)
        case _:
            line = one_line(f"{made.anonymous_id} is now {owner}.")
            pane.notify(line, title="Aliased", markup=False)


def cannot_merge(pane: UsersPane) -> str:
    """There must be a user, and one other at most is marked."""
    if len(pane.table.marked) > 2:
        return "Mark two at most: the one under the cursor is merged into the other."
    return pane.no_row()


async def merge(pane: UsersPane) -> None:
    """Merge the user into another, after a confirmation; of two marked, into the other."""
    user = pane.row
    if user is None:
        return
    others = [each.user_id for each in pane.table.marked_rows if each.user_id != user.user_id]
    into = others[0] if len(others) == 1 else ""
    stays: str | None = await pane.ask(MergeForm(pane.workspace, user, into=into))
    if stays is None:
        return
    pane.table.clear_marks()
    line = f"{user.user_id} is now part of {stays}."
    pane.notify(one_line(line), title="Merged", markup=False)
    pane.detail.forget()
    pane.source.remove({user.user_id})
    pane.find_user(stays)


class UsersPane(Pane[User]):
    """Users, found on the server by a part of their id."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.EXPLAIN.does(explain, unavailable=Pane.no_row),
        nouns.EVENT_TYPE.does(choose_event_type, unavailable=Pane.no_row),
        nouns.SINCE.does(choose_since, unavailable=Pane.no_row),
        nouns.PUBLISH.does(try_event, unavailable=Pane.no_row),
        nouns.ALIAS.does(alias, unavailable=Pane.no_row),
        nouns.MERGE.does(merge, unavailable=cannot_merge),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = CONSOLE_USERS
    command = "users"
    list_verb = "search"
    sortable = ("user_id", "event_count", "last_seen")
    filter_hint = "part of a user's id"
    searched_by_server = "user_id"

    source: SearchSource[User]
    detail: UserDetail
    _target = ""
    """The user whom the cursor goes to when they are fetched."""

    def make_source(self) -> SearchSource[User]:
        """Make the server-side search."""
        return SearchSource(self)

    def make_detail(self) -> UserDetail:
        """Make the detail's widget."""
        return UserDetail(self.workspace)

    def filter_columns(self) -> Sequence[Column[User]]:
        """Words are looked for in the id, as the server does."""
        return [column for column in self.columns() if column.key == "user_id"]

    async def fetch(self) -> list[User]:
        """Fetch the users that the filter matches, 200 at most."""
        words = self.source.words
        page = await self.workspace.client.users.search(words or None, limit=MOST).page()
        self.source.matched = len(page.items) if page.count is None else page.count
        if not words:
            self.source.everything = self.source.matched
        return page.items

    def list_note(self) -> str:
        """How to find the users that are not listed."""
        notes = [super().list_note()]
        if (self.source.matched or 0) > len(self.rows) and not self.source.is_searching:
            notes.append("/ finds others by a part of their id")
        return " · ".join(note for note in notes if note)

    def draw_rows(self) -> None:
        """Show the users, and go to the one that was searched for."""
        super().draw_rows()
        keys = [user.user_id for user in self.shown()]
        if self._target in keys:
            self.table.cursor_row = keys.index(self._target)
            self._target = ""

    def go_to(self, row: User) -> None:
        """Put the cursor on a user."""
        self.find_user(row.user_id)

    def find_user(self, user_id: str) -> None:
        """Fetch a user again and go to them; one who is not listed is searched for."""
        self._target = user_id
        keys = [user.user_id for user in self.shown()]
        if user_id in keys:
            self.table.cursor_row = keys.index(user_id)
        else:
            self.box.filter_by(quoted(user_id))
        self.refetch()

    def still_shows(self, user: User) -> bool:
        """Whether the user is still under the cursor, and no dialog or other pane in front."""
        is_in_front = self.is_visible and self.screen.is_current
        return is_in_front and self.row is not None and self.row.user_id == user.user_id

    def open_tab(self, tab: str) -> UserDetail:
        """Show a tab of the detail, alone where there is no room for both."""
        self.detail.open_tab(tab)
        if not self.detail.display:
            self.open_detail()
            self.call_after_refresh(self.detail.enter)
        return self.detail
