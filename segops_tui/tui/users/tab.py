"""One tab of a user: fetched when it is looked at, dropped when another user is.

Knows whose answer is waited for; what is fetched and how it is drawn is its heirs'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Context
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from segops_tui.tui.core.workspace import Workspace

SETTLE: Final = 0.15
"""Seconds the cursor rests on a user before the server is asked about them."""
LOADING: Final = Content.styled("◌ loading …", "$text-muted")


class UserPart(Vertical):
    """Heirs say what is fetched of a user, and show it."""

    class Loaded(Message):
        """What was asked for has come."""

        def __init__(self, user_id: str, found: Any) -> None:
            self.user_id, self.found = user_id, found
            super().__init__()

    class Failed(Message):
        """It cannot be had."""

        def __init__(self, user_id: str, error: SegOpsError) -> None:
            self.user_id, self.error = user_id, error
            super().__init__()

    def __init__(self, workspace: Workspace, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.workspace = workspace
        self.user_id = ""
        self._asked = False

    def look_at(self, user_id: str) -> None:
        """Show a user, unless they are shown already."""
        if self._asked and user_id == self.user_id:
            return
        self.user_id = user_id
        self.ask()

    def ask(self) -> None:
        """Ask the server about the user there is."""
        if self.user_id:
            self._asked = True
            self.show_waiting()
            self._load(self.user_id)

    def forget(self) -> None:
        """Drop what was fetched."""
        self._asked = False
        self.show_waiting()

    async def fetch(self, user_id: str) -> Any:
        """What this tab is about.

        Raises:
            SegOpsError: it cannot be had.
        """
        raise NotImplementedError

    def show_waiting(self) -> None:
        """Say that something is waited for."""
        raise NotImplementedError

    def show_found(self, found: Any) -> None:
        """Show what was fetched."""
        raise NotImplementedError

    def show_problem(self, words: Content) -> None:
        """Say why there is nothing to show."""
        raise NotImplementedError

    def saying(self) -> Context:
        """What saying a value depends on."""
        return Context(now=self.workspace.now(), names=self.workspace.names)

    @work(exclusive=True, group="load")
    async def _load(self, user_id: str) -> None:
        await self.workspace.client.sleep(SETTLE)
        try:
            found = await self.fetch(user_id)
        except SegOpsError as error:
            self.post_message(self.Failed(user_id, error))
        else:
            self.post_message(self.Loaded(user_id, found))

    @on(Loaded)
    def _loaded(self, event: Loaded) -> None:
        event.stop()
        if event.user_id == self.user_id and self._asked:
            self.show_found(event.found)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        if event.user_id != self.user_id:
            return
        self._asked = False
        problem = problem_of(event.error)
        words = one_line(f"{problem.symbol} {problem.line}")
        hint = one_line(problem.hint)
        self.show_problem(
            Content.assemble((words, "$error"), (f"\n{hint}" if hint else "", "$text-muted"))
        )
