"""The Competitors pane: brands you compare yours with, and who ranks ahead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.competitors import Competitor
from segops_tui.nouns import competitors as nouns
from segops_tui.nouns.column import Column
from segops_tui.nouns.queries import win_tone
from segops_tui.tui.competitors.detail import CompetitorDetail
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.editing import Editing, deleting
from segops_tui.tui.panes.pane import Pane
from segops_tui.wording import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.queries import WinRate
    from segops_tui.nouns.action import Action


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
        deleting(nouns.DELETE, warning="Answers that name it are kept."),
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
        return [replace(name, min_width=16), won, *others]

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
