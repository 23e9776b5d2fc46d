"""A tab of a detail: what relies on the object; enter goes there."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final, Literal

from textual import on
from textual.containers import Vertical
from textual.content import Content

from segops_tui.api.errors import SegOpsError
from segops_tui.named_tuple import NamedTuple
from segops_tui.nouns.column import Context
from segops_tui.nouns.uses import USES, Use
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.messages import Jump
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import one_line
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from textual.app import ComposeResult

    from segops_tui.api.listing import AsyncListing
    from segops_tui.tui.core.workspace import Workspace

UNKNOWN = "What uses it could not be read: {}. Press ctrl+r to try again."
LOADING: Final = "Loading …"
NONE_SO_FAR: Final = "Nothing was found in what was read."
SETTLE: Final = 0.15
"""Seconds the cursor rests on a row before its uses are fetched."""


class Uses(NamedTuple):
    """The uses that are known by now."""

    uses: Sequence[Use]
    note: str = ""
    """What is being read, or was not; empty once everything was."""
    is_last: bool = True
    """Whether nothing more comes before the tab is opened again."""


class UsesTab(Vertical, Sized):
    """The uses of one object, fetched when they are first shown."""

    DEFAULT_CSS = "UsesTab #unread { padding: 0 1; height: auto; color: $text-muted; }"

    def __init__(
        self, workspace: Workspace, fetch: Callable[[Any], AsyncGenerator[Uses, None]]
    ) -> None:
        super().__init__()
        self._workspace, self._fetch = workspace, fetch
        self._row: Any = None
        self._state: Literal["waiting", "reading", "read"] = "waiting"
        """Whether something is to be read; it is read when the tab is on screen."""
        self._uses: Sequence[Use] = ()
        self._table = NounTable(markable=False)
        self._note = PlainText(id="unread")

    def compose(self) -> ComposeResult:
        """Lay out the uses above what was not read."""
        yield self._table
        yield self._note

    def on_mount(self) -> None:
        """Show the columns."""
        now = self._workspace.now
        self._table.show_columns(USES.columns, context=lambda: Context(now=now()))

    def forget(self) -> None:
        """Drop the uses of another object."""
        self._stop_reading()
        self._row, self._uses, self._state = None, (), "waiting"
        self._draw("", LOADING)

    def show(self, row: Any) -> None:
        """Fetch the uses of an object once they are on screen, unless all of them are known."""
        if self._row is None or self._row != row:
            self._row, self._state = row, "waiting"
        self.on_show()

    def on_show(self) -> None:
        """Begin to read, or read on, now that the tab is on screen."""
        if self._row is not None and self._state == "waiting" and self.is_on_screen:
            self._state = "reading"
            # What is shown already stays while the rest is read.
            self._draw(LOADING if self._uses else "", LOADING)
            run_flow(self, self._read, self._row, group="uses", exclusive=True)

    def fit_size(self) -> None:
        """Begin to read where Textual has sent no `Show` either."""
        self.on_show()

    def on_hide(self) -> None:
        """Stop reading; it goes on when the tab is back."""
        self._stop_reading()

    def _stop_reading(self) -> None:
        if self._state == "reading":
            self._state = "waiting"
            self.workers.cancel_group(self, "uses")

    async def _read(self, row: Any) -> None:
        await self._workspace.client.sleep(SETTLE)
        found = Uses(())
        try:
            async with aclosing(self._fetch(row)) as parts:
                async for found in parts:
                    self._uses = found.uses
                    empty = NONE_SO_FAR if found.note else USES.empty
                    self._draw(found.note, empty if found.is_last else LOADING)
        except SegOpsError as error:
            words = one_line(UNKNOWN.format(problem_of(error).line))
            self._draw(words if self._uses else "", words)
            self._state = "waiting"
        else:
            self._state = "waiting" if found.note else "read"

    def _draw(self, note: str, empty: str) -> None:
        self._table.empty_text = empty
        self._table.set_rows(self._uses, key=USES.key, keep_position=True)
        self._note.update(Content(one_line(note)))
        self._note.display = bool(note)

    @on(RowSelected)
    def _go(self, event: RowSelected) -> None:
        event.stop()
        self.post_message(Jump(event.row.place))

    @on(RowHighlighted)
    def _stop(self, event: RowHighlighted) -> None:
        event.stop()


async def every(*listings: AsyncListing[Any]) -> list[list[Any]]:
    """All rows of each listing; the listings are read at the same time."""

    async def rows(listing: AsyncListing[Any]) -> list[Any]:
        return [row async for row in listing]

    return await asyncio.gather(*map(rows, listings))
