"""Exports to a file or to standard output, of whatever noun.

Knows where the bytes go and what is said of it; how an export goes is `jobs.engine.file_export`'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job

_CHUNK: Final = 64 * 1024


def export_to(run: Invocation, to: str, name: str, start: Callable[[Path], Job]) -> int:
    """Export to a file, or to stdout for `-`; `name` is the scratch file's own.

    Raises:
        click.UsageError: stdout was asked for, and not to wait.
        SegOpsError: the export failed.
    """
    if to != "-":
        return _carry_out(run, start(Path(to)), _report)
    from tempfile import TemporaryDirectory

    if not run.options.wait:
        raise click.UsageError("--to - has to wait for the file; leave --no-wait out.")
    with TemporaryDirectory(prefix="segops-tui-") as folder:
        target = Path(folder) / name
        job = start(target)
        return _carry_out(
            run, job, lambda run, job: _hand_over(run, job, target), owns_stdout=False
        )


def _carry_out(
    run: Invocation,
    job: Job,
    tell: Callable[[Invocation, Job], None],
    *,
    owns_stdout: bool = True,
) -> int:
    from segops_tui.cli.core.run_jobs import exit_code, patience, raise_first, work
    from segops_tui.jobs.registry import plan_of

    wait = patience(run, on_its_way="preparing")
    outcomes = work(run, [job], plan_of, wait, owns_stdout=owns_stdout)
    if outcomes is None:
        return run.ended_early
    raise_first(outcomes)
    tell(run, outcomes[0].job)
    return exit_code(run, outcomes)


def _report(run: Invocation, job: Job) -> None:
    if run.options.output == "name":
        run.out.line(str(job.params["to"]))
    elif not run.out.is_table:
        run.out.data({**job.result, "state": job.state, "job": job.id})
    elif job.is_final:
        run.out.line(job.summary)
    else:
        run.talk.note(f"started; see it: segops-tui jobs show {job.id}")


def _hand_over(run: Invocation, job: Job, target: Path) -> None:
    if not job.is_final:
        return
    with target.open("rb") as file:
        while chunk := file.read(_CHUNK):
            run.out.octets(chunk)
