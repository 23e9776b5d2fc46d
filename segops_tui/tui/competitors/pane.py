"""The Competitors pane: brands the own one is compared with, and who ranks ahead.

Knows brands and how often the own one won against each; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.competitors import Competitor
from segops_tui.nouns.column import Column
from segops_tui.nouns.competitors import COMPETITOR_ACTIONS, COMPETITORS
from segops_tui.nouns.queries import win_tone
from segops_tui.tui.competitors.detail import CompetitorDetail
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.old_editing import EditingPane
from segops_tui.tui.panes.old_listed import ListedPane
from segops_tui.wording import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.queries import WinRate
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun


class CompetitorsPane(ListedPane[Competitor], EditingPane[Competitor]):
    """Every competitor of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *COMPETITOR_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(COMPETITOR_ACTIONS)]

    command = "competitors"
    sortable = ("name", "win_rate", "domain", "is_active")
    delete_warning = "It is no longer compared with; answers that name it stay."

    class Compared(Message):
        """The win rates have come, or could not be had."""

        def __init__(self, rates: Sequence[WinRate], error: SegOpsError | None = None) -> None:
            self.rates, self.error = rates, error
            super().__init__()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._rates: dict[int, WinRate] = {}
        super().__init__(*args, **kwargs)

    @property
    def noun(self) -> Noun[Competitor]:
        """Competitors."""
        return COMPETITORS

    def make_detail(self) -> CompetitorDetail:
        """The detail's widget."""
        self.sheet = CompetitorDetail(self.workspace)
        return self.sheet

    def resource(self) -> Any:
        """The client's competitors."""
        return self.workspace.client.competitors

    def columns(self) -> Sequence[Column[Competitor]]:
        """The noun's columns, and how often the own brand is ahead of each."""
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
        return [replace(name, min_width=16), won, *others]

    def is_choosable(self, key: str) -> bool:
        """The win rate is a column like the others."""
        return key == "win_rate" or super().is_choosable(key)

    async def fetch(self) -> list[Competitor]:
        """Every competitor.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.competitors.list()]

    def fetched(self) -> None:
        """With the brands at hand, ask who wins."""
        super().fetched()
        self._compare()

    def put_rows(self) -> None:
        """Show the rows; where there are none, say which key makes one."""
        super().put_rows()
        if not self.box.words:
            self.table.empty_text = "No competitors yet. n adds one to compare your brand with."

    def form_fields(self, row: Competitor | None) -> Sequence[FormField]:
        """What a competitor has."""
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
                note="Other spellings in answers, with commas between them.",
            ),
            FormField("is_active", "Compared with", "flag", value=row.is_active),
        ]

    @work(exclusive=True, group="compare")
    async def _compare(self) -> None:
        try:
            rates = [row async for row in self.workspace.client.queries.win_rate()]
        except SegOpsError as error:
            self.post_message(self.Compared([], error))
        else:
            self.post_message(self.Compared(rates))

    @on(Compared)
    def _compared(self, event: Compared) -> None:
        event.stop()
        if event.error is not None:
            self.failed(event.error)
            return
        self._rates = {rate.competitor_id: rate for rate in event.rates}
        self.sheet.compare(self._rates)
        self.redraw()

    def _won(self, competitor: Competitor) -> float | None:
        rate = self._rates.get(competitor.id)
        return None if rate is None else rate.win_rate
