"""The visibility dashboard: your brand's figures over all answers, their trend, its win rate."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from segops_tui.api.errors import SegOpsError
from segops_tui.api.record import Record, as_number
from segops_tui.nouns import queries as nouns
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.queries import DASHBOARD, MARKS, SIMULATED, STANDINGS, WIN_RATES
from segops_tui.tui.core.actions import ActionOwner, bindings, run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import fit, one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.panes.tab_strip import TabPage, TabStrip
from segops_tui.tui.plots.plots import Bar, BarPlot, LinePlot, Series
from segops_tui.tui.queries.answer_text import STYLES
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.key_bar import KeyBar
from segops_tui.tui.widgets.notice import Notice
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.queries import WinRate
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.queries import Naming
    from segops_tui.tui.core.workspace import Workspace


async def load(screen: VisibilityDashboard) -> None:
    """Fetch the dashboard and the win rates, and show them or what went wrong."""
    queries = screen.workspace.client.queries
    try:
        dashboard, rates = await asyncio.gather(queries.dashboard(), queries.win_rate().page())
    except SegOpsError as error:
        screen.show_error(error)
    else:
        screen.show(dashboard, rates.items)


class VisibilityDashboard(ActionOwner, Screen[None]):
    """Three tabs: the figures now, their trend, the win rate against each competitor."""

    ACTIONS: ClassVar[Sequence[Action]] = (
        nouns.DASHBOARD_REFRESH.does(load),
        nouns.DASHBOARD_NEXT_TAB.does(lambda screen: screen.turn(1)),
        nouns.DASHBOARD_PREVIOUS_TAB.does(lambda screen: screen.turn(-1)),
        nouns.DASHBOARD_LEAVE.does(lambda screen: screen.leave()),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]
    DEFAULT_CSS = """
    VisibilityDashboard {
        .dashboard {
            border: round $border; border-title-color: $foreground;
            border-subtitle-color: $text-muted; height: 1fr; padding: 0 1;
        }
        #figures { height: auto; margin: 1 0 1 1; }
        .title { margin: 1 0 0 1; color: $text-muted; text-style: bold; height: 1; }
        BarPlot { margin: 0 1; }
        LinePlot { margin: 1 1 0 1; height: 1fr; }
        #providers { height: 7; }
        #rates { height: 1fr; min-height: 4; margin-top: 1; }
        ContentSwitcher { height: 1fr; }
        Scroll { height: 1fr; }
    }
    """

    def __init__(self, workspace: Workspace, naming: Naming, *, simulated: bool) -> None:
        super().__init__()
        self.workspace, self._naming, self._simulated = workspace, naming, simulated
        self._notice = Notice(id="notice")
        self._tabs = TabStrip(initial="now", id="tabs")
        self._figures = PlainText(id="figures")
        self._providers = NounTable(id="providers", markable=False)
        self._brands, self._trend, self._bars = BarPlot(), LinePlot(), BarPlot()
        self._rates = NounTable(id="rates", markable=False)

    def compose(self) -> ComposeResult:
        """Lay out a notice, shown until the figures are there, and the tabs."""
        with Vertical(classes="dashboard") as box:
            box.border_title = Content.styled("Visibility over all answers", "bold")
            if self._simulated:
                box.border_subtitle = Content(f"{SIMULATED} includes simulated answers")
            with ContentSwitcher(initial="notice", id="pages"):
                yield self._notice
                with self._tabs:
                    with TabPage("Now", id="now"), Scroll():
                        yield self._figures
                        yield PlainText("BY ASSISTANT", classes="title")
                        yield self._providers
                        yield PlainText("MOST MENTIONED BRANDS", classes="title")
                        yield self._brands
                    with TabPage("Trend", id="trend"):
                        yield self._trend
                    with TabPage("Win rate", id="wins"):
                        yield PlainText("YOUR BRAND AHEAD OF", classes="title")
                        yield self._bars
                        yield self._rates
        yield KeyBar()

    def on_mount(self) -> None:
        """Draw the columns, and fetch the figures."""
        self._providers.show_columns(STANDINGS.columns, context=self._format_context)
        # The bars above show the win rate.
        left_out = {"bar", "win_rate", "competitor_id"}
        rates = [column for column in WIN_RATES.columns if column.key not in left_out]
        self._rates.show_columns(rates, context=self._format_context)
        self._rates.empty_text = "No active competitors. Add one in the Competitors pane."
        self._notice.show_text("Loading …", symbol="◌", style="$text-muted")
        self._notice.focus()
        run_flow(self, load, self, group=nouns.DASHBOARD_REFRESH.id, exclusive=True)

    def show(self, dashboard: Record, rates: Sequence[WinRate]) -> None:
        """Draw what was fetched, in place of the notice."""
        self._show_dashboard(dashboard)
        self._show_rates(rates)
        pages = self.query_one("#pages", ContentSwitcher)
        if pages.current != "tabs":
            pages.current = "tabs"
            self._tabs.bar.focus()

    def show_error(self, error: SegOpsError) -> None:
        """Show what went wrong, in place of the figures."""
        self._notice.show_problem(problem_of(error))
        self.query_one("#pages", ContentSwitcher).current = "notice"
        self._notice.focus()

    def turn(self, step: int) -> None:
        """Show the next tab, or the previous one."""
        self._tabs.turn(step)

    def leave(self) -> None:
        """Go back to the pane."""
        self.dismiss()

    def _show_dashboard(self, found: Record) -> None:
        """Draw the figures, the assistants, the most mentioned brands and the trend."""
        self._figures.update(figures_line(found, self._format_context()))
        providers = [Record(row) for row in objects(found.raw.get("by_provider"))]
        self._providers.empty_text = "No answers yet. Run a query first."
        self._providers.set_rows(providers, key=STANDINGS.key, keep_position=True)
        brands = objects(found.raw.get("top_brands"))
        self._brands.show(
            [self._brand(brand) for brand in brands], empty="No brand is mentioned yet."
        )
        days = objects(found.raw.get("trend"))
        self._trend.show(
            [
                Series("Answers mentioning your brand", shares(days, "mention_rate")),
                Series("Share of voice", shares(days, "share_of_voice")),
            ],
            labels=[format_value(day.get("date")) for day in days],
            unit="percent",
            empty="No answers yet; a trend takes a few days.",
        )

    def _show_rates(self, rates: Sequence[WinRate]) -> None:
        """Draw a bar and a row for each competitor."""
        self._bars.display = bool(rates)
        self._bars.show(
            [
                Bar(
                    rate.competitor_name or f"#{rate.competitor_id}",
                    None if rate.win_rate is None else rate.win_rate * 100,
                    note=f"{rate.wins:,} of {rate.total:,}" if rate.total else "never compared",
                    style="$success" if (rate.win_rate or 0.0) >= 0.5 else "$warning",
                )
                for rate in rates
            ],
            unit="percent",
        )
        self._rates.set_rows(rates, key=WIN_RATES.key, keep_position=True)

    def _brand(self, brand: Mapping[str, Any]) -> Bar:
        name = format_value(brand.get("name"))
        kind = self._naming.kind_of(name)
        return Bar(
            f"{MARKS[kind]} {name}",
            as_number(brand.get("mentions")),
            style=STYLES[kind].removeprefix("bold "),
        )

    def _format_context(self) -> Context:
        return Context(now=self.workspace.now())


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; other values are left out."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def shares(days: Sequence[Mapping[str, Any]], name: str) -> list[float | None]:
    """A share of each day, in percent."""
    found = [as_number(day.get(name)) for day in days]
    return [None if share is None else share * 100 for share in found]


def figures_line(found: Record, context: Context) -> Content:
    """The figures, each with its name below."""
    names, values = [], []
    for column in DASHBOARD.columns:
        value = one_line(column.text(found, context))
        cells = max(len(value), len(column.title))
        style = "bold $primary" if value != "–" else "$text-muted"
        values.append(Content.styled(fit(value, cells), style))
        names.append(Content.styled(fit(column.title, cells), "$text-muted"))
    return Content("\n").join([Content("  ").join(values), Content("  ").join(names)])
