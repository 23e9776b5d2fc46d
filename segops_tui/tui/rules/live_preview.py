"""The preview that follows the typing: asked for when the typing rests, the newest answer wins.

Knows drafts and the endpoint that tries one; how an answer is drawn is `rule_preview`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.message import Message

from segops_tui.api.definition import rule_lines
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.rules.preview import RulePreview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.condition_types import Kind
    from segops_tui.api.resources.segments import Preview
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.draft import Draft

REST: Final = 0.4
"""Seconds the typing rests before the server is asked."""
SAMPLE: Final = 10
EMPTY: Final = "Nobody to count yet. ctrl+n adds a condition."
NO_PREVIEW: Final = (
    "The API has no preview of product segments: save it, and r tells how many products it holds."
)


class LivePreview(RulePreview):
    """What a draft means, as far as the server says it."""

    class Population(Message):
        """How many users there are."""

        def __init__(self, count: int | None) -> None:
            self.count = count
            super().__init__()

    class Tried(Message):
        """The server has tried a rule."""

        def __init__(self, number: int, preview: Preview) -> None:
            self.number, self.preview = number, preview
            super().__init__()

    class NotTried(Message):
        """The server has not."""

        def __init__(self, number: int, error: SegOpsError) -> None:
            self.number, self.error = number, error
            super().__init__()

    class Refused(Message):
        """The server has something against the rule as it stands."""

        def __init__(self, texts: Sequence[str]) -> None:
            self.texts = texts
            super().__init__()

    def __init__(self, workspace: Workspace, kind: Kind, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.workspace, self._kind = workspace, kind
        self._number = 0

    def on_mount(self) -> None:
        """Ask what a share is of."""
        if self._kind == "user":
            self._count_everybody()

    def follow(self, draft: Draft, *, rest: float = REST) -> None:
        """Say what a draft means, and ask whom it matches."""
        if draft.definition is not None:
            names = self.workspace.names
            self.show_rule(rule_lines(draft.definition, kind=self._kind, segment_names=names))
        # Whatever comes now to an earlier question comes too late.
        self._number += 1
        self.workers.cancel_group(self, "preview")
        if self._kind == "product":
            self.say(NO_PREVIEW)
        elif draft.definition is None or draft.complaints:
            self.turn("old")
        elif not draft.has_conditions:
            self.say(EMPTY)
        else:
            self.turn("asking")
            self._try(self._number, draft.definition, rest=rest)

    @work(group="population")
    async def _count_everybody(self) -> None:
        try:
            count = (await self.workspace.client.users.search(limit=1).page()).count
        except SegOpsError:
            # The share is left out; whether the server answers at all, the preview tells.
            return
        self.post_message(self.Population(count))

    @work(exclusive=True, group="preview")
    async def _try(self, number: int, definition: dict[str, Any], *, rest: float) -> None:
        await self.workspace.client.sleep(rest)
        try:
            preview = await self.workspace.client.segments.preview(
                definition=definition, limit=SAMPLE
            )
        except SegOpsError as error:
            self.post_message(self.NotTried(number, error))
        else:
            self.post_message(self.Tried(number, preview))

    @on(Population)
    def _everybody_counted(self, event: Population) -> None:
        event.stop()
        self.show_population(event.count)

    @on(Tried)
    def _was_tried(self, event: Tried) -> None:
        event.stop()
        if event.number == self._number:
            self.show_preview(event.preview)

    @on(NotTried)
    def _was_not(self, event: NotTried) -> None:
        event.stop()
        if event.number != self._number:
            return
        error = event.error
        if isinstance(error, Invalid) and "definition" in error.fields:
            self.say("The server cannot compute this rule: see what is marked.", "$error")
            self.post_message(self.Refused(error.fields["definition"]))
            return
        problem = problem_of(error)
        words = f"{problem.symbol} {problem.line} What you wrote is kept; ctrl+r asks again."
        self.say(words, "$error")
