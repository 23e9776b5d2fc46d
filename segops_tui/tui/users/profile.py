"""The first tab of a user: how much they did and when, and what they told about themselves.

Knows a user's own record; their events are another tab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widgets import Static

from segops_tui import wording
from segops_tui.nouns.payload import payload_facts
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.users.tab import LOADING, UserPart
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import ComposeResult

    from segops_tui.api.resources.users import User

NO_PROPERTIES = "None known: they come with the event context_identified."


class UserProfile(UserPart):
    """Facts, and below them the properties."""

    DEFAULT_CSS = """
    UserProfile { height: 1fr; }
    UserProfile .heading { height: auto; margin-top: 1; }
    UserProfile #said { height: auto; display: none; }
    UserProfile #said.-said { display: block; }
    """

    def __init__(self, workspace: Any) -> None:
        super().__init__(workspace)
        self._facts, self._properties = FactList(), FactList()
        self._heading = Static("", classes="heading", markup=False)
        self._said = Static("", id="said", markup=False)

    def compose(self) -> ComposeResult:
        """One column."""
        with Scroll():
            yield self._facts
            yield self._heading
            yield self._said
            yield self._properties

    def show_row(self, row: User) -> None:
        """Show what the list knows of a user, before more is known."""
        self._facts.facts = self._facts_of(row)

    async def fetch(self, user_id: str) -> User:
        """The user with their properties.

        Raises:
            SegOpsError: they cannot be had.
        """
        return await self.workspace.client.users.get(user_id)

    def show_waiting(self) -> None:
        """Keep the facts of the list; the properties are waited for."""
        self._heading.update(Content.styled("Properties", "bold"))
        self._properties.facts = ()
        self._say(LOADING)

    def show_found(self, found: User) -> None:
        """Every fact."""
        self._facts.facts = self._facts_of(found)
        properties = payload_facts(found.properties)
        self._properties.facts = properties
        self._say(Content("") if properties else Content.styled(NO_PROPERTIES, "$text-muted"))

    def show_problem(self, words: Content) -> None:
        """Below what the list knows."""
        self._say(words)

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

    def _say(self, words: Content) -> None:
        self._said.update(words if words.plain else Content(one_line("")))
        self._said.set_class(bool(words.plain), "-said")
