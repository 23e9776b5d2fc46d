"""The sections of Analytics that are lists with a drawing: trends, overlaps, connectors."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.content import Content
from textual.widget import Widget

from segops_tui.api.resources.analytics import ActivationHealth, Overlap, Trend
from segops_tui.nouns.analytics import HEALTH, OVERLAPS, TRENDS, trend_days
from segops_tui.nouns.column import Context
from segops_tui.tui.analytics.section import ChartDetail, Section, SectionName
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import fit, one_line, width
from segops_tui.tui.panes.pane import Pane
from segops_tui.tui.plots.plots import LinePlot, Series
from segops_tui.tui.plots.scale import to_number
from segops_tui.tui.table.messages import MarksChanged, RowHighlighted
from segops_tui.tui.widgets.sync_logs import SyncLogs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

    from segops_tui.tui.core.workspace import Workspace

MOST_PAIRS: Final = 20
"""Pairs the API tells of (contract §1.4)."""
SHADES: Final = (
    (75.0, "█", "bold $accent"),
    (50.0, "▓", "$primary"),
    (25.0, "▒", "$foreground"),
    (0.0, "░", "$text-muted"),
)
CHOSEN: Final = "bold $block-cursor-foreground on $block-cursor-background"
_CELL: Final = 5
_BEFORE: Final = 5
"""Cells of a row's number and of the gap after its name."""
_LEAST_NAME: Final = 12
_LONGEST_NAME: Final = 32
_LEGEND: Final = (("░", "under 25"), ("▒", "under 50"), ("▓", "under 75"), ("█", "75 and more"))


class OverlapMatrix(AutoSized, Widget):
    """A matrix of the segments that occur in the pairs."""

    DEFAULT_CSS = "OverlapMatrix { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._pairs: Sequence[Overlap] = ()
        self._chosen: Overlap | None = None

    def show(self, pairs: Sequence[Overlap], chosen: Overlap | None) -> None:
        """Draw these pairs, one of them as chosen."""
        self._pairs, self._chosen = pairs, chosen
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw what was shown last."""
        return Content("\n").join(matrix_lines(self._pairs, self._chosen, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as there are segments, and the words below."""
        return len(matrix_lines(self._pairs, self._chosen, width))


def extent_words(pairs: Sequence[Overlap]) -> str:
    """Which pairs there are: the API tells the first twenty alone."""
    if len(pairs) >= MOST_PAIRS:
        return f"the API tells the top {MOST_PAIRS} pairs: · is none of them"
    return "every pair that shares members: · shares none"


def matrix_lines(pairs: Sequence[Overlap], chosen: Overlap | None, cells: int) -> list[Content]:
    """A line for each segment, those that share most first; what the signs mean below."""
    if not pairs:
        return [Content("")]
    names = _segments(pairs)
    shares: dict[tuple[int, int], Overlap] = {}
    for pair in pairs:
        shares[pair.seg_a_id, pair.seg_b_id] = shares[pair.seg_b_id, pair.seg_a_id] = pair
    ids = list(names)
    longest = max((width(name) for name in names.values()), default=0)
    column = max(_LEAST_NAME, min(longest, _LONGEST_NAME, cells - _CELL * len(ids) - _BEFORE))
    across = ids[: max(1, (cells - column - _BEFORE) // _CELL)]
    head = "".join(f"{at:>{_CELL - 1}} " for at in range(1, len(across) + 1))
    title = fit("   % of the smaller", column + _BEFORE)
    lines = [Content.styled(title + head, "$text-muted")]
    for at, row in enumerate(ids, start=1):
        is_chosen = chosen is not None and row in (chosen.seg_a_id, chosen.seg_b_id)
        label = fit(names[row], column)
        pieces = [
            Content.styled(f"{at:>2} ", "$text-muted"),
            Content.styled(label, "bold" if is_chosen else ""),
            Content("  "),
        ]
        pieces.extend(
            _cell(shares.get((row, other)), chosen, is_self=row == other) for other in across
        )
        lines.append(Content("").join(pieces))
    return [*lines, _words(hidden=len(ids) - len(across))]


def _segments(pairs: Sequence[Overlap]) -> dict[int, str]:
    """Names by id, those that share most first."""
    names: dict[int, str] = {}
    shared: Counter[int] = Counter()
    for pair in pairs:
        names.setdefault(pair.seg_a_id, one_line(pair.seg_a_name) or f"#{pair.seg_a_id}")
        names.setdefault(pair.seg_b_id, one_line(pair.seg_b_name) or f"#{pair.seg_b_id}")
        shared[pair.seg_a_id] += pair.overlap
        shared[pair.seg_b_id] += pair.overlap
    return {key: names[key] for key, _ in shared.most_common()}


def _cell(pair: Overlap | None, chosen: Overlap | None, *, is_self: bool) -> Content:
    if is_self or pair is None:
        return Content.styled(f"{'─' if is_self else '·':>{_CELL - 1}} ", "$border-blurred")
    share = to_number(pair.overlap_pct)
    if share is None:
        words, style = f"{'?':>{_CELL - 1}}", "$text-muted"
    else:
        share = max(0.0, min(share, 100.0))
        sign, style = next((sign, style) for least, sign, style in SHADES if share >= least)
        words = f"{sign}{share:>3.0f}"
    is_chosen = chosen is not None and (pair.seg_a_id, pair.seg_b_id) == (
        chosen.seg_a_id,
        chosen.seg_b_id,
    )
    return Content.assemble((words, CHOSEN if is_chosen else style), " ")


def _words(*, hidden: int) -> Content:
    """What the signs mean, and what there is no room for."""
    styles = {sign: style for _, sign, style in SHADES}
    pieces = [
        Content.assemble((sign, styles[sign]), (f" {words}", "$text-muted"))
        for sign, words in _LEGEND
    ]
    if hidden > 0:
        pieces.append(Content.styled(f"+{hidden} in a wider window", "$text-muted"))
    return Content("   ").join(pieces)


MOST_LINES: Final = 8
"""Lines in one plot; more cannot be told apart."""


class TrendPlot(ChartDetail[Trend]):
    """How memberships went, as lines."""

    def __init__(self, workspace: Workspace) -> None:
        self.plot = LinePlot()
        super().__init__(workspace, self.plot)

    def name_of(self, row: Trend) -> str:  # noqa: ARG002
        """The border's title."""
        return "Members, last 30 days"

    def show_trends(self, trends: Sequence[Trend]) -> None:
        """Draw these, each as a line."""
        drawn = trends[:MOST_LINES]
        days = [trend_days(trend) for trend in drawn]
        labels = sorted({day for known in days for day in known})
        self.plot.show(
            [
                Series(trend.name, [known.get(day) for day in labels])
                for trend, known in zip(drawn, days, strict=True)
            ],
            labels=labels,
            empty="No history yet: it begins two days after the first compute.",
        )
        more = len(trends) - len(drawn)
        self.set_note(
            f"{more} more marked than can be told apart"
            if more > 0
            else "space marks more to compare"
            if len(drawn) < 2
            else ""
        )


class TrendsSection(Section[Trend]):
    """How memberships went: the one under the cursor, or the marked ones, as a plot."""

    place = SectionName("segments", "Segments")
    noun = TRENDS
    command = "analytics"
    list_verb = "segments"
    sortable = ("name", "member_count", "change")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """A row is a segment's."""
        return {**super().command_words(), "get": ("segments", "get")}

    def command_of(self, key: str) -> str:
        """The segment's own command."""
        return Pane.command_of(self, key)

    def link_of(self, key: str) -> str:
        """The segment's own place."""
        return f"segment/{key}"

    def make_detail(self) -> TrendPlot:
        """The plot."""
        self._plot = TrendPlot(self.workspace)
        return self._plot

    async def fetch(self) -> list[Trend]:
        """Every active segment."""
        return [row async for row in self.workspace.client.analytics.segments()]

    @on(RowHighlighted)
    @on(MarksChanged)
    def _draw(self) -> None:
        self._plot.show_trends(self.chosen)


class OverlapDetail(ChartDetail[Overlap]):
    """The matrix, the pair under the cursor in it."""

    def __init__(self, workspace: Workspace) -> None:
        self.matrix = OverlapMatrix()
        super().__init__(workspace, self.matrix)
        self.pairs: Sequence[Overlap] = ()

    def name_of(self, row: Overlap) -> str:
        """The border's title."""
        return f"{row.seg_a_name} and {row.seg_b_name}"

    def draw(self, row: Overlap) -> None:
        """Every pair, this one as chosen."""
        self.matrix.show(self.pairs, row)
        self.set_note(extent_words(self.pairs))


class OverlapSection(Section[Overlap]):
    """Pairs of segments that share members, and a matrix of them."""

    place = SectionName("overlap", "Overlap")
    noun = OVERLAPS
    command = "analytics"
    list_verb = "overlap"
    sortable = ("seg_a_name", "seg_b_name", "overlap", "overlap_pct")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """A pair has no command of its own."""
        words = super().command_words()
        return {**words, "get": words["list"]}

    def make_detail(self) -> OverlapDetail:
        """The matrix."""
        self._matrix = OverlapDetail(self.workspace)
        return self._matrix

    async def fetch(self) -> list[Overlap]:
        """The pairs that share most."""
        return [row async for row in self.workspace.client.analytics.overlap()]

    def draw_rows(self) -> None:
        """The matrix has every pair, whatever is filtered."""
        self._matrix.pairs = self.rows
        super().draw_rows()


class HealthDetail(ChartDetail[ActivationHealth]):
    """The latest syncs of a connector."""

    def __init__(self, workspace: Workspace) -> None:
        self.logs = SyncLogs()
        super().__init__(workspace, self.logs)

    def name_of(self, row: ActivationHealth) -> str:
        """The connector."""
        return f"Latest syncs of {HEALTH.label(row)}"

    def draw(self, row: ActivationHealth) -> None:
        """How each went."""
        self.logs.show(row.sync_logs, empty="Never synced. Sync it in pane 7 with r.")


class HealthSection(Section[ActivationHealth]):
    """Activations and how their syncs went."""

    place: ClassVar[SectionName] = SectionName("activations", "Activations")
    noun = HEALTH
    command = "analytics"
    list_verb = "activations"
    sortable = ("segment_name", "status", "success_rate", "last_synced_at")

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """A row is an activation's."""
        return {**super().command_words(), "get": ("activations", "get")}

    def command_of(self, key: str) -> str:
        """The activation's own command."""
        return Pane.command_of(self, key)

    def link_of(self, key: str) -> str:
        """The activation's own place."""
        return f"activation/{key}"

    def make_detail(self) -> HealthDetail:
        """The syncs."""
        return HealthDetail(self.workspace)

    def context(self) -> Context:
        """What formatting a value depends on."""
        return Context(now=self.workspace.now(), names=self.workspace.names)

    async def fetch(self) -> list[ActivationHealth]:
        """Every connector."""
        return [row async for row in self.workspace.client.analytics.activations()]
