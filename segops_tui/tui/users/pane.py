"""The Users pane: people, what they did, and why they are where they are.

Knows people by a part of their id; searching is the server's, which answers with 200 at most.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from segops_tui.nouns.users import USER_ACTIONS, USERS
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.panes.list_box import ListBox
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.tui.users.acting import UserActing
from segops_tui.tui.users.detail import UserDetail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.timer import Timer

    from segops_tui.api.resources.users import User
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun

MOST: Final = 200
"""Users in one answer (contract §9.1); there is no way to ask for the rest."""
TYPING: Final = 0.25
"""Seconds without a key before what was typed is searched for."""

CONSOLE_USERS: Final = replace(
    USERS,
    empty="No users yet: whoever sends an event is one. Send one: segops-tui events track",
)


class UsersPane(UserActing):
    """People by a part of their id."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *USER_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(USER_ACTIONS)]

    command = "users"
    list_verb = "search"
    sortable = ("user_id", "event_count", "last_seen")

    _matched: int | None = None
    """How many the last search found, shown or not."""
    _everybody: int | None = None
    _typing: Timer | None = None
    _wanted = ""
    """Whom the cursor goes to when they come."""

    @property
    def noun(self) -> Noun[User]:
        """Users."""
        return CONSOLE_USERS

    def make_list(self) -> ListBox:
        """The list; its filter searches on the server."""
        return ListBox(filter_hint="part of a user's id")

    def make_detail(self) -> UserDetail:
        """The detail's widget."""
        return UserDetail(self.workspace)

    def counts(self) -> tuple[int | None, int | None]:
        """How many are shown, and how many were found."""
        if not self._answered:
            return None, None
        return len(self.rows), self._matched

    def whole(self) -> int | None:
        """Everybody, whatever is searched for."""
        return self._everybody

    def list_note(self) -> str:
        """What to do about those who are not shown."""
        notes = [super().list_note()]
        if self._matched is not None and self._matched > len(self.rows):
            notes.append("/ finds others by a part of their id")
            if self.sort_key is not None:
                notes.insert(1, f"sorted among these {len(self.rows):,}")
        return " · ".join(note for note in notes if note)

    async def fetch(self) -> list[User]:
        """Whom the words find, 200 at most.

        Raises:
            SegOpsError: they cannot be had.
        """
        words = self.box.words
        page = await self.workspace.client.users.search(words or None, limit=MOST).page()
        self._matched = len(page.items) if page.count is None else page.count
        if not words:
            self._everybody = self._matched
        return page.items

    async def fetch_one(self, key: str) -> User:
        """Fetch one user.

        Raises:
            SegOpsError: there is none of that id.
        """
        return await self.workspace.client.users.get(key)

    def shown(self) -> list[User]:
        """Whom the server found, sorted."""
        return self._sorted(list(self.rows))

    def filtered(self, words: str) -> None:
        """Search once nothing was typed for a moment; the newest answer wins."""
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING if words else 0.01, self.refetch)

    def put_rows(self) -> None:
        """Show whom the server found; go to the one who was waited for."""
        super().put_rows()
        keys = [user.user_id for user in self.shown()]
        if self._wanted in keys:
            self.table.cursor_row = keys.index(self._wanted)
            self._wanted = ""

    def go_to(self, row: User) -> None:
        """Put the cursor on a user."""
        self.find(row.user_id)

    def find(self, user_id: str) -> None:
        """Show a user as the server now has them; who is not shown is searched for."""
        self._wanted = user_id
        keys = [user.user_id for user in self.shown()]
        if user_id in keys:
            self.table.cursor_row = keys.index(user_id)
        else:
            self.box.filter_by(user_id)
        self.refetch()
