"""The live preview beside a rule: the rule in words, the users it matches now, and its SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from segops_tui import wording
from segops_tui.api.definition import rule_lines
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.plots.scale import meter
from segops_tui.tui.rules.view import RuleView, SqlView
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.condition_types import Kind
    from segops_tui.api.resources.segments import Preview
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.draft import RuleDraft

DEBOUNCE: Final = 0.4
"""Seconds without a key press before the server is asked."""
SAMPLE: Final = 10
"""User ids shown."""
LONGEST_ID: Final = 40
EMPTY: Final = "No conditions yet. ctrl+n adds one."
NO_PREVIEW: Final = (
    "The API has no preview of product segments: save, then press r to count its products."
)

Freshness = Literal["new", "fetching", "old"]
"""Whether the figures are of the text as it is, being fetched, or of an earlier text."""

_NOTES: Final[dict[Freshness, tuple[str, str]]] = {
    "new": ("● up to date", "$success"),
    "fetching": ("◌ updating …", "$primary"),
    "old": ("◍ out of date", "$warning"),
}


class RulePreview(VerticalScroll, Sized, can_focus=True):
    """Fetches a preview once the user stops typing; a late answer to an earlier rule is dropped."""

    DEFAULT_CSS = """
    RulePreview {
        border: round $border-blurred; border-title-color: $text-muted; padding: 0 1;
        scrollbar-size-vertical: 1;
        &:focus { border: round $border; }
        #figures { margin-top: 1; height: auto; }
        #sample, #sql { margin-top: 1; height: auto; }
    }
    """

    figures_first = reactive(False)
    """Whether the figures stand above the rule, as beside rows, which say the rule already."""

    class Rejected(Message):
        """The server found faults in the rule."""

        def __init__(self, messages: Sequence[str]) -> None:
            self.messages = messages
            super().__init__()

    def __init__(self, workspace: Workspace, kind: Kind, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.workspace, self._kind = workspace, kind
        self.border_title = Content("Preview")
        self._rule = RuleView()
        self._figures = PlainText(id="figures")
        self._sample = PlainText(id="sample")
        self._sql = SqlView(id="sql")
        self._preview: Preview | None = None
        self._population: int | None = None
        self._draft: RuleDraft | None = None
        self._freshness: Freshness = "old"

    def compose(self) -> ComposeResult:
        """The rule in words first, as it follows every key press."""
        yield from (
            (self._figures, self._rule) if self.figures_first else (self._rule, self._figures)
        )
        yield self._sample
        yield self._sql

    def on_mount(self) -> None:
        """Fetch the number of users, which shares are computed from."""
        if self._kind == "user":
            self._fetch_population()

    def watch_figures_first(self, first: bool) -> None:
        """Put the figures in their place."""
        if self._rule.is_attached and self._figures.is_attached:
            place: dict[str, Any] = {"before" if first else "after": self._rule}
            self.move_child(self._figures, **place)

    def fit_size(self) -> None:
        """Fit the bar to the new width."""
        self._draw()

    def key_j(self) -> None:
        """Scroll down a line."""
        self.scroll_relative(y=1, animate=False)

    def key_k(self) -> None:
        """Scroll up a line."""
        self.scroll_relative(y=-1, animate=False)

    def follow(self, draft: RuleDraft, *, delay: float = DEBOUNCE) -> None:
        """Show a draft in words, and fetch its preview after a delay."""
        if draft.definition is not None:
            names = self.workspace.names
            self._rule.lines = rule_lines(draft.definition, kind=self._kind, segment_names=names)
        self._draft = draft
        self.workers.cancel_group(self, "preview")
        if self._kind == "product":
            self.show_message(NO_PREVIEW)
        elif draft.definition is None or draft.faults:
            self._set_freshness("old")
        elif not draft.has_conditions:
            self.show_message(EMPTY)
        else:
            self._set_freshness("fetching")
            self._fetch_preview(draft, draft.definition, delay=delay)

    def show_message(self, text: str, style: str = "$text-muted") -> None:
        """Show a message in place of the figures."""
        self._preview = None
        self.border_subtitle = Content("")
        self._figures.update(Content.styled(one_line(text), style))
        self._sample.update("")
        self._sql.show("")

    @work(group="population")
    async def _fetch_population(self) -> None:
        try:
            self._population = (await self.workspace.client.users.search(limit=1).page()).count
        except SegOpsError:
            # The share is left out; the preview shows whether the server answers at all.
            return
        self._draw()

    @work(exclusive=True, group="preview")
    async def _fetch_preview(
        self, draft: RuleDraft, definition: dict[str, Any], *, delay: float
    ) -> None:
        client = self.workspace.client
        await client.sleep(delay)
        try:
            preview = await client.segments.preview(definition=definition, limit=SAMPLE)
        except SegOpsError as error:
            if draft is self._draft:
                self._show_error(error)
            return
        if draft is self._draft:
            self._preview = preview
            self._set_freshness("new")

    def _show_error(self, error: SegOpsError) -> None:
        if isinstance(error, Invalid) and "definition" in error.fields:
            self.show_message(
                "The server cannot compute this rule: see the marked faults.", "$error"
            )
            self.post_message(self.Rejected(error.fields["definition"]))
            return
        problem = problem_of(error)
        text = f"{problem.symbol} {problem.line} Your text is kept; press ctrl+r to retry."
        self.show_message(text, "$error")

    def _set_freshness(self, freshness: Freshness) -> None:
        self._freshness = freshness
        self._draw()

    def _draw(self) -> None:
        preview = self._preview
        if preview is None:
            if self._freshness == "fetching":
                self.border_subtitle = Content.styled(*_NOTES["fetching"])
            return
        self.border_subtitle = Content.styled(*_NOTES[self._freshness])
        self._figures.update(self._match_count(preview.matched_users))
        ids = [crop(one_line(each), LONGEST_ID) for each in preview.sample_user_ids]
        heading = Content.styled("Some of them\n", "$text-muted")
        self._sample.update(heading + Content("  ".join(ids)) if ids else Content(""))
        self._sql.show(preview.sql)

    def _match_count(self, matched: int | None) -> Content:
        style = "$text-muted" if self._freshness == "old" else "bold"
        count = Content.styled(wording.plural(matched, "user"), style)
        if not self._population or matched is None:
            return count
        share = matched / self._population
        of_all = f"  {wording.percent(min(share, 1.0))} of all {self._population:,}"
        bar = meter(share, max(8, min(40, self.size.width - 4)))
        return Content.assemble(count, (of_all, "$text-muted"), "\n", bar)
