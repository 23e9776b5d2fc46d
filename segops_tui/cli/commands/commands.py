"""`commands`: what this program can do, for people, scripts and agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "commands",
    "segops-tui commands",
    "segops-tui commands --json | jq '.commands[] | select(.mutates) | .command'",
)
@click.option("--json", "as_json", is_flag=True, help="Everything about each, as one document.")
def commands(run: Invocation, as_json: bool) -> None:
    """List every command, with options, exit codes and endpoints.

    --json says for each: its arguments and options, the endpoints it may call, and whether one of
    them changes anything.
    """
    from segops_tui.cli.core.command_reference import COMMANDS as NOUN
    from segops_tui.cli.core.command_reference import described_program, rows

    root = click.get_current_context().find_root().command
    told = described_program(root)
    if as_json or run.options.output in {"json", "yaml"}:
        run.out.data(told)
        return
    run.out.listing(rows(told), NOUN)
