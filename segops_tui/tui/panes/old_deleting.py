"""Deleting rows of a pane: asked about first, one request each, what would not go is said.

Knows no noun; the pane it is mixed into names the resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.panes.old_pane import Pane
from segops_tui.tui.panes.old_viewing import R

if TYPE_CHECKING:
    from collections.abc import Sequence


class DeletingPane(Pane[R]):
    """A pane whose rows can be deleted."""

    delete_warning: ClassVar[str] = "It cannot be brought back."

    class Deleted(Message):
        """Rows are gone, but for those that would not go."""

        def __init__(self, gone: Sequence[Any], error: SegOpsError | None) -> None:
            self.gone, self.error = gone, error
            super().__init__()

    def resource(self) -> Any:
        """The client's namespace, which has a `delete`."""
        raise NotImplementedError

    async def fetch_one(self, key: str) -> R:
        """Fetch one row.

        Raises:
            SegOpsError: it cannot be had.
        """
        row: R = await self.resource().get(key)
        return row

    def removed(self, keys: set[Any]) -> None:
        """Take rows off the screen."""
        raise NotImplementedError

    def cannot_delete(self) -> str:
        """Deleting needs a row."""
        return "" if self.chosen else f"There is no {self.noun.name} under the cursor."

    def do_delete(self) -> None:
        """Ask, then delete."""
        chosen = list(self.chosen)
        counted = wording.plural(len(chosen), self.noun.name, self.noun.plural)
        ids = [self.noun.key(row) for row in chosen]
        line = f"{self.named('delete').command_line(ids=ids)} --yes"

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_command(line)
                self._delete(chosen)

        self.app.push_screen(
            Confirm(
                f"Delete {counted}?",
                lines=[wording.listed([self.noun.label(r) for r in chosen]), self.delete_warning],
                profile=self.workspace.profile.name,
                yes=f"Delete {counted}",
                danger=True,
                command=line,
            ),
            answered,
        )

    @work(group="delete")
    async def _delete(self, rows: Sequence[R]) -> None:
        gone: list[R] = []
        failure: SegOpsError | None = None
        for row in rows:
            try:
                await self.resource().delete(self.noun.key(row))
            except SegOpsError as error:
                failure = error
                break
            gone.append(row)
        self.post_message(self.Deleted(gone, failure))

    @on(Deleted)
    def _deleted(self, event: Deleted) -> None:
        event.stop()
        keys = {self.noun.key(row) for row in event.gone}
        self.table.unmark(keys)
        if keys:
            self.removed(keys)
            counted = wording.plural(len(keys), self.noun.name, self.noun.plural)
            self.notify(f"{counted} deleted", markup=False)
        if event.error is not None:
            line = problem_of(event.error).words
            self.notify(line, title="Not deleted", severity="error", markup=False)
