"""`analytics`: figures about the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.group import Commands
from segops_tui.nouns.analytics import HEALTH, OVERLAPS, OVERVIEW, TRENDS, USAGE

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "analytics overview",
    "segops-tui analytics overview",
    "segops-tui analytics overview -o json",
    calls=("analytics.overview",),
)
def overview(run: Invocation) -> None:
    """Show the workspace's key figures."""
    run.out.one(run.client.analytics.overview(), OVERVIEW)


@COMMANDS.command(
    "analytics segments",
    "segops-tui analytics segments",
    "segops-tui analytics segments -o json",
    calls=("analytics.segments",),
    noun=TRENDS,
    lists=True,
)
def segments(run: Invocation) -> None:
    """Show each segment's membership over 30 days."""
    from segops_tui.cli.core.lists import write_list

    write_list(run, run.client.analytics.segments(), TRENDS, remember=False)


@COMMANDS.command(
    "analytics overlap",
    "segops-tui analytics overlap",
    "segops-tui analytics overlap -o csv",
    calls=("analytics.overlap",),
    noun=OVERLAPS,
    lists=True,
)
def overlap(run: Invocation) -> None:
    """List the pairs of segments that share the most members.

    Only the top 20 pairs are available; the percentage is of the smaller segment.
    """
    from segops_tui.cli.core.lists import write_list

    write_list(run, run.client.analytics.overlap(), OVERLAPS, remember=False)


@COMMANDS.command(
    "analytics activations",
    "segops-tui analytics activations",
    "segops-tui analytics activations -o json",
    calls=("analytics.activations",),
    noun=HEALTH,
    lists=True,
)
def activations(run: Invocation) -> None:
    """Show the health of connectors.

    OK is the share of the last 30 syncs that succeeded; SYNCS shows the latest, oldest first.
    """
    from segops_tui.cli.core.lists import write_list

    write_list(run, run.client.analytics.activations(), HEALTH, remember=False)


@COMMANDS.command(
    "analytics usage",
    "segops-tui analytics usage",
    "segops-tui analytics usage -o json",
    calls=("analytics.usage",),
)
def usage(run: Invocation) -> None:
    """Show this period's usage against plan limits."""
    run.out.one(run.client.analytics.usage(), USAGE)
