"""The demo where there is no terminal: the main job once, start to end, on the sandbox.

Knows which commands make up the job; runs them as a person would.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from segops_tui import wording
from segops_tui.cli.commands.products import import_views
from segops_tui.cli.commands.products.import_source import Source
from segops_tui.cli.commands.products.importing import Wanted, carry_out
from segops_tui.jobs.imports.mapping import MappingOverrides

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation


def show_the_job(run: Invocation) -> int:
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
    run.out.line("This was the job of the console, without it. In a terminal: segops-tui demo")
    return failed


def _import_sample(run: Invocation) -> None:
    from segops_tui.sandbox.seeding.sample import sample_csv

    with TemporaryDirectory(prefix="segops-tui-") as folder:
        file = Path(folder) / "sample-catalogue.csv"
        file.write_bytes(sample_csv())
        run.out.line(wording.plain(f"Importing {file.name}"))
        outcome = carry_out(run, Wanted(Source(file, file.name), MappingOverrides()))
    if outcome is not None:
        import_views.report(run, outcome.job)
