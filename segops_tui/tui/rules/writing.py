"""Making and changing sets by rule, in the editor for rules or in the person's own.

Knows no noun; the pane it is mixed into names the resource and which conditions there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.deleting import DeletingPane
from segops_tui.tui.rules.detail import S

if TYPE_CHECKING:
    from segops_tui.api.condition_types import Kind


class WritingPane(DeletingPane[S]):
    """A pane whose rows are rules that can be written."""

    rule_kind: ClassVar[Kind] = "user"
    """Which conditions its rules have."""

    class ToWrite(Message):
        """The segment whose rule shall be written is there."""

        def __init__(self, row: Any, *, outside: bool) -> None:
            self.row, self.outside = row, outside
            super().__init__()

    def saved(self, row: S, *, is_new: bool) -> None:
        """Show a row as the server now has it."""
        raise NotImplementedError

    def do_create(self) -> None:
        """Write a new rule."""
        self._write(None)

    def cannot_edit(self) -> str:
        """Changing needs a segment."""
        return "" if self.row is not None else f"There is no {self.noun.name} under the cursor."

    cannot_edit_outside = cannot_edit

    def do_edit(self) -> None:
        """Write its rule anew."""
        self._edit(outside=False)

    def do_edit_outside(self) -> None:
        """Write its rule anew in the person's own editor."""
        self._edit(outside=True)

    def _edit(self, *, outside: bool) -> None:
        row = self.row
        if row is None:
            return
        if "definition" in row.raw:
            self._write(row, outside=outside)
        else:
            # A listing may leave the rules out; then this one is asked for.
            self._fetch_to_write(str(row.id), outside=outside)

    @work(exclusive=True, group="write")
    async def _fetch_to_write(self, segment_id: str, *, outside: bool) -> None:
        try:
            row = await self.resource().get(segment_id)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.ToWrite(row, outside=outside))

    @on(ToWrite)
    def _to_write(self, event: ToWrite) -> None:
        event.stop()
        self._write(event.row, outside=event.outside)

    def _write(self, row: S | None, *, outside: bool = False) -> None:
        # 45 ms on a busy machine, which a start does not owe (tests/startup).
        from segops_tui.tui.rules.edited_segment import EditedSegment  # noqa: PLC0415
        from segops_tui.tui.rules.editor import RuleEditor  # noqa: PLC0415

        def answered(saved: S | None) -> None:
            if saved is not None:
                self._was_written(saved, is_new=row is None)

        segment = EditedSegment(
            kind=self.rule_kind,
            one=self.noun.name,
            resource=self.resource(),
            save=self.named("create" if row is None else "edit"),
            row=row,
        )
        self.app.push_screen(RuleEditor(self.workspace, segment, external=outside), answered)

    def _was_written(self, row: S, *, is_new: bool) -> None:
        self.saved(row, is_new=is_new)
        self.notify(
            f"{one_line(row.name)}\nSaving computes nothing: r does.",
            title=f"{self.noun.name.capitalize()} {'made' if is_new else 'changed'}",
            markup=False,
            timeout=6,
        )
