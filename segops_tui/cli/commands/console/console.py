"""`demo` and `open`: the commands that start the console, and the demo without a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from segops_tui.cli.core.context import Invocation


COMMANDS: Final = Commands()


def open_console(run: Invocation, *, place: str = "segments") -> int:
    """Run the console on the profile in use until the person leaves."""
    from functools import partial

    from segops_tui.cli.commands.console.profile_access import ProfileAccess
    from segops_tui.session import open_ledger
    from segops_tui.tui.core.ui_state import UiState
    from segops_tui.tui.frame.app import run_console

    access = ProfileAccess(run)
    return run_console(
        profile=run.profile,
        open_client=partial(access.open, run.profile),
        open_ledger=partial(open_ledger, run.paths),
        profiles=access.profiles,
        place=place,
        ui_state=UiState(run.paths.console_file),
        preferences=run.settings.console,
    )


@COMMANDS.command("demo", "segops-tui demo", "segops-tui demo | cat")
def demo(run: Invocation) -> int:
    """Open the console on the sandbox, or run a headless demo.

    Without a terminal, imports the sample catalogue, recomputes every segment and prints tables.
    """
    run.use_sandbox()
    if sys.stdin.isatty() and sys.stdout.isatty():
        return open_console(run)
    return run_headless(run)


def _complete_place(
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
@click.argument("place", shell_complete=_complete_place)
def open_(run: Invocation, place: str) -> int:
    """Open the console at a pane or a row.

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
        raise click.UsageError("The console needs an interactive terminal (stdin and stdout).")

    return open_console(run, place=place)


def run_headless(run: Invocation) -> int:
    """Import the sample catalogue, recompute every segment, print the tables."""
    from dataclasses import replace

    from segops_tui.cli.commands.segments.recompute import recompute_everything
    from segops_tui.cli.core.lists import write_list
    from segops_tui.nouns.products import IMPORTS
    from segops_tui.nouns.segments import SEGMENTS

    run.options = replace(run.options, yes=True, wait=True, output="table")
    _import_sample(run)
    run.out.line("")
    failed = recompute_everything(run)
    run.out.line("")
    write_list(run, run.client.segments.list(), SEGMENTS)
    run.out.line("")
    write_list(run, run.client.products.imports(), IMPORTS)
    run.out.line("")
    run.out.line("This was the console's demo without a terminal. In a terminal: segops-tui demo")
    return failed


def _import_sample(run: Invocation) -> None:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from segops_tui.cli.commands.products import import_views
    from segops_tui.cli.commands.products.importing import ImportRequest, Source, carry_out
    from segops_tui.jobs.imports.mapping import MappingOverrides
    from segops_tui.sandbox.seeding.sample import sample_csv

    with TemporaryDirectory(prefix="segops-tui-") as folder:
        file = Path(folder) / "sample-catalogue.csv"
        file.write_bytes(sample_csv())
        run.out.line(wording.plain(f"Importing {file.name}"))
        outcome = carry_out(run, ImportRequest(Source(file, file.name), MappingOverrides()))
    if outcome is not None:
        import_views.report(run, outcome.job)
