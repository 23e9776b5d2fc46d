"""`pull`, `diff` and `apply`: a workspace as YAML files, one for each object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.commands.workspace.plans import carry_out, records_of, write_plan
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.workspace.folder import Writing
    from segops_tui.jobs.workspace.planning import WorkspacePlan

COMMANDS: Final = Commands()

NAMES: Final = (
    "schemas",
    "competitors",
    "webhooks",
    "queries",
    "segments",
    "product-segments",
    "pages",
    "activations",
)
"""The kinds of objects that a folder has."""
_LISTS: Final = tuple(f"{name.replace('-', '_')}.list" for name in NAMES)
_CHANGES: Final = tuple(
    f"{name.replace('-', '_')}.{verb}" for name in NAMES for verb in ("create", "update", "delete")
)
_MOST_TOLD: Final = 5

_FOLDER: Final = click.argument(
    "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path)
)
_PRUNE: Final = click.option(
    "--prune",
    is_flag=True,
    help="Delete objects that are in no file, of the kinds that have a folder in DIR.",
)


@COMMANDS.command(
    "pull",
    "segops-tui pull workspace/",
    "segops-tui pull workspace/ segments activations",
    calls=_LISTS,
    writes="files in DIR",
)
@_FOLDER
@click.argument("kinds", metavar="[KIND…]", nargs=-1, type=click.Choice(NAMES))
def pull(run: Invocation, folder: Path, kinds: tuple[str, ...]) -> int | None:
    """Write the workspace's objects to DIR, one YAML file each.

    Files have no ids, counters or secrets: references are names, and a secret is a variable
    (${env:NAME}). Files that differ are overwritten, and those of objects that no longer exist
    are deleted, after a question. KIND limits what is pulled.
    """
    from segops_tui.jobs.workspace.folder import read_folder, write_folder, written
    from segops_tui.jobs.workspace.planning import kinds_to_read

    chosen = [name for name in NAMES if name in kinds or not kinds]
    existing = read_folder(folder)
    records = records_of(run, kinds_to_read(chosen), may_lack=() if kinds else NAMES)
    chosen = [name for name in chosen if name in records]
    writing = written(
        records, chosen, existing, folder, profile=run.profile.name, environ=run.environ
    )
    if run.is_only_shown(f"write {_counted(writing)} to {folder}"):
        return None
    if not _agreed(run, folder, writing):
        return run.declined("nothing was written")
    write_folder(folder, writing, existing, run.profile.name)
    _tell_written(run, folder, writing)
    return None


def _counted(writing: Writing) -> str:
    return wording.plural(len(writing.texts), "file")


def _agreed(run: Invocation, folder: Path, writing: Writing) -> bool:
    """Whether files that exist may be overwritten and deleted."""
    parts = []
    for words, paths in (("overwrite", writing.changed), ("delete", writing.gone)):
        if paths:
            names = wording.listed(list(paths), most=_MOST_TOLD)
            parts.append(f"{words} {wording.plural(len(paths), 'file')} ({names})")
    if not parts:
        return True
    text = wording.listed(parts)
    return run.confirm(f"{text[0].upper()}{text[1:]} in {folder}?")


def _tell_written(run: Invocation, folder: Path, writing: Writing) -> None:
    same = len(writing.texts) - len(writing.new) - len(writing.changed)
    lists = {"new": writing.new, "changed": writing.changed, "deleted": writing.gone}
    if run.options.output == "name":
        for path in writing.texts:
            run.out.line(str(folder / path))
    elif not run.out.is_table:
        facts = {name: list(paths) for name, paths in lists.items()}
        run.out.data({"folder": str(folder), **facts, "unchanged": same})
    else:
        counts = {**{name: len(paths) for name, paths in lists.items()}, "unchanged": same}
        words = wording.listed([f"{wording.count(n)} {name}" for name, n in counts.items() if n])
        run.out.line(f"{_counted(writing)} in {folder}: {words or 'nothing to pull'}")
    variables = sorted({name for text in writing.texts.values() for name in _variables(text)})
    if variables:
        run.talk.note(
            f"secrets are not pulled; to apply these files elsewhere, set"
            f" {wording.listed(variables, most=_MOST_TOLD)}"
        )


def _variables(text: str) -> list[str]:
    import re

    return re.findall(r"\$\{env:(\w+)\}", text)


@COMMANDS.command(
    "diff",
    "segops-tui diff workspace/",
    "segops-tui diff workspace/ --prune -o json",
    calls=_LISTS,
)
@_FOLDER
@_PRUNE
def diff(run: Invocation, folder: Path, prune: bool) -> int:
    """Show what `apply` would change; exit 0 for nothing, 2 for changes.

    Objects that are in no file stay as they are, unless --prune is given. Wrong usage and files
    that cannot be read exit with other codes than 2: 1 or 6.
    """
    from segops_tui.api.errors import SegOpsError
    from segops_tui.cli.core.error_report import explain

    try:
        plan = _planned(run, folder, prune=prune, only_shown=True)
    except (SegOpsError, OSError) as error:
        problem = explain(error)
        if problem.exit_code != ExitCode.USAGE:
            raise
        # 2 says that there are changes.
        run.talk.problem(problem)
        return int(ExitCode.REFUSED)
    write_plan(run, plan)
    return int(ExitCode.USAGE) if plan.changes else 0


@COMMANDS.command(
    "apply",
    "segops-tui apply workspace/",
    "segops-tui apply workspace/ --prune --profile prod --yes",
    "segops-tui apply workspace/ --dry-run",
    calls=(*_LISTS, *_CHANGES),
    writes="the ids noted in DIR",
)
@_FOLDER
@_PRUNE
def apply(run: Invocation, folder: Path, prune: bool) -> int:
    """Make the workspace match the files in DIR.

    Shows the plan, asks, and carries it out as one job: what is referred to first. A job that was
    interrupted is resumed with `jobs resume`, and nothing is done twice. --dry-run only shows the
    plan.
    """
    from segops_tui.jobs.workspace.folder import note_ids
    from segops_tui.jobs.workspace.planning import Hint

    plan = _planned(run, folder, prune=prune, only_shown=run.options.dry_run)
    if not (plan.changes or run.options.dry_run or run.options.read_only):
        hints = {path: Hint(it, plan.labels[path]) for path, it in plan.ids.items()}
        note_ids(folder, run.profile.name, hints)
    return carry_out(run, plan, name=folder.name or str(folder), folder=folder)


def _planned(run: Invocation, folder: Path, *, prune: bool, only_shown: bool) -> WorkspacePlan:
    """The plan for a folder.

    Raises:
        WorkspaceInvalid: the files cannot be applied.
        SegOpsConfigError: it is no workspace folder.
        SegOpsError: the workspace cannot be read.
    """
    from segops_tui.jobs.workspace.folder import read_folder, require_kinds
    from segops_tui.jobs.workspace.planning import kinds_to_read, planned

    files = read_folder(folder)
    require_kinds(files, folder)
    if files.ignored:
        names = wording.listed(list(files.ignored), most=_MOST_TOLD)
        run.talk.note(f"not in the folder of a kind, ignored: {names}")
    records = records_of(run, kinds_to_read(files.kinds))
    return planned(
        files.documents,
        records,
        environ=run.environ,
        hints=files.hints(run.profile.name),
        prune=files.kinds if prune else (),
        only_shown=only_shown,
    )
