"""`open`: the console at a deep link."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


def _places(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from segops_tui.tui.panes.registry import PANES

    words = [place.name for place in PANES] + [
        f"{place.row_kind}/" for place in PANES if place.row_kind
    ]
    return [CompletionItem(each) for each in words if each.startswith(incomplete)]


@COMMANDS.command(
    "open", "segops-tui open segment/12/members", "segops-tui open user/ada%40example.com"
)
@click.argument("place", shell_complete=_places)
def open_(run: Invocation, place: str) -> int:
    """Open the console at a place.

    PLACE is a pane (segments, analytics/overlap) or a row of one (segment/12, segment/12/members);
    ids are percent-encoded. `y` and then `l` in the console copies the link to a row.
    """
    from segops_tui.tui.core.links import BadLink, parse_link
    from segops_tui.tui.panes.registry import LINK_NAMES

    try:
        parse_link(place, LINK_NAMES)
    except BadLink as error:
        raise click.UsageError(str(error)) from error
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("The console needs a terminal at both ends.")
    from segops_tui.cli.commands.console.demo import open_console

    return open_console(run, place=place)
