"""A tab of a detail: what relies on the object; enter goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import Context
from segops_tui.nouns.uses import USES, Use
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.messages import Jump
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from segops_tui.tui.core.workspace import Workspace

UNKNOWN = "What uses it could not be read: {}. Press ] and [ to try again."


class UsesTable(NounTable):
    """The uses of one object, fetched when they are first shown."""

    def __init__(
        self, workspace: Workspace, fetch: Callable[[Any], Awaitable[Sequence[Use]]]
    ) -> None:
        super().__init__(markable=False)
        self._workspace, self._fetch = workspace, fetch
        self._row: Any = None

    def on_mount(self) -> None:
        """Show the columns."""
        self.show_columns(USES.columns, context=lambda: Context(now=self._workspace.now()))

    def forget(self) -> None:
        """Drop the uses of another object."""
        self._row = None
        self.empty_text = "Loading …"
        self.set_rows([], key=USES.key)

    def show(self, row: Any) -> None:
        """Fetch the uses of an object, unless they are shown."""
        if self._row is None or self._row != row:
            self._row = row
            run_flow(self, self._load, row, group="uses", exclusive=True)

    async def _load(self, row: Any) -> None:
        try:
            uses = list(await self._fetch(row))
        except SegOpsError as error:
            if self._row is row:
                self._row = None
                self.empty_text = one_line(UNKNOWN.format(problem_of(error).line))
                self.set_rows([], key=USES.key)
            return
        if self._row is row:
            self.empty_text = USES.empty
            self.set_rows(uses, key=USES.key)

    @on(RowSelected)
    def _go(self, event: RowSelected) -> None:
        event.stop()
        self.post_message(Jump(event.row.place))

    @on(RowHighlighted)
    def _stop(self, event: RowHighlighted) -> None:
        event.stop()
