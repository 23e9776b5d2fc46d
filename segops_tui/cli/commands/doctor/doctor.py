"""`doctor`: what works here and what does not, fit to be pasted."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from segops_tui.cli.commands.doctor.checks import Check
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()
_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}


@COMMANDS.command("doctor", "segops-tui doctor", "segops-tui doctor -p prod -o json")
def doctor(run: Invocation) -> int:
    """Diagnose this installation; output is safe to paste in a report.

    Sends one request without a key and one read with it. Keys are not shown and home folders are
    written as ~. Exits 1 if a check failed.
    """
    from segops_tui.cli.commands.doctor.checks import anonymous
    from segops_tui.cli.core.context import wants_colour
    from segops_tui.wording import plain

    def fit(text: str | None) -> str | None:
        return None if text is None else anonymous(plain(text), run.environ)

    checks: list[Check] = []
    colour = wants_colour(sys.stdout.isatty(), run.options, run.environ)
    for check in _checks(run):
        clean = replace(check, found=fit(check.found) or "", remedy=fit(check.remedy))
        checks.append(clean)
        if run.out.is_table:
            _say(run, clean, colour=colour)
    if run.options.output == "name":
        for check in checks:
            run.out.line(f"{check.state} {check.name}")
    elif not run.out.is_table:
        run.out.data(
            {
                "healthy": all(check.state != "fail" for check in checks),
                "checks": [asdict(check) for check in checks],
            }
        )
    return int(ExitCode.REFUSED if any(c.state == "fail" for c in checks) else ExitCode.OK)


def _checks(run: Invocation) -> Iterator[Check]:
    from segops_tui.api.errors import SegOpsConfigError
    from segops_tui.cli.commands.doctor import checks

    yield from checks.versions()
    try:
        paths = run.paths
    except SegOpsConfigError as error:
        yield checks.Check("folders", "fail", str(error), error.hint)
        return
    yield from checks.config(paths)
    yield from checks.folders(paths)
    size = os.get_terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else None
    yield checks.terminal(run.environ, size=size)
    yield checks.proxies(run.environ)
    yield from checks.workspace(run)


def _say(run: Invocation, check: Check, *, colour: bool) -> None:
    state = f"{check.state:<4}"
    state = click.style(state, fg=_COLOURS[check.state]) if colour else state
    run.out.line(f"{state}  {check.name:<12}  {check.found}")
    if check.remedy and check.state != "ok":
        run.out.line(f"{'':<4}  {'':<12}  → {check.remedy}")
    run.out.flush()
