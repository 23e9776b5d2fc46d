"""`help`: the help of any command, by its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.group import Commands, unknown_command

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command("help", "segops-tui help", "segops-tui help segments recompute")
@click.argument("words", metavar="[COMMAND…]", nargs=-1)
def help_(run: Invocation, words: tuple[str, ...]) -> None:
    """Show help for a command."""
    here = click.get_current_context().parent
    for word in words:
        if here is None or not isinstance(here.command, click.Group):
            raise click.UsageError(f"{' '.join(words)!r} is no command.")
        command = here.command.get_command(here, word)
        if command is None:
            raise click.UsageError(unknown_command(word, here.command.list_commands(here)), here)
        here = click.Context(command, info_name=command.name, parent=here)
    if here is not None:
        run.out.line(here.get_help())
