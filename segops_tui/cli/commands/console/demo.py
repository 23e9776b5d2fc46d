"""`demo`, and the console itself: the only command module that loads it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


def open_console(run: Invocation, *, place: str = "segments") -> int:
    """Run the console on the profile in use until the person leaves."""
    from functools import partial

    from segops_tui.cli.commands.console.profile_access import Switchboard
    from segops_tui.session import open_ledger
    from segops_tui.tui.core.ui_state import Memory
    from segops_tui.tui.frame.app import run_console

    board = Switchboard(run)
    return run_console(
        profile=run.profile,
        open_client=partial(board.open, run.profile),
        open_ledger=partial(open_ledger, run.paths),
        profiles=board.profiles,
        place=place,
        memory=Memory(run.paths.console_file),
        preferences=run.settings.console,
    )


@COMMANDS.command("demo", "segops-tui demo", "segops-tui demo | cat")
def demo(run: Invocation) -> int:
    """Open the console on the sandbox, or do its job headless.

    Without a terminal: import the sample catalogue, recompute every segment, print the tables.
    """
    run.use_sandbox()
    if sys.stdin.isatty() and sys.stdout.isatty():
        return open_console(run)
    from segops_tui.cli.commands.console.headless import show_the_job

    return show_the_job(run)
