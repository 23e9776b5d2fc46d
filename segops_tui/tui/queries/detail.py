"""The detail of a query: its answers, your brand's rank by day, the brands mentioned, its facts.

Of the answers it fetches nothing: the pane does, and calls `draw_answers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui import wording
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.marks import active_tone, active_words
from segops_tui.nouns.queries import (
    MARKS,
    PROVIDERS,
    QUERIES,
    SIMULATED,
    by_provider,
    position_tone,
    voices,
)
from segops_tui.nouns.uses import query_uses
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import fit, one_line, width
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.panes.uses import Uses, UsesTab, every
from segops_tui.tui.plots.plots import Bar, BarPlot, LinePlot, Series
from segops_tui.tui.plots.scale import day_labels
from segops_tui.tui.queries.answer_text import STYLES, AnswerText
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.geometry import Size

    from segops_tui.api.resources.queries import AIQuery, QueryResult
    from segops_tui.nouns.queries import Standing
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.queries.board import AnswerCache, Answers

MOST_BRANDS: Final = 20
MOST_ANSWERS: Final = 50
"""How many answers to one query the server returns (contract §1.5)."""
DAY_CELLS: Final = 8
"""Cells of a day in the grid: `May 31`, or `absent`, and a gap."""
_LONGEST_NAME: Final = 12
_BOUNDS: Final = (
    f"Older days aren't available: the server returns only the latest {MOST_ANSWERS} answers."
)


class QueryDetail(Detail["AIQuery"]):
    """The detail of a query."""

    DEFAULT_CSS = """
    QueryDetail {
        LinePlot { height: 14; margin-top: 1; }
        .faint { color: $text-muted; }
        #share { color: $text-muted; margin-bottom: 1; }
    }
    """

    first_tab = "answers"

    def __init__(self, workspace: Workspace, cache: AnswerCache) -> None:
        super().__init__(workspace)
        self._cache = cache
        self._drawn: dict[str, object] = {}
        self._answers = AnswerText()
        self._answer_scroll = Scroll()
        self._grid, self._plot = RankGrid(), LinePlot()
        self._bounds = PlainText(Content(_BOUNDS), classes="faint")
        self._share, self._voices = PlainText(id="share"), BarPlot()
        self._facts = FactList()
        self._uses = UsesTab(workspace, self._fetch_uses)

    def compose(self) -> ComposeResult:
        """Lay out five tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Answers", id="answers"), self._answer_scroll:
                yield self._answers
            with TabPage("History", id="history"), Scroll():
                yield self._grid
                yield self._bounds
                yield self._plot
            with TabPage("Brands", id="brands"), Scroll():
                yield self._share
                yield self._voices
            with TabPage("Facts", id="facts"), Scroll():
                yield self._facts
            with TabPage("Used by", id="used-by"):
                yield self._uses

    def name_of(self, row: AIQuery) -> str:
        """The query."""
        return row.query_text

    def is_same(self, before: AIQuery, after: AIQuery) -> bool:
        """Whether it is the same query."""
        return before.id == after.id

    def summary(self, row: AIQuery) -> Content:
        """The state, the schedule, and your brand's rank in the latest answers."""
        context = Context(now=self.workspace.now())
        state = active_words(row.is_active, context)
        facts = [row.schedule, f"last run {wording.age(row.last_run_at, now=context.now)}"]
        about = [word for word in (row.category, format_value(row.tags)) if word not in {"", "–"}]
        lines = [
            Content.assemble(
                (state, TONES[active_tone(row.is_active)]),
                (f"   {one_line(' · '.join([*facts, *about]))}", "$text-muted"),
            )
        ]
        answers = self._cache.get(row.id)
        if answers is not None and answers.standings:
            lines.append(_latest(answers))
        return Content("\n").join(lines)

    def draw(self, row: AIQuery) -> None:
        """Draw the facts."""
        context = Context(now=self.workspace.now())
        self._facts.facts = [
            (column.title.capitalize(), column.text(row, context)) for column in QUERIES.columns
        ]

    def draw_answers(self) -> None:
        """Draw the answers as the cache now has them."""
        if self.row is not None:
            self.head.update(self.summary(self.row))
            self.fill(self.tabs.active)

    def age(self) -> None:
        """Draw the ages of the answers again too."""
        super().age()
        if self._drawn.pop("answers", None) is not None and self.tabs.active == "answers":
            self.fill("answers")

    def forget(self) -> None:
        """Show another query from its top."""
        self._drawn.clear()
        self._uses.forget()
        self._answer_scroll.scroll_home(animate=False)

    def refetch(self) -> None:
        """Fetch again what uses the query; its answers are fetched with the list."""
        self._uses.forget()
        self.fill(self.tabs.active)

    async def _fetch_uses(self, row: AIQuery) -> AsyncGenerator[Uses, None]:
        (pages,) = await every(self.workspace.client.pages.list())
        yield Uses(list(query_uses({row.id}, pages)))

    def fill(self, tab: str) -> None:
        """Draw the tab, unless it is up to date."""
        row = self.row
        if row is None or tab == "facts":
            return
        if tab == "used-by":
            self._uses.show(row)
            return
        answers = self._cache.get(row.id)
        state = answers, self._cache.naming, self._cache.has_failed(row.id)
        if self._drawn.get(tab) == state:
            return
        self._drawn[tab] = state
        results = [] if answers is None else answers.results
        if tab == "answers":
            if results:
                self._answers.show(results, self._cache.naming, now=self.workspace.now())
            else:
                self._answers.show_note(self._empty_text(row, answers))
        elif tab == "history":
            self._draw_history(results, self._empty_text(row, answers))
        elif tab == "brands":
            self._draw_brands(results, self._empty_text(row, answers))

    def _empty_text(self, row: AIQuery, answers: Answers | None) -> str:
        if answers is not None:
            return "No answers yet. Press r to ask the assistants."
        if self._cache.has_failed(row.id):
            return "? The answers could not be fetched. Press ctrl+r to retry."
        return "Loading …"

    def _draw_history(self, results: Sequence[QueryResult], empty: str) -> None:
        days, ranks = ranks_by_day(results)
        self._grid.show(days, ranks, empty=empty)
        self._plot.display = len(days) > 1
        self._bounds.display = len(results) >= MOST_ANSWERS
        self._plot.show(
            [
                Series(_name(provider), [found.get(day) for day in days])
                for provider, found in ranks.items()
            ],
            labels=days,
            unit="position",
            empty="Your brand was not mentioned.",
        )

    def _draw_brands(self, results: Sequence[QueryResult], empty: str) -> None:
        naming = self._cache.naming
        found = voices(results, naming)
        mentions = sum(voice.mentions for voice in found)
        self._share.display = bool(found)
        self._share.update(
            f"Share of voice: {wording.plural(mentions, 'mention')} of "
            f"{wording.plural(len(found), 'brand')} in the last "
            f"{wording.plural(len(results), 'answer')}"
            + (f", {SIMULATED} simulated" if any(each.is_simulated for each in results) else "")
        )
        most = max((len(str(voice.mentions)) for voice in found), default=0)
        bars = [
            Bar(
                f"{MARKS[voice.kind]} {voice.name}",
                voice.share * 100,
                note=f"{voice.mentions:>{most}}×" + (f"  best #{voice.best}" if voice.best else ""),
                style=STYLES[voice.kind].removeprefix("bold "),
            )
            for voice in found[:MOST_BRANDS]
        ]
        self._voices.show(
            bars, unit="percent", empty="No brand is mentioned." if results else empty
        )


def ranks_by_day(
    results: Sequence[QueryResult],
) -> tuple[list[str], dict[str, dict[str, int | None]]]:
    """The days with answers, oldest first, and each assistant's last rank on each of them."""
    dated = [result for result in results if result.captured_at is not None]
    ranks = {
        # Oldest first, so that the last answer of a day is the one kept.
        provider: {_day(answer): answer.position for answer in reversed(answers)}
        for provider, answers in by_provider(dated).items()
    }
    return sorted({_day(result) for result in dated}), ranks


def _day(result: QueryResult) -> str:
    when = result.captured_at
    return "" if when is None else f"{when:%Y-%m-%d}"


def _name(provider: str) -> str:
    return one_line(PROVIDERS.get(provider, provider))


def _latest(answers: Answers) -> Content:
    """`4 of 5 mention you, best #1 with Claude · ≈ simulated`."""
    found = answers.standings
    mentions: dict[str, Standing] = {
        name: standing for name, standing in found.items() if standing.position is not None
    }
    words = f"{len(mentions)} of {len(found)} mention you"
    if mentions:
        best = min(mentions, key=lambda name: mentions[name].position or 0)
        words += f", best #{mentions[best].position} with {_name(best)}"
    if any(standing.latest.is_simulated for standing in found.values()):
        words += f" · {SIMULATED} simulated"
    return Content(words)


class RankGrid(AutoSized, Widget):
    """Ranks by assistant and day, the newest at the right; as many days as there is room for."""

    DEFAULT_CSS = "RankGrid { height: auto; width: 1fr; }"

    lines: reactive[int] = reactive(1, layout=True)

    def __init__(self) -> None:
        super().__init__()
        self._days: Sequence[str] = ()
        self._ranks: Mapping[str, Mapping[str, int | None]] = {}
        self._empty = ""

    def show(
        self, days: Sequence[str], ranks: Mapping[str, Mapping[str, int | None]], *, empty: str
    ) -> None:
        """Draw these, with days as `2026-05-31`; without ranks, draw the text for an empty grid."""
        self._days, self._ranks, self._empty = days, ranks, empty
        self.lines = max(1, len(ranks) + bool(ranks))
        self.refresh()

    def render(self) -> Content:
        """Draw every line."""
        if not self._ranks:
            return Content.styled(self._empty, "$text-muted")
        return Content("\n").join(grid_lines(self._days, self._ranks, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line for the days and one for each assistant."""
        return self.lines


def grid_lines(
    days: Sequence[str], ranks: Mapping[str, Mapping[str, int | None]], cells: int
) -> list[Content]:
    """The lines of the grid for a width."""
    names = {provider: _name(provider) for provider in ranks}
    side = min(_LONGEST_NAME, max(map(width, names.values())))
    shown = max(1, (cells - side - 1) // DAY_CELLS)
    days = days[-shown:]
    head = "".join(fit(word, DAY_CELLS, "right") for word in day_labels(days))
    lines = [Content.styled(" " * side + head, "$text-muted")]
    for provider, found in ranks.items():
        parts = [_rank(found, day) for day in days]
        lines.append(Content("").join([Content(fit(names[provider], side)), *parts]))
    return lines


def _rank(found: Mapping[str, int | None], day: str) -> Content:
    if day not in found:
        # Not asked on that day.
        return Content(" " * DAY_CELLS)
    rank = found[day]
    words = "absent" if rank is None else f"#{rank}"
    tone = "muted" if rank is None else position_tone(rank)
    return Content.styled(fit(words, DAY_CELLS, "right"), TONES[tone])
