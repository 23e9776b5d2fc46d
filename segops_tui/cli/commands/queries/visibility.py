"""`queries dashboard` and `queries win-rate`: how the own brand fares over all answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record, as_integer
from segops_tui.cli.core.group import Commands
from segops_tui.nouns.marks import spark
from segops_tui.nouns.queries import DASHBOARD, STANDINGS, WIN_RATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "queries dashboard",
    "segops-tui queries dashboard",
    "segops-tui queries dashboard -o json",
    calls=("queries.dashboard",),
)
def dashboard(run: Invocation) -> None:
    """Show how visible the own brand is, over all answers.

    MENTIONED is the share of answers that name it, SHARE OF VOICE its part of all brands named.
    """
    found = run.client.queries.dashboard()
    if not run.out.is_table or run.options.fields:
        run.out.one(found, DASHBOARD)
        return
    lists = {"by_provider", "trend", "top_brands"}
    own = Record({name: value for name, value in found.raw.items() if name not in lists})
    run.out.one(own, DASHBOARD, further=_history(_objects(found.raw.get("trend"))))
    providers = _objects(found.raw.get("by_provider"))
    if providers:
        run.out.heading("By provider")
        run.out.table([Record(row) for row in providers], STANDINGS)
    _top_brands(run, _objects(found.raw.get("top_brands")))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _history(days: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[str]]:
    if not days:
        return {}
    first, last = days[0].get("date", ""), days[-1].get("date", "")
    shown = {"Mentioned": "mention_rate", "Share of voice": "share_of_voice"}
    lines = [f"{title:<14}  {spark([d.get(n) for d in days])}" for title, n in shown.items()]
    return {f"{first}_to_{last}": lines}


def _top_brands(run: Invocation, brands: Sequence[Mapping[str, Any]]) -> None:
    if not brands:
        return
    run.out.heading("Brands named most")
    for brand in brands:
        mentions = wording.count(as_integer(brand.get("mentions")))
        run.out.line(wording.plain(f"  {mentions:>7}  {brand.get('name', '')}"))


@COMMANDS.command(
    "queries win-rate",
    "segops-tui queries win-rate",
    "segops-tui queries win-rate -o csv",
    calls=("queries.win_rate",),
)
def win_rate(run: Invocation) -> None:
    """Show how often the own brand ranks ahead of each competitor.

    Answers that name neither do not count.
    """
    from segops_tui.cli.core.lists import write_list

    write_list(run, run.client.queries.win_rate(), WIN_RATES, remember=False)
