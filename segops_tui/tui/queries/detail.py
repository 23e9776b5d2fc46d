"""What is known of a question: its answers, how it fared, who is named, its own facts.

Fetches nothing: the pane fetches answers, and says when there are others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static, TabPane

from segops_tui import wording
from segops_tui.nouns.answers import MARKS, SIMULATED, by_provider, voices
from segops_tui.nouns.column import Context, said
from segops_tui.nouns.marks import active_tone, active_words
from segops_tui.nouns.queries import PROVIDERS, QUERIES
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.plots.plots import Bar, BarPlot, LinePlot, Series
from segops_tui.tui.queries.answer_text import STYLES, AnswerText
from segops_tui.tui.queries.rank_grid import RankGrid
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.queries import AIQuery, QueryResult
    from segops_tui.nouns.answers import Standing
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.queries.answer_cache import AnswerBook, Answers

MOST_BRANDS: Final = 20
MOST_ANSWERS: Final = 50
"""What the server tells of one question (contract §1.5)."""
_BOUNDS: Final = (
    f"Earlier days are not told: the server keeps to the latest {MOST_ANSWERS} answers."
)


class QueryDetail(Detail["AIQuery"]):
    """A question."""

    DEFAULT_CSS = """
    QueryDetail {
        LinePlot { height: 14; margin-top: 1; }
        .faint { color: $text-muted; }
        #heard { color: $text-muted; margin-bottom: 1; }
    }
    """

    first_tab = "answers"

    def __init__(self, workspace: Workspace, book: AnswerBook) -> None:
        super().__init__(workspace)
        self._book = book
        self._drawn: dict[str, object] = {}
        self._answers = AnswerText()
        self._answer_scroll = Scroll()
        self._grid, self._plot = RankGrid(), LinePlot()
        self._bounds = Static(Content(_BOUNDS), classes="faint", markup=False)
        self._heard, self._voices = Static("", id="heard", markup=False), BarPlot()
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """Four tabs."""
        yield self.head
        with self.tabs:
            with TabPane("Answers", id="answers"), self._answer_scroll:
                yield self._answers
            with TabPane("History", id="history"), Scroll():
                yield self._grid
                yield self._bounds
                yield self._plot
            with TabPane("Brands", id="brands"), Scroll():
                yield self._heard
                yield self._voices
            with TabPane("Facts", id="facts"), Scroll():
                yield self._facts

    def name_of(self, row: AIQuery) -> str:
        """The question."""
        return row.query_text

    def is_same(self, before: AIQuery, after: AIQuery) -> bool:
        """The same question."""
        return before.id == after.id

    def summary(self, row: AIQuery) -> Content:
        """Whether and when it is asked; how it fared the last time."""
        context = Context(now=self.workspace.now())
        state = active_words(row.is_active, context)
        facts = [row.schedule, f"last asked {wording.age(row.last_run_at, now=context.now)}"]
        about = [word for word in (row.category, said(row.tags)) if word not in {"", "–"}]
        lines = [
            Content.assemble(
                (state, TONES[active_tone(row.is_active)]),
                (f"   {one_line(' · '.join([*facts, *about]))}", "$text-muted"),
            )
        ]
        answers = self._book.get(row.id)
        if answers is not None and answers.standings:
            lines.append(_fared(answers))
        return Content("\n").join(lines)

    def draw(self, row: AIQuery) -> None:
        """The facts."""
        context = Context(now=self.workspace.now())
        self._facts.facts = [
            (column.title.capitalize(), column.text(row, context)) for column in QUERIES.columns
        ]

    def draw_answers(self) -> None:
        """Draw what is known of the answers now."""
        if self.row is not None:
            self.head.update(self.summary(self.row))
            self.fill(self.tabs.active)

    def forget(self) -> None:
        """Begin another question at its top."""
        self._drawn.clear()
        self._answer_scroll.scroll_home(animate=False)

    def fill(self, tab: str) -> None:
        """Draw the tab, unless it is drawn."""
        row = self.row
        if row is None or tab == "facts":
            return
        answers = self._book.get(row.id)
        state = answers, self._book.naming, self._book.has_failed(row.id)
        if self._drawn.get(tab) == state:
            return
        self._drawn[tab] = state
        results = [] if answers is None else answers.results
        if tab == "answers":
            if results:
                self._answers.show(results, self._book.naming, now=self.workspace.now())
            else:
                self._answers.say(self._nothing(row, answers))
        elif tab == "history":
            self._draw_history(results, self._nothing(row, answers))
        elif tab == "brands":
            self._draw_brands(results, self._nothing(row, answers))

    def _nothing(self, row: AIQuery, answers: Answers | None) -> str:
        if answers is not None:
            return "No answers yet. r asks the assistants now."
        if self._book.has_failed(row.id):
            return "? The answers could not be had. ctrl+r asks the server again."
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
            empty="Your brand was not named.",
        )

    def _draw_brands(self, results: Sequence[QueryResult], empty: str) -> None:
        naming = self._book.naming
        found = voices(results, naming)
        mentions = sum(voice.mentions for voice in found)
        self._heard.display = bool(found)
        self._heard.update(
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
        self._voices.show(bars, unit="percent", empty="No brand is named." if results else empty)


def ranks_by_day(
    results: Sequence[QueryResult],
) -> tuple[list[str], dict[str, dict[str, int | None]]]:
    """The days of the answers, oldest first, and each assistant's last rank on days it answered."""
    dated = [result for result in results if result.captured_at is not None]
    ranks = {
        # Newest first, so that the day's last answer is written last when walked backwards.
        provider: {_day(answer): answer.position for answer in reversed(answers)}
        for provider, answers in by_provider(dated).items()
    }
    return sorted({_day(result) for result in dated}), ranks


def _day(result: QueryResult) -> str:
    when = result.captured_at
    return "" if when is None else f"{when:%Y-%m-%d}"


def _name(provider: str) -> str:
    return one_line(PROVIDERS.get(provider, provider))


def _fared(answers: Answers) -> Content:
    """`named by 4 of 5 · best #1 with Claude · simulated`."""
    found = answers.standings
    named: dict[str, Standing] = {
        name: standing for name, standing in found.items() if standing.position is not None
    }
    parts = [f"named by {len(named)} of {len(found)}"]
    if named:
        best = min(named, key=lambda name: named[name].position or 0)
        parts.append(f"best #{named[best].position} with {_name(best)}")
    if any(standing.latest.is_simulated for standing in found.values()):
        parts.append(f"{SIMULATED} simulated")
    return Content(" · ".join(parts))
