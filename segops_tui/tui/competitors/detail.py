"""The detail of a competitor: how often each brand ranks ahead, its names, its fields.

The pane provides the win rates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static, TabPane

from segops_tui import wording
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.competitors import COMPETITORS
from segops_tui.nouns.marks import active_tone, active_words
from segops_tui.nouns.queries import win_tone
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.plots.plots import Bar, BarPlot
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from segops_tui.api.resources.competitors import Competitor
    from segops_tui.api.resources.queries import WinRate
    from segops_tui.tui.core.workspace import Workspace


class CompetitorDetail(Detail["Competitor"]):
    """A brand."""

    DEFAULT_CSS = "CompetitorDetail #won { margin-bottom: 1; }"

    first_tab = "standing"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._rates: Mapping[int, WinRate] | None = None
        self._won, self._bars = Static("", id="won", markup=False), BarPlot()
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """Two tabs."""
        yield self.head
        with self.tabs:
            with TabPane("Standing", id="standing"), Scroll():
                yield self._won
                yield self._bars
            with TabPane("Facts", id="facts"), Scroll():
                yield self._facts

    def name_of(self, row: Competitor) -> str:
        """Its name."""
        return row.name

    def is_same(self, before: Competitor, after: Competitor) -> bool:
        """The same brand."""
        return before.id == after.id

    def summary(self, row: Competitor) -> Content:
        """Whether it is compared with, its domain, its other names."""
        context = Context(now=self.workspace.now())
        state = (active_words(row.is_active, context), TONES[active_tone(row.is_active)])
        lines = [Content.assemble(state, (f"   {one_line(row.domain)}", "$text-muted"))]
        if row.brand_aliases:
            names = one_line(format_value(row.brand_aliases))
            lines.append(Content.styled(f"also called {names}", "$text-muted"))
        return Content("\n").join(lines)

    def draw(self, row: Competitor) -> None:
        """The facts, and who wins."""
        context = Context(now=self.workspace.now())
        self._facts.facts = [
            (column.title.capitalize(), column.text(row, context)) for column in COMPETITORS.columns
        ]
        self._draw_rate(row)

    def compare(self, rates: Mapping[int, WinRate]) -> None:
        """Know who wins how often."""
        self._rates = rates
        if self.row is not None:
            self._draw_rate(self.row)

    def _draw_rate(self, row: Competitor) -> None:
        rate = None if self._rates is None else self._rates.get(row.id)
        self._bars.display = rate is not None and rate.win_rate is not None
        if rate is None or rate.win_rate is None:
            self._won.update(Content.styled(self._nothing(row), "$text-muted"))
            return
        self._won.update(
            Content.assemble(
                (wording.percent(rate.win_rate), f"bold {TONES[win_tone(rate.win_rate)]}"),
                f" of {wording.plural(rate.total, 'answer')} that name either put you ahead",
            )
        )
        self._bars.show(
            [
                Bar("▲ you lead", float(rate.wins), style="$success"),
                Bar("▼ they lead", float(rate.losses), style="$warning"),
                Bar("● level", float(rate.ties), style="$primary"),
            ]
        )

    def _nothing(self, row: Competitor) -> str:
        if self._rates is None:
            return "Loading …"
        if not row.is_active:
            return "Paused, so it is not compared with. e makes it active."
        return "No answer names it or your brand yet. Runs of your queries change that."
