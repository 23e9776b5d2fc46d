"""`segments export`: members as a file, or as one file for each segment in a folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.commands.segments.members import TRAITS, warn_of_many
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import FILE
from segops_tui.cli.core.params import several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job

COMMANDS: Final = Commands()


@COMMANDS.command(
    "segments export",
    "segops-tui segments export 12",
    "segops-tui segments export 12 --to members.csv",
    "segops-tui segments export 12 --traits email,city --to members.csv",
    "segops-tui segments export 12 --to - | wc -l",
    "segops-tui segments export 12 15 18 --to exports/ --format parquet",
    "segops-tui segments export --name 'VIP*' --to exports/ --force",
    calls=(
        "segments.get",
        "segments.list",
        "segments.export_start",
        "segments.export_status",
        "segments.export_download",
        "segments.members",
        "users.get",
    ),
)
@several("segment", required=False)
@click.option(
    "--to",
    metavar="FILE|FOLDER/|-",
    type=FILE,
    help="Output path; - for stdout (default segment-ID.FORMAT here, with a number where that"
    " exists). Several segments need a folder.",
)
@click.option(
    "--format",
    type=click.Choice(["csv", "parquet"]),
    help="Default: FILE's extension, else csv.",
)
@TRAITS
@click.option("--all-segments", "everything", is_flag=True, help="Every segment.")
@click.option("--name", metavar="GLOB", help="Only those whose name matches GLOB, such as 'VIP*'.")
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def export(
    run: Invocation,
    ids: tuple[str, ...],
    to: str | None,
    format: str | None,
    traits: tuple[str, ...],
    name: str | None,
    force: bool,
    everything: bool,
) -> int:
    """Export members to a file, or several segments to a folder.

    Files appear only when complete; in a folder each is named after its segment and id.
    Members are those of the last compute. With --traits, a CSV file of one segment is written
    here, a few members at a time; more than 1,000 are warned of.
    """
    from segops_tui.cli.core.run_jobs import default_file

    by_rule = everything or name is not None
    if bool(ids) == by_rule:
        also = " --all is for the rows of a list." if run.options.all else ""
        raise click.UsageError(f"Give ids, --all-segments or --name GLOB.{also}")
    ids = tuple(dict.fromkeys(ids))
    if traits and (len(ids) != 1 or format == "parquet" or (to and to.endswith(".parquet"))):
        raise click.UsageError("--traits is for one segment, as CSV.")
    if to is None and len(ids) == 1:
        to = default_file(f"segment-{ids[0]}", format or "csv", force=force)
    if to is None or len(ids) != 1 or _is_folder(to):
        if to is None or to == "-":
            raise click.UsageError("Several segments need a folder: --to FOLDER/.")
        return _into_folder(run, _chosen(run, ids, name), to, format=format or "csv", force=force)
    return _to_file(run, ids[0], to, format=format, traits=traits, force=force)


def _to_file(
    run: Invocation, id: str, to: str, *, format: str | None, traits: tuple[str, ...], force: bool
) -> int:
    from segops_tui.cli.core.run_jobs import export_to

    name = run.client.segments.get(id).name
    note: Callable[..., Job]
    if traits:
        from segops_tui.jobs.trait_export import start_trait_export

        note = partial(start_trait_export, traits=traits, members=warn_of_many(run, [id], None))
    else:
        from segops_tui.jobs.segment_export import start_export

        note = partial(start_export, format=format)

    def start(path: Path) -> Job:
        return note(
            run.ledger,
            segment_id=id,
            name=name,
            to=path,
            profile=run.profile.name,
            force=force,
            command=run.command_line(),
        )

    return export_to(run, to, f"members.{format or 'csv'}", start)


def _into_folder(
    run: Invocation, segments: list[tuple[str, str]], to: str, *, format: str, force: bool
) -> int:
    from pathlib import Path

    from segops_tui.cli.core.run_jobs import carry_out, finished, write_results
    from segops_tui.jobs.segment_export import start_exports

    if not segments:
        run.talk.note("nothing to export")
        return 0
    jobs = start_exports(
        run.ledger,
        segments=segments,
        folder=Path(to),
        profile=run.profile.name,
        format=format,
        force=force,
    )
    outcomes = carry_out(run, jobs, stage="preparing")
    if outcomes is None:
        return run.ended_early
    write_results(run, outcomes)
    return finished(run, outcomes)


def _is_folder(to: str) -> bool:
    from pathlib import Path

    return to != "-" and (to.endswith(("/", "\\")) or Path(to).is_dir())


def _chosen(run: Invocation, ids: tuple[str, ...], name: str | None) -> list[tuple[str, str]]:
    """Ids and names of what is meant."""
    return list(_named(run, name)) if not ids else [_one(run, key) for key in ids]


def _one(run: Invocation, key: str) -> tuple[str, str]:
    return key, run.client.segments.get(key).name


def _named(run: Invocation, name: str | None) -> Iterator[tuple[str, str]]:
    from fnmatch import fnmatchcase

    for segment in run.client.segments.list(page_size=200):
        if name is None or fnmatchcase(segment.name.casefold(), name.casefold()):
            yield str(segment.id), segment.name
