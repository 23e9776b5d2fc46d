"""Read-only views of a rule: as a tree of conditions, as SQL, and as a diff of two versions."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Set
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.api.definition import referenced_segments, rule_lines
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.segments import Segment
from segops_tui.nouns.column import Context
from segops_tui.nouns.segments import rule_problem, state_tone, state_words
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from textual.app import ComposeResult
    from textual.geometry import Size

    from segops_tui.api.definition import RuleLine
    from segops_tui.tui.core.workspace import Workspace

LONGEST_SQL: Final = 60_000
"""Characters of a statement that are shown."""
CONTEXT_LINES: Final = 3
"""Unchanged lines shown before and after a change in a long text."""


class RuleView(AutoSized, Widget):
    """A rule as a tree, one branch per condition, wrapped to the width."""

    DEFAULT_CSS = "RuleView { height: auto; width: 1fr; }"

    lines: reactive[Sequence[RuleLine]] = reactive((), layout=True)

    def render(self) -> Content:
        """Draw every line."""
        return Content("\n").join(rule_content(self.lines, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Count the lines after wrapping."""
        return len(rule_content(self.lines, width))


class SqlView(PlainText):
    """A SQL statement with syntax highlighting."""

    DEFAULT_CSS = "SqlView { width: 1fr; height: auto; }"

    def show(self, sql: str) -> None:
        """Draw a statement; an empty one leaves nothing."""
        self.update(highlight_sql(sql) if sql else Content(""))


class VersionDiff(PlainText):
    """A line-by-line diff."""

    DEFAULT_CSS = "VersionDiff { width: 1fr; height: auto; }"

    def show(self, title: str, before: Sequence[str], after: Sequence[str]) -> None:
        """Draw the diff of two rules under a title."""
        lines = [Content.styled(title, "$text-muted"), *diff_lines(before, after)]
        self.update(Content("\n").join(lines))

    def show_lines(self, before: Sequence[str], after: Sequence[str]) -> None:
        """Draw the diff of two texts, leaving out unchanged lines far from any change."""
        self.update(Content("\n").join(_near_changes(diff_lines(before, after))))


def rule_content(lines: Sequence[RuleLine], width: int) -> list[Content]:
    """The tree, wrapped; the sign before a line shows whether another of its depth follows."""
    drawn: list[Content] = []
    for place, line in enumerate(lines):
        words = one_line(line.text)
        if line.depth == 0:
            drawn.append(Content.styled(words, "bold $primary"))
            continue
        follows = any(later.depth == line.depth for later in lines[place + 1 :])
        indent = "  " * (line.depth - 1)
        sign, below = (f"{indent}├ ", f"{indent}│ ") if follows else (f"{indent}└ ", f"{indent}  ")
        for number, part in enumerate(textwrap.wrap(words, max(8, width - len(sign))) or [""]):
            before = below if number else sign
            style = "$error" if line.is_broken else ""
            drawn.append(Content.assemble((before, "$text-muted"), (part, style)))
    return drawn


def highlight_sql(sql: str) -> Content:
    """A statement with its keywords, strings, numbers and comments coloured."""
    # Pygments takes 30 ms, which only a statement on screen owes.
    from pygments.token import Token  # noqa: PLC0415
    from textual.highlight import HighlightTheme, highlight  # noqa: PLC0415

    class SqlTheme(HighlightTheme):
        """The theme's own colours, so that the terminal's sixteen work too."""

        STYLES = {  # noqa: RUF012
            Token.Comment: "$text-muted",
            Token.Keyword: "bold $primary",
            Token.Literal.Number: "$warning",
            Token.Literal.String: "$success",
        }

    # Tabs are kept: widening them would move the spans.
    return highlight(block(sql[:LONGEST_SQL]), language="sql", theme=SqlTheme, tab_size=0)


def diff_lines(before: Sequence[str], after: Sequence[str]) -> list[Content]:
    """Every line with its sign: ` ` unchanged, `−` removed, `+` added."""
    drawn: list[Content] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            drawn.extend(Content.styled(f"  {one_line(line)}", "") for line in after[c:d])
            continue
        drawn.extend(Content.styled(f"− {one_line(line)}", "$error") for line in before[a:b])
        drawn.extend(Content.styled(f"+ {one_line(line)}", "$success") for line in after[c:d])
    return drawn


def _near_changes(lines: Sequence[Content]) -> list[Content]:
    """The changed lines and those near one; the others are counted."""
    changed = [at for at, line in enumerate(lines) if not line.plain.startswith("  ")]
    shown: list[Content] = []
    skipped: list[Content] = []
    for at, line in enumerate(lines):
        if any(abs(at - each) <= CONTEXT_LINES for each in changed):
            shown += [*_skipped_note(skipped), line]
            skipped = []
        else:
            skipped.append(line)
    return [*shown, *_skipped_note(skipped)]


def _skipped_note(skipped: Sequence[Content]) -> Sequence[Content]:
    """A count of skipped lines; a single line is shown, as the note would take as much room."""
    if len(skipped) < 2:
        return skipped
    return [Content.styled(f"  … {len(skipped)} unchanged lines", "$text-muted")]


AnySegment = Segment | ProductSegment
S = TypeVar("S", bound=AnySegment)
KnownSegments = Callable[[], Set[int] | None]
"""Returns the user segments that rules may refer to; None where they are not all known."""


class RuleDetail(Detail[S]):
    """A segment of either kind: its state and its rule."""

    first_tab = "rule"
    kind: ClassVar[Literal["user", "product"]] = "user"

    def __init__(self, workspace: Workspace, *, known: KnownSegments) -> None:
        super().__init__(workspace)
        self._rule, self._known = RuleView(), known

    def compose(self) -> ComposeResult:
        """Lay out the state and the rule."""
        yield self.head
        with self.tabs, TabPage("Rule", id="rule"), Scroll():
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
        """State, count and age; then the error, what the rule lacks, and the description."""
        context = Context(now=self.workspace.now(), edits=self.workspace.edits)
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
        problem = rule_problem(row, known=self._known(), unused_events=self.workspace.unused_events)
        if problem:
            lines.append(Content.styled(f"✗ {one_line(problem)}", "$error"))
        if row.description:
            lines.append(Content.styled(one_line(row.description), "$text-muted"))
        return Content("\n").join(lines)

    def draw(self, row: S) -> None:
        """Show the rule."""
        known = self._known()
        self._rule.lines = rule_lines(
            row.definition,
            kind=self.kind,
            segment_names=self.workspace.names,
            missing=frozenset() if known is None else referenced_segments(row.definition) - known,
        )
