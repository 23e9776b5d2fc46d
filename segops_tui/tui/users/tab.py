"""The base of a user's tabs: fetched when first shown, dropped when another user is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.containers import Vertical
from textual.content import Content

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Context
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from segops_tui.tui.core.workspace import Workspace

SETTLE: Final = 0.15
"""Seconds the cursor rests on a user before the server is asked about them."""
LOADING: Final = Content.styled("◌ loading …", "$text-muted")


class UserTab(Vertical):
    """One tab. A subclass fetches something of a user, and shows it."""

    def __init__(self, workspace: Workspace, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.workspace = workspace
        self.user_id = ""
        self._asked = False

    def show_user(self, user_id: str) -> None:
        """Show a user, unless this user is shown already."""
        if self._asked and user_id == self.user_id:
            return
        self.user_id = user_id
        self.reload()

    def reload(self) -> None:
        """Fetch the tab of the present user again."""
        if self.user_id:
            self._asked = True
            self.show_loading()
            run_flow(self, self._load, self.user_id, group="load", exclusive=True)

    def forget(self) -> None:
        """Drop what was fetched."""
        self._asked = False
        self.show_loading()

    async def fetch(self, user_id: str) -> Any:
        """Fetch what this tab shows."""
        raise NotImplementedError

    def show_loading(self) -> None:
        """Show that the tab is loading."""
        raise NotImplementedError

    def show_found(self, found: Any) -> None:
        """Show what was fetched."""
        raise NotImplementedError

    def show_problem(self, words: Content) -> None:
        """Show why there is nothing to show."""
        raise NotImplementedError

    def age(self) -> None:
        """Draw the ages again that stand outside of a table."""

    def make_context(self) -> Context:
        """What formatting a value depends on."""
        return Context(now=self.workspace.now(), names=self.workspace.names)

    async def _load(self, user_id: str) -> None:
        await self.workspace.client.sleep(SETTLE)
        try:
            found = await self.fetch(user_id)
        except SegOpsError as error:
            if user_id == self.user_id:
                self._asked = False
                self._show_error(error)
        else:
            if user_id == self.user_id and self._asked:
                self.show_found(found)

    def _show_error(self, error: SegOpsError) -> None:
        problem = problem_of(error)
        line = one_line(f"{problem.symbol} {problem.line}")
        hint = one_line(problem.hint)
        self.show_problem(
            Content.assemble((line, "$error"), (f"\n{hint}" if hint else "", "$text-muted"))
        )
