"""Why a segment has a user or not: the verdict, then each condition with need and actual value.

The chosen segment stays chosen while the cursor moves from user to user.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.column import format_value
from segops_tui.nouns.users import EXPLAINED, actual_words, verdict_of, why_words
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import fit, one_line, width
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.users.tab import LOADING, UserTab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.geometry import Size

    from segops_tui.api.resources.segments import Segment
    from segops_tui.api.resources.users import ConditionResult
    from segops_tui.tui.core.workspace import Workspace

NOT_CHOSEN: Final = "No segment is chosen. Press e to choose one; it stays chosen for other users."
WIDE: Final = 76
"""Cells from which conditions are a table; narrower, each has two lines."""
_MARKS: Final = {True: ("✓ met    ", "$success"), False: ("✗ not met", "$error")}


class ExplainedView(AutoSized, Widget):
    """Draws the verdict and the conditions: a table if there is room, else a list."""

    DEFAULT_CSS = "ExplainedView { height: auto; width: 1fr; }"

    rows: reactive[Sequence[ConditionResult]] = reactive((), layout=True)
    above: reactive[Content] = reactive(Content(""), layout=True)
    """The verdict, or a text in its place."""

    def render(self) -> Content:
        """Draw the verdict and the conditions."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of wrapped lines."""
        return sum(line.plain.count("\n") + 1 for line in self._lines(width))

    def _lines(self, cells: int) -> list[Content]:
        above = list(self.above.wrap(max(8, cells))) if self.above.plain else []
        if not self.rows:
            return above
        return [*above, Content(""), *explained_lines(self.rows, cells)]


def explained_lines(rows: Sequence[ConditionResult], cells: int) -> list[Content]:
    """Each condition, in a table or in two lines."""
    return _table(rows, cells) if cells >= WIDE else _stack(rows, cells)


def _stack(rows: Sequence[ConditionResult], cells: int) -> list[Content]:
    lines: list[Content] = []
    room = max(8, cells - 2)
    for row in rows:
        symbol, style = ("✓", "$success") if row.matches else ("✗", "$error")
        label = textwrap.wrap(one_line(row.label), room) or [EXPLAINED.name]
        lines.append(Content.assemble((f"{symbol} ", f"bold {style}"), label[0]))
        lines.extend(Content(f"  {part}") for part in label[1:])
        for part in textwrap.wrap(one_line(why_words(row)), room):
            lines.append(Content.styled(f"  {part}", style))
        lines.append(Content(""))
    return lines[:-1]


def _table(rows: Sequence[ConditionResult], cells: int) -> list[Content]:
    actual = [one_line(actual_words(row)) for row in rows]
    needed = [one_line(_threshold(row)) for row in rows]
    has = min(24, max(len("ACTUAL"), *map(width, actual)))
    needs = min(24, max(len("THRESHOLD"), *map(width, needed)))
    texts = [one_line(words) for row in rows for words in (row.label, why_words(row))]
    room = min(cells - 9 - has - needs - 6, max(len("CONDITION"), *map(width, texts)))
    head = f"{'':9}  {fit('CONDITION', room)}  {fit('ACTUAL', has, 'right')}"
    lines = [Content.styled(f"{head}  {fit('THRESHOLD', needs, 'right')}", "bold $text-muted")]
    for row, has_now, need in zip(rows, actual, needed, strict=True):
        mark, style = _MARKS[bool(row.matches)]
        label = textwrap.wrap(one_line(row.label), room) or [EXPLAINED.name]
        lines.append(
            Content.assemble(
                (mark, f"bold {style}"),
                f"  {fit(label[0], room)}  ",
                (fit(has_now, has, "right"), style),
                f"  {fit(need, needs, 'right')}",
            )
        )
        lines.extend(Content(" " * 11 + part) for part in label[1:])
        lines.append(Content.styled(" " * 11 + fit(one_line(why_words(row)), room), "$text-muted"))
    return lines


def _threshold(row: ConditionResult) -> str:
    threshold = row.raw.get("threshold")
    if row.type == "segment_membership":
        return format_value(threshold).replace("_", " ")
    if row.type == "recency" and isinstance(threshold, int | float):
        return f"{format_value(threshold)} days"
    return format_value(threshold)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the server answered."""

    rows: Sequence[ConditionResult]
    segment: Segment | None
    """None if it could not be fetched: then there is no verdict, which needs its logic."""
    is_member: bool | None
    """Whether the user is a member since the last compute."""


class UserExplain(UserTab):
    """The tab with the verdict and the conditions."""

    DEFAULT_CSS = "UserExplain { height: 1fr; }"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.segment_id: int | None = None
        self.segment_name = ""
        self._view = ExplainedView()
        self._found: Explanation | None = None

    def compose(self) -> ComposeResult:
        """Lay out one column."""
        with Scroll():
            yield self._view

    def choose(self, segment_id: int, name: str) -> None:
        """Explain another segment."""
        self.segment_id, self.segment_name = segment_id, name
        self.reload()

    def reload(self) -> None:
        """Fetch the explanation, if a segment is chosen."""
        if self.segment_id is None:
            self._found, self._view.rows = None, ()
            self._view.above = Content.styled(NOT_CHOSEN, "$text-muted")
        else:
            super().reload()

    async def fetch(self, user_id: str) -> Explanation:
        """Fetch the conditions, the segment with its logic, and whether the user is a member.

        Raises:
            SegOpsError: the conditions could not be fetched.
        """
        client, segment_id = self.workspace.client, self.segment_id or 0
        rows = [row async for row in client.users.explain(user_id, segment_id)]
        try:
            segment = await client.segments.get(segment_id)
            member_of = {each.segment_id async for each in client.users.segments(user_id)}
        except SegOpsError:
            return Explanation(rows, None, None)
        return Explanation(rows, segment, segment_id in member_of)

    def show_loading(self) -> None:
        """Remove the rows of the user before."""
        self._found, self._view.rows = None, ()
        name = one_line(self.segment_name)
        self._view.above = LOADING if self.segment_id is None else Content(f"“{name}”  ") + LOADING

    def show_found(self, found: Explanation) -> None:
        """Show the verdict above, the conditions below."""
        self._found = found
        self._view.above = self._verdict(found)
        self._view.rows = found.rows

    def age(self) -> None:
        """Draw the age of the last compute again."""
        if self._found is not None:
            self._view.above = self._verdict(self._found)

    def show_problem(self, words: Content) -> None:
        """Show the error in their place."""
        self._view.rows = ()
        name = one_line(self.segment_name)
        self._view.above = Content(f"“{name}”\n") + words

    def _verdict(self, found: Explanation) -> Content:
        name = one_line(self.segment_name if found.segment is None else found.segment.name)
        if not found.rows:
            return Content.assemble((f"“{name}”", "bold"), f"\n{EXPLAINED.empty}")
        if found.segment is None:
            return Content.styled(f"“{name}”", "bold")
        verdict = verdict_of(found.rows, found.segment.definition)
        style = "bold $success" if verdict.matches else "bold $error"
        parts = [
            (one_line(verdict.sentence(self.user_id, name)), style),
            (f"\n{verdict.count}", "$text-muted"),
        ]
        membership = self._membership(found, matches=verdict.matches)
        return Content.assemble(*parts, *([membership] if membership else []))

    def _membership(self, found: Explanation, *, matches: bool) -> tuple[str, str] | None:
        """The stored membership, which may differ from the live verdict."""
        segment = found.segment
        if segment is None or found.is_member is None:
            return None
        if segment.last_computed_at is None:
            return "\n! never computed, so it has no members yet", "$warning"
        age = wording.age(segment.last_computed_at, now=self.workspace.now())
        if matches == found.is_member:
            state = "is in it" if matches else "is not in it"
            return f"\n{state}, as computed {age}", "$text-muted"
        was = "not in it yet" if matches else "still in it"
        return f"\n! {was}: computed {age}, and not since", "$warning"
