"""The Users pane: people, what they did, and why they are where they are.

Knows people; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.api.resources.users import User
from segops_tui.nouns.users import USERS
from segops_tui.tui.screens.facts_detail import FactsDetail
from segops_tui.tui.screens.listed import ListedPane

if TYPE_CHECKING:
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.screens.detail import Detail


class UsersPane(ListedPane[User]):
    """People by a part of their id."""

    command = "users"
    list_verb = "search"
    sortable = ("user_id", "event_count", "last_seen")

    @property
    def noun(self) -> Noun[User]:
        """Users."""
        return USERS

    def make_detail(self) -> Detail[User]:
        """The detail's widget."""
        return FactsDetail(self.workspace, USERS)

    async def fetch(self) -> list[User]:
        """All of them.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.users.search(limit=200)]
