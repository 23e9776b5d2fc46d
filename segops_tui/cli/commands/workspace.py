"""`pull`, `diff` and `apply`: a workspace as YAML files, one for each object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.record import Record
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.workspace.folder import Writing
    from segops_tui.jobs.workspace.planning import Change, FieldChange, WorkspacePlan

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
_SIGNS: Final = {"create": ("+", "green"), "change": ("~", "yellow"), "delete": ("-", "red")}
_MOST_TOLD: Final = 5
_LONGEST: Final = 200
"""Characters of a value that the plan shows to people."""

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
    records = _records(run, kinds_to_read(chosen), may_lack=() if kinds else NAMES)
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
    _write_plan(run, plan)
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
    from segops_tui.cli.core.run_jobs import exit_code, patience, raise_first, work
    from segops_tui.jobs.registry import plan_of
    from segops_tui.jobs.workspace.applying import start_apply
    from segops_tui.jobs.workspace.folder import note_ids
    from segops_tui.jobs.workspace.planning import Hint

    plan = _planned(run, folder, prune=prune, only_shown=run.options.dry_run)
    if not plan.changes:
        if run.out.is_table or run.options.dry_run:
            _write_plan(run, plan)
        else:
            _write_applied(run, None, plan)
        if not (run.options.dry_run or run.options.read_only):
            hints = {path: Hint(it, plan.labels[path]) for path, it in plan.ids.items()}
            note_ids(folder, run.profile.name, hints)
        return 0
    if run.options.dry_run:
        _write_plan(run, plan)
        run.talk.note("dry run: nothing was sent")
        return 0
    if run.out.is_table:
        _write_plan(run, plan)
        run.out.flush()
    _refuse_if_guarded(run, plan)
    question = f"Apply {_summary(plan)} to profile {run.profile.name!r}?"
    if not run.confirm(question):
        return run.declined("nothing was sent")
    job = start_apply(
        run.ledger,
        plan,
        profile=run.profile.name,
        name=folder.name or str(folder),
        folder=folder,
        command=run.command_line(),
    )
    outcomes = work(run, [job], plan_of, patience(run, on_its_way=""))
    if outcomes is None:
        return run.ended_early
    raise_first(outcomes)
    done = outcomes[0].job
    _write_applied(run, done, plan)
    remarks: Sequence[str] = done.result.get("remarks", ())
    for remark in remarks:
        run.talk.warn(remark)
    return exit_code(run, outcomes) or (int(ExitCode.INVALID) if remarks else 0)


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
    records = _records(run, kinds_to_read(files.kinds))
    return planned(
        files.documents,
        records,
        environ=run.environ,
        hints=files.hints(run.profile.name),
        prune=files.kinds if prune else (),
        only_shown=only_shown,
    )


def _records(
    run: Invocation, kinds: Iterable[str], *, may_lack: Iterable[str] = ()
) -> dict[str, list[Record]]:
    """All objects of some kinds; a server that does not answer is told at once.

    A kind in `may_lack` that this server or plan does not have is left out, with a warning.
    """
    from segops_tui.api.errors import NotFound, PermissionDenied
    from segops_tui.jobs.workspace.planning import with_ids

    optional = set(may_lack)
    found = {}
    for name in kinds:
        run.talk.passing(f"reading {name.replace('-', ' ')} …")
        try:
            found[name] = with_ids(getattr(run.client, name.replace("-", "_")).list())
        except (NotFound, PermissionDenied) as error:
            if name not in optional:
                raise
            run.talk.close()
            run.talk.warn(f"{name} are not pulled: {error}")
    run.talk.close()
    return found


def _refuse_if_guarded(run: Invocation, plan: WorkspacePlan) -> None:
    """Refuse before the question what a guard would refuse after it.

    Raises:
        Refused: the profile is guarded.
    """
    from segops_tui.api.request import Request, raw_json
    from segops_tui.jobs.workspace.kinds import KINDS
    from segops_tui.session import guard_of

    guard = guard_of(run.profile, run.session_options)
    if guard is not None:
        first = KINDS[plan.changes[0].kind].resource.address
        guard.check(Request("POST", first, parse=raw_json), key="")


def _summary(plan: WorkspacePlan) -> str:
    counts = {
        "create": plan.count("create"),
        "change": plan.count("change"),
        "delete": plan.count("delete"),
    }
    return wording.listed([f"{wording.count(n)} to {verb}" for verb, n in counts.items() if n])


def _write_plan(run: Invocation, plan: WorkspacePlan) -> None:
    """Write a plan: lines for people, one object for programs."""
    if not run.out.is_table:
        run.out.data(_as_json(plan))
        return
    for change in plan.changes:
        _write_change(run, change)
    if plan.changes:
        run.out.line("")
    unchanged = f"{wording.count(plan.unchanged)} unchanged"
    run.out.line(f"Plan: {_summary(plan) or 'nothing to do'}; {unchanged}.")
    if plan.unmanaged:
        them = wording.plural(plan.unmanaged, "object")
        run.talk.note(f"{them} in no file: kept (--prune deletes such objects)")
    if plan.lacking:
        names = wording.listed(list(plan.lacking), most=_MOST_TOLD)
        run.talk.note(f"apply needs environment variables that are not set: {names}")


def _write_change(run: Invocation, change: Change) -> None:
    from segops_tui.jobs.workspace.kinds import KINDS

    sign, colour = _SIGNS[change.action]
    was = f" (was {change.was})" if change.was else ""
    at = "" if change.id is None else f"  #{change.id}"
    one = KINDS[change.kind].one
    run.out.styled(f"{sign} {one} {change.label}{was}{at}", fg=colour, bold=True)
    for field in change.fields:
        for text, tone in _field_lines(field):
            run.out.styled(f"    {text}", fg=tone)


def _field_lines(field: FieldChange) -> list[tuple[str, str | None]]:
    from segops_tui.jobs.workspace.planning import ABSENT

    if field.before is ABSENT:
        return [(f"+ {field.name}: {_shown(field.after)}", "green")]
    if field.after is ABSENT:
        return [(f"- {field.name}: {_shown(field.before)}", "red")]
    return [(f"~ {field.name}: {_shown(field.before)} → {_shown(field.after)}", "yellow")]


def _shown(value: Any) -> str:
    """A value as one line; a long one is cut, with its length."""
    from segops_tui.nouns.encode import to_json

    text = to_json(value, indent=None)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _as_json(plan: WorkspacePlan) -> dict[str, Any]:
    return {
        "changes": [_change_as_json(change) for change in plan.changes],
        "create": plan.count("create"),
        "change": plan.count("change"),
        "delete": plan.count("delete"),
        "unchanged": plan.unchanged,
        "unmanaged": plan.unmanaged,
        "lacking": list(plan.lacking),
    }


def _change_as_json(change: Change) -> dict[str, Any]:
    from segops_tui.jobs.workspace.planning import ABSENT

    return {
        "action": change.action,
        "kind": change.kind,
        "name": change.label,
        "id": change.id,
        "was": change.was or None,
        "file": None if change.document is None else change.document.path,
        "fields": [
            {
                "field": field.name,
                **({} if field.before is ABSENT else {"before": field.before}),
                **({} if field.after is ABSENT else {"after": field.after}),
            }
            for field in change.fields
        ],
    }


def _write_applied(run: Invocation, job: Job | None, plan: WorkspacePlan) -> None:
    """Write what came of it."""
    result = {} if job is None else job.result
    if run.options.output == "name":
        return
    if run.out.is_table:
        run.out.line(f"Applied: {result.get('summary')}.")
        return
    counts = {name: result.get(name, 0) for name in ("created", "changed", "deleted")}
    run.out.data(
        {
            **counts,
            "unchanged": plan.unchanged,
            "remarks": list(result.get("remarks", ())),
            "job": None if job is None else job.id,
        }
    )
