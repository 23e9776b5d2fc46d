"""The segments a user is in, as they were last computed.

Knows memberships; why one holds is another tab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from segops_tui import wording
from segops_tui.nouns.users import USER_SEGMENTS
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.users.tab import LOADING, UserPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.users import UserSegment
    from segops_tui.tui.core.workspace import Workspace

EMPTY: Final = "In no segment, as they were last computed. e says why not."


class UserSegments(UserPart):
    """A table; enter explains."""

    DEFAULT_CSS = """
    UserSegments { height: 1fr; }
    UserSegments #told { height: auto; padding: 0 1; color: $text-muted; }
    """

    class Chosen(Message):
        """Why this segment holds the user is to be said."""

        def __init__(self, segment_id: int, name: str) -> None:
            self.segment_id, self.name = segment_id, name
            super().__init__()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.rows: Sequence[UserSegment] = ()
        self._told = Static("", id="told", markup=False)
        self._table = NounTable(id="belongings", markable=False)

    def compose(self) -> ComposeResult:
        """How many, and which."""
        yield self._told
        yield self._table

    def on_mount(self) -> None:
        """The columns, the name first."""
        columns = [column for column in USER_SEGMENTS.columns if column.key != "segment_id"]
        self._table.show_columns(columns, context=self.saying)

    async def fetch(self, user_id: str) -> list[UserSegment]:
        """Every segment the user is in.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.users.segments(user_id)]

    def show_waiting(self) -> None:
        """Nothing of the user before."""
        self._told.update(LOADING)
        self._table.empty_text = ""
        self._put([])

    def show_found(self, found: Sequence[UserSegment]) -> None:
        """The rows."""
        counted = f"in {wording.plural(len(found), 'segment')}"
        self._told.update(Content.assemble((counted, "$foreground"), "  enter says why"))
        self._told.display = bool(found)
        self._table.empty_text = EMPTY
        self._put(found)

    def show_problem(self, words: Content) -> None:
        """In the place of the rows."""
        self._told.display = True
        self._told.update(words)

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        row: UserSegment = event.row
        self.post_message(self.Chosen(row.segment_id, row.segment_name))

    def _put(self, rows: Sequence[UserSegment]) -> None:
        self.rows = rows
        self._table.set_rows(rows, key=id)
