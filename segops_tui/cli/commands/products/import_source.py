"""Where an import's rows come from: a file, or standard input kept as one.

Knows when a kept file may go; what is in it is `jobs.csv_check`'s.
"""

from __future__ import annotations

import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from segops_tui.cli.core.context import Invocation

_STDIN: Final = "-"
_STDIN_NAME: Final = "standard input"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import, by the name a person knows it by."""

    path: Path
    name: str
    is_spooled: bool = False


@contextmanager
def taken_in(run: Invocation, file: Path) -> Iterator[Source]:
    """The file, or a private copy of standard input for `-`, kept while a job may read it again.

    Raises:
        click.UsageError: rows come from standard input, and so can no answer.
        CannotWrite: there is no room for the copy.
    """
    if str(file) != _STDIN:
        yield Source(file, file.name)
        return
    if not (run.options.yes or run.options.dry_run):
        raise click.UsageError(
            "Rows come from standard input, which leaves nobody to ask. Confirm with --yes."
        )
    from segops_tui.jobs.imports.errors import BadFile
    from segops_tui.jobs.imports.stdin_spool import spool

    sweep_spool(run)

    def progress(done: int) -> None:
        run.talk.passing(f"reading standard input: {wording.size(done)}")

    folder = run.paths.state / "spool"
    path = spool(sys.stdin.buffer, folder, name=uuid.uuid4().hex, progress=progress)
    try:
        yield Source(path, _STDIN_NAME, is_spooled=True)
    except BadFile as error:
        # The copy's own name means nothing to anybody.
        error.args = (str(error).replace(path.name, _STDIN_NAME),)
        raise
    finally:
        left = {job.target for job in run.ledger.list(limit=-1) if not job.is_final}
        if str(path.absolute()) not in left:
            path.unlink(missing_ok=True)


def sweep_spool(run: Invocation) -> None:
    """Remove copies of standard input that no job is left to read."""
    from segops_tui.jobs.imports.stdin_spool import sweep

    sweep(run.paths.state / "spool", run.ledger, now=time.time())
