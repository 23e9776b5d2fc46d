"""Writes man pages into build/man from the commands' own help: `make man`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click
from click_man.core import write_man_pages

from segops_tui._version import __version__
from segops_tui.cli.core.program import Root

FOLDER = Path(__file__).resolve().parents[2] / "build" / "man"


def loaded(command: click.Command, name: str, parent: click.Context | None = None) -> click.Command:
    """The command with its subcommands in `commands`, where click-man looks for them.

    Ours are found by name and imported when they are run, so that dictionary is empty.
    """
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name, parent=parent)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            if found is not None:
                command.commands[each] = loaded(found, each, context)
    return command


def main() -> int:
    """Write a page for the program, each group and each command."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    program = loaded(Root(), "segops-tui")
    write_man_pages("segops-tui", program, version=__version__, target_dir=str(FOLDER))
    print(f"{len(list(FOLDER.glob('*.1')))} pages in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
