"""Who joined and who left a segment at its last recompute in this console."""

from __future__ import annotations

import asyncio
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.jobs.engine.errors import CannotWrite
from segops_tui.jobs.engine.polling import timestamp
from segops_tui.jobs.member_snapshots import MemberSnapshots
from segops_tui.jobs.recompute import SEGMENT, Comparison
from segops_tui.nouns.column import Context
from segops_tui.nouns.segments import MEMBER_CHANGES
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.segments import Segment
    from segops_tui.jobs.member_snapshots import MemberChanges
    from segops_tui.tui.core.workspace import Workspace

MOST_MEMBERS: Final = 10_000
"""Members that a recompute in the console compares: ten requests before and ten after."""
MOST_SHOWN: Final = 1_000
"""Users shown of those who joined, and of those who left."""


class KeptMembers:
    """The members before and after the recomputes of this session, in a folder of its own.

    Ids are personal data: the folder goes with the pane.
    """

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None

    def comparison(self, segment_id: object) -> Comparison:
        """How a recompute compares its members."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="segops-tui-", ignore_cleanup_errors=True)
        file = Path(self._folder.name) / f"{int(str(segment_id))}.db"
        return Comparison(file, most=MOST_MEMBERS, is_asked=False)

    def file_of(self, segment_id: int) -> Path | None:
        """The file of a segment; None where it was not recomputed."""
        file = None if self._folder is None else Path(self._folder.name) / f"{segment_id}.db"
        return file if file is not None and file.exists() else None

    def remove(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


class ChangesTab(Vertical):
    """The users who joined or left at the last recompute."""

    DEFAULT_CSS = "ChangesTab #counts { padding: 0 1; height: auto; }"

    def __init__(self, workspace: Workspace, kept: KeptMembers) -> None:
        super().__init__()
        self.workspace, self._kept = workspace, kept
        self._segment: Segment | None = None
        self._counts = PlainText(id="counts")
        self._table = NounTable(markable=False)

    def compose(self) -> ComposeResult:
        """Lay out the counts above the users."""
        yield self._counts
        yield self._table

    def on_mount(self) -> None:
        """Show the columns."""
        now = self.workspace.now
        self._table.show_columns(MEMBER_CHANGES.columns, context=lambda: Context(now=now()))

    def forget(self) -> None:
        """Drop the previous segment."""
        self._segment = None
        self._draw("", (), "Loading …")

    def show(self, segment: Segment) -> None:
        """Read how the segment's members differ from those before its last compute."""
        self._segment = segment
        run_flow(self, self._read, segment, group="changes", exclusive=True)

    async def _read(self, segment: Segment) -> None:
        file = self._kept.file_of(segment.id)
        found = None if file is None else await asyncio.to_thread(_read_changes, file)
        if segment is not self._segment:
            return
        if found is None or found[0].after.computed_at != timestamp(segment.last_computed_at):
            is_running = self.workspace.jobs.find(SEGMENT, segment.id) is not None
            words = why_none(segment, was_recomputed=file is not None, is_running=is_running)
            self._draw("", (), words)
            return
        changes, rows = found
        words = (
            f"{changes.summary}; {changes.before.members:,} →"
            f" {wording.plural(changes.after.members, 'member')}"
        )
        if max(changes.joined, changes.left) > MOST_SHOWN:
            words += f". The first {MOST_SHOWN:,} of each are shown."
        self._draw(words, rows, MEMBER_CHANGES.empty)

    def _draw(self, words: str, rows: Sequence[Record], empty: str) -> None:
        self._counts.update(Content(words))
        self._counts.display = bool(words)
        self._table.empty_text = empty
        self._table.set_rows(rows, key=MEMBER_CHANGES.key)


def why_none(segment: Segment, *, was_recomputed: bool, is_running: bool) -> str:
    """Why nothing is compared, and what to do.

    `was_recomputed` says that it was recomputed here, before its last compute; `is_running`, that
    it is being recomputed here.
    """
    if (segment.member_count or 0) > MOST_MEMBERS:
        return (
            f"More than {MOST_MEMBERS:,} members are not compared here. In a shell:"
            f" segops-tui segments changes {segment.id}"
        )
    if is_running:
        return "It is being recomputed; then those who joined and left are listed here."
    if was_recomputed:
        return (
            "Its last compute did not come from here, or its members could not be read: the two"
            " are not compared. Press r to recompute it again."
        )
    return "Press r to recompute it; then those who joined and left are listed here."


def _read_changes(file: Path) -> tuple[MemberChanges, list[Record]] | None:
    try:
        with MemberSnapshots(file) as kept:
            found = kept.changes()
            if found is None:
                return None
            rows = [
                Record({"change": change, "user_id": user_id})
                for change, ids in (("joined", kept.joined(found)), ("left", kept.left(found)))
                for user_id in islice(ids, MOST_SHOWN)
            ]
            return found, rows
    except CannotWrite:
        return None
