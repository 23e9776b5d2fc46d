"""The Competitors pane: brands you compare yours with, and who ranks ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.competitors import Competitor
from segops_tui.nouns import competitors as nouns
from segops_tui.nouns.column import Column, Context, format_value
from segops_tui.nouns.competitors import COMPETITORS
from segops_tui.nouns.marks import active_tone, active_words
from segops_tui.nouns.queries import win_tone
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.copying import copying
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.editing import Editing, deleting
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.plots.plots import Bar, BarPlot
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.wording import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.queries import WinRate
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace


class CompetitorDetail(Detail["Competitor"]):
    """A brand."""

    DEFAULT_CSS = "CompetitorDetail #won { margin-bottom: 1; }"

    first_tab = "standing"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._rates: Mapping[int, WinRate] | None = None
        self._won, self._bars = PlainText(id="won"), BarPlot()
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """Two tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Standing", id="standing"), Scroll():
                yield self._won
                yield self._bars
            with TabPage("Facts", id="facts"), Scroll():
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
                f" of {wording.plural(rate.total or 0, 'answer')} that name either put you ahead",
            )
        )
        self._bars.show(
            [
                Bar("▲ you lead", float(rate.wins or 0), style="$success"),
                Bar("▼ they lead", float(rate.losses or 0), style="$warning"),
                Bar("● level", float(rate.ties or 0), style="$primary"),
            ]
        )

    def _nothing(self, row: Competitor) -> str:
        if self._rates is None:
            return "Loading …"
        if not row.is_active:
            return "Paused, so it is not compared with. e makes it active."
        return "No answer names it or your brand yet. Runs of your queries change that."


def competitor_fields(_pane: Pane[Competitor], row: Competitor | None) -> Sequence[FormField]:
    """The form's fields."""
    row = Competitor({}) if row is None else row
    return [
        FormField("name", "Name", value=row.name or None, required=True),
        FormField("domain", "Domain", value=row.domain or None, hint="example.com"),
        FormField(
            "brand_aliases",
            "Also called",
            "words",
            value=row.brand_aliases,
            hint="Fern & Co, FernCo",
            note="Other spellings in answers, separated by commas.",
        ),
        FormField("is_active", "Compared with", "flag", value=row.is_active),
    ]


EDITING = Editing(nouns.CREATE, nouns.EDIT, competitor_fields)


class CompetitorsPane(Pane[Competitor]):
    """Every competitor of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        *EDITING.actions,
        deleting(
            nouns.DELETE,
            warning=("Answers that name it are kept.", "Answers that name them are kept."),
        ),
        copying(nouns.COPY_TO, "competitors"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.COMPETITORS
    command = "competitors"
    sortable = ("name", "win_rate", "domain", "is_active")
    empty = "No competitors yet. Press n to add one to compare your brand with."
    detail: CompetitorDetail

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._rates: dict[int, WinRate] = {}
        super().__init__(*args, **kwargs)

    def make_detail(self) -> CompetitorDetail:
        """Make the detail's widget."""
        return CompetitorDetail(self.workspace)

    def columns(self) -> Sequence[Column[Competitor]]:
        """The noun's columns, and how often your brand ranks ahead of each."""
        name, *others = super().columns()
        won: Column[Competitor] = Column(
            "win_rate",
            "YOU WIN",
            self._won,
            lambda share, _: percent(share),
            lambda competitor, _: win_tone(self._won(competitor)),
            align="right",
            min_width=7,
        )
        return [name._replace(min_width=16), won, *others]

    def is_choosable(self, key: str) -> bool:
        """The win rate can be chosen like the others."""
        return key == "win_rate" or super().is_choosable(key)

    def fetched(self) -> None:
        """With the brands on screen, fetch the win rates."""
        super().fetched()
        run_flow(self, self._fetch_win_rates, group="win rates", exclusive=True)

    async def _fetch_win_rates(self) -> None:
        try:
            rates = [row async for row in self.workspace.client.queries.win_rate()]
        except SegOpsError as error:
            self.failed(error)
            return
        self._rates = {rate.competitor_id: rate for rate in rates}
        self.detail.compare(self._rates)
        self.redraw()

    def _won(self, competitor: Competitor) -> float | None:
        rate = self._rates.get(competitor.id)
        return None if rate is None else rate.win_rate
