"""The detail of a segment of either kind: its state, and its rule as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.content import Content
from textual.widgets import TabPane

from segops_tui import wording
from segops_tui.api.definition import rule_lines
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.segments import Segment
from segops_tui.nouns.column import Context
from segops_tui.nouns.segments import state_tone, state_words
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.rules.view import RuleView

if TYPE_CHECKING:
    from typing import Literal

    from textual.app import ComposeResult

    from segops_tui.tui.core.workspace import Workspace

AnySegment = Segment | ProductSegment
S = TypeVar("S", bound=AnySegment)


class RuleDetail(Detail[S]):
    """A segment of either kind: its state and its rule."""

    first_tab = "rule"
    kind: ClassVar[Literal["user", "product"]] = "user"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._rule = RuleView()

    def compose(self) -> ComposeResult:
        """Lay out the state and the rule."""
        yield self.head
        with self.tabs, TabPane("Rule", id="rule"), Scroll():
            yield self._rule

    def name_of(self, row: S) -> str:
        """The segment's name."""
        return row.name

    def is_same(self, before: S, after: S) -> bool:
        """Whether it is the same segment with the same rule, not recomputed."""
        return (
            before.id == after.id
            and before.definition == after.definition
            and before.last_computed_at == after.last_computed_at
        )

    def count_of(self, row: S) -> int | None:
        """The number of its members or products."""
        return row.member_count if isinstance(row, Segment) else row.computed_count

    def summary(self, row: S) -> Content:
        """State, count and age; then the error, and the description."""
        context = Context(now=self.workspace.now())
        what = "member" if isinstance(row, Segment) else "product"
        parts: list[str | tuple[str, str]] = [
            (state_words(row, context), TONES[state_tone(row, context)])
        ]
        if row.last_computed_at is not None:
            parts.extend(
                [
                    "  ",
                    (wording.plural(self.count_of(row) or 0, what), "bold"),
                    (f"  {wording.age(row.last_computed_at, now=context.now)}", "$text-muted"),
                ]
            )
        lines = [Content.assemble(*parts)]
        if row.last_compute_error:
            lines.append(Content.styled(f"✗ {one_line(row.last_compute_error)}", "$error"))
        if row.description:
            lines.append(Content.styled(one_line(row.description), "$text-muted"))
        return Content("\n").join(lines)

    def draw(self, row: S) -> None:
        """Show the rule."""
        self._rule.lines = rule_lines(
            row.definition, kind=self.kind, segment_names=self.workspace.names
        )


class ProductSegmentDetail(RuleDetail[ProductSegment]):
    """A product segment: the API returns no more than its rule."""

    kind = "product"
