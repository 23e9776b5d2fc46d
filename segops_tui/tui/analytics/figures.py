"""The sections of Analytics that are figures: the workspace at a glance, use against the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Digits

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.analytics import Overview, Usage
from segops_tui.nouns.analytics import OVERVIEW, UNLIMITED, USAGE, change_of, used_tone
from segops_tui.tui.analytics.section import FIGURES_SECTION, ChartDetail, Section, SectionName
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import AutoSized, Sized
from segops_tui.tui.core.text import fit, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.panes.list_box import ListBox
from segops_tui.tui.panes.pane import BACK
from segops_tui.tui.plots.plots import Bar, BarPlot
from segops_tui.tui.plots.scale import FILLED, format_short, format_value, meter, to_number
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.analytics import Trend
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Tone
    from segops_tui.tui.core.workspace import Workspace

_LABEL: Final = 16
_WORDS: Final = {"": "", "warn": "nearly all of it", "bad": "used up"}
_DAY: Final = 86_400.0
_FAINT: Final = "$text-muted"


class UsageMeters(AutoSized, Widget):
    """The period, and what was used in it."""

    DEFAULT_CSS = "UsageMeters { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._usage: Usage | None = None
        self._now = datetime(1970, 1, 1, tzinfo=UTC)

    def show(self, usage: Usage, *, now: datetime) -> None:
        """Draw this use, as it stands now."""
        self._usage, self._now = usage, now
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw what was shown last."""
        if self._usage is None:
            return Content("")
        return Content("\n").join(usage_lines(self._usage, now=self._now, cells=self.size.width))


def usage_lines(usage: Usage, *, now: datetime, cells: int) -> list[Content]:
    """The plan, the period, a bar for each limit; then what has none."""
    gone = share_gone(usage, now=now)
    lines = [
        Content.assemble((fit("Plan", _LABEL), _FAINT), (one_line(usage.plan or "–"), "bold")),
        Content(""),
        *_period(usage, gone, now=now, cells=cells),
    ]
    for label, used, limit in (
        ("Events", usage.events_used, usage.events_limit),
        ("AI credits", usage.ai_credits_used, usage.ai_credits_limit),
    ):
        lines += [Content(""), *_limit(label, used, limit, gone=gone, cells=cells)]
    lines += [
        Content(""),
        _fact("Users counted", wording.count(usage.mtu_computed), "what the plan bills by"),
        _fact("API calls", wording.count(usage.api_calls_per_minute_limit), "a minute at most"),
    ]
    return lines


def share_gone(usage: Usage, *, now: datetime) -> float | None:
    """How much of the period is over, 0 to 1; None where its ends cannot be read."""
    start, end = _moment(usage.period_start), _moment(usage.period_end)
    if start is None or end is None or end <= start:
        return None
    return min(max((now - start) / (end - start), 0.0), 1.0)


def _period(usage: Usage, gone: float | None, *, now: datetime, cells: int) -> list[Content]:
    end = _moment(usage.period_end)
    days = f"{one_line(usage.period_start)[:10]} to {one_line(usage.period_end)[:10]}"
    if gone is None or end is None:
        return [_fact("Period", days if days.strip() != "to" else "–", "")]
    left = max(0.0, (end - now).total_seconds() / _DAY)
    rest = (
        "over"
        if left <= 0
        else "less than a day left"
        if left < 1
        else f"{wording.plural(int(left), 'day')} left"
    )
    bar = meter(gone, _bar(cells), style=_FAINT)
    words = Content.assemble("  ", (rest, "bold"))
    return [
        Content.assemble((fit("Period", _LABEL), _FAINT), bar, words),
        Content.styled(" " * _LABEL + days, _FAINT),
    ]


def _limit(
    label: str, used: int | None, limit: int, *, gone: float | None, cells: int
) -> list[Content]:
    name = (fit(label, _LABEL), _FAINT)
    if limit <= UNLIMITED:
        return [Content.assemble(name, (wording.count(used), "bold"), "  no limit")]
    if limit == 0:
        return [Content.assemble(name, (wording.count(used), "bold"), "  none in this plan")]
    if used is None:
        return [Content.assemble(name, ("–", "bold"), f"  of {wording.count(limit)}")]
    share = used / limit
    tone = used_tone(used, limit)
    style = TONES[tone]
    words = Content.assemble("  ", (wording.percent(share), f"bold {style}".strip()))
    if tone:
        words = Content.assemble(words, (f"  ! {_WORDS[tone]}", style))
    below = f"{wording.count(used)} of {wording.count(limit)}"
    return [
        Content.assemble(name, meter(share, _bar(cells), style=style or FILLED), words),
        Content.assemble((" " * _LABEL + below, _FAINT), _pace(used, limit, gone=gone)),
    ]


def _pace(used: int, limit: int, *, gone: float | None) -> Content:
    """Where it leads, once a tenth of the period tells anything about the rest."""
    if gone is None or gone < 0.1 or not used:
        return Content("")
    whole = round(used / gone)
    words = f"   at this pace {wording.count(whole)} by its end"
    return Content.styled(words, "$warning" if 0 < limit < whole else _FAINT)


def _fact(label: str, words: str, note: str) -> Content:
    return Content.assemble(
        (fit(label, _LABEL), _FAINT), (one_line(words), "bold"), (f"  {note}".rstrip(), _FAINT)
    )


def _bar(cells: int) -> int:
    return max(8, min(48, cells - _LABEL - 26))


def _moment(words: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BigFigure:
    """One number with its name and note."""

    name: str
    value: int | None
    note: str = ""
    tone: Tone = ""


class BigFigures(Horizontal, Sized):
    """Shows large numbers side by side; how many there are is fixed."""

    DEFAULT_CSS = """
    BigFigures {
        height: 5; width: 1fr;
        Vertical { width: 1fr; height: 5; }
        PlainText { height: 1; width: 1fr; color: $text-muted; }
        Digits { height: 3; width: 1fr; color: $foreground; }
    }
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._figures: Sequence[BigFigure] = [BigFigure(name, None) for name in names]
        self._digits = [Digits("–") for _ in names]
        self._notes = [PlainText() for _ in names]

    def compose(self) -> ComposeResult:
        """Lay out one column per number."""
        for each, digits, note in zip(self._figures, self._digits, self._notes, strict=True):
            with Vertical():
                yield PlainText(Content(each.name))
                yield digits
                yield note

    def show(self, figures: Sequence[BigFigure]) -> None:
        """Show these numbers."""
        self._figures = figures
        self._draw()

    def fit_size(self) -> None:
        """Shorten numbers that no longer fit."""
        self._draw()

    def _draw(self) -> None:
        room = self.size.width // max(1, len(self._figures)) - 1
        for each, digits, note in zip(self._figures, self._digits, self._notes, strict=True):
            digits.update(large(each.value, room))
            note.update(Content.styled(one_line(each.note), TONES[each.tone] or "$text-muted"))


def large(value: int | None, cells: int) -> str:
    """Format a number for large digits (three cells each), shortened to fit a width."""
    known = to_number(value)
    words = format_value(known, "count")
    if known is None or sum(3 if sign.isdigit() else 1 for sign in words) <= cells:
        return words
    return format_short(known, "count")


class FiguresScroll(VerticalScroll, can_focus=True):
    """Figures that may be longer than their place; vim keys as well."""

    def key_j(self) -> None:
        """Down a line."""
        self.scroll_relative(y=1, animate=False)

    def key_k(self) -> None:
        """Up a line."""
        self.scroll_relative(y=-1, animate=False)


class FiguresBox(ListBox):
    """A drawing, or a notice in its place."""

    DEFAULT_CSS = """
    FiguresBox {
        NounTable { display: none; }
        FiguresScroll { height: 1fr; padding: 1 2 0 2; scrollbar-size-vertical: 1; }
    }
    """

    def __init__(self, drawing: Widget) -> None:
        super().__init__(markable=False)
        self.drawing = drawing
        self.scroll = FiguresScroll()

    def compose(self) -> ComposeResult:
        """What every list has, and the drawing."""
        yield from super().compose()
        with self.scroll:
            yield self.drawing

    @property
    def content(self) -> Widget:
        """The drawing."""
        return self.scroll

    def show_loading(self) -> None:
        """Show that the figures are being fetched."""
        self.show_words("Loading …", symbol="◌", style="$text-muted")


LARGEST: Final = 40
"""Segments drawn as bars."""


class AllSegments(ChartDetail[Any]):
    """Every segment as a bar."""

    def __init__(self, workspace: Workspace) -> None:
        self.bars = BarPlot()
        self.bars.show([], empty="Loading …")
        super().__init__(workspace, self.bars)

    def name_of(self, row: Any) -> str:  # noqa: ARG002
        """The border's title."""
        return "Members by segment, active only"

    def show_trends(self, trends: Sequence[Trend]) -> None:
        """The largest segments first."""
        known = [trend for trend in trends if trend.member_count is not None]
        largest = sorted(known, key=lambda trend: -(trend.member_count or 0))[:LARGEST]
        self.bars.show(
            [Bar(trend.name, trend.member_count, _changed(trend)) for trend in largest],
            empty="No active segments yet. Pane 1 makes one: n.",
        )


def _changed(trend: Trend) -> str:
    change = change_of(trend)
    return "" if change is None else f"{wording.delta(change)} in 30 days"


class OverviewSection(Section[Overview], inherit_bindings=False):
    """Big figures, and below them every segment as a bar."""

    ACTIONS: ClassVar[Sequence[Action]] = FIGURES_SECTION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS), BACK]

    noun = OVERVIEW
    is_list = False
    place = SectionName("overview", "Overview")
    command = "analytics"
    list_verb = "overview"

    def make_list(self) -> ListBox:
        """The large figures."""
        self._figures = BigFigures(["Segments", "Members", "Events in 30 days", "AI credits used"])
        return FiguresBox(self._figures)

    def make_detail(self) -> AllSegments:
        """The bars."""
        self._bars = AllSegments(self.workspace)
        return self._bars

    async def fetch(self) -> list[Overview]:
        """The one there is."""
        return [await self.workspace.client.analytics.overview()]

    def refetch(self) -> None:
        """Ask for the figures, and for the segments: either may fail alone."""
        super().refetch()
        run_flow(self, self._load_trends, group="trends", exclusive=True)

    async def _load_trends(self) -> None:
        try:
            trends = [trend async for trend in self.workspace.client.analytics.segments()]
        except SegOpsError as error:
            problem = problem_of(error)
            self._bars.bars.show([], empty=f"{problem.symbol} {problem.line}")
        else:
            self._bars.show_trends(trends)

    def draw_rows(self) -> None:
        """Draw the record."""
        super().draw_rows()
        if not self.rows:
            return
        row = self.rows[0]
        limit = row.ai_credits_limit
        self._figures.show(
            [
                BigFigure("Segments", row.segment_count),
                BigFigure("Members", row.total_members, "once per segment"),
                BigFigure("Events in 30 days", row.events_30d),
                BigFigure(
                    "AI credits used",
                    row.ai_credits_used,
                    "no limit" if limit <= UNLIMITED else f"of {wording.count(limit)}",
                    used_tone(row.ai_credits_used, limit),
                ),
            ]
        )


class NoDetail(ChartDetail[Any]):
    """An empty detail: the figures say everything."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, BarPlot())

    def name_of(self, row: Any) -> str:  # noqa: ARG002
        """Nothing."""
        return ""


class UsageSection(Section[Usage], inherit_bindings=False):
    """Bars against the limits of the plan."""

    ACTIONS: ClassVar[Sequence[Action]] = FIGURES_SECTION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS), BACK]

    noun = USAGE
    is_list = False
    place = SectionName("usage", "Usage")
    command = "analytics"
    list_verb = "usage"

    def make_list(self) -> ListBox:
        """The bars."""
        self._meters = UsageMeters()
        return FiguresBox(self._meters)

    def make_detail(self) -> NoDetail:
        """Nothing more."""
        return NoDetail(self.workspace)

    async def fetch(self) -> list[Usage]:
        """The one there is."""
        return [await self.workspace.client.analytics.usage()]

    def draw_rows(self) -> None:
        """Draw the record."""
        super().draw_rows()
        if self.rows:
            self._meters.show(self.rows[0], now=self.workspace.now())
