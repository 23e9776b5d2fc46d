"""Why a segment holds a user, or does not: each condition of its rule, and the verdict over them.

Knows one user and one segment; the segment stays chosen while one goes from user to user.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.users import EXPLAINED, verdict_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.users.explained_view import ExplainedView
from segops_tui.tui.users.tab import LOADING, UserPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.segments import Segment
    from segops_tui.api.resources.users import ConditionResult
    from segops_tui.tui.core.workspace import Workspace

ASK: Final = "No segment is chosen. e chooses one; it stays chosen from user to user."


@dataclass(frozen=True, slots=True)
class Why:
    """What was found out."""

    rows: Sequence[ConditionResult]
    segment: Segment | None
    """None where it cannot be had: the conditions are the answer, the verdict needs its logic."""
    is_member: bool | None
    """Whether the segment's last compute holds the user."""


class UserExplain(UserPart):
    """The verdict and the conditions."""

    DEFAULT_CSS = "UserExplain { height: 1fr; }"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.segment_id: int | None = None
        self.segment_name = ""
        self._view = ExplainedView()

    def compose(self) -> ComposeResult:
        """One column."""
        with Scroll():
            yield self._view

    def choose(self, segment_id: int, name: str) -> None:
        """Explain another segment."""
        self.segment_id, self.segment_name = segment_id, name
        self.ask()

    def ask(self) -> None:
        """There is something to ask once a segment is chosen."""
        if self.segment_id is None:
            self._view.rows = ()
            self._view.above = Content.styled(ASK, "$text-muted")
        else:
            super().ask()

    async def fetch(self, user_id: str) -> Why:
        """The conditions, the segment with its logic, and whether the user was found in it.

        Raises:
            SegOpsError: the conditions cannot be had.
        """
        client, segment_id = self.workspace.client, self.segment_id or 0
        rows = [row async for row in client.users.explain(user_id, segment_id)]
        try:
            segment = await client.segments.get(segment_id)
            held = {each.segment_id async for each in client.users.segments(user_id)}
        except SegOpsError:
            return Why(rows, None, None)
        return Why(rows, segment, segment_id in held)

    def show_waiting(self) -> None:
        """Nothing of the user before."""
        self._view.rows = ()
        name = one_line(self.segment_name)
        self._view.above = LOADING if self.segment_id is None else Content(f"“{name}”  ") + LOADING

    def show_found(self, found: Why) -> None:
        """The verdict above, the conditions below."""
        self._view.above = self._verdict(found)
        self._view.rows = found.rows

    def show_problem(self, words: Content) -> None:
        """In the place of both."""
        self._view.rows = ()
        name = one_line(self.segment_name)
        self._view.above = Content(f"“{name}”\n") + words

    def _verdict(self, found: Why) -> Content:
        name = one_line(self.segment_name if found.segment is None else found.segment.name)
        if not found.rows:
            return Content.assemble((f"“{name}”", "bold"), f"\n{EXPLAINED.empty}")
        if found.segment is None:
            return Content.styled(f"“{name}”", "bold")
        verdict = verdict_of(found.rows, found.segment.definition)
        style = "bold $success" if verdict.matches else "bold $error"
        parts = [
            (one_line(verdict.sentence(self.user_id, name)), style),
            (f"\n{verdict.count}, as of now", "$text-muted"),
        ]
        held = self._held(found, matches=verdict.matches)
        return Content.assemble(*parts, *([held] if held else []))

    def _held(self, found: Why, *, matches: bool) -> tuple[str, str] | None:
        """Where what is stored differs from what holds now, or was never computed."""
        segment = found.segment
        if segment is None or found.is_member is None:
            return None
        if segment.last_computed_at is None:
            return "\n! never computed, so nobody is in it yet", "$warning"
        age = wording.age(segment.last_computed_at, now=self.workspace.now())
        if matches == found.is_member:
            held = "is in it" if matches else "is not in it"
            return f"\n{held}, as computed {age}", "$text-muted"
        was = "not in it yet" if matches else "still in it"
        return f"\n! {was}: computed {age}, and not since", "$warning"
