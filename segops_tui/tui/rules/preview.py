"""What a rule that is being written means: in words, in figures, as SQL.

Knows what it is told, and says of old figures that they are old; asks nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from segops_tui import wording
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.plots.meter import meter
from segops_tui.tui.rules.sql_view import SqlView
from segops_tui.tui.rules.view import RuleView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.definition import RuleLine
    from segops_tui.api.resources.segments import Preview

Freshness = Literal["new", "asking", "old"]
"""Whether figures are of the text as it stands, are being asked for, or are of an earlier one."""

_NOTES: Final[dict[Freshness, tuple[str, str]]] = {
    "new": ("● of this rule", "$success"),
    "asking": ("◌ asking …", "$primary"),
    "old": ("◍ of an earlier rule", "$warning"),
}
LONGEST_ID: Final = 40


class RulePreview(VerticalScroll, can_focus=True):
    """The rule in words above, whom it matches below."""

    DEFAULT_CSS = """
    RulePreview {
        border: round $border-blurred; border-title-color: $text-muted; padding: 0 1;
        scrollbar-size-vertical: 1;
        &:focus { border: round $border; }
        #figures { margin-top: 1; height: auto; }
        #sample, #sql { margin-top: 1; height: auto; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = Content("Preview")
        self._rule = RuleView()
        self._figures = Static("", id="figures", markup=False)
        self._sample = Static("", id="sample", markup=False)
        self._sql = SqlView(id="sql")
        self._preview: Preview | None = None
        self._population: int | None = None
        self.freshness: Freshness = "old"

    def compose(self) -> ComposeResult:
        """The words first: they follow every key."""
        yield self._rule
        yield self._figures
        yield self._sample
        yield self._sql

    def key_j(self) -> None:
        """Down a line."""
        self.scroll_relative(y=1, animate=False)

    def key_k(self) -> None:
        """Up a line."""
        self.scroll_relative(y=-1, animate=False)

    def on_resize(self) -> None:
        """Draw the bar to the width there is."""
        self._draw()

    def show_rule(self, lines: Sequence[RuleLine]) -> None:
        """Say the rule in words."""
        self._rule.lines = lines

    def show_population(self, population: int | None) -> None:
        """How many users there are at all."""
        self._population = population
        self._draw()

    def show_preview(self, preview: Preview) -> None:
        """Show whom the rule matches now."""
        self._preview = preview
        self.turn("new")

    def turn(self, freshness: Freshness) -> None:
        """Say how old the figures are."""
        self.freshness = freshness
        self._draw()

    def say(self, words: str, style: str = "$text-muted") -> None:
        """Say why there are no figures."""
        self._preview = None
        self.border_subtitle = Content("")
        self._figures.update(Content.styled(one_line(words), style))
        self._sample.update("")
        self._sql.show("")

    def _draw(self) -> None:
        preview = self._preview
        if preview is None:
            if self.freshness == "asking":
                self.border_subtitle = Content.styled(*_NOTES["asking"])
            return
        self.border_subtitle = Content.styled(*_NOTES[self.freshness])
        self._figures.update(self._counted(preview.matched_users))
        ids = [crop(one_line(each), LONGEST_ID) for each in preview.sample_user_ids]
        heading = Content.styled("Some of them\n", "$text-muted")
        self._sample.update(heading + Content("  ".join(ids)) if ids else Content(""))
        self._sql.show(preview.sql)

    def _counted(self, matched: int) -> Content:
        is_old = self.freshness == "old"
        words = wording.plural(matched, "user")
        counted = Content.styled(words, "$text-muted" if is_old else "bold")
        if not self._population:
            return counted
        share = matched / self._population
        of_all = f"  {wording.percent(min(share, 1.0))} of all {self._population:,}"
        bar = meter(share, max(8, min(40, self.size.width - 4)))
        return Content.assemble(counted, (of_all, "$text-muted"), "\n", bar)
